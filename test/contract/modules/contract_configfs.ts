/**
 * contract_configfs - two subsystems with one of everything. The likeness of test/oracle/contract_configfs.c.
 *
 * What mkdir makes in the first is chosen by the name: `err-N` is refused with error N, `null` makes nothing, `slow*` sleeps
 * until `wake` is written, `link*` may hold links, `group*` has groups in it, `clash` has two of one name.
 */

import { ConfigfsSubsystem, ConfigGroup, type ConfigItemType, defineModule, Errno, isErrno } from 'ring3/kernel';

const empty = new Uint8Array(0);
const utf8 = new TextEncoder();

class Thing extends ConfigGroup {
	text = empty;
}

class First extends ConfigfsSubsystem {
	text = empty;
	shown = 0;
	blob = empty;
	twice = 0;
}

export default defineModule({
	name: 'contract_configfs',
	license: 'GPL',
	description: 'Subsystems of configfs for the contracts',
	init({ configfs, waitQueueHead }) {
		const naps = waitQueueHead();
		let wakes = 0;
		let sleepers = 0;
		/** Sleeps until somebody writes to `wake`. */
		const nap = async () => {
			const seen = wakes;
			sleepers++;
			await naps.waitEvent(() => wakes !== seen);
			sleepers--;
		};

		let journal = '';
		const note = (line: string) => {
			journal = `${journal}${line}\n`.slice(0, 4095);
		};
		const text = {
			show: (thing: Thing | First) => thing.text,
			store(thing: Thing | First, _page: string, bytes: Uint8Array) {
				thing.text = bytes.slice();
			},
		};
		const attrs = {
			text,
			slow: {
				async show(thing: Thing) {
					await nap();
					return thing.text;
				},
			},
		};
		const release = () => note('release');
		const plainType: ConfigItemType<Thing> = { attrs, release };
		const linkType: ConfigItemType<Thing> = {
			attrs,
			release,
			allowLink(item, target) {
				note(`allow ${item.name} ${target.name}`);
				if (target.name.startsWith('no')) throw new Errno('ERANGE');
			},
			dropLink: (item, target) => note(`unlink ${item.name} ${target.name}`),
		};

		const makeGroup = (name: string): ConfigGroup => {
			const group = new Thing(name, groupType);
			const clash = name === 'clash';
			const outer = new Thing('default', groupType);
			const inner = new Thing(clash ? 'default' : 'deep', plainType);
			group.addDefaultGroup(outer);
			(clash ? group : outer).addDefaultGroup(inner);
			return group;
		};
		const groupOperations: ConfigItemType<ConfigGroup> = {
			async makeGroup(_group, name) {
				note(`make ${name}`);
				const error = /^err-(\d+)/.exec(name)?.[1];
				if (error !== undefined) throw Errno.of(Number(error));
				if (name === 'null') return undefined;
				if (name.startsWith('slow')) await nap();
				if (name.startsWith('group') || name === 'clash') return makeGroup(name);
				return new Thing(name, name.startsWith('link') ? linkType : plainType);
			},
			disconnectNotify: (_group, item) => note(`disconnect ${item.name}`),
			dropItem(_group, item) {
				note(`drop ${item.name}`);
				item.put();
			},
			isVisible: (_item, _attr, name) => name !== 'hidden',
		};
		const groupType: ConfigItemType<Thing> = { ...groupOperations, release };

		const firstType: ConfigItemType<First> = {
			...groupOperations,
			attrs: {
				text,
				count: { show: item => `${item.shown++}\n` },
				wo: { store: text.store },
				full: { show: () => 'f'.repeat(4096) },
				over: { show: () => 'o'.repeat(4097) },
				bad: {
					show() {
						throw new Errno('ENODATA');
					},
					store() {
						throw new Errno('EXDEV');
					},
				},
				some: {
					store(_item, _page, bytes) {
						note(`some ${bytes.length}`);
						return 2;
					},
				},
				twice: { show: item => `${item.twice}\n` },
				hidden: { show: () => '' },
				depend: { store: (_item, page) => depend(page) },
			},
			binAttrs: {
				blob: {
					maxSize: 16,
					read(item) {
						note('read');
						return item.blob;
					},
					write(item, data) {
						note(`write ${data.length}`);
						item.blob = data.slice();
					},
				},
				large: { read: () => utf8.encode('l'.repeat(10000)) },
				beyond: { maxSize: 16, read: () => new Uint8Array(17) },
			},
		};
		const makeItem = (_group: ConfigGroup, name: string) => new Thing(name, plainType);
		/** What tells of the others must be another subsystem: where one makes something, nothing else is found meanwhile. */
		const secondType: ConfigItemType<ConfigGroup> = {
			makeItem,
			attrs: {
				log: {
					show: () => journal,
					store() {
						journal = '';
					},
				},
				sleepers: { show: () => `${sleepers}\n` },
				wake: {
					store() {
						wakes++;
						naps.wakeUp();
					},
				},
			},
		};

		/** `+name` has the kernel depend on an item, `-name` ends that. */
		const depend = (page: string) => {
			const target = first.findItem(page.slice(1).trim());
			if (target === undefined) throw new Errno('ENOENT');
			try {
				if (page.startsWith('+')) configfs.dependItemUnlocked(first, target);
				else configfs.undependItemUnlocked(target);
			} finally {
				target.put();
			}
		};

		const first = new First('contract_configfs', firstType);
		configfs.registerSubsystem(first);
		configfs.registerSubsystem(new ConfigfsSubsystem('contract_configfs2', secondType));
		try {
			configfs.registerSubsystem(new ConfigfsSubsystem('contract_configfs', { makeItem }));
		} catch (error) {
			if (!isErrno(error)) throw error;
			first.twice = error.errno;
		}
	},
});
