/** bpf - the filter program, run by an interpreter over made-up system calls. */

import t from 'tap';
import { FIRST_OWN_NUMBER, filterProgram } from '../../../../mount/run/bpf.ts';
import { type Architecture, absent, architecture, type SyscallName } from '../../../../mount/run/numbers.ts';
import { exactFds, nativeFds, rules } from '../../../../mount/run/rules.ts';
import { errno } from '../../../../src/lib/errno.ts';
import {
	SECCOMP_RET_ALLOW,
	SECCOMP_RET_ERRNO,
	SECCOMP_RET_USER_NOTIF,
	seccomp_data,
	sock_filter,
} from '../../../../src/uapi/seccomp.ts';

const x64 = architecture('x64')!;

/** A call as the filter sees it (struct seccomp_data). */
function seccompData(arch: number, nr: number, args: readonly (number | bigint)[]): DataView {
	const view = new DataView(new ArrayBuffer(seccomp_data.size));
	const all = [...args, 0, 0, 0, 0, 0, 0].slice(0, 6).map(arg => BigInt.asUintN(64, BigInt(arg)));
	seccomp_data.encode(view, 0, { nr, arch, instruction_pointer: 0n, args: all });
	return view;
}

/** Runs a program as Documentation/networking/filter.rst says; throws where it does what the kernel would not load. */
function interpret(program: Uint8Array, data: DataView, readable = seccomp_data.size): number {
	const view = new DataView(program.buffer);
	let accumulator = 0;
	for (let pc = 0; pc < program.length / sock_filter.size; pc++) {
		const { code, jt, jf, k } = sock_filter.decode(view, pc * sock_filter.size);
		if (code === 0x06) return k;
		if (code === 0x20 && k >= readable) throw new Error(`looks at ${k}`);
		if (code === 0x20) accumulator = data.getUint32(k, true);
		else if (code === 0x05) pc += k;
		else if (code === 0x15) pc += accumulator === k ? jt : jf;
		else if (code === 0x35) pc += accumulator >= k ? jt : jf;
		else throw new Error(`instruction ${pc} has code ${code}`);
	}
	throw new Error('ran off the end');
}

const verdicts = new Map<number, string>([
	[SECCOMP_RET_ALLOW, 'allow'],
	[SECCOMP_RET_USER_NOTIF, 'notify'],
	[SECCOMP_RET_ERRNO | errno.ENOSYS, 'ENOSYS'],
	[SECCOMP_RET_ERRNO | errno.EOPNOTSUPP, 'EOPNOTSUPP'],
	[SECCOMP_RET_ERRNO | errno.EPERM, 'EPERM'],
	[SECCOMP_RET_ERRNO | errno.ENOTTY, 'ENOTTY'],
	[SECCOMP_RET_ERRNO | errno.EAFNOSUPPORT, 'EAFNOSUPPORT'],
	[SECCOMP_RET_ERRNO | errno.ENOPROTOOPT, 'ENOPROTOOPT'],
]);

const AF_UNIX = 1;
const AF_NETLINK = 16;
const SOL_SOCKET = 1;
const SOL_NETLINK = 270;
const SOL_IPV6 = 41;
const SOL_TCP = 6;
const ours = nativeFds.from;
const exact = exactFds.from;

