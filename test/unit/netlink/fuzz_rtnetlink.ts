/**
 * fuzz_rtnetlink - datagrams for protocol 0 about links, addresses, routes and rules: some right, most damaged, the same ones for the
 * same seed.
 */

import { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import { fib_rule_hdr } from '../../../src/uapi/fib_rules.ts';
import { ifaddrmsg } from '../../../src/uapi/if_addr.ts';
import { ifinfomsg, rtm_type, rtmsg } from '../../../src/uapi/rtnetlink.ts';
import { AS_NOBODY, type Datagram, WITH_CAP_ACK, WITH_EXT_ACK, WITH_STRICT_CHK } from './ask.ts';
import { damage, nests, type Random, randomNumbers } from './fuzz.ts';

const { RTM_GETLINK, RTM_GETADDR, RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE, RTM_GETRULE } = rtm_type;

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)]!;

/** Mostly one of some, now and then any of `below`. */
const mostly = (random: Random, from: readonly number[], below: number) =>
	random(12) === 0 ? random(below) : pick(random, from);

const ip = (text: string) => text.split('.').reduce((address, part) => address * 256 + Number(part), 0);

const prefixes = [
	'10.1.0.0/16',
	'10.1.2.0/24',
	'10.0.0.0/8',
	'0.0.0.0/0',
	'192.168.0.77/32',
	'10.1.2.3/32',
	'10.1.2.3/24',
];
const odd = ['224.0.0.0/4', '127.5.0.0/16', '192.168.0.0/24', '255.255.255.255/32', '10.0.0.0/33', '128.0.0.0/1'];
const addresses = [
	'192.168.0.1',
	'192.168.0.2',
	'192.168.0.3',
	'10.9.9.9',
	'192.168.0.255',
	'127.0.0.1',
	'224.1.1.1',
	'0.0.0.0',
];
const targets = [
	'10.1.2.3',
	'10.1.9.9',
	'8.8.8.8',
	'192.168.0.7',
	'127.0.0.1',
	'192.168.0.1',
	'192.168.0.255',
	'10.200.0.1',
];

/** Numbers below these are attributes of Linux 6.12; a few above would be those of newer ones. */
const [RTA_END, IFLA_END, IFA_END, FRA_END] = [31, 65, 12, 25];

type Body = (buffer: MessageBuffer, random: Random) => void;

/** A header struct, and behind it attributes. */
function header(
	buffer: MessageBuffer,
	table: { size: number; encode(view: DataView, at: number, init: object): void },
	init: object,
): void {
	const at = buffer.reserve((table.size + 3) & ~3);
	table.encode(buffer.view, at, init);
}

/** Anything, or nests. */
function oddAttribute(buffer: MessageBuffer, random: Random, numbers: number): void {
	const number = random(20) === 0 ? 100 + random(3) : random(numbers);
	const type = number | (random(16) === 0 ? 0x8000 : 0);
	if (random(6) === 0) nests(buffer, type & 0x3fff, pick(random, [1, 5, 100]));
	else if (random(2) === 0) buffer.nlaPutU32(type, random(8));
	else
		buffer.nlaPut(
			type,
			Uint8Array.from({ length: random(20) }, () => random(256)),
		);
}

const link: Body = (buffer, random) => {
	const clean = random(3) !== 0;
	header(buffer, ifinfomsg, {
		ifi_family: pick(random, [0, 0, 0, 2, 1, 12, 255]),
		ifi_index: pick(random, [0, 0, 1, 2, 3, -1]),
		ifi_type: clean ? 0 : random(3),
		ifi_flags: clean ? 0 : random(2),
		ifi_change: clean ? 0 : pick(random, [0, 1, 0xffff_ffff]),
	});
	if (random(2) === 0) buffer.nlaPutString(3, pick(random, ['lo', 'eth0', 'nosuch', '', 'a name of 17 byte']));
	if (random(3) === 0) buffer.nlaPutU32(29, pick(random, [0, 1, 8, 9]));
	if (random(8) === 0) buffer.nlaPutU32(10, random(3));
	if (random(5) === 0) oddAttribute(buffer, random, IFLA_END);
};

