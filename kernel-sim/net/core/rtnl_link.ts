/**
 * rtnl_link - RTM_GETLINK: the devices (rtnl_getlink, rtnl_dump_ifinfo, rtnl_fill_ifinfo of net/core/rtnetlink.c).
 */

import { Errno } from '../../../src/lib/errno.ts';
import { encodeName } from '../../../src/lib/text.ts';
import type { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import type { NlMessage } from '../../../src/netlink/nlmsg.ts';
import { NL_VALIDATE_LIBERAL } from '../../../src/netlink/policy.ts';
import { rtm_link } from '../../../src/netlink/rtnetlink.ts';
import { IF_OPER_DOWN } from '../../../src/uapi/if.ts';
import { NLM_F_MULTI } from '../../../src/uapi/netlink.ts';
import { RTM_GETLINK, RTM_NEWLINK } from '../../../src/uapi/rtnetlink.ts';
import type { NetDevice, NetDevices } from './dev.ts';
import { AF_UNSPEC, type Rtnetlink } from './rtnetlink.ts';
import { nlmsgNew } from './skbuff.ts';

/** Group of who wants to hear of changes. */
const RTNLGRP_LINK = 1;
/** Bytes of struct rtnl_link_stats64. Divergence: all zero, since no packets are carried. */
const STATS64 = new Uint8Array(200);

/** Registers the handlers. */
export function rtnlLinkInit(rtnl: Rtnetlink, devices: NetDevices): void {
	rtnl.register(AF_UNSPEC, RTM_GETLINK, {
		doit(skb, message) {
			const reply = nlmsgNew();
			fillIfinfo(reply, find(devices, message), skb.portid, message.seq, 0);
			rtnl.sock.reply(reply, skb.portid);
		},
		dumpit: () => ({
			objects: () => devices,
			fill: (skb, dev, { portid, seq }) => fillIfinfo(skb, dev as NetDevice, portid, seq, NLM_F_MULTI),
		}),
	});
	devices.watch((dev, change) => rtmsgIfinfo(rtnl, dev, change));
}

/** Tells who listens that a device is other than it was (rtmsg_ifinfo). */
function rtmsgIfinfo({ sock }: Rtnetlink, dev: NetDevice, change: number): void {
	if (!sock.hasListeners(RTNLGRP_LINK)) return;
	const skb = nlmsgNew();
	fillIfinfo(skb, dev, 0, 0, 0, change);
	sock.nlmsgMulticast(skb, 0, RTNLGRP_LINK);
}

/** The device that is meant by its index or its name. EINVAL for neither, ENODEV where there is none. */
function find(devices: NetDevices, { view, at }: NlMessage): NetDevice {
	const { header, attrs } = rtm_link.parse(view, at, NL_VALIDATE_LIBERAL);
	const { ifi_index = 0 } = header;
	const { IFLA_IFNAME: name } = attrs;
	if (ifi_index <= 0 && name === undefined) throw new Errno('EINVAL');
	const dev = ifi_index > 0 ? devices.byIndex(ifi_index) : devices.byName(name!);
	if (dev === undefined) throw new Errno('ENODEV');
	return dev;
}

function fillIfinfo(
	buffer: MessageBuffer,
	dev: NetDevice,
	portid: number,
	seq: number,
	flags: number,
	change = 0,
): void {
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
			IFLA_NUM_TX_QUEUES: 1,
			IFLA_NUM_RX_QUEUES: 1,
			IFLA_CARRIER: Number(dev.carrier),
			IFLA_QDISC: dev.qdisc,
			IFLA_IFALIAS: dev.alias === '' ? undefined : encodeName(`${dev.alias}\0`),
			IFLA_CARRIER_CHANGES: dev.carrierCounts.up + dev.carrierCounts.down,
			IFLA_ADDRESS: dev.address,
			IFLA_BROADCAST: dev.broadcast,
			IFLA_STATS64: STATS64,
		},
	);
}
