/**
 * misc - devices that need one number and no major (kernel-sim/drivers/char/misc.ts after drivers/char/misc.c).
 */

import { O_RDONLY } from '../../src/uapi/fcntl.ts';
import { MINOR, S_IFCHR } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { readFile, readLines } from './files.ts';

const modules = ['contract_misc'];
const NAME = 'contract_misc';
const mkdev = (major: number, minor: number) => (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);

export const misc: readonly Contract[] = [
	{
		title: '/proc/misc: the number in three columns and the name, the newest first',
		modules,
		file: '/proc/misc',
		async run(t, { sys, root, file }) {
			const rows = await readLines(sys, file);
			for (const row of rows) t.match(row, /^[ \d]{2}\d+ \S+$/);
			t.match(rows.slice(0, 2), [/ contract_other$/, / contract_misc$/]);
			t.ok((await readLines(sys, `${root}/proc/devices`)).includes(' 10 misc'));
		},
	},
	{
		title: 'misc_register: a number that is free, from 256 on, a node, and a device of the class misc',
		modules,
		async run(t, { sys, root }) {
			const row = (await readLines(sys, `${root}/proc/misc`)).find(line => line.endsWith(` ${NAME}`));
			const minor = Number.parseInt(row!, 10);
			t.ok(minor >= 256);
			t.equal(await readFile(sys, `${root}/sys/class/misc/${NAME}/dev`), `10:${minor}\n`);
			t.equal(await sys.readlink(`${root}/sys/dev/char/10:${minor}`), `../../devices/virtual/misc/${NAME}`);
			const uevent = await readFile(sys, `${root}/sys/class/misc/${NAME}/uevent`);
			t.equal(uevent, `MAJOR=10\nMINOR=${minor}\nDEVNAME=${NAME}\nDEVMODE=0644\n`);
			const other = await readLines(sys, `${root}/sys/class/misc/contract_other/uevent`);
			t.same(other.slice(2), ['DEVNAME=contract/other']);
		},
	},
	{
		title: 'misc_devnode: a name below /dev and a mode of its own, or the usual ones',
		needs: ['devices'],
		modules,
		async run(t, { sys, root }) {
			const { mode, rdev } = await sys.stat(`${root}/dev/${NAME}`);
			t.equal(mode, S_IFCHR | 0o644);
			t.ok(MINOR(rdev) >= 0);
			t.equal((await sys.stat(`${root}/dev/contract/other`)).mode, S_IFCHR | 0o600);
		},
	},
	{
		title: 'misc_open: reaches the driver, which finds the device in the open file and may refuse',
		needs: ['devices'],
		modules,
		async run(t, { sys, root }) {
			t.equal(await readFile(sys, `${root}/dev/contract/other`), 'contract_other\n');
			const fd = await sys.open(`${root}/dev/${NAME}`, O_RDONLY);
			t.equal(Buffer.from(await sys.read(fd, 100)).toString(), 'contract\n');
			await t.rejects(sys.open(`${root}/dev/${NAME}`, O_RDONLY), { code: 'EBUSY' });
			await t.rejects(sys.write(fd, 'x'), { code: 'EBADF' });
		},
	},
	{
		title: 'misc_open: a number that no device has is ENODEV',
		needs: ['devices'],
		async run(t, { sys, root }) {
			const path = `${root}/dev/contract_none`;
			await sys.mknod(path, S_IFCHR | 0o600, mkdev(10, 99_999));
			try {
				await t.rejects(sys.open(path, O_RDONLY), { code: 'ENODEV' });
			} finally {
				await sys.unlink(path);
			}
		},
	},
];
