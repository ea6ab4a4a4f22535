/**
 * sysfs_ex - /sys/fs/myfs/first and second, a number each.
 *
 *     cat /sys/fs/myfs/second
 *     echo 77 > /sys/fs/myfs/first
 *
 * All attributes of the type have one show and one store, which find the number in the attribute that they are given. `store`
 * says that it took four bytes, whatever was written; so whoever writes more writes the rest again, as a new number:
 * `echo 12345 > first` leaves 5.
 */

import {
	type Attribute,
	defineModule,
	type Kobject,
	type KobjType,
	Kset,
	type Ref,
	ref,
	type SysfsOps,
} from '../index.ts';

const SIZEOF_INT = 4;

/** An attribute of our own: one that knows its value. */
interface MyAttr extends Attribute {
	readonly value: Ref<number>;
}

const myops: SysfsOps<Kobject, MyAttr> = {
	show: (_kobj, { value }) => `${value.get()}\n`,
	store(_kobj, { value }, buf) {
		const number = /^\s*(-?\d+)/.exec(buf)?.[1];
		if (number !== undefined) value.set(Number(number) | 0);
		return SIZEOF_INT;
	},
};

export default defineModule({
	name: 'sysfs_ex',
	license: 'GPL',
	description: 'A directory and two files in /sys/fs',
	state: () => ({ first: 1, second: 2 }),

	init({ kobject, state }) {
		const attrs = {
			first: { mode: 0o644, value: ref(state, 'first') },
			second: { mode: 0o644, value: ref(state, 'second') },
		};
		const mytype: KobjType<Kobject, MyAttr> = { sysfsOps: myops, groups: [{ attrs }] };
		kobject.ksetRegister(new Kset(undefined, mytype), kobject.fsKobj, 'myfs');
	},
});
