/**
 * fusermount - mounting and unmounting for users who may not, by fusermount3 of libfuse.
 *
 * It is setuid root, opens /dev/fuse with the rights of its caller, mounts it, and sends the descriptor over the socket whose
 * number is in _FUSE_COMMFD. It mounts nosuid and nodev, on a directory of the caller's own, and does not touch what is mounted
 * there when it unmounts.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, promises as fs } from 'node:fs';
import { Errno, type ErrnoName } from '../src/lib/errno.ts';
import { check, F_SETFL, type Libc } from './libc.ts';
import { hostProbes, type Probes } from './probes.ts';
import { findFusermount, lackError, lackOfDevice, lackOfFusermount } from './requirements.ts';
import { receiveDescriptor, socketPair } from './scm_rights.ts';

/** Bound: how long fusermount3 may take, in milliseconds; it waits where another mount is stuck. */
const patience = 10_000;

/**
 * Mounts on `dir` and answers the connection's descriptor, which does not block. `options` are those of mount(8). Rejects with
 * an Errno that says what helps: ENOENT without /dev/fuse or fusermount3, EACCES where /dev/fuse is not for this user, EPERM for
 * a directory that is not his and for allow_other that root has not permitted; ENOENT and ENOTDIR for `dir`.
 */
export async function mountByFusermount(
	libc: Libc,
	dir: string,
	options: string,
	probes: Probes = hostProbes(),
): Promise<number> {
	const lack = lackOfDevice(probes) ?? lackOfFusermount(probes);
	if (lack !== undefined) throw lackError(lack);
	if (!(await fs.stat(dir)).isDirectory()) throw new Errno('ENOTDIR', `${dir}: not a directory`);
	const [ours, theirs] = socketPair(libc);
	try {
		await run(findFusermount(probes)!, ['-o', options, '--', dir], theirs, dir);
		const fd = receiveDescriptor(libc, ours);
		if (fd === undefined) throw new Errno('EIO', 'fusermount3 has mounted, and sent no descriptor');
		check(libc, libc.fcntl(fd, F_SETFL, constants.O_NONBLOCK), 'fcntl');
		return fd;
	} finally {
		closeSync(ours);
		closeSync(theirs);
	}
}

/** Takes a mount of this user out of the tree at once. False where that does not work. */
export function unmountByFusermount(dir: string, probes: Probes = hostProbes()): boolean {
	const program = findFusermount(probes);
	if (program === undefined) return false;
	const { status } = spawnSync(program, ['-u', '-z', '-q', '--', dir], {
		cwd: '/',
		stdio: 'ignore',
		timeout: patience,
	});
	return status === 0;
}

async function run(program: string, args: readonly string[], socket: number, dir: string): Promise<void> {
	const env = { ...process.env, _FUSE_COMMFD: '3' };
	const stdio = ['ignore', 'ignore', 'pipe', socket] as const;
	const child = spawn(program, args, { cwd: '/', env, stdio: [...stdio], timeout: patience });
	let message = '';
	child.stderr!.setEncoding('utf8').on('data', text => {
		message += text;
	});
	await once(child, 'close');
	if (child.exitCode === 0) return;
	if (child.signalCode !== null) throw new Errno('ETIMEDOUT', 'fusermount3 does not come to an end');
	throw refusal(message, dir);
}

/** What fusermount3 says, and what it means. */
const refusals: readonly (readonly [said: RegExp, code: ErrnoName, means: (dir: string) => string])[] = [
	[
		/allow_other only allowed/,
		'EPERM',
		() => 'allow_other is for root; try: echo user_allow_other | sudo tee -a /etc/fuse.conf',
	],
	[/not owned by user|no write access/, 'EPERM', dir => `${dir}: users mount on directories of their own alone`],
];

/** What fusermount3 has refused, in one line. */
function refusal(message: string, dir: string): Errno {
	const known = refusals.find(([said]) => said.test(message));
	if (known !== undefined) return new Errno(known[1], known[2](dir));
	return new Errno('EPERM', message.trim().split('\n', 1)[0] || 'fusermount3 has failed');
}
