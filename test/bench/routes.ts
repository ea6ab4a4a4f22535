/**
 * routes - what netlink and the routes cost in this process: inserts by protocol 31, look-ups, and a group that many listen to.
 */

import type { Task } from '../../kernel-sim/fs/syscalls.ts';
import { Kernel } from '../../kernel-sim/kernel.ts';
import { mask } from '../../kernel-sim/net/ipv4/fib_frontend.ts';
import rtManager from '../../kernel-sim/samples/rt_manager.ts';
import { MessageBuffer } from '../../src/netlink/message_buffer.ts';
import { rtmgr_route } from '../../src/netlink/rt_manager.ts';
import { FakeHost } from '../../src/testing/fake_host.ts';
import { NETLINK_ADD_MEMBERSHIP, NLM_F_CREATE, NLM_F_REQUEST, sockaddr_nl } from '../../src/uapi/netlink.ts';
import { NETLINK_RT_MANAGER, NLMSG_GREET_ALL, RTMGR_GRP_GREET, RTMGR_NEWROUTE } from '../../src/uapi/rt_manager.ts';
import { AF_NETLINK, SOCK_RAW, SOL_NETLINK } from '../../src/uapi/socket.ts';

const ROUTES = 1_000_000;
const WINDOW = 100_000;
const PER_DATAGRAM = 32;
const LOOKUPS = 2_000_000;
const SOCKETS = 1000;
const NOTIFICATIONS = 1000;
const MEGABYTE = 1e6;

/** Times all of it, and says how each figure stands to its target. */
export async function raceRoutes(say: (line: string) => void): Promise<void> {
	const kernel = Kernel.boot(new FakeHost());
	await kernel.modules.load(rtManager, ['verbose=N']);
	const task = kernel.task();
	routes(kernel, task, say);
	await notifications(task, say);
	kernel.shutdown();
}

function routes(kernel: Kernel, task: Task, say: (line: string) => void): void {
	const prefixes = makePrefixes();
	const fd = socketOf(task);
	globalThis.gc?.();
	const before = memory();
	const rates: number[] = [];
	for (let at = 0; at < ROUTES; at += WINDOW) {
		const datagrams = makeDatagrams(prefixes.slice(at, at + WINDOW));
		rates.push(rate(WINDOW, () => datagrams.forEach(datagram => void task.sendmsg(fd, datagram))));
	}
	const sorted = [...rates].sort((a, b) => a - b);
	const flat = middle(rates.slice(0, 3)) / middle(rates.slice(-3));
	say(
		`routes inserted by protocol 31: ${each(sorted[rates.length >> 1]!)}, at least 300,000: ${met(sorted[rates.length >> 1]! >= 300_000)}`,
	);
	say(`  the last 300,000 of a million take ${flat.toFixed(2)} of the first, at most 1.3: ${met(flat <= 1.3)}`);
	globalThis.gc?.();
	const held = (memory() - before) / MEGABYTE;
	say(`  a million routes take ${held.toFixed(0)} MB, less than 350: ${met(held < 350)}`);
	const { fib } = kernel.net;
	const addresses = Int32Array.from({ length: LOOKUPS }, (_, i) => {
		const { dst, dstLen } = prefixes[(i * 7919) % ROUTES]!;
		return dst | (scatter(i) & ~mask(dstLen));
	});
	const lookups = Math.max(
		...[1, 2, 3].map(() => rate(LOOKUPS, () => addresses.forEach(daddr => void fib.lookup({ daddr })))),
	);
	say(
		`  look-ups among them, each of another address: ${each(lookups)}, at least 2,000,000: ${met(lookups >= 2_000_000)}`,
	);
	void task.close(fd);
}

