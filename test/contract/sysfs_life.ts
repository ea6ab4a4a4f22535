/**
 * sysfs_life - polling attributes, files of bytes, attributes that are taken away, and events that programs ask for.
 *
 * Simulated by kernel-sim/fs/kernfs/file.ts, kernel-sim/fs/sysfs/file.ts and kernel-sim/lib/kobject_uevent.ts after
 * fs/kernfs/file.c, fs/sysfs/file.c and lib/kobject_uevent.c, on the test module contract_sysfs.
 */

import { O_RDONLY, O_RDWR, O_WRONLY, SEEK_END, SEEK_SET } from '../../src/uapi/fcntl.ts';
import { DEFAULT_POLLMASK, POLLERR, POLLPRI } from '../../src/uapi/poll.ts';
import type { Contract } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readFile, text, withFile, writeFile } from './files.ts';

const DIR = '/sys/kernel/contract_sysfs';
const ALL = 0x7fff;
const NEWS = DEFAULT_POLLMASK | POLLERR | POLLPRI;

/** A contract on the directory of the test module. */
function on(title: string, run: Contract['run']): Contract {
	return { title, modules: ['contract_sysfs'], file: DIR, run };
}

const polling: readonly Contract[] = [
	on('kernfs_generic_poll: what was never read is new, and always readable and writable', async (t, { sys, file }) => {
		await withFile(sys, `${file}/news`, O_RDONLY, async fd => {
			t.equal(await sys.poll(fd, ALL, 0), NEWS);
			await sys.read(fd, 100);
			t.equal(await sys.poll(fd, ALL, 0), DEFAULT_POLLMASK);
			t.equal(await sys.poll(fd, POLLPRI, 0), 0);
		});
	}),
	on('sysfs_notify: whoever polls is told until a read from the beginning', async (t, { sys, file }) => {
		await withFile(sys, `${file}/news`, O_RDONLY, async fd => {
			await sys.read(fd, 100);
			await writeFile(sys, `${file}/news`, '1');
			t.equal(await sys.poll(fd, ALL, 0), NEWS);
			t.equal(await sys.poll(fd, POLLPRI, 0), POLLPRI | POLLERR);
			t.equal(await sys.poll(fd, POLLPRI, 0), POLLPRI | POLLERR, 'again');
			t.equal(text(await sys.read(fd, 100)), '', 'at the end');
			t.equal(await sys.poll(fd, POLLPRI, 0), POLLPRI | POLLERR);
			await sys.lseek(fd, 0, SEEK_SET);
			t.equal(await sys.poll(fd, POLLPRI, 0), POLLPRI | POLLERR);
			t.equal(text(await sys.pread(fd, 100, 0)), '1\n');
			t.equal(await sys.poll(fd, POLLPRI, 0), 0);
		});
	}),
	on('sysfs_notify: each open file is told for itself', async (t, { sys, file }) => {
		await withFile(sys, `${file}/news`, O_RDONLY, async one => {
			await withFile(sys, `${file}/news`, O_RDONLY, async other => {
				for (const fd of [one, other]) await sys.read(fd, 100);
				await writeFile(sys, `${file}/control`, 'notify');
				await sys.pread(one, 100, 0);
				t.equal(await sys.poll(one, POLLPRI, 0), 0);
				t.equal(await sys.poll(other, POLLPRI, 0), POLLPRI | POLLERR);
			});
		});
	}),
	on('sysfs_notify: wakes who sleeps in poll', async (t, { sys, file }) => {
		const other = await sys.fork();
		await withFile(sys, `${file}/news`, O_RDONLY, async fd => {
			await sys.read(fd, 100);
			const woken = sys.poll(fd, POLLPRI, 5000);
			await writeFile(other, `${file}/news`, '2');
			t.equal(await woken, POLLPRI | POLLERR);
			t.equal(text(await sys.pread(fd, 100, 0)), '2\n');
		});
	}),
];

const removal: readonly Contract[] = [
	on('kernfs_get_active: an attribute that was taken away is ENODEV to who has it open', async (t, { sys, file }) => {
		await withFile(sys, `${file}/gone`, O_RDWR, async fd => {
			await writeFile(sys, `${file}/control`, 'remove');
			await t.rejects(sys.read(fd, 10), { code: 'ENODEV' });
			await t.rejects(sys.pread(fd, 10, 0), { code: 'ENODEV' });
			await t.rejects(sys.write(fd, 'x'), { code: 'ENODEV' });
			t.equal(await sys.poll(fd, ALL, 0), NEWS);
			t.match(await sys.fstat(fd), { size: 4096 });
			await t.rejects(sys.stat(`${file}/gone`), { code: 'ENOENT' });
			await writeFile(sys, `${file}/control`, 'add');
			await t.rejects(sys.read(fd, 10), { code: 'ENODEV' }, 'the new one is another');
			t.equal(await readFile(sys, `${file}/gone`), 'text\n');
		});
	}),
	on('kernfs_get_active: lseek of an attribute that was taken away is ENODEV', async (t, { sys, file }) => {
		await withFile(sys, `${file}/gone`, O_RDONLY, async fd => {
			await writeFile(sys, `${file}/control`, 'remove');
			await t.rejects(sys.lseek(fd, 0, SEEK_SET), { code: 'ENODEV' });
		});
	}),
	on('kernfs_get_active: what was read before is still delivered', async (t, { sys, file }) => {
		await withFile(sys, `${file}/gone`, O_RDONLY, async fd => {
			t.equal(text(await sys.read(fd, 2)), 'te');
			await writeFile(sys, `${file}/control`, 'remove');
			t.equal(text(await sys.read(fd, 2)), 'xt');
		});
	}),
	on('sysfs_create_file: a name that is taken is EEXIST', async (t, { sys, file }) => {
		await t.rejects(writeFile(sys, `${file}/control`, 'add'), { code: 'EEXIST' });
		await writeFile(sys, `${file}/control`, 'remove');
		await writeFile(sys, `${file}/control`, 'remove');
		await writeFile(sys, `${file}/control`, 'add');
		await t.rejects(writeFile(sys, `${file}/control`, 'dance'), { code: 'EINVAL' });
	}),
];