const calls: readonly (readonly [SyscallName, args: readonly (number | bigint)[], want: string])[] = [
	['socket', [AF_UNIX], 'allow'],
	['socket', [AF_NETLINK, 3, 0], 'notify'],
	['socket', [(1n << 32n) + 16n, 3, 0], 'notify'],
	['socketpair', [AF_NETLINK], 'EOPNOTSUPP'],
	['socketpair', [AF_UNIX], 'allow'],
	['sendmsg', [3], 'allow'],
	['sendmsg', [-1], 'allow'],
	['sendmsg', [ours - 1], 'allow'],
	['sendmsg', [ours], 'notify'],
	['sendto', [exact - 1], 'notify'],
	['sendto', [exact], 'notify'],
	['sendmmsg', [exactFds.to - 1], 'notify'],
	['sendmmsg', [exactFds.to], 'allow'],
	['sendto', [BigInt(ours) + (5n << 32n)], 'notify'],
	['recvmsg', [ours], 'allow'],
	['recvmsg', [exact - 1], 'allow'],
	['recvmsg', [exact], 'notify'],
	['recvfrom', [exactFds.to - 1], 'notify'],
	['recvmmsg', [exactFds.to], 'allow'],
	['bind', [3, 0, 16], 'allow'],
	['bind', [3, 0, 12], 'notify'],
	['bind', [ours, 0, 0], 'notify'],
	['connect', [3, 0, 110], 'allow'],
	['connect', [3, 0, 12], 'notify'],
	['getsockopt', [3, SOL_SOCKET], 'allow'],
	['getsockopt', [3, SOL_NETLINK], 'notify'],
	['setsockopt', [ours, SOL_SOCKET], 'notify'],
	['getsockname', [3], 'notify'],
	['setsockopt', [3, 0, 63], 'allow'],
	['setsockopt', [3, 0, 64], 'ENOPROTOOPT'],
	['getsockopt', [3, 0, 1152], 'ENOPROTOOPT'],
	['getsockopt', [3, 0, -1], 'ENOPROTOOPT'],
	['setsockopt', [ours, 0, 64], 'notify'],
	['setsockopt', [3, SOL_IPV6, 64], 'ENOPROTOOPT'],
	['setsockopt', [3, SOL_IPV6, 67], 'allow'],
	['setsockopt', [3, SOL_IPV6, 78], 'allow'],
	['setsockopt', [3, SOL_IPV6, 200], 'ENOPROTOOPT'],
	['setsockopt', [3, SOL_TCP, 64], 'allow'],
	['socket', [15, 3, 2], 'EAFNOSUPPORT'],
	['socket', [31, 3, 1], 'EAFNOSUPPORT'],
	['socket', [2, 1, 0], 'allow'],
	['ioctl', [0, 0x5401], 'allow'],
	['ioctl', [0, 0x5441], 'ENOTTY'],
	['ioctl', [0, 0x890a], 'allow'],
	['ioctl', [0, 0x890b], 'notify'],
	['ioctl', [0, 0x8bff], 'notify'],
	['ioctl', [0, 0x8c00], 'allow'],
	['kill', [-1, 9], 'notify'],
	['kill', [-2, 9], 'allow'],
	['kill', [1, 0], 'allow'],
	['mknodat', [-100, 0, 0o020666, 0x103], 'notify'],
	['mknodat', [-100, 0, 0o060600, 0x700], 'notify'],
	['mknodat', [-100, 0, 0o010644], 'allow'],
	['mknodat', [-100, 0, 0o100644], 'allow'],
	['mknodat', [-100, 0, 0o140644], 'allow'],
	['uname', [], 'notify'],
	['finit_module', [], 'notify'],
	['io_uring_setup', [8], 'ENOSYS'],
];

function verdict(arch: Architecture, nr: number, args: readonly (number | bigint)[], taken: readonly number[] = []) {
	return verdicts.get(interpret(filterProgram(arch, rules, taken), seccompData(arch.audit, nr, args)));
}

t.test('filterProgram: each call of the table is handed over, refused or left alone', async t => {
	for (const name of ['x64', 'arm64', 'riscv64', 'loong64']) {
		const arch = architecture(name)!;
		for (const [call, args, want] of calls)
			t.equal(verdict(arch, arch.numbers[call], args), want, `${name}: ${call}(${args})`);
	}
});

/** What would change the computer, and never gets to it. */
const dangerous: Readonly<Partial<Record<SyscallName, string>>> = {
	...{ reboot: 'notify', adjtimex: 'notify', clock_adjtime: 'notify', syslog: 'notify', mount: 'notify' },
	...{ init_module: 'notify', finit_module: 'notify', delete_module: 'notify', sethostname: 'notify' },
	...{ settimeofday: 'EPERM', clock_settime: 'EPERM', swapon: 'EPERM', swapoff: 'EPERM' },
	...{ acct: 'ENOSYS', bpf: 'ENOSYS', kexec_load: 'ENOSYS', kexec_file_load: 'ENOSYS' },
	...{ quotactl: 'ENOSYS', quotactl_fd: 'ENOSYS', iopl: 'ENOSYS', ioperm: 'ENOSYS' },
	...{ io_uring_setup: 'ENOSYS', io_uring_register: 'ENOSYS' },
};