const address: Body = (buffer, random) => {
	const clean = random(3) !== 0;
	header(buffer, ifaddrmsg, {
		ifa_family: pick(random, [0, 2, 2, 2, 1, 255]),
		ifa_index: pick(random, [0, 0, 0, 1, 2, 3]),
		ifa_prefixlen: clean ? 0 : random(33),
		ifa_flags: clean ? 0 : random(3),
		ifa_scope: clean ? 0 : random(3),
	});
	if (random(4) === 0) oddAttribute(buffer, random, IFA_END);
};

/** A route that can mostly be made, or removed. */
const goodRoute: Body = (buffer, random) => {
	const [dst = '', length] = pick(random, prefixes).split('/');
	const gateway = random(2) === 0;
	header(buffer, rtmsg, {
		rtm_family: 2,
		rtm_dst_len: Number(length),
		rtm_table: pick(random, [254, 254, 0, 100]),
		rtm_protocol: pick(random, [3, 4, 16]),
		rtm_scope: gateway ? 0 : 253,
		rtm_type: 1,
	});
	if (length !== '0') buffer.nlaPutBe32(1, ip(dst));
	if (gateway) buffer.nlaPutBe32(5, ip(pick(random, ['192.168.0.2', '192.168.0.3'])));
	else buffer.nlaPutU32(4, 2);
	if (random(3) === 0) buffer.nlaPutU32(6, pick(random, [0, 5, 100]));
};

const route: Body = (buffer, random) => {
	const prefix = pick(random, random(5) === 0 ? odd : prefixes);
	const [dst = '', length] = prefix.split('/');
	const type = mostly(random, [1, 1, 1, 1, 2, 6, 7, 8, 9, 0, 3, 5], 14);
	header(buffer, rtmsg, {
		rtm_family: 2,
		rtm_dst_len: Number(length),
		rtm_src_len: random(20) === 0 ? 32 : 0,
		rtm_tos: mostly(random, [0, 0, 0, 0, 4, 8, 1], 256),
		rtm_table: pick(random, [254, 254, 254, 0, 255, 100]),
		rtm_protocol: pick(random, [3, 3, 4, 2, 16, 0]),
		rtm_scope: pick(random, [0, 0, 0, 253, 253, 254, 255, 200]),
		rtm_type: type,
		rtm_flags: random(8) === 0 ? pick(random, [1, 2, 4, 4, 4, 16, 0x100]) : 0,
	});
	if (length !== '0' && random(20) !== 0) buffer.nlaPutBe32(1, ip(dst));
	if (random(2) === 0) buffer.nlaPutBe32(5, ip(pick(random, addresses)));
	if (random(2) === 0) buffer.nlaPutU32(4, pick(random, [2, 2, 2, 1, 9, 0]));
	if (random(3) === 0) buffer.nlaPutU32(6, pick(random, [0, 5, 100]));
	if (random(5) === 0) buffer.nlaPutBe32(7, ip(pick(random, addresses)));
	if (random(6) === 0) buffer.nlaPutU32(15, pick(random, [254, 100, 1000, 0, 255]));
	if (random(8) === 0) oddAttribute(buffer, random, RTA_END);
};