/** Does something with a file of bytes, and gives what its operations were asked for. */
async function asked(sys: Sys, dir: string, name: string, body: (fd: number) => Promise<unknown>): Promise<string> {
	await writeFile(sys, `${dir}/log`, 'forget');
	await withFile(sys, `${dir}/${name}`, O_RDWR, body);
	return (await readFile(sys, `${dir}/log`)).trim();
}

const bytes: readonly Contract[] = [
	on('sysfs_kf_bin_read: exactly what was asked for, within the size', async (t, { sys, file }) => {
		const log = await asked(sys, file, 'bytes', async fd => {
			t.same([...(await sys.pread(fd, 3, 10))], [10, 11, 12]);
			t.equal((await sys.pread(fd, 50, 90)).length, 10);
			t.equal((await sys.pread(fd, 50, 100)).length, 0);
			t.equal((await sys.pread(fd, 50, 1000)).length, 0);
			t.equal((await sys.read(fd, 60)).length, 60);
			t.equal((await sys.read(fd, 60)).length, 40);
			t.equal((await sys.read(fd, 60)).length, 0);
		});
		t.equal(log, 'r10+3 r90+10 r0+60 r60+40');
	}),
	on('sysfs_kf_bin_write: cut at the size, EFBIG behind it', async (t, { sys, file }) => {
		const log = await asked(sys, file, 'bytes', async fd => {
			t.equal(await sys.pwrite(fd, 'abc', 10), 3);
			t.equal(await sys.pwrite(fd, '0123456789', 95), 5);
			await t.rejects(sys.pwrite(fd, 'x', 100), { code: 'EFBIG' });
			await t.rejects(sys.pwrite(fd, 'x', 1000), { code: 'EFBIG' });
			t.equal(await sys.write(fd, 'abcd'), 4);
			t.equal(await sys.write(fd, 'abcd'), 4);
		});
		t.equal(log, 'w10+3 w95+5 w0+4 w4+4');
	}),
	on('kernfs_file_read_iter: a page is the most that one read gives of bytes', async (t, { sys, file }) => {
		const log = await asked(sys, file, 'endless', async fd => {
			t.equal((await sys.read(fd, 65536)).length, 4096);
			t.equal((await sys.pread(fd, 5000, 1_000_000)).length, 4096);
			t.equal((await sys.pread(fd, 10, 1_000_000)).length, 10);
			t.equal(await sys.pwrite(fd, 'x'.repeat(5000), 7), 4096);
		});
		t.equal(log, 'r0+4096 r1000000+4096 r1000000+10 w7+4096');
	}),
	on('sysfs: a file of bytes is sought in by its size', async (t, { sys, file }) => {
		await withFile(sys, `${file}/bytes`, O_RDONLY, async fd => t.equal(await sys.lseek(fd, 0, SEEK_END), 100));
		await withFile(sys, `${file}/endless`, O_RDONLY, async fd => t.equal(await sys.lseek(fd, -0, SEEK_END), 0));
	}),
];

const UUID = 'fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed';

const events: readonly Contract[] = [
	{
		title: 'kobject_synth_uevent: an action, perhaps with a UUID and arguments, is an event',
		modules: ['contract_sysfs'],
		file: '/sys',
		async run(t, { sys, file }) {
			const seqnum = async () => Number(await readFile(sys, `${file}/kernel/uevent_seqnum`));
			const uevent = `${file}/module/contract_sysfs/uevent`;
			for (const data of [
				'add',
				'change\n',
				'online',
				'offline',
				'move',
				'bind',
				'unbind',
				`add ${UUID}`,
				`add ${UUID} A=1 b2=c`,
			]) {
				const before = await seqnum();
				t.equal(await writeFile(sys, uevent, data), data.length, data);
				t.equal(await seqnum(), before + 1, data);
			}
		},
	},
	{
		title: 'kobject_synth_uevent: everything else is EINVAL and no event',
		modules: ['contract_sysfs'],
		file: '/sys',
		async run(t, { sys, file }) {
			const before = await readFile(sys, `${file}/kernel/uevent_seqnum`);
			const uevent = `${file}/module/contract_sysfs/uevent`;
			const bad = ['\n', 'ADD', 'ad', 'adds', ' add', 'add\n\n', 'add ', 'add x', `add ${UUID.slice(1)}`, `add${UUID}`];
			bad.push(
				`add ${UUID} `,
				`add ${UUID} A`,
				`add ${UUID} A=`,
				`add ${UUID} =1`,
				`add ${UUID} A_B=1`,
				`add ${UUID}A=1`,
			);
			bad.push(`add ${UUID}  A=1`, `add ${UUID} A=1 `, `add ${UUID} A=1=2`, `add ${UUID} A=1\nB=2`);
			for (const data of bad) {
				await t.rejects(writeFile(sys, uevent, data), { code: 'EINVAL' }, JSON.stringify(data));
			}
			t.equal(await writeFile(sys, uevent, ''), 0);
			t.equal(await readFile(sys, `${file}/kernel/uevent_seqnum`), before);
			await t.rejects(sys.open(uevent, O_RDONLY), { code: 'EACCES' });
			await sys.close(await sys.open(uevent, O_WRONLY));
		},
	},
];

export const sysfsLife: readonly Contract[] = [...polling, ...removal, ...bytes, ...events];
