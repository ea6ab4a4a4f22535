/**
 * wire - contracts against a FUSE session in this process, by the bytes of requests and replies.
 *
 *     contract -> a client that does what Linux does (test/peer/linux) -> bytes -> Session -> Vfs of a kernel
 *
 * Nothing is mounted: it runs where there is no /dev/fuse, and as a kernel of any version of FUSE. Each contract gets a kernel
 * of its own, whose programs are those that the contract forks. At its end nothing may be left over: the client forgets every
 * node, and the server then knows of none.
 */

import { PathWalk } from '../../kernel-sim/fs/path_walk.ts';
import { TaskMemory } from '../../kernel-sim/fs/user_memory.ts';
import { recordPrintText } from '../../kernel-sim/kernel/printk.ts';
import { Kernel } from '../../kernel-sim/kernel.ts';
import { drive } from '../../kernel-sim/lib/steps.ts';
import type { Callers } from '../../mount/fuse/request.ts';
import type { Context, Inode } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../src/lib/awaitable.ts';
import { FakeHost } from '../../src/testing/fake_host.ts';
import { CAP_FULL_SET } from '../../src/uapi/capability.ts';
import { shrink } from '../peer/linux/dcache.ts';
import { FuseConn } from '../peer/linux/dev.ts';
import { FuseDir } from '../peer/linux/dir.ts';
import { type Attr, Thread } from '../peer/linux/syscalls.ts';
import { NEWEST } from '../peer/linux/version.ts';
import type { Booted, Feature, Runner } from './contract.ts';
import { moduleDefinition } from './modules.ts';
import { noSockets } from './sockets.ts';
import type { Calls, Stat, Sys } from './sys.ts';

/** Process ids of the programs; those of the kernel's own tasks are small. */
const FIRST_PID = 4000;
/** What st_dev says. */
const DEV = 42;
const UMASK = 0o022;

/** Makes the runner of a client that knows FUSE up to 7.`minor`; `pruneAfter` is of `SessionOptions`. */
export function wireRunner(minor: number = NEWEST, pruneAfter?: number): Runner {
	const outside = "a program outside cannot mount in the machine's own tree";
	return {
		name: 'wire',
		lacks: new Map<Feature, string>([
			['memory', 'the client has no address space'],
			['devices', 'the client opens devices by itself, as Linux does, and tells nobody that it is about to'],
			['sockets', 'sockets are not files of a mounted tree'],
			['mount', outside],
			['chdir', 'the client knows absolute paths alone'],
		]),
		noModule: () => undefined,
		boot: modules => bootWire(minor, modules, pruneAfter),
		end: async () => {},
	};
}

async function bootWire(minor: number, modules: readonly string[], pruneAfter?: number): Promise<Booted> {
	const machine = await WireMachine.start(minor, pruneAfter);
	for (const name of modules) await machine.insmod(name);
	return {
		sys: machine.fork(0),
		root: '',
		insmod: (name, params) => machine.insmod(name, params),
		rmmod: name => machine.rmmod(name),
		dmesg: async () => machine.dmesg(),
		finish: oops => machine.finish(oops),
	};
}

/** A kernel, a session and a client. */
class WireMachine {
	readonly #host = new FakeHost();
	readonly #kernel: Kernel;
	readonly #conn: FuseConn;
	readonly #fs: FuseDir;
	readonly #threads = new Map<number, Thread>();
	#lastPid = FIRST_PID;

	static async start(minor: number, pruneAfter?: number): Promise<WireMachine> {
		const machine = new WireMachine(minor, pruneAfter);
		const { error } = await machine.#conn.init();
		if (error !== 0) throw new Error(`INIT: error ${error}`);
		return machine;
	}

	private constructor(minor: number, pruneAfter?: number) {
		const { tasks } = this.#host;
		this.#kernel = Kernel.boot(this.#host);
		const callers: Callers = {
			kernPath: (path, ctx) => this.#kernPath(path, ctx),
			find: pid => tasks.find(pid),
			memory: pid => this.#threads.get(pid)?.memory ?? new TaskMemory(),
		};
		const { vfs, root } = this.#kernel;
		const more = pruneAfter === undefined ? {} : { pruneAfter };
		this.#conn = new FuseConn({ vfs, root, callers, ...more }, minor);
		this.#fs = new FuseDir(this.#conn);
	}

	async insmod(name: string, params?: readonly string[]): Promise<void> {
		await this.#kernel.modules.load(await moduleDefinition(name), params);
		await this.#conn.session.settled();
	}

	async rmmod(name: string): Promise<void> {
		await this.#kernel.modules.unload(name);
		await this.#conn.session.settled();
	}