async function notifications(task: Task, say: (line: string) => void): Promise<void> {
	const fds = Array.from({ length: SOCKETS }, () => socketOf(task, RTMGR_GRP_GREET));
	const sender = socketOf(task);
	const buffer = new MessageBuffer();
	buffer.nlmsgPut(0, 1, NLMSG_GREET_ALL, 0, NLM_F_REQUEST);
	const greeting = buffer.finish();
	const start = performance.now();
	for (let i = 0; i < NOTIFICATIONS; i++) {
		void task.sendmsg(sender, greeting);
		for (const fd of fds) if (task.tryRecvmsg(fd, 4096) === undefined) throw new Error('a notification was lost');
	}
	const seconds = (performance.now() - start) / 1000;
	const what = `${NOTIFICATIONS} notifications to each of ${SOCKETS} sockets`;
	say(`${what}, made and received: ${seconds.toFixed(2)} s, less than 2: ${met(seconds < 2)}`);
	for (const fd of [...fds, sender]) void task.close(fd);
}

interface Prefix {
	readonly dst: number;
	readonly dstLen: number;
}

/** As many different prefixes, most of them of 24 bits, the same in each run. */
function makePrefixes(): Prefix[] {
	const seen = new Set<number>();
	const prefixes: Prefix[] = [];
	for (let i = 0; prefixes.length < ROUTES; i++) {
		const dice = i % 20;
		const dstLen = dice < 12 ? 24 : dice < 15 ? 22 : dice < 18 ? 20 : 16 + (scatter(i) & 7);
		const dst = scatter(i + 0x5bd1_e995) & mask(dstLen);
		const id = (dst >>> 0) * 64 + dstLen;
		if (seen.has(id) || (dst & mask(8)) === 0 || dst >>> 24 === 192) continue;
		seen.add(id);
		prefixes.push({ dst, dstLen });
	}
	return prefixes;
}

/** A number of 32 bits for each number, without an order that one could see. */
function scatter(n: number): number {
	let h = Math.imul(n ^ (n >>> 16), 0x45d9_f3b);
	h = Math.imul(h ^ (h >>> 16), 0x45d9_f3b);
	return h ^ (h >>> 16);
}

function makeDatagrams(prefixes: readonly Prefix[]): Uint8Array[] {
	const datagrams: Uint8Array[] = [];
	for (let at = 0; at < prefixes.length; at += PER_DATAGRAM) {
		const buffer = new MessageBuffer();
		for (const { dst, dstLen } of prefixes.slice(at, at + PER_DATAGRAM)) {
			const attrs = { RTMGR_A_DST: dst >>> 0, RTMGR_A_GATEWAY: 0xc0a8_0002 + (dst & 63) };
			const nlh = { type: RTMGR_NEWROUTE, flags: NLM_F_REQUEST | NLM_F_CREATE };
			rtmgr_route.build(buffer, nlh, { rtmgr_dst_len: dstLen, rtmgr_protocol: 4 }, attrs);
		}
		datagrams.push(buffer.finish().slice());
	}
	return datagrams;
}

function socketOf(task: Task, group?: number): number {
	const fd = task.socket(AF_NETLINK, SOCK_RAW, NETLINK_RT_MANAGER);
	const address = new Uint8Array(sockaddr_nl.size);
	sockaddr_nl.encode(new DataView(address.buffer), 0, { nl_family: AF_NETLINK });
	void task.bind(fd, address);
	if (group !== undefined) {
		task.setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, new Uint8Array(Int32Array.of(group).buffer));
	}
	return fd;
}

/** Bytes that the heap and the arrays outside of it take. */
function memory(): number {
	const { heapUsed, arrayBuffers } = process.memoryUsage();
	return heapUsed + arrayBuffers;
}

/** How often a second, where `count` are done by `work`. */
function rate(count: number, work: () => void): number {
	const start = performance.now();
	work();
	return (count * 1000) / (performance.now() - start);
}

function middle(values: readonly number[]): number {
	return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

const each = (rate: number): string => `${Math.round(rate).toLocaleString('en')} a second`;
const met = (holds: boolean): string => (holds ? 'met' : 'missed');
