/**
 * module_sysfs - /sys/module and /proc/modules: what is told of a module that is loaded, and of what is built in.
 *
 * Simulated by kernel-sim/kernel/module_kobject.ts after kernel/module/sysfs.c and main.c.
 */

import { O_CREAT, O_RDONLY, O_WRONLY } from '../../src/uapi/fcntl.ts';
import type { Contract } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readDir, readFile, readLines, text, withFile, writeFile } from './files.ts';

const dir = '/sys/module/contract_params';
const shared = { modules: ['contract_params'], file: dir } as const;

/** The names in a directory that do not begin with a dot. */
async function namesIn(sys: Sys, path: string): Promise<string[]> {
	const entries = await readDir(sys, path);
	return entries
		.map(({ name }) => name)
		.filter(name => !name.startsWith('.'))
		.sort();
}

const loaded: readonly Contract[] = [
	{
		...shared,
		title: 'mod_sysfs_setup: the files and directories of a module',
		async run(t, { sys, file }) {
			const attributes = 'coresize initsize initstate refcnt srcversion taint version'.split(' ');
			const directories = 'holders notes parameters sections'.split(' ');
			t.same(await namesIn(sys, file), [...attributes, ...directories, 'uevent'].sort());
			for (const name of attributes) t.match(await sys.stat(`${file}/${name}`), { mode: 0o100444, size: 4096 }, name);
			for (const name of directories) t.match(await sys.stat(`${file}/${name}`), { mode: 0o040755, size: 0 }, name);
			t.match(await sys.stat(`${file}/uevent`), { mode: 0o100200, size: 4096 });
		},
	},
	{
		...shared,
		title: 'module_add_modinfo_attrs: what they say',
		async run(t, { sys, file }) {
			const fixed = { initstate: 'live', initsize: '0', refcnt: '0', version: '1.2' };
			for (const [name, value] of Object.entries(fixed))
				t.equal(await readFile(sys, `${file}/${name}`), `${value}\n`, name);
			t.match(await readFile(sys, `${file}/srcversion`), /^[0-9A-F]{23}\n$/);
			t.match(await readFile(sys, `${file}/coresize`), /^[1-9]\d*\n$/);
			t.match(await readFile(sys, `${file}/taint`), /^[A-Z]*\n$/);
			await t.rejects(sys.open(`${file}/refcnt`, O_WRONLY), { code: 'EACCES' });
		},
	},
	{
		title: 'module_add_modinfo_attrs: without a version there is neither version nor srcversion, nor parameters',
		modules: ['contract_base'],
		file: '/sys/module/contract_base',
		async run(t, { sys, file }) {
			const names = 'coresize holders initsize initstate notes refcnt sections taint uevent';
			t.same(await namesIn(sys, file), names.split(' '));
		},
	},
	{
		...shared,
		title: 'add_sect_attrs: addresses, for root, and whole or not at all',
		needs: ['nobody'],
		async run(t, { sys, file }) {
			const section = `${file}/sections/.text`;
			t.match(await sys.stat(section), { mode: 0o100400, size: 19 });
			t.match(await readFile(sys, section), /^0x[0-9a-f]{16}\n$/);
			await withFile(sys, section, O_RDONLY, async fd => {
				t.equal(text(await sys.read(fd, 4)).length, 4);
				await t.rejects(sys.read(fd, 4), { code: 'EINVAL' });
				await t.rejects(sys.pread(fd, 100, 1), { code: 'EINVAL' });
				t.equal((await sys.pread(fd, 10, 19)).length, 0);
			});
			await t.rejects(sys.open(section, O_WRONLY), { code: 'EACCES' });
			await t.rejects((await sys.fork(65534)).open(section, O_RDONLY), { code: 'EACCES' });
		},
	},
	{
		...shared,
		title: 'add_sect_attrs: .text begins where /proc/modules says that the module is',
		async run(t, { sys, root, file }) {
			const line = (await readLines(sys, `${root}/proc/modules`)).find(line => line.startsWith('contract_params '));
			t.match(line, /^contract_params \d+ 0 - Live 0x[0-9a-f]{16}( \([A-Z]+\))?$/);
			const base = (await readFile(sys, `${file}/sections/.text`)).trim();
			t.equal(/0x\S+/.exec(line!)?.[0], base);
			const exit = BigInt(await readFile(sys, `${file}/sections/.exit.text`));
			const symbols = await readFile(sys, `${root}/proc/kallsyms`);
			t.ok(symbols.includes(`${exit.toString(16).padStart(16, '0')} t cleanup_module\t[contract_params]\n`));
		},
	},
	{
		...shared,
		title: 'add_notes_attrs: the build id, and the notes of the kernel',
		async run(t, { sys, file }) {
			const note = `${file}/notes/.note.gnu.build-id`;
			t.match(await sys.stat(note), { mode: 0o100444, size: 36 });
			await withFile(sys, note, O_RDONLY, async fd => {
				const bytes = Buffer.from(await sys.read(fd, 100));
				t.equal(bytes.length, 36);
				t.equal(bytes.subarray(0, 16).toString('latin1'), '\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0');
				t.equal(Buffer.from(await sys.pread(fd, 3, 12)).toString(), 'GNU');
			});
			const kernel = Buffer.from(await readFile(sys, `${file}/notes/.note.Linux`));
			t.equal(kernel.length, 48);
			t.equal(kernel.subarray(12, 18).toString('latin1'), 'Linux\0');
		},
	},
	{
		...shared,
		title: 'store_uevent: an action is taken, what is none is EINVAL, and it cannot be read',
		async run(t, { sys, file }) {
			t.equal(await writeFile(sys, `${file}/uevent`, 'change\n'), 7);
			await t.rejects(writeFile(sys, `${file}/uevent`, 'nosuch'), { code: 'EINVAL' });
			await t.rejects(sys.open(`${file}/uevent`, O_RDONLY), { code: 'EACCES' });
		},
	},
	{
		...shared,
		title: 'sysfs: nothing can be made or removed in /sys/module',
		async run(t, { sys, root, file }) {
			await t.rejects(sys.mkdir(`${root}/sys/module/new`, 0o755), { code: 'EPERM' });
			await t.rejects(sys.open(`${file}/new`, O_WRONLY | O_CREAT, 0o644), { code: 'EACCES' });
			await t.rejects(sys.unlink(`${file}/refcnt`), { code: 'EPERM' });
			await t.rejects(sys.rmdir(`${file}/holders`), { code: 'EPERM' });
			await t.rejects(sys.rename(`${file}/refcnt`, `${file}/other`), { code: 'EPERM' });
		},
	},
];