t.test('filterProgram: what would change the computer does not get there, whatever its arguments are', async t => {
	for (const name of ['x64', 'arm64', 'riscv64', 'loong64']) {
		const arch = architecture(name)!;
		for (const [call, want] of Object.entries(dangerous)) {
			const number = arch.numbers[call as SyscallName];
			if (number === absent) continue;
			for (const arg of [0, 1, -1, 0xfee1dead, 1n << 40n])
				t.equal(verdict(arch, number, [arg, arg, arg, arg, arg, arg]), want, `${name}: ${call}(${arg})`);
		}
	}
	t.equal(architecture('arm64')!.numbers.iopl, absent);
	t.equal(x64.name(absent), undefined);
});

t.test('rules: no call has two', async t => {
	const calls = rules.map(({ call }) => call);
	t.equal(new Set(calls).size, calls.length);
});

t.test('filterProgram: read, write, close and what else there is are allowed whatever their arguments', async t => {
	const watched = new Set(Object.values(x64.numbers));
	for (let nr = 0; nr < FIRST_OWN_NUMBER; nr++)
		if (!watched.has(nr)) t.equal(verdict(x64, nr, [ours, SOL_NETLINK, 12]), 'allow', `${nr}`);
});

t.test(
	'filterProgram: whether other calls are allowed is told by their numbers alone, so that the kernel remembers it',
	async t => {
		const watched = new Set(Object.values(x64.numbers));
		const program = filterProgram(x64, rules);
		for (let nr = 0; nr < FIRST_OWN_NUMBER; nr++)
			if (!watched.has(nr)) t.equal(interpret(program, seccompData(x64.audit, nr, []), 16), SECCOMP_RET_ALLOW, `${nr}`);
		t.throws(() => interpret(program, seccompData(x64.audit, x64.numbers.ioctl, []), 16), /looks at/);
	},
);

t.test('filterProgram: numbers beyond those of Linux are handed over, those of x32 refused', async t => {
	for (const [nr, want] of [
		[511, 'allow'],
		[512, 'notify'],
		[548, 'notify'],
		[600, 'notify'],
		[0x3fffffff, 'notify'],
		[0x40000000, 'ENOSYS'],
		[0x40000000 + 45, 'ENOSYS'],
		[0xffffffff, 'ENOSYS'],
	] as const)
		t.equal(verdict(x64, nr, []), want, `${nr}`);
});

t.test('filterProgram: programs of another architecture have no system calls', async t => {
	const AUDIT_ARCH_I386 = 0x40000003;
	for (const nr of [0, 1, 41, 102, 359, 600]) {
		const answer = interpret(filterProgram(x64, rules), seccompData(AUDIT_ARCH_I386, nr, [AF_NETLINK]));
		t.equal(verdicts.get(answer), 'ENOSYS', `${nr}`);
	}
});

t.test('filterProgram: numbers that were taken over', async t => {
	t.equal(verdict(x64, 39, []), 'allow');
	t.equal(verdict(x64, 39, [], [39, 40]), 'notify');
	t.equal(verdict(x64, 40, [], [39, 40]), 'notify');
	t.equal(verdict(x64, 41, [AF_UNIX], [39, 40]), 'allow');
	t.throws(() => filterProgram(x64, rules, [...Array(4096).keys()]), RangeError);
});

t.test('architecture: names and numbers', async t => {
	t.equal(architecture('ia32'), undefined);
	t.equal(architecture('toString'), undefined);
	t.equal(x64.name(41), 'socket');
	t.equal(architecture('arm64')!.name(198), 'socket');
	t.equal(x64.name(0), undefined);
});
