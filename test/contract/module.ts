/**
 * module - loading and removing modules while programs use what they offer, and modules that stumble.
 *
 * Simulated by kernel-sim/kernel/module.ts and modules.ts after kernel/module/main.c.
 */

import { O_RDONLY } from '../../src/uapi/fcntl.ts';
import type { Contract } from '../runner/contract.ts';
import { readDir, readFile, readLines, withFile, writeFile } from './files.ts';

const loading: readonly Contract[] = [
	{
		title: 'insmod: what a module makes is there at once, also for who has looked in vain',
		needs: ['insmod'],
		async run(t, { sys, root, insmod }) {
			const file = `${root}/proc/contract_proc/both`;
			await t.rejects(sys.stat(file), { code: 'ENOENT' });
			await readDir(sys, `${root}/proc`);
			await insmod('contract_proc');
			t.equal(await readFile(sys, file), 'initial\n');
			t.ok((await readDir(sys, `${root}/proc`)).some(({ name }) => name === 'contract_proc'));
		},
	},
	{
		title: 'rmmod: what a module made is gone at once, also for who has used it',
		needs: ['insmod'],
		async run(t, { sys, root, insmod, rmmod }) {
			const file = `${root}/proc/contract_proc/both`;
			await insmod('contract_proc');
			await readFile(sys, file);
			await readDir(sys, `${root}/proc/contract_proc`);
			await rmmod('contract_proc');
			await t.rejects(sys.stat(file), { code: 'ENOENT' });
			t.notOk((await readDir(sys, `${root}/proc`)).some(({ name }) => name === 'contract_proc'));
		},
	},
	{
		title: 'rmmod, insmod: a file that was open is dead, and the same name is alive',
		needs: ['insmod'],
		async run(t, { sys, root, insmod, rmmod }) {
			const file = `${root}/proc/contract_proc/both`;
			await insmod('contract_proc');
			await writeFile(sys, file, 'old\n');
			const fd = await sys.open(file, O_RDONLY);
			await rmmod('contract_proc');
			await insmod('contract_proc');
			await t.rejects(sys.read(fd, 10), { code: 'EIO' });
			t.equal(await readFile(sys, file), 'initial\n');
		},
	},
	{
		title: 'insmod: a module that is there is EEXIST',
		needs: ['insmod'],
		modules: ['contract_proc'],
		run: async (t, { insmod }) => void (await t.rejects(insmod('contract_proc'), { code: 'EEXIST' })),
	},
	{
		title: 'rmmod: a module that is not there is ENOENT',
		needs: ['insmod'],
		run: async (t, { rmmod }) => void (await t.rejects(rmmod('contract_proc'), { code: 'ENOENT' })),
	},
	{
		title: 'insmod: an init that refuses leaves nothing behind',
		needs: ['insmod'],
		async run(t, { sys, root, insmod }) {
			await t.rejects(insmod('contract_init_fails'), { code: 'ENODEV' });
			await t.rejects(sys.stat(`${root}/proc/contract_init_fails`), { code: 'ENOENT' });
			t.notMatch(await readFile(sys, `${root}/proc/modules`), /contract_init_fails/);
			await t.rejects(insmod('contract_init_fails'), { code: 'ENODEV' }, 'and can be tried again');
		},
	},
	{
		title: '/proc/modules: a line comes with the module and goes with it',
		needs: ['insmod'],
		async run(t, { sys, root, insmod, rmmod }) {
			const count = async () =>
				(await readLines(sys, `${root}/proc/modules`)).filter(line => line.startsWith('contract_proc ')).length;
			t.equal(await count(), 0);
			await insmod('contract_proc');
			t.equal(await count(), 1);
			await rmmod('contract_proc');
			t.equal(await count(), 0);
		},
	},
];

const stumbling: readonly Contract[] = [
	{
		title: 'oops: a show that throws is EIO to the reader, and the rest goes on',
		needs: ['insmod', 'dmesg'],
		modules: ['contract_oops'],
		file: '/proc/contract_oops',
		oops: true,
		async run(t, { sys, file }) {
			await t.rejects(readFile(sys, `${file}/show`), { code: 'EIO' });
			t.equal(await readFile(sys, `${file}/good`), 'good\n');
			await t.rejects(readFile(sys, `${file}/show`), { code: 'EIO' }, 'and again');
		},
	},
	{
		title: 'oops: an operation that throws after it has slept is EIO, a write too',
		needs: ['insmod', 'dmesg'],
		modules: ['contract_oops'],
		file: '/proc/contract_oops/later',
		oops: true,
		async run(t, { sys, file }) {
			await t.rejects(readFile(sys, file), { code: 'EIO' });
			await t.rejects(writeFile(sys, file, 'x'), { code: 'EIO' });
		},
	},
	{
		title: "oops: the log has the mistake and the module's own line",
		needs: ['insmod', 'dmesg'],
		modules: ['contract_oops'],
		file: '/proc/contract_oops/show',
		oops: true,
		async run(t, { sys, file, dmesg }) {
			const before = (await dmesg()).length;
			await t.rejects(readFile(sys, file), { code: 'EIO' });
			const log = (await dmesg()).slice(before);
			t.match(log, /TypeError: a mistake of the author/);
			t.match(log, /contract_oops\.ts:\d+/);
		},
	},
	{
		title: 'oops: a reader that got EIO may read the same open file again',
		needs: ['insmod', 'dmesg'],
		modules: ['contract_oops'],
		file: '/proc/contract_oops/show',
		oops: true,
		async run(t, { sys, file }) {
			await withFile(sys, file, O_RDONLY, async fd => {
				await t.rejects(sys.read(fd, 10), { code: 'EIO' });
				await t.rejects(sys.pread(fd, 10, 5), { code: 'EIO' });
			});
		},
	},
	{
		title: 'oops: a show and a store of sysfs that throw are EIO, and the log has the line',
		needs: ['insmod', 'dmesg'],
		modules: ['contract_oops'],
		file: '/sys/kernel/contract_oops',
		oops: true,
		async run(t, { sys, file, dmesg }) {
			for (const name of ['value', 'later']) {
				const before = (await dmesg()).length;
				await t.rejects(readFile(sys, `${file}/${name}`), { code: 'EIO' });
				await t.rejects(writeFile(sys, `${file}/${name}`, 'x'), { code: 'EIO' });
				const log = (await dmesg()).slice(before);
				t.equal(log.match(/TypeError: a mistake of the author/g)?.length, 2, name);
				t.match(log, /contract_oops\.ts:\d+/);
			}
			t.equal(await readFile(sys, `${file}/good`), 'good\n');
		},
	},
];

export const module: readonly Contract[] = [...loading, ...stumbling];
