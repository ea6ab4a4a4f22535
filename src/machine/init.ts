/**
 * init - what the first program of a machine does: it mounts, and makes the first files there.
 *
 * The kernel has mounted /proc and /sys by itself; the rest is as a Debian system has it.
 */

import type { Kernel } from '../../kernel-sim/kernel.ts';
import { Errno } from '../lib/errno.ts';
import { encodeUtf8 } from '../lib/text.ts';
import { O_CREAT, O_WRONLY } from '../uapi/fcntl.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RELATIME } from '../uapi/mount.ts';

/** A file system that is mounted at boot. */
export interface BootMount {
	/** One of /proc/filesystems. */
	readonly type: string;
	/** Absolute path in the machine. */
	readonly dir: string;
	/** Of MS_*. Absent: none. */
	readonly flags?: number;
	/** Those of the file system, separated by commas. Absent: none. */
	readonly options?: string;
}

const bootMounts: readonly BootMount[] = [
	{ type: 'tmpfs', dir: '/run', flags: MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, options: 'mode=755' },
	{ type: 'tmpfs', dir: '/tmp', flags: MS_NOSUID | MS_NODEV | MS_RELATIME },
	{ type: 'tmpfs', dir: '/etc', flags: MS_RELATIME, options: 'mode=755' },
	{ type: 'tmpfs', dir: '/lib/modules', flags: MS_RELATIME, options: 'mode=755' },
];

/** Links that udev makes: programs find their own descriptors there. */
const links: readonly (readonly [path: string, text: string])[] = [
	['/dev/fd', '/proc/self/fd'],
	['/dev/stdin', '/proc/self/fd/0'],
	['/dev/stdout', '/proc/self/fd/1'],
	['/dev/stderr', '/proc/self/fd/2'],
];

/**
 * Boots a machine as far as programs expect it, then mounts `more` in this order; `files` are made by their paths. Rejects with
 * what a mount throws, and EINVAL for files of a kernel that has no tmpfs to keep them.
 */
export async function runInit(
	{ filesystems, init, uts }: Kernel,
	more: readonly BootMount[],
	files: Readonly<Record<string, string>> = {},
): Promise<void> {
	const mounts = filesystems.get('tmpfs') === undefined ? [] : bootMounts;
	for (const { type, dir, flags = 0, options = '' } of [...mounts, ...more]) {
		await init.mount(type, dir, type, flags, options);
	}
	if (filesystems.get('devtmpfs') !== undefined) for (const [path, text] of links) await init.symlink(text, path);
	if (mounts.length === 0) {
		const [file] = Object.keys(files);
		if (file !== undefined) throw new Errno('EINVAL', `${file}: this kernel has no CONFIG_TMPFS`);
		return;
	}
	for (const [path, text] of Object.entries({ '/etc/hostname': `${uts.nodename}\n`, ...files })) {
		const fd = await init.open(path, O_CREAT | O_WRONLY, 0o644);
		await init.write(fd, encodeUtf8(text));
		await init.close(fd);
	}
	await init.mkdir(`/lib/modules/${uts.release}`, 0o755);
}
