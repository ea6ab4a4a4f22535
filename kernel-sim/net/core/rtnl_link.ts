/**
 * rtnl_link - RTM_GETLINK: the devices (rtnl_getlink, rtnl_dump_ifinfo, rtnl_fill_ifinfo of net/core/rtnetlink.c).
 */

import { Errno, isErrno } from '../../../src/lib/errno.ts';
import { encodeName } from '../../../src/lib/text.ts';
import type { NetlinkExtAck } from '../../../src/netlink/ext_ack.ts';
import type { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import type { AttrTable } from '../../../src/netlink/nla_type.ts';
import type { NlMessage } from '../../../src/netlink/nlmsg.ts';
import { rtm_link } from '../../../src/netlink/rtnetlink.ts';
import { NL_VALIDATE_DEPRECATED_STRICT, NL_VALIDATE_LIBERAL } from '../../../src/netlink/validate.ts';
import { IF_OPER_DOWN } from '../../../src/uapi/if.ts';
import { ifla } from '../../../src/uapi/if_link.ts';
import { NLM_F_DUMP_FILTERED, NLM_F_MULTI } from '../../../src/uapi/netlink.ts';
import { ifinfomsg, RTM_GETLINK, RTM_NEWLINK } from '../../../src/uapi/rtnetlink.ts';
import type { Ipv4Devconfs } from '../ipv4/devinet_sysctl.ts';
import type { NetlinkCallback } from '../netlink/dump.ts';
import type { NetDevice, NetDevices } from './dev.ts';
import { AF_UNSPEC, isShorterThan, otherThan, type Rtnetlink } from './rtnetlink.ts';
import { nlmsgNew, type SkBuff } from './skbuff.ts';

/** Group of who wants to hear of changes. */
const RTNLGRP_LINK = 1;
/** Of packets that a device cuts by itself: their size and number, as every device has them at first. */
const GSO_MAX_SEGS = 65_535;
const GSO_MAX_SIZE = 65_536;
/** What lo can take. */
const LOOPBACK_TSO_MAX_SIZE = 524_280;
/** struct rtnl_link_stats64 and rtnl_link_stats. Divergence: all zero, since no packets are carried. */
const STATS64 = new Uint8Array(200);
const STATS = new Uint8Array(96);
const noMap = { mem_start: 0n, mem_end: 0n, base_addr: 0n, irq: 0, dma: 0, port: 0 };
const XDP_ATTACHED_NONE = 0;

type LinkAttrs = ReturnType<typeof rtm_link.parse>['attrs'];

/** Registers the handlers. */
export function rtnlLinkInit(rtnl: Rtnetlink, devices: NetDevices, devconf: Ipv4Devconfs): void {
	rtnl.register(AF_UNSPEC, RTM_GETLINK, {
		doit(skb, message, extack) {
			const reply = nlmsgNew();
			fillIfinfo(reply, find(devices, skb, message, extack), devconf, skb.portid, message.seq, 0);
			rtnl.sock.reply(reply, skb.portid);
		},
		dumpit: () => ({
			objects: cb => linksFor(devices, cb),
			fill: (skb, link, { portid, seq }) => {
				const { dev, filtered } = link as Link;
				fillIfinfo(skb, dev, devconf, portid, seq, NLM_F_MULTI | (filtered ? NLM_F_DUMP_FILTERED : 0));
			},
		}),
	});
	devices.watch((dev, change) => rtmsgIfinfo(rtnl, dev, devconf, change));
}

/** Tells who listens that a device is other than it was (rtmsg_ifinfo). */
function rtmsgIfinfo({ sock }: Rtnetlink, dev: NetDevice, devconf: Ipv4Devconfs, change: number): void {
	if (!sock.hasListeners(RTNLGRP_LINK)) return;
	const skb = nlmsgNew();
	fillIfinfo(skb, dev, devconf, 0, 0, 0, change);
	sock.nlmsgMulticast(skb, 0, RTNLGRP_LINK);
}

/** A device in a dump, and whether others were left out. */
interface Link {
	readonly dev: NetDevice;
	readonly filtered: boolean;
}

/** All, or those that a reader describes; none is part of another one (rtnl_dump_ifinfo). */
function* linksFor(devices: NetDevices, cb: NetlinkCallback): Generator<Link> {
	const { IFLA_MASTER: master = 0 } = askedOfDump(cb);
	if (master !== 0) return;
	for (const dev of devices) yield { dev, filtered: false };
}

/** What a dump is asked for. EINVAL; without strict checks, what cannot be understood is not asked. */
function askedOfDump(cb: NetlinkCallback): Partial<LinkAttrs> {
	const { attrs, tb } = parsedForDump(cb);
	const others = otherThan(tb, askable);
	for (const other of others) {
		if (other === IFLA_TARGET_NETNSID) throw new Errno('EINVAL', 'Invalid target network namespace id');
		if (cb.strictCheck) throw new Errno('EINVAL', 'Unsupported attribute in link dump request');
	}
	return attrs;
}

/** rtnl_valid_dump_ifinfo_req. */
function parsedForDump({ request, strictCheck, extack }: NetlinkCallback): {
	attrs: Partial<LinkAttrs>;
	tb: AttrTable;
} {
	const { view, at, body } = request;
	const nothing = { attrs: {}, tb: new Int32Array(0) };
	if (!strictCheck) {
		try {
			// Old readers send a header of one byte.
			return isShorterThan(request, ifinfomsg) ? nothing : rtm_link.parse(view, at, NL_VALIDATE_LIBERAL, extack);
		} catch (error) {
			if (isErrno(error)) return nothing;
			throw error;
		}
	}
	const refuse = (what: string): never => {
		throw new Errno('EINVAL', what);
	};
	if (isShorterThan(request, ifinfomsg)) refuse('Invalid header for link dump');
	checkHeader(request, 'link dump');
	if (ifinfomsg.decode(view, body).ifi_index !== 0) refuse('Filter by device index not supported for link dumps');
	return rtm_link.parse(view, at, NL_VALIDATE_DEPRECATED_STRICT, extack);
}

const { IFLA_IFNAME, IFLA_ALT_IFNAME, IFLA_EXT_MASK, IFLA_MASTER, IFLA_LINKINFO, IFLA_TARGET_NETNSID } = ifla;
const askable = [IFLA_EXT_MASK, IFLA_MASTER, IFLA_LINKINFO];
const gettable = [IFLA_IFNAME, IFLA_ALT_IFNAME, IFLA_EXT_MASK, IFLA_TARGET_NETNSID];

/** EINVAL for a header that says more than is asked for. */
function checkHeader({ view, body }: NlMessage, what: string): void {
	const { ifi_type, ifi_flags, ifi_change } = ifinfomsg.decode(view, body);
	if (view.getUint8(body + 1) === 0 && ifi_type === 0 && ifi_flags === 0 && ifi_change === 0) return;
	throw new Errno('EINVAL', `Invalid values in header for ${what} request`);
}

/** The device that is meant by its index or its name. EINVAL for neither, ENODEV where there is none (rtnl_getlink). */
function find(devices: NetDevices, skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): NetDevice {
	const { header, attrs } = asked(skb, message, extack);
	if ((attrs.IFLA_NET_NS_PID ?? attrs.IFLA_NET_NS_FD) !== undefined) {
		throw new Errno('EOPNOTSUPP', 'specified netns attribute not supported');
	}
	if (attrs.IFLA_TARGET_NETNSID !== undefined) throw new Errno('EINVAL');
	const { ifi_index } = header;
	const name = attrs.IFLA_IFNAME ?? attrs.IFLA_ALT_IFNAME;
	if (ifi_index <= 0 && name === undefined) throw new Errno('EINVAL');
	const dev = ifi_index > 0 ? devices.byIndex(ifi_index) : devices.byName(name!);
	if (dev === undefined) throw new Errno('ENODEV');
	return dev;
}

/** rtnl_valid_getlink_req. */
function asked(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck) {
	const { view, at } = message;
	if (isShorterThan(message, ifinfomsg)) throw new Errno('EINVAL', 'Invalid header for get link');
	if (skb.sk?.options.has('GET_STRICT_CHK') !== true) return rtm_link.parse(view, at, NL_VALIDATE_LIBERAL, extack);
	checkHeader(message, 'get link');
	const parsed = rtm_link.parse(view, at, NL_VALIDATE_DEPRECATED_STRICT, extack);
	if (otherThan(parsed.tb, gettable).length > 0) {
		throw new Errno('EINVAL', 'Unsupported attribute in get link request');
	}
	return parsed;
}

/** rtnl_fill_ifinfo. EMSGSIZE. */
function fillIfinfo(
	buffer: MessageBuffer,
	dev: NetDevice,
	devconf: Ipv4Devconfs,
	portid: number,
	seq: number,
	flags: number,
	change = 0,
): void {
	const conf = devconf.device(dev.name);
	rtm_link.build(
		buffer,
		{ type: RTM_NEWLINK, flags, seq, portid },
		{ ifi_type: dev.type, ifi_index: dev.ifindex, ifi_flags: dev.userFlags, ifi_change: change },
		{
			IFLA_IFNAME: dev.name,
			IFLA_TXQLEN: dev.txQueueLen,
			IFLA_OPERSTATE: dev.running ? dev.operstate : IF_OPER_DOWN,
			IFLA_LINKMODE: 0,
			IFLA_MTU: dev.mtu,
			IFLA_MIN_MTU: dev.minMtu,
			IFLA_MAX_MTU: dev.maxMtu,
			IFLA_GROUP: dev.group,
			IFLA_PROMISCUITY: dev.receives.promiscuity,
			IFLA_ALLMULTI: dev.receives.allmulti,
			IFLA_NUM_TX_QUEUES: 1,
			IFLA_GSO_MAX_SEGS: GSO_MAX_SEGS,
			IFLA_GSO_MAX_SIZE: GSO_MAX_SIZE,
			IFLA_GRO_MAX_SIZE: GSO_MAX_SIZE,
			IFLA_GSO_IPV4_MAX_SIZE: GSO_MAX_SIZE,
			IFLA_GRO_IPV4_MAX_SIZE: GSO_MAX_SIZE,
			IFLA_TSO_MAX_SIZE: dev.loopback ? LOOPBACK_TSO_MAX_SIZE : GSO_MAX_SIZE,
			IFLA_TSO_MAX_SEGS: GSO_MAX_SEGS,
			IFLA_NUM_RX_QUEUES: 1,
			IFLA_CARRIER: Number(dev.carrier),
			IFLA_IFALIAS: dev.alias === '' ? undefined : encodeName(`${dev.alias}\0`),
			IFLA_CARRIER_CHANGES: dev.carrierCounts.up + dev.carrierCounts.down,
			IFLA_CARRIER_UP_COUNT: dev.carrierCounts.up,
			IFLA_CARRIER_DOWN_COUNT: dev.carrierCounts.down,
			IFLA_PROTO_DOWN: 0,
			IFLA_ADDRESS: dev.address,
			IFLA_BROADCAST: dev.broadcast,
			IFLA_STATS64: STATS64,
			IFLA_STATS: STATS,
			IFLA_XDP: { IFLA_XDP_ATTACHED: XDP_ATTACHED_NONE },
			IFLA_QDISC: dev.qdisc,
			IFLA_AF_SPEC: conf && { AF_INET: { IFLA_INET_CONF: conf.bytes } },
			IFLA_MAP: noMap,
		},
	);
}