	dmesg(): string {
		return [...this.#kernel.printk.records()].map(record => recordPrintText(record)).join('');
	}

	async finish(oops: boolean): Promise<void> {
		for (const thread of this.#threads.values()) await thread.run(() => thread.exit());
		shrink(this.#fs.root);
		this.#fs.inodes.evict();
		this.#conn.sendForgets();
		await this.#conn.quiet();
		const { session } = this.#conn;
		const left = { nodes: session.inodes.size, requests: session.pending, unanswered: this.#conn.waiting };
		for (const { name } of this.#kernel.modules.list()) await this.#kernel.modules.unload(name);
		session.close();
		const { oopses } = this.#kernel.panic;
		this.#kernel.shutdown();
		if (Object.values(left).some(count => count !== 0)) throw new Error(`left over: ${JSON.stringify(left)}`);
		if (this.#conn.stray.length > 0) throw new Error('a request was answered twice');
		if (oopses > 0 && !oops) throw new Error('the kernel stumbled');
	}

	/** Every program of the test is in the root directory. */
	#kernPath(path: string, ctx: Context): Awaitable<Inode> {
		const { vfs, namespace } = this.#kernel;
		const walk = new PathWalk({ naming: vfs, root: namespace.root, base: namespace.root, ctx });
		return chain(drive(walk.find(path, true)), ({ inode }) => inode);
	}

	/** A thread of a program of user `uid`. */
	fork(uid: number): Sys {
		const pid = ++this.#lastPid;
		const ids = [uid, uid, uid, uid] as const;
		const capEff = uid === 0 ? CAP_FULL_SET : 0n;
		this.#host.tasks.set({ pid, uid: ids, gid: ids, capEff, umask: UMASK, comm: 'contract', state: 'R' }, false);
		const thread = new Thread(this.#fs, { pid, uid, umask: UMASK, memory: new TaskMemory() });
		this.#threads.set(pid, thread);
		const calls = Object.entries(callsOf(thread)).map(([name, call]) => [
			name,
			(...args: unknown[]) => thread.run(async () => (call as (...args: unknown[]) => unknown)(...args)),
		]);
		return {
			...(Object.fromEntries(calls) as Sys),
			pid,
			fork: async (uid = 0) => this.fork(uid),
			interrupt: async () => thread.interrupt(),
			exit: async () => {
				await thread.run(() => thread.exit());
				this.#threads.delete(pid);
				this.#host.tasks.delete(pid);
			},
		};
	}
}

/** The calls, each with what it gives or a promise of that. */
type ThreadCalls = {
	[K in keyof Calls]: (...args: Parameters<Calls[K]>) => ReturnType<Calls[K]> | Promise<ReturnType<Calls[K]>>;
};

function callsOf(thread: Thread): ThreadCalls {
	const absent = () => {
		throw new Error('not here');
	};
	const stat = async (attr: Promise<Attr>) => plain(await attr);
	return {
		open: (path, flags, mode) => thread.open(path, flags, mode),
		close: fd => thread.close(fd),
		read: (fd, count) => thread.read(fd, count),
		pread: (fd, count, pos) => thread.pread(fd, count, pos),
		readFault: absent,
		write: (fd, data) => thread.write(fd, Buffer.from(data)),
		pwrite: (fd, data, pos) => thread.pwrite(fd, Buffer.from(data), pos),
		lseek: (fd, offset, whence) => thread.lseek(fd, offset, whence),
		getdents: (fd, size = 32768) => thread.getdents(fd, size),
		stat: path => stat(thread.stat(path)),
		lstat: path => stat(thread.stat(path, false)),
		fstat: fd => stat(thread.fstat(fd)),
		statfs: async path => {
			const { type, bsize } = await thread.statfs(path);
			return { type, bsize };
		},
		readlink: path => thread.readlink(path),
		access: (path, mode) => thread.access(path, mode),
		chdir: absent,
		mkdir: (path, mode) => thread.mkdir(path, mode),
		rmdir: path => thread.rmdir(path),
		mknod: (path, mode, rdev) => thread.mknod(path, mode, rdev),
		symlink: (text, path) => thread.symlink(text, path),
		link: (from, to) => thread.link(from, to),
		unlink: path => thread.unlink(path),
		rename: (from, to) => thread.rename(from, to),
		truncate: (path, size) => thread.truncate(path, size),
		ftruncate: (fd, size) => thread.ftruncate(fd, size),
		chmod: (path, mode) => thread.chmod(path, mode),
		chown: (path, uid, gid) => thread.chown(path, uid, gid),
		utimes: (path, atime, mtime) => thread.utimes(path, atime, mtime),
		setxattr: (path, name, value) => thread.setxattr(path, name, Buffer.from(value)),
		poll: (fd, events, timeout) => thread.poll(fd, events, timeout),
		epollAdd: absent,
		ioctl: async (fd, cmd, size) => {
			const data = new Uint8Array(Math.max(4, size));
			return { result: await thread.ioctl(fd, cmd, data), data: data.subarray(0, size) };
		},
		sendfile: absent,
		mmap: absent,
		setfl: (fd, flags) => thread.setfl(fd, flags),
		unshare: absent,
		mount: absent,
		...noSockets(),
		umount: absent,
	};
}

function plain(attr: Attr): Stat {
	const { ino, mode, nlink, uid, gid, rdev, size, blksize, blocks } = attr;
	const milliseconds = (sec: number, nsec: number) => sec * 1000 + nsec / 1e6;
	return {
		...{ dev: DEV, ino, mode, nlink, uid, gid, rdev, size, blksize, blocks },
		atime: milliseconds(attr.atime, attr.atimensec),
		mtime: milliseconds(attr.mtime, attr.mtimensec),
		ctime: milliseconds(attr.ctime, attr.ctimensec),
	};
}
