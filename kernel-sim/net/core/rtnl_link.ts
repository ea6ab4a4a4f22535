/**
 * rtnl_link - RTM_GETLINK: the devices (rtnl_getlink, rtnl_dump_ifinfo, rtnl_fill_ifinfo of net/core/rtnetlink.c).
 */

import { Errno } from '../../../src/lib/errno.ts';
import type { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import type { NlMessage } from '../../../src/netlink/nlmsg.ts';
import { rtm_link } from '../../../src/netlink/rtnetlink.ts';
import { NL_VALIDATE_LIBERAL } from '../../../src/netlink/validate.ts';
import { IF_OPER_UNKNOWN, IF_OPER_UP, IFF_BROADCAST, IFF_LOOPBACK } from '../../../src/uapi/if.ts';
import { NLM_F_MULTI } from '../../../src/uapi/netlink.ts';
import { RTM_GETLINK, RTM_NEWLINK } from '../../../src/uapi/rtnetlink.ts';
import type { NetDevice, NetDevices } from './dev.ts';
import { AF_UNSPEC, type Rtnetlink } from './rtnetlink.ts';
import { nlmsgNew } from './skbuff.ts';

const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;
const TXQLEN = 1000;
const ETH_MIN_MTU = 68;
const ETH_MAX_MTU = 65_535;
/** Bytes of struct rtnl_link_stats64. Divergence: all zero, since no packets are carried. */
const STATS64 = new Uint8Array(200);
const NOBODY = new Uint8Array(6);
const EVERYBODY = new Uint8Array(6).fill(0xff);

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

function fillIfinfo(buffer: MessageBuffer, dev: NetDevice, portid: number, seq: number, flags: number): void {
	const loopback = (dev.flags & IFF_LOOPBACK) !== 0;
	rtm_link.build(
		buffer,
		{ type: RTM_NEWLINK, flags, seq, portid },
		{ ifi_type: loopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER, ifi_index: dev.ifindex, ifi_flags: dev.flags },
		{
			IFLA_IFNAME: dev.name,
			IFLA_TXQLEN: TXQLEN,
			IFLA_OPERSTATE: loopback ? IF_OPER_UNKNOWN : IF_OPER_UP,
			IFLA_LINKMODE: 0,
			IFLA_MTU: dev.mtu,
			IFLA_MIN_MTU: loopback ? 0 : ETH_MIN_MTU,
			IFLA_MAX_MTU: loopback ? 0 : ETH_MAX_MTU,
			IFLA_GROUP: 0,
			IFLA_PROMISCUITY: 0,
			IFLA_NUM_TX_QUEUES: 1,
			IFLA_NUM_RX_QUEUES: 1,
			IFLA_CARRIER: 1,
			IFLA_QDISC: loopback ? 'noqueue' : 'pfifo_fast',
			IFLA_CARRIER_CHANGES: 0,
			IFLA_ADDRESS: dev.address,
			IFLA_BROADCAST: (dev.flags & IFF_BROADCAST) === 0 ? NOBODY : EVERYBODY,
			IFLA_STATS64: STATS64,
		},
	);
}
