/**
 * rtnl_addr - RTM_GETADDR of IPv4 (inet_dump_ifaddr and inet_fill_ifaddr of net/ipv4/devinet.c).
 */

import { Errno } from '../../../src/lib/errno.ts';
import type { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import { rtm_addr } from '../../../src/netlink/rtnetlink.ts';
import { NL_VALIDATE_DEPRECATED_STRICT } from '../../../src/netlink/validate.ts';
import { IFA_F_PERMANENT, ifa_attr, ifaddrmsg } from '../../../src/uapi/if_addr.ts';
import { NLM_F_DUMP_FILTERED, NLM_F_MULTI } from '../../../src/uapi/netlink.ts';
import { RTM_GETADDR, RTM_NEWADDR } from '../../../src/uapi/rtnetlink.ts';
import type { NetDevice, NetDevices } from '../core/dev.ts';
import { AF_INET, type Asker, isShorterThan, otherThan, type Rtnetlink } from '../core/rtnetlink.ts';
import type { NetlinkCallback } from '../netlink/dump.ts';
import type { Inet, InIfaddr } from './devinet.ts';

const FOREVER = 0xffff_ffff;
const forever = { ifa_prefered: FOREVER, ifa_valid: FOREVER, cstamp: 0, tstamp: 0 };

/** Registers the handler. */
export function rtnlAddrInit(rtnl: Rtnetlink, devices: NetDevices, inet: Inet): void {
	rtnl.register(AF_INET, RTM_GETADDR, {
		dumpit: () => ({
			objects: cb => addressesFor(devices, inet, cb),
			fill: (skb, address, cb) => fillAddress(skb, address as InIfaddr, cb, NLM_F_MULTI | cb.answerFlags),
		}),
	});
}

/** All; for a reader who wants strict checks those of one device, if he names it. EINVAL, ENODEV (inet_dump_ifaddr). */
function* addressesFor(devices: NetDevices, inet: Inet, cb: NetlinkCallback): Generator<InIfaddr> {
	const dev = cb.strictCheck ? asked(devices, cb) : undefined;
	for (const address of inet) if (dev === undefined || address.dev === dev) yield address;
}

/** inet_valid_dump_ifaddr_req. */
function asked(devices: NetDevices, cb: NetlinkCallback): NetDevice | undefined {
	const { request, extack } = cb;
	const refuse = (what: string): never => {
		throw new Errno('EINVAL', `ipv4: ${what}`);
	};
	if (isShorterThan(request, ifaddrmsg)) refuse('Invalid header for address dump request');
	const { view, body, at } = request;
	const { ifa_prefixlen, ifa_flags, ifa_scope, ifa_index } = ifaddrmsg.decode(view, body);
	if (ifa_prefixlen !== 0 || ifa_flags !== 0 || ifa_scope !== 0) {
		refuse('Invalid values in header for address dump request');
	}
	if (ifa_index !== 0) cb.answerFlags |= NLM_F_DUMP_FILTERED;
	const { tb } = rtm_addr.parse(view, at, NL_VALIDATE_DEPRECATED_STRICT, extack);
	const [other] = otherThan(tb, []);
	if (other === ifa_attr.IFA_TARGET_NETNSID) refuse('Invalid target network namespace id');
	if (other !== undefined) refuse('Unsupported attribute in dump request');
	if (ifa_index === 0) return undefined;
	const dev = devices.byIndex(ifa_index | 0);
	if (dev === undefined) throw new Errno('ENODEV');
	return dev;
}

/** inet_fill_ifaddr. EMSGSIZE. */
function fillAddress(buffer: MessageBuffer, address: InIfaddr, { portid, seq }: Asker, flags: number): void {
	const { dev, local, prefixlen, broadcast, scope, label } = address;
	rtm_addr.build(
		buffer,
		{ type: RTM_NEWADDR, flags, seq, portid },
		{
			...{ ifa_family: AF_INET, ifa_prefixlen: prefixlen, ifa_flags: IFA_F_PERMANENT },
			...{ ifa_scope: scope, ifa_index: dev.ifindex },
		},
		{
			IFA_ADDRESS: local,
			IFA_LOCAL: local,
			IFA_BROADCAST: broadcast === 0 ? undefined : broadcast,
			IFA_LABEL: label,
			IFA_FLAGS: IFA_F_PERMANENT,
			IFA_CACHEINFO: forever,
		},
	);
}
