/**
 * runtime_dir - where the machines of one user leave their control sockets.
 *
 *   $RING3_RUNTIME_DIR            where that is set
 *   /run/ring3                    root
 *   $XDG_RUNTIME_DIR/ring3        anyone else, and $TMPDIR/ring3-UID where that is not set
 *
 *   NAME.sock                     control socket of the machine of that name
 *   NAME.lock                     locked by the machine's process for as long as it lives, and empty
 *
 * The lock decides (claim.ts): a socket whose lock can be taken is left over from a machine that was killed.
 */

import { existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Errno, isErrno } from '../lib/errno.ts';

/** Bound: what fits into sockaddr_un with its NUL (include/uapi/linux/un.h). */
const maxSocketPath = 107;

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

/** The directory. It is there while there are machines. */
export class RuntimeDir {
	readonly path: string;

	private constructor(path: string) {
		this.path = path;
	}

	/** The directory of this user. Throws EPERM for one that another user could have put there or can write to. */
	static open(env: NodeJS.ProcessEnv = process.env): RuntimeDir {
		const dir = new RuntimeDir(resolve(env.RING3_RUNTIME_DIR || defaultPath(env)));
		dir.#check();
		return dir;
	}

	/** Makes the directory where it is missing. Throws as `open`, and what mkdir(2) refuses. */
	make(): void {
		mkdirSync(this.path, { recursive: true, mode: 0o700 });
		this.#check();
	}

	/** Names that have a socket, sorted; a machine that was killed may be among them. */
	names(): string[] {
		if (!existsSync(this.path)) return [];
		const sockets = readdirSync(this.path).filter(file => file.endsWith('.sock'));
		return sockets.map(file => file.slice(0, -'.sock'.length)).sort();
	}

	/** Path of a machine's control socket. Throws EINVAL for what is no name, ENAMETOOLONG. */
	socket(name: string): string {
		if (!namePattern.test(name)) throw new Errno('EINVAL', `${name}: not a name for a machine`);
		const path = join(this.path, `${name}.sock`);
		if (Buffer.byteLength(path) > maxSocketPath) throw new Errno('ENAMETOOLONG', path);
		return path;
	}

	#check(): void {
		const stat = lstatSync(this.path, { throwIfNoEntry: false });
		if (stat === undefined) return;
		const ours = stat.isDirectory() && stat.uid === process.geteuid!() && (stat.mode & 0o077) === 0;
		if (!ours) throw new Errno('EPERM', `${this.path}: must be a directory of your own with mode 0700`);
	}
}

/** Removes a directory; one that has something in it, or is gone, is left as it is. */
export function removeIfEmpty(dir: string): void {
	try {
		rmdirSync(dir);
	} catch (error) {
		if (!isErrno(error)) throw error;
	}
}

function defaultPath(env: NodeJS.ProcessEnv): string {
	const uid = process.geteuid!();
	if (uid === 0) return '/run/ring3';
	return env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'ring3') : join(tmpdir(), `ring3-${uid}`);
}
