/**
 * numbers - system calls that are watched, or made here, by their numbers on each architecture.
 *
 * arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h, which arm64, riscv64 and loongarch64 share. What is
 * absent on an architecture is `absent` there.
 */

import { Errno } from '../../src/lib/errno.ts';

/** A number that no system call has. */
export const absent = -1;

/** Name: number on x86-64, number on the others. */
const table = {
	accept4: [288, 242],
	acct: [163, 89],
	adjtimex: [159, 171],
	bind: [49, 200],
	bpf: [321, 280],
	clock_adjtime: [305, 266],
	clock_settime: [227, 112],
	connect: [42, 203],
	delete_module: [176, 106],
	finit_module: [313, 273],
	fstatfs: [138, 44],
	fsconfig: [431, 431],
	fsmount: [432, 432],
	fsopen: [430, 430],
	getpeername: [52, 205],
	getsockname: [51, 204],
	getsockopt: [55, 209],
	init_module: [175, 105],
	io_uring_register: [427, 427],
	io_uring_setup: [425, 425],
	ioctl: [16, 29],
	ioperm: [173, absent],
	iopl: [172, absent],
	kcmp: [312, 272],
	kexec_file_load: [320, 294],
	kexec_load: [246, 104],
	kill: [62, 129],
	mknod: [133, absent],
	mknodat: [259, 33],
	mount: [165, 40],
	pidfd_getfd: [438, 438],
	pidfd_open: [434, 434],
	quotactl: [179, 60],
	quotactl_fd: [443, 443],
	reboot: [169, 142],
	recvfrom: [45, 207],
	recvmmsg: [299, 243],
	recvmsg: [47, 212],
	seccomp: [317, 277],
	sendmmsg: [307, 269],
	sendmsg: [46, 211],
	sendto: [44, 206],
	setdomainname: [171, 162],
	sethostname: [170, 161],
	setsockopt: [54, 208],
	settimeofday: [164, 170],
	socket: [41, 198],
	socketpair: [53, 199],
	statfs: [137, 43],
	swapoff: [168, 225],
	swapon: [167, 224],
	syslog: [103, 116],
	umount2: [166, 39],
	uname: [63, 160],
} as const satisfies Readonly<Record<string, readonly [x64: number, generic: number]>>;

/** A system call by its name. */
export type SyscallName = keyof typeof table;

/** What a program's calls look like on one architecture. */
export interface Architecture {
	/** AUDIT_ARCH_* (include/uapi/linux/audit.h). */
	readonly audit: number;
	/** The machine's word for it, as uname(2) tells it. */
	readonly machine: string;
	readonly numbers: Readonly<Record<SyscallName, number>>;
	/** The name of a number that is watched. */
	name(number: number): SyscallName | undefined;
}

/** As process.arch names them. */
const architectures = {
	x64: { audit: 0xc000003e, machine: 'x86_64', column: 0 },
	arm64: { audit: 0xc00000b7, machine: 'aarch64', column: 1 },
	riscv64: { audit: 0xc00000f3, machine: 'riscv64', column: 1 },
	loong64: { audit: 0xc0000102, machine: 'loongarch64', column: 1 },
} as const;

/** The architecture that `process.arch` names; undefined for one whose calls are not in the table. */
export function architecture(arch: string): Architecture | undefined {
	if (!Object.hasOwn(architectures, arch)) return undefined;
	const { audit, machine, column } = architectures[arch as keyof typeof architectures];
	const entries = Object.entries(table).map(([name, columns]) => [name as SyscallName, columns[column]] as const);
	const names = new Map(entries.map(([name, number]): [number, SyscallName] => [number, name]));
	names.delete(absent);
	return {
		audit,
		machine,
		numbers: Object.fromEntries(entries) as Record<SyscallName, number>,
		name: number => names.get(number),
	};
}

/** The architecture of this process. Throws ENOSYS for one whose system calls are not known. */
export function ownArchitecture(): Architecture {
	const arch = architecture(process.arch);
	if (arch === undefined) throw new Errno('ENOSYS', `system calls of ${process.arch} are not known`);
	return arch;
}
