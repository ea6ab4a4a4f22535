/**
 * proc_remove - an entry that is removed while somebody has it open.
 *
 * Simulated by kernel-sim/fs/proc/generic.ts and inode.ts after proc_entry_rundown and the use_pde of fs/proc/inode.c. The test
 * module contract_gone takes its victims away at a write to `toggle`, and brings others back at the next.
 */

import { O_DIRECTORY, O_RDONLY, O_RDWR, SEEK_SET } from '../../src/uapi/fcntl.ts';
import { DEFAULT_POLLMASK } from '../../src/uapi/poll.ts';
import type { Contract, Machine } from '../runner/contract.ts';
import { readDir, readFile, readToEnd, text, writeFile } from './files.ts';

const toggle = ({ sys, root }: Machine) => writeFile(sys, `${root}/proc/contract_gone/toggle`, 'x');

/** A contract on /proc/contract_gone/victims/file, which is there at its beginning. */
function onVictim(title: string, run: Contract['run']): Contract {
	return { title, modules: ['contract_gone'], file: '/proc/contract_gone/victims/file', run };
}

export const procRemove: readonly Contract[] = [
	onVictim('proc_remove: read and write of a file that is open are EIO', async (t, machine) => {
		const { sys, file } = machine;
		const fd = await sys.open(file, O_RDWR);
		t.equal(text(await sys.read(fd, 2)), 'he');
		await toggle(machine);
		await t.rejects(sys.read(fd, 2), { code: 'EIO' });
		await t.rejects(sys.write(fd, 'x'), { code: 'EIO' });
		await toggle(machine);
	}),
	onVictim('proc_remove: lseek of a file that is open is EINVAL', async (t, machine) => {
		const { sys, file } = machine;
		const fd = await sys.open(file, O_RDONLY);
		await toggle(machine);
		await t.rejects(sys.lseek(fd, 0, SEEK_SET), { code: 'EINVAL' });
		await toggle(machine);
	}),
	onVictim('proc_remove: fstat and poll of a file that is open go on as before', async (t, machine) => {
		const { sys, file } = machine;
		const fd = await sys.open(file, O_RDONLY);
		const before = await sys.fstat(fd);
		await toggle(machine);
		t.match(await sys.fstat(fd), { ino: before.ino, mode: before.mode });
		t.equal(await sys.poll(fd, DEFAULT_POLLMASK, 0), DEFAULT_POLLMASK);
		await toggle(machine);
	}),
	onVictim('proc_remove: the names are gone at once, also for who has used them', async (t, machine) => {
		const { sys, root, file } = machine;
		const dir = `${root}/proc/contract_gone`;
		t.equal(await readFile(sys, file), 'here\n');
		await sys.stat(`${dir}/victims/sub/inner`);
		await toggle(machine);
		for (const name of ['victims', 'victims/file', 'victims/sub/inner']) {
			await t.rejects(sys.stat(`${dir}/${name}`), { code: 'ENOENT' }, name);
		}
		t.same((await readDir(sys, dir)).map(entry => entry.name).sort(), ['.', '..', 'toggle']);
		await toggle(machine);
	}),
	onVictim('proc_create: a name that comes back is another file, and the old one stays dead', async (t, machine) => {
		const { sys, file } = machine;
		const old = await sys.open(file, O_RDONLY);
		await toggle(machine);
		await t.rejects(sys.stat(file), { code: 'ENOENT' });
		await toggle(machine);
		t.equal(await readFile(sys, file), 'here\n');
		await t.rejects(readToEnd(sys, old), { code: 'EIO' });
	}),
	onVictim('proc_remove: a directory that is open lists only the dots', async (t, machine) => {
		const { sys, root } = machine;
		const fd = await sys.open(`${root}/proc/contract_gone/victims`, O_RDONLY | O_DIRECTORY);
		await toggle(machine);
		t.same(
			(await sys.getdents(fd)).map(entry => entry.name),
			['.', '..'],
		);
		await toggle(machine);
	}),
];
