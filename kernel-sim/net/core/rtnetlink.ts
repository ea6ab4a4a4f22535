/**
 * rtnetlink - protocol 0: links, addresses and routes, as ip(8) asks for them.
 *
 * Simulates net/core/rtnetlink.c. Who has something to tell registers a row for a family and a type: what a request does, what a
 * dump is made of. Checks come in Linux's order: the type, the length, the right to change, the family.
 *
 * Divergence: links and addresses can be shown and not changed, EOPNOTSUPP.
 */

import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import type { NetlinkExtAck } from '../../../src/netlink/ext_ack.ts';
import type { NlMessage } from '../../../src/netlink/nlmsg.ts';
import { NETLINK_ROUTE, NLM_F_DUMP } from '../../../src/uapi/netlink.ts';
import { RTM_BASE } from '../../../src/uapi/rtnetlink.ts';
import type { Netlink } from '../netlink/af_netlink.ts';
import { type DUMP_STARTED, type NetlinkDumpControl, netlinkDumpStart } from '../netlink/dump.ts';
import type { NetlinkKernelSock } from '../netlink/kernel_sock.ts';
import { netlinkRcv } from '../netlink/rcv.ts';
import { NL_CFG_F_NONROOT_RECV } from '../netlink/table.ts';
import type { SkBuff } from './skbuff.ts';

export const AF_UNSPEC = 0;
export const AF_INET = 2;

/** The highest type that there is in Linux 6.12. */
const RTM_MAX = 123;
/** The last group (RTNLGRP_MAX). */
const RTNLGRP_MAX = 37;
/** Kinds of a type: NEW, DEL, GET, SET. */
const RTNL_KIND_GET = 2;

/** What a request of one type does (struct rtnl_msg_handler). */
export interface RtnlHandler {
	/** Refuses by an Errno, whose detail goes into the extended acknowledgement. Absent: EOPNOTSUPP. */
	doit?(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): Awaitable<void>;
	/** What the answer to a request with NLM_F_DUMP is made of. Absent: EOPNOTSUPP. */
	dumpit?(message: NlMessage): NetlinkDumpControl<unknown>;
}

/** Protocol 0 of one kernel. */
export class Rtnetlink {
	readonly sock: NetlinkKernelSock;
	readonly #handlers = new Map<string, RtnlHandler>();

	constructor(netlink: Netlink) {
		this.sock = netlink.kernelCreate(NETLINK_ROUTE, {
			groups: RTNLGRP_MAX,
			flags: NL_CFG_F_NONROOT_RECV,
			input: skb => netlinkRcv(skb, (sent, message, extack) => this.#receive(sent, message, extack)),
		});
	}

	/** Says who handles a type for a family; AF_UNSPEC for those that have no handler of their own (rtnl_register). */
	register(family: number, type: number, handler: RtnlHandler): void {
		this.#handlers.set(`${family} ${type}`, handler);
	}

	/** rtnetlink_rcv_msg. */
	#receive(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): unknown {
		const { type, flags, payload } = message;
		if (type > RTM_MAX) throw new Errno('EOPNOTSUPP');
		if (payload.length < 1) return undefined;
		const kind = (type - RTM_BASE) & 3;
		if (kind !== RTNL_KIND_GET && !skb.capable()) throw new Errno('EPERM');
		if (kind === RTNL_KIND_GET && (flags & NLM_F_DUMP) !== 0) return this.#dump(skb, message, extack);
		const handler = this.#find(payload[0]!, type, 'doit');
		if (handler?.doit === undefined) throw new Errno('EOPNOTSUPP');
		return handler.doit(skb, message, extack);
	}

	/** A family that nobody has is asked as AF_UNSPEC: all are told of, and there are none of its own (rtnl_dump_all). */
	#dump(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): typeof DUMP_STARTED {
		const handler = this.#find(message.payload[0]!, message.type, 'dumpit');
		if (handler?.dumpit === undefined) throw new Errno('EOPNOTSUPP');
		return netlinkDumpStart(skb, message, handler.dumpit(message), extack);
	}

	#find(family: number, type: number, operation: keyof RtnlHandler): RtnlHandler | undefined {
		const own = this.#handlers.get(`${family} ${type}`);
		return own?.[operation] === undefined ? this.#handlers.get(`${AF_UNSPEC} ${type}`) : own;
	}
}
