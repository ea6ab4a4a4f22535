/**
 * node_fs - the `fs` of Node over a kernel in this process: every function of it, no mount.
 *
 *     const fs = createFs(kernel.task());
 *     fs.readFileSync('/proc/version', 'utf8');
 *     await fs.promises.writeFile('/sys/module/hello/parameters/loud', '1');
 *
 * memfs has the functions, checks their arguments and makes streams and FileHandles of them; each thing that they do to a
 * file is a system call of a task, with its ids and directories, refused with the errors that Node has. What memfs keeps of
 * its own is not used: `KernelSuperblock` has only what its functions ask of a tree.
 *
 * A function that ends in Sync cannot wait: where a call of it has to sleep, the call is interrupted and EAGAIN thrown. The
 * others wait. They are made of the Sync ones, begun anew after each sleep with the answers that there are by then.
 *
 * Bound: `watch` reports nothing; `watchFile`, which polls, works. `cp` takes no filter that answers by promise.
 * Bound: what is wrong with the arguments of a callback function is told to the callback, not thrown.
 */

import { randomBytes } from 'node:crypto';
import type nodeFs from 'node:fs';
import { createFsFromVolume, Volume } from 'memfs';
import type { Task } from '../../kernel-sim/fs/syscalls.ts';
import type { Stat } from '../../kernel-sim/fs/syscalls_path.ts';
import type { Kstatfs, Timespec } from '../boundary/vfs.ts';
import { NodeCalls } from './node_fs_calls.ts';
import { KernelSuperblock } from './node_fs_tree.ts';

type Fs = typeof nodeFs;
type Callback = (error: unknown, ...results: unknown[]) => void;
type Functions = Record<string, (...args: unknown[]) => unknown>;

/** Size of the buffer that `read` makes when it is given none, as in Node. */
const READ_SIZE = 16384;
/** The functions whose callback also gets what was read into or written. */
const MOVING = ['read', 'readv', 'write', 'writev'];

/** The `fs` of Node, whose calls are those of a task. Descriptors are the task's own. */
export function createFs(task: Task): Fs {
	const calls = new NodeCalls(task);
	const volume = new Volume(new KernelSuperblock(calls));
	const fs = createFsFromVolume(volume) as unknown as Fs;
	Object.assign(volume, internals(volume, fs.Stats, calls));
	Object.assign(volume, waiting(volume as unknown as Functions, calls));
	// The functions are bound when the object is made, so that it is made again of those that wait.
	return createFsFromVolume(volume) as unknown as Fs;
}

