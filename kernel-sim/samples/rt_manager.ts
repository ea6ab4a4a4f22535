/**
 * rt_manager - the kernel's end of protocol 31: it greets, and manages the routes.
 *
 *     ring3 greet hello
 *     ring3 route add 10.1.0.0/16 via 192.168.0.2 dev eth0
 *
 * It keeps no routes itself. Those that it changes are the kernel's, which /proc/net/route shows as well. Every message that comes
 * is written to the log with the fields of its header, unless the parameter `verbose` is off.
 */

import type { MessageBuffer } from '../../src/netlink/message_buffer.ts';
import { rtmgr_route } from '../../src/netlink/rt_manager.ts';
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_MULTI, NLMSG_DONE } from '../../src/uapi/netlink.ts';
import {
	NETLINK_RT_MANAGER,
	NLMSG_GREET,
	NLMSG_GREET_ALL,
	RTMGR_DELROUTE,
	RTMGR_FLUSH,
	RTMGR_GETROUTE,
	RTMGR_GREETING_SIZE,
	RTMGR_GRP_GREET,
	RTMGR_GRP_ROUTE,
	RTMGR_LOOKUP,
	RTMGR_NEWROUTE,
} from '../../src/uapi/rt_manager.ts';
import {
	DUMP_STARTED,
	defineModule,
	Errno,
	type FibConfig,
	type FibRoute,
	type ModuleFib,
	type NetlinkExtAck,
	type NetlinkKernelSock,
	NL_CFG_F_NONROOT_RECV,
	NL_CFG_F_NONROOT_SEND,
	NL_VALIDATE_STRICT,
	type NlMessage,
	netlinkDumpStart,
	netlinkRcv,
	nlmsgNew,
	param,
	type SkBuff,
	snprintf,
} from '../index.ts';

/** What the route that a message is about is to be, or may be. */
function configOf(fib: ModuleFib, { view, at }: NlMessage, extack: NetlinkExtAck): FibConfig {
	const { header, attrs } = rtmgr_route.parse(view, at, NL_VALIDATE_STRICT, extack);
	const { rtmgr_dst_len = 0, rtmgr_type = 0, rtmgr_protocol = 0, rtmgr_scope = 0 } = header;
	return {
		dst: (attrs.RTMGR_A_DST ?? 0) | 0,
		dstLen: rtmgr_dst_len,
		gateway: (attrs.RTMGR_A_GATEWAY ?? 0) | 0,
		oif: attrs.RTMGR_A_OIF ?? indexOf(fib, attrs.RTMGR_A_IFNAME),
		priority: attrs.RTMGR_A_PRIORITY ?? 0,
		prefsrc: (attrs.RTMGR_A_PREFSRC ?? 0) | 0,
		protocol: rtmgr_protocol,
		flags: attrs.RTMGR_A_FLAGS ?? 0,
		...(rtmgr_type === 0 ? {} : { type: rtmgr_type }),
		...(rtmgr_scope === 0 ? {} : { scope: rtmgr_scope }),
	};
}

function indexOf(fib: ModuleFib, name: string | undefined): number {
	if (name === undefined) return 0;
	const dev = fib.deviceByName(name);
	if (dev === undefined) throw new Errno('ENODEV', `Cannot find device "${name}"`);
	return dev.ifindex;
}

/** Writes the message that tells of a route. EMSGSIZE. */
function putRoute(
	buffer: MessageBuffer,
	type: number,
	portid: number,
	seq: number,
	flags: number,
	route: FibRoute,
): void {
	const { dst, dstLen, info } = route;
	const { nh, priority, prefsrc } = info;
	rtmgr_route.build(
		buffer,
		{ type, flags, seq, portid },
		{
			...{ rtmgr_dst_len: dstLen, rtmgr_type: info.type },
			...{ rtmgr_protocol: info.protocol, rtmgr_scope: info.scope },
		},
		{
			...(dstLen === 0 ? {} : { RTMGR_A_DST: dst }),
			...(nh.gw === 0 ? {} : { RTMGR_A_GATEWAY: nh.gw }),
			...(nh.dev === undefined ? {} : { RTMGR_A_OIF: nh.dev.ifindex, RTMGR_A_IFNAME: nh.dev.name }),
			...(priority === 0 ? {} : { RTMGR_A_PRIORITY: priority }),
			...(prefsrc === 0 ? {} : { RTMGR_A_PREFSRC: prefsrc }),
			...(nh.flags === 0 ? {} : { RTMGR_A_FLAGS: nh.flags }),
		},
	);
}

/** The end of the protocol that the module holds. */
class RtManager {
	readonly #fib: ModuleFib;
	readonly #sock: NetlinkKernelSock;
	/** Whose request is being served: its port and number go into the notifications of what it changes. */
	#asked = { portid: 0, seq: 0 };

