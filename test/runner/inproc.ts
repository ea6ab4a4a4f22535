/**
 * inproc - contracts against a kernel in this process, by function calls.
 *
 * Each contract gets a kernel of its own; nothing but the kernel is between the contract and the answer.
 */

import type { Task } from '../../kernel-sim/fs/syscalls.ts';
import { recordPrintText } from '../../kernel-sim/kernel/printk.ts';
import { Kernel } from '../../kernel-sim/kernel.ts';
import type { Timespec } from '../../src/boundary/vfs.ts';
import { nodeHost } from '../../src/machine/host.ts';
import { F_SETFL } from '../../src/uapi/fcntl.ts';
import type { Booted, Feature, Runner } from './contract.ts';
import { moduleDefinition } from './modules.ts';
import type { Calls, Stat, Sys } from './sys.ts';

/** Makes the runner. */
export function inprocRunner(): Runner {
	return {
		name: 'inproc',
		lacks: new Map<Feature, string>([['memory', 'a task in this process has no address space of its own']]),
		noModule: () => undefined,
		boot: async modules => bootKernel(modules),
		end: async () => {},
	};
}

async function bootKernel(modules: readonly string[]): Promise<Booted> {
	const kernel = Kernel.boot(nodeHost());
	// The kernel's timers keep no process alive, and a contract may wait for nothing else.
	const alive = setInterval(() => {}, 1000);
	const tasks: Task[] = [];
	const insmod = async (name: string, params?: readonly string[]) => {
		await kernel.modules.load(await moduleDefinition(name), params);
	};
	for (const name of modules) await insmod(name);
	return {
		sys: sysOf(kernel, tasks, 0),
		root: '',
		insmod,
		rmmod: name => kernel.modules.unload(name),
		dmesg: async () => [...kernel.printk.records()].map(record => recordPrintText(record)).join(''),
		async finish(oops) {
			for (const task of tasks) task.exit();
			for (const { name } of kernel.modules.list()) await kernel.modules.unload(name);
			const { oopses } = kernel.panic;
			kernel.shutdown();
			clearInterval(alive);
			if (oopses > 0 && !oops) throw new Error('the kernel stumbled');
		},
	};
}

function sysOf(kernel: Kernel, tasks: Task[], uid: number): Sys {
	const task = kernel.task({ uid, comm: 'contract' });
	tasks.push(task);
	// Each call is its own promise: what is thrown at once rejects, as it does where a call goes to another process.
	const calls = Object.entries(callsOf(task)).map(([name, call]) => [
		name,
		async (...args: unknown[]) => (call as (...args: unknown[]) => unknown)(...args),
	]);
	return {
		...(Object.fromEntries(calls) as Sys),
		pid: task.pid,
		fork: async (uid = 0) => sysOf(kernel, tasks, uid),
		interrupt: async () => task.interrupt(),
		exit: async () => {
			task.exit();
			tasks.splice(tasks.indexOf(task), 1);
		},
	};
}

/** The calls, each with what it gives or a promise of that. */
type TaskCalls = {
	[K in keyof Calls]: (...args: Parameters<Calls[K]>) => ReturnType<Calls[K]> | Promise<ReturnType<Calls[K]>>;
};

function callsOf(task: Task): TaskCalls {
	const seconds = (sec: number): Timespec => ({ sec, nsec: 0 });
	const absent = () => {
		throw new Error('no address space');
	};
	return {
		open: (path, flags, mode) => task.open(path, flags, mode),
		close: fd => task.close(fd),
		read: (fd, count) => task.read(fd, count),
		pread: (fd, count, pos) => task.pread(fd, count, pos),
		readFault: absent,
		write: (fd, data) => task.write(fd, data),
		pwrite: (fd, data, pos) => task.pwrite(fd, data, pos),
		lseek: (fd, offset, whence) => task.lseek(fd, offset, whence),
		getdents: (fd, size) => task.getdents(fd, size),
		stat: async path => plain(await task.stat(path)),
		lstat: async path => plain(await task.lstat(path)),
		fstat: async fd => plain(await task.fstat(fd)),
		statfs: async path => {
			const { type, bsize } = await task.statfs(path);
			return { type, bsize };
		},
		readlink: path => task.readlink(path),
		access: (path, mode) => task.access(path, mode),
		chdir: path => task.chdir(path),
		mkdir: (path, mode) => task.mkdir(path, mode),
		rmdir: path => task.rmdir(path),
		mknod: (path, mode, rdev) => task.mknod(path, mode, rdev),
		symlink: (text, path) => task.symlink(text, path),
		link: (from, to) => task.link(from, to),
		unlink: path => task.unlink(path),
		rename: (from, to) => task.rename(from, to),
		truncate: (path, size) => task.truncate(path, size),
		ftruncate: (fd, size) => task.ftruncate(fd, size),
		chmod: (path, mode) => task.chmod(path, mode),
		chown: (path, uid, gid) => task.chown(path, uid, gid),
		utimes: (path, atime, mtime) => task.utimensat(path, seconds(atime), seconds(mtime)),
		setxattr: (path, name, value) => task.setxattr(path, name, new TextEncoder().encode(value)),
		poll: async (fd, events, timeout) => (await task.poll([{ fd, events }], timeout))[0]!,
		epollAdd: absent,
		ioctl: async (fd, cmd, size) => {
			const data = new Uint8Array(size);
			return { result: await task.ioctl(fd, cmd, data), data };
		},
		sendfile: absent,
		mmap: absent,
		setfl: (fd, flags) => void task.fcntl(fd, F_SETFL, flags),
		unshare: () => {}, // the kernel is the contract's alone
		socket: (family, type, protocol) => task.socket(family, type, protocol),
		bind: (fd, address) => task.bind(fd, address),
		connect: (fd, address) => task.connect(fd, address),
		getsockname: fd => task.getsockname(fd),
		getpeername: fd => task.getpeername(fd),
		setsockopt: (fd, level, option, value) => task.setsockopt(fd, level, option, value),
		getsockopt: (fd, level, option, length) => task.getsockopt(fd, level, option, length),
		sendmsg: (fd, data, flags, name) => task.sendmsg(fd, data, name, flags),
		recvmsg: (fd, count, flags) => task.recvmsg(fd, count, flags),
		listen: fd => task.listen(fd),
		shutdown: (fd, how) => task.shutdown(fd, how),
		mount: (source, target, type, data) => task.mount(source, target, type, 0, data),
		umount: path => task.umount(path),
	};
}

function plain(stat: Awaited<ReturnType<Task['stat']>>): Stat {
	const milliseconds = ({ sec, nsec }: Timespec) => sec * 1000 + nsec / 1e6;
	return {
		...stat,
		atime: milliseconds(stat.atime),
		mtime: milliseconds(stat.mtime),
		ctime: milliseconds(stat.ctime),
	};
}
