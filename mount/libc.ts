/**
 * libc - the functions of the C library that ring3 calls, one table of declarations.
 *
 * koffi is reached from here and from watch.ts alone. A `Libc` is a value: whoever makes system calls is handed one. Calls
 * answer as the C functions do, -1 with the number in `errno()`; `check` turns that into an Errno.
 */

import { getSystemErrorMap } from 'node:util';
import koffi from 'koffi';
import { Errno } from '../src/lib/errno.ts';

const declarations = {
	mount: 'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
	umount2: 'int umount2(const char *target, int flags)',
	read: 'intptr_t read(int fd, void *buffer, size_t count)',
	write: 'intptr_t write(int fd, const void *buffer, size_t count)',
	sched_yield: 'int sched_yield()',
	unshare: 'int unshare(int flags)',
	flock: 'int flock(int fd, int operation)',
	fcntl: 'int fcntl(int fd, int command, long arg)',
	socketpair: 'int socketpair(int domain, int type, int protocol, void *fds)',
	recvmsg: 'intptr_t recvmsg(int fd, void *message, int flags)',
	poll: 'int poll(void *fds, unsigned long count, int timeout)',
	ioctl: 'int ioctl(int fd, unsigned long request, void *arg)',
	socket: 'int socket(int domain, int type, int protocol)',
	bind: 'int bind(int fd, const void *address, unsigned int length)',
	listen: 'int listen(int fd, int backlog)',
	connect: 'int connect(int fd, const void *address, unsigned int length)',
	accept4: 'int accept4(int fd, void *address, void *length, int flags)',
	send: 'intptr_t send(int fd, const void *buffer, size_t count, int flags)',
	recv: 'intptr_t recv(int fd, void *buffer, size_t count, int flags)',
	setsockopt: 'int setsockopt(int fd, int level, int option, const void *value, unsigned int length)',
	getsockopt: 'int getsockopt(int fd, int level, int option, void *value, void *length)',
	posix_spawn:
		'int posix_spawn(void *pid, const char *path, const void *actions, const void *attributes, const char **argv, const char **envp)',
	posix_spawn_file_actions_init: 'int posix_spawn_file_actions_init(void *actions)',
	posix_spawn_file_actions_adddup2: 'int posix_spawn_file_actions_adddup2(void *actions, int fd, int target)',
	posix_spawn_file_actions_destroy: 'int posix_spawn_file_actions_destroy(void *actions)',
	posix_spawnattr_init: 'int posix_spawnattr_init(void *attributes)',
	posix_spawnattr_setflags: 'int posix_spawnattr_setflags(void *attributes, short flags)',
	posix_spawnattr_setsigdefault: 'int posix_spawnattr_setsigdefault(void *attributes, const void *signals)',
	posix_spawnattr_setsigmask: 'int posix_spawnattr_setsigmask(void *attributes, const void *signals)',
	waitpid: 'int waitpid(int pid, void *status, int options)',
	syscall: 'long syscall(long number, long a, long b, long c, long d, long e)',
	_exit: 'void _exit(int status)',
	prctl: 'int prctl(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)',
	process_vm_readv:
		'intptr_t process_vm_readv(int pid, const void *local, unsigned long locals, const void *remote, unsigned long remotes, unsigned long flags)',
	process_vm_writev:
		'intptr_t process_vm_writev(int pid, const void *local, unsigned long locals, const void *remote, unsigned long remotes, unsigned long flags)',
} as const;

/** A call that is made in the thread pool: it may block without stopping the event loop. Its errno is lost. */
interface Async<A extends unknown[]> {
	async(...args: [...A, (error: unknown, result: number) => void]): void;
}

type Call<A extends unknown[]> = ((...args: A) => number) & Async<A>;

type VmCall = Call<
	[pid: number, local: Uint8Array, locals: number, remote: Uint8Array, remotes: number, flags: number]
>;