	constructor(fib: ModuleFib, sock: NetlinkKernelSock) {
		this.#fib = fib;
		this.#sock = sock;
		fib.subscribe(({ type, route, nlflags }) => {
			if (!sock.hasListeners(RTMGR_GRP_ROUTE)) return;
			const { portid, seq } = this.#asked;
			const skb = nlmsgNew();
			putRoute(skb, type === 'new' ? RTMGR_NEWROUTE : RTMGR_DELROUTE, portid, seq, nlflags, route);
			sock.nlmsgMulticast(skb, 0, RTMGR_GRP_ROUTE);
		});
	}

	/** Serves one request. EOPNOTSUPP for a type that is none of the protocol's, EPERM without CAP_NET_ADMIN. */
	receive(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): unknown {
		switch (message.type) {
			case NLMSG_GREET:
				return this.#greet(skb, message);
			case NLMSG_GREET_ALL:
				return void this.#sock.nlmsgMulticast(greeting(skb.portid, message.seq), 0, RTMGR_GRP_GREET);
			case RTMGR_GETROUTE:
				return (message.flags & NLM_F_DUMP) !== 0 ? this.#dump(skb, message, extack) : this.#get(skb, message, extack);
			case RTMGR_LOOKUP:
				return this.#lookup(skb, message, extack);
			case RTMGR_NEWROUTE:
			case RTMGR_DELROUTE:
			case RTMGR_FLUSH:
				if (!skb.capable()) throw new Errno('EPERM');
				return this.#change(skb, message, extack);
			default:
				throw new Errno('EOPNOTSUPP');
		}
	}

	/** Answers only whoever asks for it by NLM_F_ACK; the answer is the acknowledgement. */
	#greet(skb: SkBuff, { flags, seq }: NlMessage): unknown {
		if ((flags & NLM_F_ACK) === 0) return undefined;
		this.#sock.reply(greeting(skb.portid, seq), skb.portid);
		return DUMP_STARTED;
	}

	#change(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): void {
		this.#asked = { portid: skb.portid, seq: message.seq };
		const config = configOf(this.#fib, message, extack);
		try {
			if (message.type === RTMGR_NEWROUTE) this.#fib.insert(config, message.flags);
			else if (message.type === RTMGR_DELROUTE) this.#fib.delete(config);
			else this.#fib.flush(({ info }) => !config.protocol || info.protocol === config.protocol);
		} finally {
			this.#asked = { portid: 0, seq: 0 };
		}
	}

	#dump(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): unknown {
		return netlinkDumpStart<FibRoute>(
			skb,
			message,
			{
				objects: () => this.#fib.routes(),
				fill: (part, route, { portid, seq }) => putRoute(part, RTMGR_NEWROUTE, portid, seq, NLM_F_MULTI, route),
			},
			extack,
		);
	}

	/** The first route of exactly this prefix. ESRCH. */
	#get(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): void {
		const { dst, dstLen } = configOf(this.#fib, message, extack);
		const found = this.#fib.find(dst, dstLen);
		if (found === undefined) throw new Errno('ESRCH');
		this.#answer(skb, message, found);
	}

	/** The route of the longest prefix that leads to an address. */
	#lookup(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): void {
		const { dst } = configOf(this.#fib, message, extack);
		this.#answer(skb, message, this.#fib.lookup({ daddr: dst }));
	}

	#answer({ portid }: SkBuff, { seq }: NlMessage, route: FibRoute): void {
		const reply = nlmsgNew();
		putRoute(reply, RTMGR_NEWROUTE, portid, seq, 0, route);
		this.#sock.reply(reply, portid);
	}
}

/** What the kernel says to whoever greets it, as from port 0. */
function greeting(portid: number, seq: number): SkBuff {
	const text = new Uint8Array(RTMGR_GREETING_SIZE);
	snprintf(text, 'Message from user process with port id %u has been processed by the kernel', portid);
	const skb = nlmsgNew(RTMGR_GREETING_SIZE);
	const nlh = skb.nlmsgPut(0, seq, NLMSG_DONE, 0, 0);
	skb.put(text);
	skb.nlmsgEnd(nlh);
	return skb;
}

export default defineModule({
	name: 'rt_manager',
	license: 'GPL',
	description: 'Greets, and manages the routes, on netlink protocol 31',
	params: { verbose: param.bool(true, 0o644, 'log each message') },

	init({ netlink, fib, params, pr }) {
		const sock = netlink.kernelCreate(NETLINK_RT_MANAGER, {
			groups: 2,
			flags: NL_CFG_F_NONROOT_RECV | NL_CFG_F_NONROOT_SEND,
			input: skb =>
				netlinkRcv(skb, (_skb, message, extack) => {
					if (params.verbose) {
						const { at, end, type, flags, seq, pid } = message;
						const format = 'rt_manager: nlmsg_len %u nlmsg_type %u nlmsg_flags 0x%x nlmsg_seq %u nlmsg_pid %u\n';
						pr.info(format, end - at, type, flags, seq, pid);
					}
					return manager.receive(skb, message, extack);
				}),
		});
		const manager = new RtManager(fib, sock);
	},
});
