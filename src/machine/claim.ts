/**
 * claim - a machine takes a name, which no other can have as long as it lives.
 */

import { closeSync, fstatSync, openSync, rmSync, statSync } from 'node:fs';
import { type Libc, LOCK } from '../../mount/libc.ts';
import { Errno, isErrno } from '../lib/errno.ts';
import { type RuntimeDir, removeIfEmpty } from './runtime_dir.ts';

/** The right to be the machine of a name; held until released, or until the process ends. */
export interface Claim {
	readonly name: string;
	/** Where this machine's control socket belongs; nothing is there. */
	readonly socket: string;
	release(): void;
}

/**
 * Takes a name: the one given, or the first of m0, m1, ... that is free. What a killed machine left under it is removed.
 * Throws EEXIST when a running machine has it, EINVAL for what is no name.
 */
export function claimName(libc: Libc, dir: RuntimeDir, name?: string): Claim {
	if (name !== undefined) {
		const claim = tryClaim(libc, dir, name);
		if (claim === undefined) throw new Errno('EEXIST', `a machine named ${name} is running`);
		return claim;
	}
	for (let n = 0; ; n++) {
		const claim = tryClaim(libc, dir, `m${n}`);
		if (claim !== undefined) return claim;
	}
}

/** Undefined when a running machine has the name. */
function tryClaim(libc: Libc, dir: RuntimeDir, name: string): Claim | undefined {
	const socket = dir.socket(name);
	const lock = socket.replace(/sock$/, 'lock');
	const fd = openLock(dir, lock);
	const taken = libc.flock(fd, LOCK.EX | LOCK.NB) === 0;
	if (!taken || !isSameFile(fd, lock)) {
		closeSync(fd);
		return taken ? tryClaim(libc, dir, name) : undefined;
	}
	rmSync(socket, { force: true });
	const release = () => {
		rmSync(lock, { force: true });
		closeSync(fd);
		removeIfEmpty(dir.path);
	};
	return { name, socket, release };
}

/** Opens the lock; the last machine to end takes the directory with it, perhaps just now. */
function openLock(dir: RuntimeDir, lock: string): number {
	for (;;) {
		dir.make();
		try {
			return openSync(lock, 'a', 0o600);
		} catch (error) {
			if (!isErrno(error) || error.code !== 'ENOENT') throw error;
		}
	}
}

/** False when whoever held the lock before has removed the file that we have locked. */
function isSameFile(fd: number, path: string): boolean {
	try {
		return fstatSync(fd).ino === statSync(path).ino;
	} catch (error) {
		if (isErrno(error)) return false;
		throw error;
	}
}