const depending: readonly Contract[] = [
	{
		title: 'ref_module: who needs a module is its holder, keeps it, and is named in /proc/modules',
		needs: ['insmod'],
		async run(t, { sys, root, insmod, rmmod }) {
			const base = `${root}/sys/module/contract_base`;
			await t.rejects(insmod('contract_user'), { code: 'ENOENT' }, 'what it needs is not there');
			await insmod('contract_base');
			await insmod('contract_user');
			t.equal(await readFile(sys, `${base}/refcnt`), '1\n');
			t.equal(await sys.readlink(`${base}/holders/contract_user`), '../../contract_user');
			t.equal(await readFile(sys, `${base}/holders/contract_user/initstate`), 'live\n');
			const line = (await readLines(sys, `${root}/proc/modules`)).find(line => line.startsWith('contract_base '));
			t.match(line, /^contract_base \d+ 1 contract_user, Live 0x/);
			await t.rejects(rmmod('contract_base'), { code: 'EAGAIN' });
			await rmmod('contract_user');
			t.equal(await readFile(sys, `${base}/refcnt`), '0\n');
			t.same(await namesIn(sys, `${base}/holders`), []);
			await rmmod('contract_base');
			await t.rejects(sys.stat(base), { code: 'ENOENT' });
		},
	},
	{
		title: 'do_init_module: an init that refuses leaves no directory',
		needs: ['insmod'],
		async run(t, { sys, root, insmod }) {
			await t.rejects(insmod('contract_init_fails'), { code: 'ENODEV' });
			await t.rejects(sys.stat(`${root}/sys/module/contract_init_fails`), { code: 'ENOENT' });
		},
	},
];

const builtIn: readonly Contract[] = [
	{
		title: 'param_sysfs_builtin: printk is no module that was loaded, and has parameters',
		file: '/sys/module/printk',
		async run(t, { sys, file }) {
			const names = await namesIn(sys, file);
			t.same(
				names.filter(name => name !== 'uevent'),
				['parameters'],
				'where modules can be loaded, there is uevent, too',
			);
			const want = 'always_kmsg_dump console_no_auto_verbose console_suspend ignore_loglevel time';
			t.same(await namesIn(sys, `${file}/parameters`), want.split(' '));
			for (const name of want.split(' ')) {
				t.match(await sys.stat(`${file}/parameters/${name}`), { mode: 0o100644, size: 4096 });
				t.match(await readFile(sys, `${file}/parameters/${name}`), /^[YN]\n$/);
			}
		},
	},
	{
		title: 'param_sysfs_builtin: what is no value is EINVAL, and changes nothing',
		file: '/sys/module/printk/parameters/time',
		async run(t, { sys, file }) {
			const before = await readFile(sys, file);
			for (const bad of ['2', '\n', 'o', ' Y']) await t.rejects(writeFile(sys, file, bad), { code: 'EINVAL' });
			t.equal(await readFile(sys, file), before);
			t.equal(await writeFile(sys, file, before), 2);
		},
	},
];

export const moduleSysfs: readonly Contract[] = [...loaded, ...depending, ...builtIn];
