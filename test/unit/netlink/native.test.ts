/**
 * native.test - two thousand datagrams, most of them damaged, get from our generic netlink what they get from Linux's.
 *
 * The real one is asked by a C program in a network namespace of its own. Ports differ, and so do the families that there are:
 * ports are taken out, and of dumps only what is said of the controller is compared.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import { nodeHost } from '../../../src/machine/host.ts';
import { genericProtocol } from '../../../src/netlink/genetlink.ts';
import { nlmsgs } from '../../../src/netlink/nlmsg.ts';
import { nlaForEach } from '../../../src/netlink/policy.ts';
import { NetlinkTrace } from '../../../src/netlink/trace.ts';
import { ctrl_attr, GENL_HDRLEN, GENL_ID_CTRL, GENL_MAX_ID } from '../../../src/uapi/genetlink.ts';
import {
	NETLINK_CAP_ACK,
	NETLINK_EXT_ACK,
	NETLINK_GENERIC,
	NLA_HDRLEN,
	NLMSG_HDRLEN,
} from '../../../src/uapi/netlink.ts';
import { AF_NETLINK, SOCK_RAW, SOL_NETLINK } from '../../../src/uapi/socket.ts';
import { type Datagram, datagrams } from './fuzz.ts';

const COUNT = 2000;
const SEED = 20;

/** What came of a datagram. */
interface Outcome {
	/** Bytes sent, or the negative error. */
	readonly result: number;
	readonly answers: readonly Uint8Array[];
}

const source = fileURLToPath(new URL('../../../../test/unit/netlink/ask.c', import.meta.url));
const compiler = process.env.CC ?? 'cc';

function whyNot(): string | false {
	if (spawnSync(compiler, ['--version']).status !== 0) return `no C compiler: ${compiler} does not run`;
	if (spawnSync('unshare', ['-n', 'true']).status !== 0)
		return 'no network namespace of its own: unshare -n is refused';
	return false;
}

/** What Linux does. */
function askLinux(t: Test, all: readonly Datagram[]): Outcome[] {
	const program = join(t.testdir({}), 'ask');
	const compiled = spawnSync(compiler, ['-O1', '-o', program, source], { encoding: 'utf8' });
	if (compiled.status !== 0) throw new Error(compiled.stderr);
	const input = Buffer.concat(
		all.map(({ bytes, options }) => {
			const head = Buffer.alloc(5);
			head.writeUInt32LE(bytes.length, 0);
			head.writeUInt8(options, 4);
			return Buffer.concat([head, bytes]);
		}),
	);
	const { stdout } = spawnSync('unshare', ['-n', program], { input, maxBuffer: 1 << 28 });
	let at = 0;
	const u32 = () => {
		at += 4;
		return stdout.readUInt32LE(at - 4);
	};
	return all.map(() => {
		const result = u32() | 0;
		const answers = Array.from({ length: u32() }, () => {
			const length = u32();
			at += length;
			return new Uint8Array(stdout.subarray(at - length, at));
		});
		return { result, answers };
	});
}

/** What we do. */
function askOurs(kernel: Kernel, { bytes, options }: Datagram): Outcome {
	const task = kernel.task();
	const fd = task.socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	const on = new Uint8Array([1, 0, 0, 0]);
	if ((options & 1) !== 0) task.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, on);
	if ((options & 2) !== 0) task.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, on);
	const answers: Uint8Array[] = [];
	let result: number;
	try {
		result = task.sendmsg(fd, bytes) as number;
	} catch (error) {
		result = (error as { errno: number }).errno;
	}
	for (;;) {
		const received = task.tryRecvmsg(fd, 1 << 16);
		if (received === undefined) break;
		answers.push(received.bytes);
	}
	task.exit();
	return { result, answers };
}

/** Ids of families that Linux may have, and we have not. */
const isOther = (id: number) => id > GENL_ID_CTRL && id <= GENL_MAX_ID;

/** True for a datagram that is to one of them, or asks for one. */
function isAboutOthers({ bytes }: Datagram): boolean {
	return [...nlmsgs(bytes)].some(({ view, at, end, type }) => {
		let other = isOther(type);
		nlaForEach(view, at + NLMSG_HDRLEN + GENL_HDRLEN, end, (nla, number, length) => {
			if (number === ctrl_attr.CTRL_ATTR_FAMILY_ID && length >= 2) {
				other ||= isOther(view.getUint16(nla + NLA_HDRLEN, true));
			}
		});
		return other;
	});
}

const trace = new NetlinkTrace(genericProtocol());

/** The messages as text, without ports and without families other than the controller, whatever datagrams they came in. */
function described({ result, answers }: Outcome): string[] {
	const lines = answers.flatMap(bytes =>
		[...nlmsgs(bytes)].map(({ view, at, end }) => {
			const one = new Uint8Array(view.buffer, view.byteOffset + at, end - at).slice();
			new DataView(one.buffer).setUint32(12, 0, true);
			return trace.format(one);
		}),
	);
	const others = /CTRL_CMD_NEWFAMILY.*CTRL_ATTR_FAMILY_NAME}, "(?!nlctrl")/;
	return [`${result}`, ...lines.filter(line => !others.test(line))];
}

t.test('generic netlink: what Linux answers, whatever it is sent', { skip: whyNot() }, async t => {
	const all = [...datagrams(SEED, 2 * COUNT)].filter(datagram => !isAboutOthers(datagram)).slice(0, COUNT);
	t.equal(all.length, COUNT);
	const linux = askLinux(t, all);
	const kernel = Kernel.boot(nodeHost());
	t.teardown(() => kernel.shutdown());
	let different = 0;
	for (const [index, datagram] of all.entries()) {
		const [wanted, found] = [described(linux[index]!), described(askOurs(kernel, datagram))];
		if (wanted.join('\n') === found.join('\n')) continue;
		different += 1;
		if (different <= 10) t.same(found, wanted, trace.format(datagram.bytes));
	}
	t.equal(different, 0, `of ${COUNT} datagrams none is answered differently`);
	t.ok(linux.filter(({ answers }) => answers.length > 0).length > COUNT / 2, 'most are answered at all');
	t.equal(kernel.panic.oopses, 0);
});
