/**
 * rtnetlink_rules - where answers of Linux and ours cannot be the same, each with its reason.
 */

import { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import { type NlMessage, nlmsgs } from '../../../src/netlink/nlmsg.ts';
import { nlaForEach } from '../../../src/netlink/policy.ts';
import type { NetlinkTrace } from '../../../src/netlink/trace.ts';
import { fib_rule_hdr } from '../../../src/uapi/fib_rules.ts';
import { ifa_attr, ifaddrmsg } from '../../../src/uapi/if_addr.ts';
import { ifla } from '../../../src/uapi/if_link.ts';
import { NLA_F_NESTED, NLA_HDRLEN, NLM_F_DUMP, NLMSG_HDRLEN } from '../../../src/uapi/netlink.ts';
import { ifinfomsg, RTM_F_CLONED, rtattr_type, rtm_type, rtmsg } from '../../../src/uapi/rtnetlink.ts';
import type { Datagram } from './ask.ts';

const { RTM_GETLINK, RTM_GETADDR, RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE, RTM_NEWRULE } =
	rtm_type;

/** Why a message is not sent. */
interface Rule {
	readonly reason: string;
	applies(message: NlMessage): boolean;
}

/** Types of which ring3 has handlers; the others of Linux it refuses. */
const answered: readonly number[] = [18, 22, 24, 25, 26, 34];
/** Families with handlers of their own: bridge, IPv6, MPLS, CAN, the multicast routes of both. */
const otherFamilies = [7, 10, 28, 29, 128, 129];
/** RTA_METRICS, MULTIPATH, FLOW, ENCAP_TYPE, ENCAP. */
const otherHops = [8, 9, 11, 21, 22];

/** Bytes of the header of each kind of message. */
const headers = new Map([
	[RTM_NEWLINK, ifinfomsg.size],
	[RTM_NEWADDR, ifaddrmsg.size],
	[RTM_NEWROUTE, rtmsg.size],
	[RTM_NEWRULE, fib_rule_hdr.size],
]);

const attributesOf = ({ view, at, end }: NlMessage, header: number): number[] => {
	const numbers: number[] = [];
	nlaForEach(view, at + NLMSG_HDRLEN + header, end, (_at, number) => numbers.push(number));
	return numbers;
};

/** Values of all attributes of a number. */
function valuesOf({ view, at, end, type }: NlMessage, wanted: number | undefined): number[] {
	const values: number[] = [];
	nlaForEach(view, at + NLMSG_HDRLEN + (headers.get((type & ~3) as never) ?? 0), end, (nla, number, length) => {
		if (number === wanted && length >= 4) values.push(view.getUint32(nla + NLA_HDRLEN, true));
	});
	return values;
}

const netnsid = (type: number) =>
	type === RTM_GETLINK ? ifla.IFLA_TARGET_NETNSID : type === RTM_GETADDR ? ifa_attr.IFA_TARGET_NETNSID : undefined;

const rules: readonly Rule[] = [
	{
		reason: 'types that this kernel does not answer yet',
		applies: ({ type }) => type >= 16 && type <= 123 && (type & 3) !== 3 && !answered.includes(type),
	},
	{
		reason: 'RTM_SETLINK and its like, which this kernel does not answer yet',
		applies: ({ type }) => [19, 67, 79, 95].includes(type),
	},
	{
		reason: 'families that this kernel does not have',
		applies: ({ payload }) => payload.length > 0 && otherFamilies.includes(payload[0]!),
	},
	{
		reason: 'routes with several hops, metrics, realms or tunnels',
		applies: message =>
			[RTM_NEWROUTE, RTM_DELROUTE].includes(message.type as never) &&
			attributesOf(message, rtmsg.size).some(number => otherHops.includes(number)),
	},
	{
		reason: 'the way of what comes in from others',
		applies: message =>
			message.type === RTM_GETROUTE && attributesOf(message, rtmsg.size).includes(rtattr_type.RTA_IIF),
	},
	{
		reason: 'the network namespace of number 0, in which the other end of the veth is',
		applies: message => valuesOf(message, netnsid(message.type)).includes(0),
	},
	{
		reason: 'RTA_GATEWAY twice, first an address and then 0: Linux remembers that there was one',
		applies: message =>
			[RTM_NEWROUTE, RTM_DELROUTE].includes(message.type as never) &&
			valuesOf(message, rtattr_type.RTA_GATEWAY).length > 1,
	},
];

/** Why a datagram is not sent; undefined for one that is. */
export function leftOut({ bytes }: Datagram): string | undefined {
	let dump = false;
	for (const message of nlmsgs(bytes)) {
		const rule = rules.find(rule => rule.applies(message));
		if (rule !== undefined) return rule.reason;
		const changes = (message.type & 3) !== 2;
		if (dump && changes) return 'a change in the middle of a dump: which routes of the same address are still told of';
		dump ||= !changes && (message.flags & NLM_F_DUMP) !== 0;
	}
	return undefined;
}

/** What is not compared of an attribute: the whole of it, or what `keep` does not give. */
interface Unlike {
	readonly types: readonly number[];
	readonly attribute: number;
	readonly reason: string;
	keep?(payload: Uint8Array): Uint8Array;
}

const links = [RTM_NEWLINK];
const veth = 'in the namespace eth0 is one end of a veth';
const plugged = 'how often a cable was plugged in there';
const newer = 'newer than Linux 6.12';

const unlike: readonly Unlike[] = [
	{ types: links, attribute: ifla.IFLA_LINKINFO, reason: veth },
	{ types: links, attribute: ifla.IFLA_LINK, reason: veth },
	{ types: links, attribute: ifla.IFLA_LINK_NETNSID, reason: veth },
	{ types: links, attribute: ifla.IFLA_QDISC, reason: veth },
	{ types: links, attribute: ifla.IFLA_TSO_MAX_SIZE, reason: veth },
	{ types: links, attribute: ifla.IFLA_CARRIER_CHANGES, reason: plugged },
	{ types: links, attribute: ifla.IFLA_CARRIER_UP_COUNT, reason: plugged },
	{ types: links, attribute: ifla.IFLA_CARRIER_DOWN_COUNT, reason: plugged },
	{ types: links, attribute: ifla.IFLA_STATS, reason: 'packets are carried there' },
	{ types: links, attribute: ifla.IFLA_STATS64, reason: 'packets are carried there' },
	{ types: links, attribute: ifla.IFLA_DEVLINK_PORT, reason: 'an empty nest of a kernel with devlink' },
	{ types: links, attribute: ifla.IFLA_DPLL_PIN, reason: 'an empty nest of a kernel with dpll' },
	{ types: links, attribute: ifla.IFLA_NUM_RX_QUEUES, reason: 'a kernel without RPS tells nothing of it' },
	{ types: links, attribute: ifla.IFLA_PAD, reason: 'of processors that cannot read 64 bits anywhere' },
	...[66, 67, 68, 69].map(attribute => ({ types: links, attribute, reason: newer })),
	{
		types: links,
		attribute: ifla.IFLA_AF_SPEC,
		reason: 'there is no IPv6 here',
		keep: payload => payload.subarray(0, new DataView(payload.buffer, payload.byteOffset).getUint16(0, true)),
	},
	{
		types: [RTM_NEWADDR],
		attribute: ifa_attr.IFA_CACHEINFO,
		reason: 'when the address was given, since boot',
		keep: payload => payload.slice().fill(0, 8),
	},
	{
		types: [RTM_NEWROUTE],
		attribute: rtattr_type.RTA_CACHEINFO,
		reason: 'how often the way was taken, and when',
		keep: payload => payload.slice().fill(0, 0, 8).fill(0, 16),
	},
];

/** True for a rule of IPv6 or of multicast routes, which this kernel does not have; a dump of all families tells them too. */
export const isOfOthers = ({ type, payload }: NlMessage): boolean =>
	type === RTM_NEWRULE && otherFamilies.includes(payload[0]!);

/** Where the flags of a route are. */
const FLAGS = NLMSG_HDRLEN + rtmsg.offsetof.rtm_flags;
/** RTM_F_NOTIFY, in both of its places: Linux remembers that somebody asked so, and tells it to others who ask. */
const REMEMBERED = 0x10100;

/** A message as text, without ports and without what cannot be compared. */
export function normal(trace: NetlinkTrace, { view, at, end, type }: NlMessage): string {
	const bytes = (from: number, to: number) => new Uint8Array(view.buffer, view.byteOffset + from, to - from);
	const header = headers.get(type as never);
	const first = header === undefined ? end : at + NLMSG_HDRLEN + header;
	const buffer = new MessageBuffer();
	buffer.put(bytes(at, first));
	nlaForEach(view, first, end, (nla, number, length, nested) => {
		const payload = bytes(nla + NLA_HDRLEN, nla + NLA_HDRLEN + length);
		const rule = unlike.find(({ types, attribute }) => attribute === number && types.includes(type as never));
		if (rule !== undefined && rule.keep === undefined) return;
		buffer.nlaPut(nested ? number | NLA_F_NESTED : number, rule?.keep?.(payload) ?? payload);
	});
	buffer.nlmsgEnd(0);
	buffer.view.setUint32(12, 0, true);
	if (type === RTM_NEWROUTE && (buffer.view.getUint32(FLAGS, true) & RTM_F_CLONED) !== 0) {
		buffer.view.setUint32(FLAGS, buffer.view.getUint32(FLAGS, true) & ~REMEMBERED, true);
	}
	return trace.format(buffer.finish());
}