/** The C library. Arguments and results are those of the manual pages in sections 2 and 3. */
export interface Libc {
	readonly mount: Call<[source: string, target: string, type: string, flags: number, data: string]>;
	readonly umount2: Call<[target: string, flags: number]>;
	readonly read: Call<[fd: number, buffer: Uint8Array, count: number]>;
	readonly write: Call<[fd: number, buffer: Uint8Array, count: number]>;
	readonly sched_yield: Call<[]>;
	readonly unshare: Call<[flags: number]>;
	readonly flock: Call<[fd: number, operation: number]>;
	readonly fcntl: Call<[fd: number, command: number, arg: number]>;
	readonly socketpair: Call<[domain: number, type: number, protocol: number, fds: Int32Array]>;
	readonly recvmsg: Call<[fd: number, message: Uint8Array, flags: number]>;
	readonly poll: Call<[fds: Uint8Array, count: number, timeout: number]>;
	readonly ioctl: Call<[fd: number, request: number, arg: Uint8Array]>;
	readonly socket: Call<[domain: number, type: number, protocol: number]>;
	readonly bind: Call<[fd: number, address: Uint8Array, length: number]>;
	readonly listen: Call<[fd: number, backlog: number]>;
	readonly connect: Call<[fd: number, address: Uint8Array, length: number]>;
	readonly accept4: Call<[fd: number, address: null, length: null, flags: number]>;
	readonly send: Call<[fd: number, buffer: Uint8Array, count: number, flags: number]>;
	readonly recv: Call<[fd: number, buffer: Uint8Array, count: number, flags: number]>;
	readonly setsockopt: Call<[fd: number, level: number, option: number, value: Uint8Array, length: number]>;
	readonly getsockopt: Call<[fd: number, level: number, option: number, value: Uint8Array, length: Uint32Array]>;
	/** These answer the error number itself, or 0. Lists end with null. */
	readonly posix_spawn: Call<
		[
			pid: Int32Array,
			path: string,
			actions: Uint8Array,
			attributes: Uint8Array,
			argv: readonly (string | null)[],
			envp: readonly (string | null)[],
		]
	>;
	readonly posix_spawn_file_actions_init: Call<[actions: Uint8Array]>;
	readonly posix_spawn_file_actions_adddup2: Call<[actions: Uint8Array, fd: number, target: number]>;
	readonly posix_spawn_file_actions_destroy: Call<[actions: Uint8Array]>;
	readonly posix_spawnattr_init: Call<[attributes: Uint8Array]>;
	readonly posix_spawnattr_setflags: Call<[attributes: Uint8Array, flags: number]>;
	readonly posix_spawnattr_setsigdefault: Call<[attributes: Uint8Array, signals: Uint8Array]>;
	readonly posix_spawnattr_setsigmask: Call<[attributes: Uint8Array, signals: Uint8Array]>;
	readonly waitpid: Call<[pid: number, status: Int32Array, options: number]>;
	/** What has no function of its own. Addresses are those of `address`. */
	readonly syscall: Call<[number: number, a: number, b: number, c: number | bigint, d: number, e: number]>;
	/** Does not return. */
	readonly _exit: (status: number) => never;
	readonly prctl: Call<[option: number, arg2: number, arg3: number, arg4: number, arg5: number]>;
	readonly process_vm_readv: VmCall;
	readonly process_vm_writev: VmCall;
	/**
	 * The error number of the last call that was made in this thread and failed. To be asked for at once: the runtime makes calls
	 * of its own, and now and then one of them changes the number.
	 */
	errno(): number;
	/** The address of a buffer's first byte, for as long as the buffer is alive. */
	address(buffer: Uint8Array): bigint;
}

/** Flags of mount(2) and umount2(2). */
export const MS = { RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8, BIND: 0x1000, REC: 0x4000, PRIVATE: 0x40000 } as const;
export const MNT_DETACH = 2;
export const UMOUNT_NOFOLLOW = 8;
/** unshare(2): a mount namespace of one's own. */
export const CLONE_NEWNS = 0x20000;
/** Operations of flock(2). */
export const LOCK = { EX: 2, NB: 4 } as const;
/** Commands of fcntl(2): set the flags of the descriptor, and those of the open file. */
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
/** A flag of a descriptor. */
export const FD_CLOEXEC = 1;
/** Types of socket(2), and flags among them. */
export const SOCK = { STREAM: 1, SEQPACKET: 5, NONBLOCK: 0o4000, CLOEXEC: 0o2000000 } as const;
/** Flags of send(2) and recvmsg(2). */
export const MSG = { PEEK: 2, TRUNC: 0x20, DONTWAIT: 0x40, NOSIGNAL: 0x4000, CMSG_CLOEXEC: 0x40000000 } as const;
/** Options of prctl(2). */
export const PR = { SET_DUMPABLE: 4, SET_NO_NEW_PRIVS: 38, SET_PTRACER: 0x59616d61 } as const;

/** Binds the functions of the C library that this process runs on. */
export function loadLibc(): Libc {
	const library = koffi.load(null);
	const calls = Object.entries(declarations).map(([name, declaration]) => [name, library.func(declaration)]);
	return {
		...(Object.fromEntries(calls) as Omit<Libc, 'errno' | 'address'>),
		errno: () => koffi.errno(),
		address: buffer => koffi.address(buffer),
	};
}

/** Gives on a result that is not negative; throws the Errno of a call that failed, with what was tried and why it failed. */
export function check(libc: Libc, result: number, call: string): number {
	if (result >= 0) return result;
	const number = libc.errno();
	throw Errno.of(number, `${call}: ${getSystemErrorMap().get(-number)?.[1] ?? 'failed'}`);
}

/**
 * Runs `body` while a shared library is loaded, so that what `body` loads and needs one of that name finds this copy. Throws an
 * Error that says why where the library cannot be loaded, and what `body` throws.
 */
export function withLibrary<T>(path: string, body: () => T): T {
	const library = koffi.load(path);
	try {
		return body();
	} finally {
		library.unload();
	}
}
