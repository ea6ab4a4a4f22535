/**
 * contract_oops - a module with mistakes, in /proc/contract_oops and /sys/kernel/contract_oops. Linux has no such thing: there, it
 * would die of them.
 */

import { defineModule } from 'ring3/kernel';

/** Does what its author did not mean to do. */
function mistake(): never {
	throw new TypeError('a mistake of the author');
}

export default defineModule({
	name: 'contract_oops',
	license: 'GPL',
	description: 'A module with mistakes',
	init({ proc, kobject, sysfs }) {
		const dir = proc.mkdir('contract_oops');
		proc.createSingle('show', 0o444, mistake, dir);
		proc.create('later', 0o644, { read: async () => mistake(), write: mistake }, dir);
		proc.createSingle('good', 0o444, m => m.puts('good\n'), dir);
		const kobj = kobject.createAndAdd('contract_oops', kobject.kernelKobj);
		sysfs.createFile(kobj, 'value', { mode: 0o644, show: mistake, store: mistake });
		sysfs.createFile(kobj, 'later', { mode: 0o644, show: async () => mistake(), store: async () => mistake() });
		sysfs.createFile(kobj, 'good', { mode: 0o444, show: () => 'good\n' });
	},
});