/** What the functions of memfs do with more than the tree that they are given: its own members, replaced. */
function internals(volume: Volume, stats: Fs['Stats'], calls: NodeCalls): object {
	const build = (stat: Stat, bigint: boolean) => Object.assign(Object.create(stats.prototype), fieldsOf(stat, bigint));
	const missing = (error: unknown, throws: boolean) => {
		if (throws || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
		return undefined;
	};
	return {
		_lstat(path: string, bigint = false, throwIfNoEntry = true) {
			try {
				return build(
					calls.do('lstat', task => task.lstat(path), path),
					bigint,
				);
			} catch (error) {
				return missing(error, throwIfNoEntry);
			}
		},
		_stat(path: string, bigint = false, throwIfNoEntry = true) {
			try {
				const stat = calls.do('stat', task => task.stat(path), path);
				return { ok: true, value: build(stat, bigint) };
			} catch (error) {
				return { ok: true, value: missing(error, throwIfNoEntry) };
			}
		},
		fstatBase(fd: number, bigint = false) {
			return build(
				calls.do('fstat', task => task.fstat(fd)),
				bigint,
			);
		},
		_statfs(path: string, bigint = false) {
			const found = calls.do('statfs', task => task.statfs(path), path);
			return numbers(statfsOf(found), bigint);
		},
		_access(path: string, mode: number) {
			calls.do('access', task => task.access(path, mode), path);
		},
		_fsync(fd: number) {
			calls.do('fsync', task => task.fsync(fd));
		},
		_fdatasync(fd: number) {
			calls.do('fdatasync', task => task.fsync(fd));
		},
		_truncate(path: string, size = 0) {
			calls.do('open', task => task.truncate(path, size), path);
		},
		_readfile(id: number | string, flags: number, encoding?: BufferEncoding | 'buffer') {
			const own = typeof id === 'number';
			const fd = own ? id : volume.openSync(id, flags);
			try {
				const buffer = calls.readToEnd(fd);
				return encoding === undefined || encoding === null || encoding === 'buffer'
					? buffer
					: buffer.toString(encoding);
			} finally {
				if (!own) volume.closeSync(fd);
			}
		},
		_mkdtemp(prefix: string, encoding?: BufferEncoding | 'buffer') {
			// The name is an answer too: begun anew, the function must come by the same.
			const path = prefix + calls.do('mkdtemp', () => randomBytes(3).toString('hex'));
			calls.do('mkdtemp', task => task.mkdir(path, 0o700), `${prefix}XXXXXX`);
			return encoding === 'buffer' ? Buffer.from(path) : path;
		},
	};
}

/** The functions that wait, each made of the one of the same name that cannot. */
function waiting(volume: Functions, calls: NodeCalls): Functions {
	const names = Object.keys(createFsFromVolume(volume as unknown as Volume));
	const made: Functions = {};
	for (const name of names) {
		const sync = volume[`${name}Sync`];
		if (sync !== undefined) made[name] = waitingFor(name, args => calls.wait(() => sync.apply(volume, args)));
	}
	Object.assign(made.realpath!, { native: made.realpath });
	return made;
}

/** One function that takes a callback: `run` does what it does and promises what it gives. */
function waitingFor(name: string, run: (args: unknown[]) => Promise<unknown>) {
	return (...given: unknown[]) => {
		const callback = given.pop() as Callback;
		if (typeof callback !== 'function') {
			const error = new TypeError('The "cb" argument must be of type function');
			throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
		}
		const args = name === 'read' ? readArguments(given) : given;
		const moved = MOVING.includes(name) ? [args[1]] : [];
		const succeed = (result: unknown) => (name === 'exists' ? callback(result) : callback(null, result, ...moved));
		const fail = (error: unknown) => (moved.length > 0 ? callback(error, 0, ...moved) : callback(error));
		// In a turn of its own, what the callback throws is uncaught, as in Node.
		run(args).then(
			result => process.nextTick(succeed, result),
			error => process.nextTick(fail, error),
		);
	};
}

/** The arguments of `read` as `readSync` has them: the first after the descriptor is the buffer. */
function readArguments([fd, first, ...rest]: readonly unknown[]): unknown[] {
	if (ArrayBuffer.isView(first)) return [fd, first, ...rest];
	const { buffer = Buffer.alloc(READ_SIZE), ...options } = (first ?? {}) as { buffer?: ArrayBufferView };
	return [fd, buffer, options];
}

/** The members of Stats: of a number the whole part where they are asked for as BigInt. */
function fieldsOf(stat: Stat, bigint: boolean): object {
	const { dev, ino, mode, nlink, uid, gid, rdev, size, blksize, blocks, atime, mtime, ctime } = stat;
	const plain = { dev, ino, mode, nlink, uid, gid, rdev, size, blksize, blocks };
	// The kernel tells no time of birth to stat(2); libuv shows the time of change then.
	const times = Object.entries({ atime, mtime, ctime, birthtime: ctime });
	const named = <T>(suffix: string, of: (time: Timespec) => T) =>
		Object.fromEntries(times.map(([name, time]) => [`${name}${suffix}`, of(time)]));
	return {
		...numbers({ ...plain, ...named('Ms', milliseconds) }, bigint),
		...(bigint && named('Ns', ({ sec, nsec }) => BigInt(sec) * 1_000_000_000n + BigInt(nsec))),
		...named('', time => new Date(milliseconds(time))),
	};
}

function statfsOf({ type, bsize, blocks, bfree, bavail, files, ffree }: Kstatfs): Record<string, number> {
	return { type, bsize, blocks, bfree, bavail, files, ffree };
}

function numbers(fields: Record<string, number>, bigint: boolean): Record<string, bigint | number> {
	if (!bigint) return fields;
	return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, BigInt(Math.floor(value))]));
}

function milliseconds({ sec, nsec }: Timespec): number {
	return sec * 1000 + nsec / 1e6;
}
