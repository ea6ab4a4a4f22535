/**
 * proc_mounts - /proc/mounts as mounts come and go: what it shows and what poll(2) on it tells.
 *
 * Simulated by kernel-sim/fs/proc_namespace.ts after fs/proc_namespace.c. Everything happens in a mount namespace of the task's
 * own, where the kernel is this machine's.
 */

import type { Test } from 'tap';
import { O_RDONLY } from '../../src/uapi/fcntl.ts';
import { POLLERR, POLLIN, POLLOUT, POLLPRI } from '../../src/uapi/poll.ts';
import type { Contract } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readFile, readLines, readToEnd, text } from './files.ts';

const ASKED = POLLIN | POLLPRI | POLLOUT;
const CHANGED = POLLIN | POLLPRI | POLLERR;

/** Mounts and removes a tmpfs on a directory that every kernel has, whoever watches. */
type Mounted = (source: string, body: () => Promise<void>) => Promise<void>;

/** A contract on /proc/mounts for a task that may mount. */
function onMounts(title: string, run: (t: Test, sys: Sys, file: string, mounted: Mounted) => Promise<void>): Contract {
	return {
		title,
		needs: ['mount'],
		file: '/proc/mounts',
		async run(t, machine) {
			const sys = await machine.sys.fork();
			await sys.unshare();
			const place = `${machine.root}/proc/fs`;
			await run(t, sys, machine.file, async (source, body) => {
				await sys.mount(source, place, 'tmpfs', '');
				await body().finally(() => sys.umount(place));
			});
		},
	};
}

export const procMounts: readonly Contract[] = [
	onMounts(
		'mounts_poll: readable when nothing has changed, and changed once after each mount and each umount',
		async (t, sys, file, mounted) => {
			const fd = await sys.open(file, O_RDONLY);
			t.equal(await sys.poll(fd, ASKED, 0), POLLIN);
			await mounted('contract', async () => {
				t.equal(await sys.poll(fd, ASKED, 0), CHANGED);
				t.equal(await sys.poll(fd, ASKED, 0), POLLIN, 'the poll has consumed it');
			});
			t.equal(await sys.poll(fd, ASKED, 0), CHANGED);
		},
	),
	onMounts('mounts_poll: each open file sees the change', async (t, sys, file, mounted) => {
		const [one, other] = [await sys.open(file, O_RDONLY), await sys.open(file, O_RDONLY)];
		await mounted('contract', async () => {
			t.equal(await sys.poll(one, ASKED, 0), CHANGED);
			t.equal(await sys.poll(other, ASKED, 0), CHANGED);
		});
	}),
	onMounts('show_vfsmnt: a mount is a line, from when it is made until it is gone', async (t, sys, file, mounted) => {
		const lines = async () => (await readLines(sys, file)).filter(line => line.startsWith('contract '));
		t.same(await lines(), []);
		await mounted('contract', async () => {
			const [line, ...more] = await lines();
			t.match(`${line}`, /^contract \/\S*proc\/fs tmpfs rw,relatime(,\S+)? 0 0$/);
			t.same(more, []);
		});
		t.same(await lines(), []);
	}),
	onMounts(
		'mangle: blank, tab, newline, backslash and # of a device are written in octal',
		async (t, sys, file, mounted) => {
			await mounted('#a b\tc\nd\\e#f', async () => {
				t.match(await readFile(sys, file), /^\\043a\\040b\\011c\\012d\\134e\\043f \//m);
			});
		},
	),
	onMounts('show_vfsmnt: a file that is being read goes on after a mount was added', async (t, sys, file, mounted) => {
		const fd = await sys.open(file, O_RDONLY);
		const first = text(await sys.read(fd, 5));
		await mounted('contract', async () => {
			t.match(first + (await readToEnd(sys, fd)), /^\S+ \/\S* \S+ r[wo]/);
		});
	}),
];
