/**
 * ask - what comes of datagrams: what Linux does, asked by a C program in a network namespace of its own, and what we do.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import type { Task } from '../../../kernel-sim/fs/syscalls.ts';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import { nodeHost } from '../../../src/machine/host.ts';
import type { NetlinkTrace } from '../../../src/netlink/trace.ts';
import {
	NETLINK_ADD_MEMBERSHIP,
	NETLINK_CAP_ACK,
	NETLINK_EXT_ACK,
	NETLINK_GET_STRICT_CHK,
	sockaddr_nl,
} from '../../../src/uapi/netlink.ts';
import { AF_NETLINK, SOCK_RAW, SOL_NETLINK } from '../../../src/uapi/socket.ts';
import { NOBODY } from '../../runner/sys.ts';

/** The socket that sends has NETLINK_EXT_ACK. */
export const WITH_EXT_ACK = 1;
export const WITH_CAP_ACK = 2;
export const WITH_STRICT_CHK = 4;
/** It is nobody's. */
export const AS_NOBODY = 8;

/** A datagram, and who sends it: of the options above. */
export interface Datagram {
	readonly bytes: Uint8Array;
	readonly options: number;
}

/** What came of a datagram. */
export interface Outcome {
	/** Bytes sent, or the negative error. */
	readonly result: number;
	readonly answers: readonly Uint8Array[];
	/** What the groups heard. */
	readonly heard: readonly Uint8Array[];
}

const source = (name: string) => fileURLToPath(new URL(`../../../../test/unit/netlink/${name}`, import.meta.url));
const compiler = process.env.CC ?? 'cc';

/** Why Linux cannot be asked. */
export function cannotAsk(): string | false {
	if (spawnSync(compiler, ['--version']).status !== 0) return `no C compiler: ${compiler} does not run`;
	if (spawnSync('unshare', ['-n', 'true']).status !== 0)
		return 'no network namespace of its own: unshare -n is refused';
	return false;
}

/** Why there can be no namespace with a device in it. */
export function cannotMakeDevices(): string | false {
	const made = spawnSync('unshare', ['-n', 'bash', source('namespace.sh'), 'true'], { encoding: 'utf8' });
	return made.status === 0 ? false : `no namespace with links of its own: ${made.stderr}`;
}

/** A protocol, and which of its groups are listened to. */
export interface Asked {
	readonly protocol: number;
	readonly groups?: readonly number[];
	/** True for a namespace that has the links and addresses of a machine. */
	readonly devices?: boolean;
}

/** What Linux does, with one datagram after the other. */
export function askLinux(
	t: Test,
	{ protocol, groups = [], devices = false }: Asked,
	all: readonly Datagram[],
): Outcome[] {
	const program = join(t.testdir({}), 'ask');
	const compiled = spawnSync(compiler, ['-O1', '-o', program, source('ask.c')], { encoding: 'utf8' });
	if (compiled.status !== 0) throw new Error(compiled.stderr);
	const input = Buffer.concat(
		all.map(({ bytes, options }) => {
			const head = Buffer.alloc(5);
			head.writeUInt32LE(bytes.length, 0);
			head.writeUInt8(options, 4);
			return Buffer.concat([head, bytes]);
		}),
	);
	const setup = devices ? ['bash', source('namespace.sh')] : [];
	const command = ['-n', ...setup, program, `${protocol}`, ...groups.map(String)];
	const { stdout, stderr, status } = spawnSync('unshare', command, { input, maxBuffer: 1 << 28 });
	if (status !== 0) throw new Error(`${stderr}`);
	let at = 0;
	const u32 = () => {
		at += 4;
		return stdout.readUInt32LE(at - 4);
	};
	const datagrams = () =>
		Array.from({ length: u32() }, () => {
			const length = u32();
			at += length;
			return new Uint8Array(stdout.subarray(at - length, at));
		});
	return all.map(() => ({ result: u32() | 0, answers: datagrams(), heard: datagrams() }));
}

const on = new Uint8Array([1, 0, 0, 0]);
const optionsOf = [
	[WITH_EXT_ACK, NETLINK_EXT_ACK],
	[WITH_CAP_ACK, NETLINK_CAP_ACK],
	[WITH_STRICT_CHK, NETLINK_GET_STRICT_CHK],
] as const;

function openSocket(task: Task, protocol: number): number {
	const fd = task.socket(AF_NETLINK, SOCK_RAW, protocol);
	const address = new Uint8Array(sockaddr_nl.size);
	sockaddr_nl.encode(new DataView(address.buffer), 0, { nl_family: AF_NETLINK });
	void task.bind(fd, address);
	return fd;
}

function received(task: Task, fd: number): Uint8Array[] {
	const found: Uint8Array[] = [];
	for (;;) {
		const one = task.tryRecvmsg(fd, 1 << 16);
		if (one === undefined) return found;
		found.push(one.bytes);
	}
}

/** What a kernel of ours does, with one datagram after the other. */
export function* askOurs(
	kernel: Kernel,
	{ protocol, groups = [] }: Asked,
	all: Iterable<Datagram>,
): Generator<Outcome> {
	const listener = kernel.task();
	const listening = openSocket(listener, protocol);
	for (const group of groups) {
		listener.setsockopt(listening, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, new Uint8Array([group, 0, 0, 0]));
	}
	for (const { bytes, options } of all) {
		const task = kernel.task((options & AS_NOBODY) === 0 ? {} : { uid: NOBODY, gid: NOBODY });
		const fd = openSocket(task, protocol);
		for (const [bit, option] of optionsOf) {
			if ((options & bit) !== 0) task.setsockopt(fd, SOL_NETLINK, option, on);
		}
		let result: number;
		try {
			result = task.sendmsg(fd, bytes) as number;
		} catch (error) {
			result = (error as { errno: number }).errno;
		}
		yield { result, answers: received(task, fd), heard: received(listener, listening) };
		task.exit();
	}
	listener.exit();
}

/** Two kernels are told the same: no datagram may come out differently. Returns what came of them in Linux. */
export function compare(
	t: Test,
	asked: Asked,
	all: readonly Datagram[],
	{ described, trace }: { described(outcome: Outcome): string[]; readonly trace: NetlinkTrace },
): Outcome[] {
	const linux = askLinux(t, asked, all);
	const kernel = Kernel.boot(nodeHost());
	t.teardown(() => kernel.shutdown());
	let different = 0;
	for (const [index, outcome] of [...askOurs(kernel, asked, all)].entries()) {
		const [wanted, found] = [described(linux[index]!), described(outcome)];
		if (wanted.join('\n') === found.join('\n')) continue;
		different += 1;
		const { options, bytes } = all[index]!;
		if (different <= 10) t.same(found, wanted, `${index}: options ${options} ${trace.format(bytes)}`);
	}
	t.equal(different, 0, `of ${all.length} datagrams none is answered differently`);
	t.ok(linux.filter(({ answers }) => answers.length > 0).length > all.length / 2, 'most are answered at all');
	t.equal(kernel.panic.oopses, 0);
	return linux;
}
