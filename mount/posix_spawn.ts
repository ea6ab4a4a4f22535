/**
 * posix_spawn - starts a program without a copy of this process, and waits for its end.
 *
 * Node forks: the page tables of a process that has loaded a kernel are copied, and then each page that it writes to, which takes ten
 * milliseconds and more. posix_spawn(3) lends the child our memory until it has become the program.
 *
 * As after Node's own spawn, no signal is blocked or ignored, and of our descriptors the program has those that it is given.
 */

import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { Errno, errno, isErrno } from '../src/lib/errno.ts';
import { O_NONBLOCK } from '../src/uapi/fcntl.ts';
import { check, F_GETFL, F_SETFD, F_SETFL, type Libc } from './libc.ts';
import { ownArchitecture } from './run/numbers.ts';
import { watchReadable } from './watch.ts';

/** What is to run, and how. */
export interface Spawn {
	/** The file that is executed. */
	readonly path: string;
	/** The arguments; the first is the name that it is told of itself. */
	readonly argv: readonly string[];
	readonly env: NodeJS.ProcessEnv;
	/** Our descriptors that become its standard input, output and error. */
	readonly stdio: readonly [number, number, number];
	/** It becomes the leader of a session of its own. */
	readonly session?: boolean;
}

/** How a program has ended: with a status, or of a signal. */
export type Exit = readonly [status: number | null, signal: NodeJS.Signals | null];

const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;

/** Bytes that are enough for posix_spawn_file_actions_t and posix_spawnattr_t; the largest known takes 336. */
const OPAQUE = 512;
/** The bytes of a sigset_t. */
const SIGSET = 128;
/** Signals 1 to 64: the C library would have the program ignore two that it keeps for itself, if they were not among them. */
const allSignals = new Uint8Array(SIGSET).fill(0xff, 0, 8);
const noSignals = new Uint8Array(SIGSET);

/**
 * Starts a program and answers its process id. It is our child: whoever starts it waits for it, or ends before it. A file that the
 * kernel cannot execute is a script of /bin/sh, as for execvp(3). Throws what execve(2) and clone(2) refuse.
 */
export function posixSpawn(libc: Libc, spawn: Spawn): number {
	try {
		return start(libc, spawn);
	} catch (error) {
		if (!isErrno(error) || error.errno !== -errno.ENOEXEC) throw error;
		const [name = '', ...args] = spawn.argv;
		return start(libc, { ...spawn, path: '/bin/sh', argv: [name, spawn.path, ...args] });
	}
}

function start(libc: Libc, { path, argv, env, stdio, session = false }: Spawn): number {
	const actions = new Uint8Array(OPAQUE);
	const attributes = new Uint8Array(OPAQUE);
	must(libc.posix_spawn_file_actions_init(actions), 'posix_spawn_file_actions_init');
	try {
		for (const [target, fd] of stdio.entries()) {
			if (fd === target) handDown(libc, fd);
			else must(libc.posix_spawn_file_actions_adddup2(actions, fd, target), 'posix_spawn_file_actions_adddup2');
		}
		must(libc.posix_spawnattr_init(attributes), 'posix_spawnattr_init');
		libc.posix_spawnattr_setsigdefault(attributes, allSignals);
		libc.posix_spawnattr_setsigmask(attributes, noSignals);
		const flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (session ? POSIX_SPAWN_SETSID : 0);
		must(libc.posix_spawnattr_setflags(attributes, flags), 'posix_spawnattr_setflags');
		const pid = new Int32Array(1);
		const envp = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
		must(libc.posix_spawn(pid, path, actions, attributes, [...argv, null], [...envp, null]), path);
		return pid[0]!;
	} finally {
		libc.posix_spawn_file_actions_destroy(actions);
	}
}

/**
 * Leaves a descriptor to a program as we got it: Node has its own closed on exec, and some of its versions have pipes and sockets not
 * block, though nobody asked for its streams.
 */
function handDown(libc: Libc, fd: number): void {
	check(libc, libc.fcntl(fd, F_SETFD, 0), 'fcntl');
	const flags = check(libc, libc.fcntl(fd, F_GETFL, 0), 'fcntl');
	if (flags & O_NONBLOCK) check(libc, libc.fcntl(fd, F_SETFL, flags & ~O_NONBLOCK), 'fcntl');
}

/** These functions answer the error number. */
function must(number: number, what: string): void {
	if (number !== 0) throw Errno.of(number, what);
}

/** Resolves when a child of `posixSpawn` has ended, which is then nobody's any more. To be called once for each. */
export function whenExited(libc: Libc, pid: number): Promise<Exit> {
	const pidfd = check(
		libc,
		libc.syscall(ownArchitecture().numbers.pidfd_open, pid, 0, 0, 0, 0),
		`pidfd_open of ${pid}`,
	);
	return new Promise(resolve => {
		const watch = watchReadable(pidfd, () => {
			watch.close();
			closeSync(pidfd);
			resolve(reap(libc, pid));
		});
	});
}

function reap(libc: Libc, pid: number): Exit {
	const status = new Int32Array(1);
	check(libc, libc.waitpid(pid, status, 0), `waitpid of ${pid}`);
	const signal = status[0]! & 0x7f;
	return signal === 0 ? [(status[0]! >> 8) & 0xff, null] : [null, signalName(signal)];
}

function signalName(number: number): NodeJS.Signals {
	const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
	return (name ?? 'SIGKILL') as NodeJS.Signals;
}