const askedRoute: Body = (buffer, random) => {
	const clean = random(3) !== 0;
	const to = random(8) !== 0;
	header(buffer, rtmsg, {
		rtm_family: pick(random, [2, 2, 2, 2, 0, 1]),
		rtm_dst_len: to ? 32 : 0,
		rtm_src_len: clean ? 0 : pick(random, [0, 32, 8]),
		rtm_tos: pick(random, [0, 0, 0, 4]),
		rtm_table: pick(random, clean ? [0] : [0, 254, 255, 100, 77]),
		rtm_protocol: pick(random, clean ? [0] : [0, 2, 3]),
		rtm_scope: pick(random, clean ? [0] : [0, 253]),
		rtm_type: pick(random, clean ? [0] : [0, 1, 2]),
		rtm_flags: pick(random, clean ? [0, 0, 0x1000] : [0, 0x200, 0x800, 0x1000, 0x100, 1]),
	});
	if (to && random(8) !== 0) buffer.nlaPutBe32(1, ip(pick(random, targets)));
	if (random(4) === 0) buffer.nlaPutU32(4, pick(random, [1, 2, 9, 0]));
	if (random(8) === 0) buffer.nlaPutBe32(2, ip(pick(random, addresses)));
	if (random(8) === 0) buffer.nlaPutU32(15, pick(random, [254, 255, 100, 1000, 77]));
	if (random(6) === 0) oddAttribute(buffer, random, RTA_END);
};

const rule: Body = (buffer, random) => {
	const field = (below: number) => (random(8) === 0 ? random(below) : 0);
	header(buffer, fib_rule_hdr, {
		...{ family: pick(random, [2, 2, 2, 0, 0, 1, 255]), dst_len: field(33), src_len: field(33), tos: field(256) },
		...{ table: field(256), res1: field(2), res2: field(2), action: field(9), flags: field(4) },
	});
	if (random(6) === 0) oddAttribute(buffer, random, FRA_END);
};

/** What is asked of a type, with and without NLM_F_DUMP. */
const bodies: readonly (readonly [type: number, body: Body])[] = [
	[RTM_GETLINK, link],
	[RTM_GETADDR, address],
	[RTM_GETROUTE, askedRoute],
	[RTM_GETROUTE, askedRoute],
	[RTM_NEWROUTE, route],
	[RTM_NEWROUTE, route],
	[RTM_NEWROUTE, goodRoute],
	[RTM_NEWROUTE, goodRoute],
	[RTM_DELROUTE, route],
	[RTM_DELROUTE, goodRoute],
	[RTM_GETRULE, rule],
];

/** Types that no kernel answers: a family has no SET, and those beyond the last. */
const nothing = [23, 27, 124, 200, 0xffff, 15, 0];

function message(buffer: MessageBuffer, random: Random): void {
	const [usual, body] = pick(random, bodies);
	const type = random(20) === 0 ? pick(random, nothing) : usual;
	const get = (type & 3) === 2;
	const flags = get
		? pick(random, [0x301, 0x301, 0x305, 1, 5, 0x101, 0x201, random(0x1_0000)])
		: pick(random, [0x401, 0x405, 0x605, 0x501, 0xc01, 0x701, 0x105, 1, 0x409, random(0x1_0000)]);
	const at = buffer.nlmsgPut(random(3), random(1000), type, 0, flags);
	if (random(20) === 0) buffer.put(Uint8Array.from({ length: random(16) }, (_, i) => (i === 0 ? 2 : 0)));
	else body(buffer, random);
	buffer.nlmsgEnd(at);
}

/** `count` datagrams. */
export function* rtnetlinkDatagrams(seed: number, count: number): Generator<Datagram> {
	const random = randomNumbers(seed);
	for (let i = 0; i < count; i++) {
		const buffer = new MessageBuffer();
		for (let messages = 1 + (random(3) === 0 ? random(3) : 0); messages > 0; messages--) {
			message(buffer, random);
			buffer.reserve(-buffer.length & 3);
		}
		const bytes = buffer.bytes.slice(0, buffer.length);
		const options = (random(3) === 0 ? 0 : WITH_EXT_ACK) | (random(8) === 0 ? WITH_CAP_ACK : 0);
		const strict = random(2) === 0 ? WITH_STRICT_CHK : 0;
		const nobody = random(6) === 0 ? AS_NOBODY : 0;
		yield { bytes: random(3) === 0 ? damage(bytes, random) : bytes, options: options | strict | nobody };
	}
}
