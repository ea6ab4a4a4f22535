/**
 * contract_sysfs - attributes of every kind, in /sys/kernel/contract_sysfs. The likeness of test/oracle/contract_sysfs.c.
 *
 * `log` shows what was stored in `stored`, and what was read and written of the files of bytes; a write to it forgets it.
 */

import {
	type Attribute,
	type AttributeGroup,
	type BinAttribute,
	defineModule,
	Errno,
	kstrtoint,
	type Ref,
	ref,
} from 'ring3/kernel';

const show = () => 'text\n';
const store = () => {};

/** A number that is written as it is read. */
function number(value: Ref<number>, then = () => {}): Attribute {
	return {
		mode: 0o644,
		show: () => `${value.get()}\n`,
		store(_kobj, buf) {
			value.set(kstrtoint(buf, 10));
			then();
		},
	};
}

export default defineModule({
	name: 'contract_sysfs',
	license: 'GPL',
	description: 'Attributes of every kind',
	state: () => ({ value: 0, shown: 0, length: 0, four: 1, news: 0, log: '' }),

	init({ kobject, sysfs, state }) {
		const top = kobject.createAndAdd('contract_sysfs', kobject.kernelKobj);
		const child = kobject.createAndAdd('child', top);
		const note = (what: string) => {
			state.log += `${what} `;
		};
		const notify = () => sysfs.notify(top, undefined, 'news');
		let groupMode = 0o400;
		const inner: AttributeGroup = {
			name: 'inner',
			attrs: { a: { mode: 0o444, show }, b: { mode: 0o444, show }, hidden: { mode: 0o444, show } },
			isVisible: (_kobj, name, { mode }) => (name === 'hidden' ? 0 : name === 'b' ? groupMode : mode),
		};
		const gone: Attribute = { mode: 0o644, show, store };
		const orders: { readonly [order: string]: () => void } = {
			remove: () => sysfs.removeFile(top, 'gone'),
			add: () => sysfs.createFile(top, 'gone', gone),
			notify,
			hide() {
				groupMode = 0;
				sysfs.updateGroup(top, inner);
			},
			show() {
				groupMode = 0o400;
				sysfs.updateGroup(top, inner);
			},
		};
		const attrs: Record<string, Attribute> = {
			value: number(ref(state, 'value')),
			ro: { mode: 0o444, show },
			wo: { mode: 0o200, store },
			none: { mode: 0, show, store },
			secret: { mode: 0o400, show },
			noshow: { mode: 0o644, store },
			nostore: { mode: 0o644, show },
			counter: { mode: 0o444, show: () => `shown ${++state.shown} times\n` },
			empty: { mode: 0o444, show: () => '' },
			refuses: {
				mode: 0o644,
				show() {
					throw new Errno('EBUSY');
				},
				store() {
					throw new Errno('EPERM');
				},
			},
			log: {
				mode: 0o644,
				show: () => state.log,
				store() {
					state.log = '';
				},
			},
			stored: { mode: 0o644, show: () => '', store: (_kobj, buf, { count }) => note(`${count}/${buf.length}`) },
			sized: { ...number(ref(state, 'length')), show: () => 'x'.repeat(state.length) },
			four: {
				mode: 0o644,
				show: () => `${state.four}\n`,
				store(_kobj, buf) {
					const parsed = Number.parseInt(buf, 10);
					if (!Number.isNaN(parsed)) state.four = parsed;
					return 4;
				},
			},
			news: number(ref(state, 'news'), notify),
			gone,
			control: {
				mode: 0o200,
				store(_kobj, buf) {
					const order = orders[buf.trimEnd()];
					if (order === undefined) throw new Errno('EINVAL');
					order();
				},
			},
		};

		const read: BinAttribute['read'] = (_kobj, count, pos) => {
			note(`r${pos}+${count}`);
			return Uint8Array.from({ length: count }, (_, i) => pos + i);
		};
		const write: BinAttribute['write'] = (_kobj, data, pos) => {
			note(`w${pos}+${data.length}`);
			return data.length;
		};
		const binAttrs: Record<string, BinAttribute> = {
			bytes: { mode: 0o644, size: 100, read, write },
			bytes_ro: { mode: 0o644, size: 100, read },
			bytes_wo: { mode: 0o644, size: 100, write },
			endless: { mode: 0o644, read, write },
		};
		sysfs.createGroup(top, { attrs, binAttrs });
		sysfs.createGroup(top, inner);
		sysfs.createLink(child, top, 'up');
		sysfs.createLink(top, child, 'down');
	},
});
