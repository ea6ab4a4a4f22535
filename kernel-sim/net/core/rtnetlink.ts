/**
 * rtnetlink - protocol 0: links, addresses and routes, as ip(8) asks for them.
 *
 * Simulates net/core/rtnetlink.c. Who has something to tell registers a row for a family and a type: what a request does, what a
 * dump is made of. Checks come in Linux's order: the type, the length, the right to change, the family.
 *
 * Divergence: links and addresses can be shown and not changed, EOPNOTSUPP.
 */

import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno, isErrno } from '../../../src/lib/errno.ts';
import type { NetlinkExtAck } from '../../../src/netlink/ext_ack.ts';
import type { AttrTable } from '../../../src/netlink/nla_type.ts';
import type { NlMessage } from '../../../src/netlink/nlmsg.ts';
import { NETLINK_ROUTE, NLM_F_BULK, NLM_F_DUMP, NLM_F_ECHO, NLMSG_HDRLEN } from '../../../src/uapi/netlink.ts';
import { RTM_BASE } from '../../../src/uapi/rtnetlink.ts';
import type { Netlink } from '../netlink/af_netlink.ts';
import { type DUMP_STARTED, type NetlinkDumpControl, netlinkDumpStart } from '../netlink/dump.ts';
import type { NetlinkKernelSock } from '../netlink/kernel_sock.ts';
import { netlinkRcv } from '../netlink/rcv.ts';
import { NL_CFG_F_NONROOT_RECV } from '../netlink/table.ts';
import { nlmsgNew, type SkBuff } from './skbuff.ts';

export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** The highest type that there is in Linux 6.12. */
const RTM_MAX = 123;
/** The last group (RTNLGRP_MAX). */
const RTNLGRP_MAX = 37;
/** Kinds of a type: NEW, DEL, GET, SET. */
const RTNL_KIND_DEL = 1;
const RTNL_KIND_GET = 2;

/** Whose request it is that something is told about: his port, and the number of the request. */
export interface Asker {
	readonly portid: number;
	readonly seq: number;
	/** True if he wants to be told as well, in the group or not (NLM_F_ECHO). Absent: he does not. */
	readonly echo?: boolean;
}

/** Nobody has asked. */
export const nobody: Asker = { portid: 0, seq: 0 };

/** Who has sent a request. */
export function askerOf({ portid }: SkBuff, { seq, flags }: NlMessage): Asker {
	return { portid, seq, echo: (flags & NLM_F_ECHO) !== 0 };
}

/** True for a message that has no room for a header of the family's. */
export function isShorterThan({ at, end }: NlMessage, { size }: { readonly size: number }): boolean {
	return end - at < NLMSG_HDRLEN + size;
}

/**
 * The numbers of the attributes that a message has, the lowest first, but for those that are allowed; as in Linux, they are looked
 * at in this order.
 */
export function otherThan(tb: AttrTable, allowed: readonly number[]): number[] {
	return [...tb.keys()].filter(number => tb[number]! >= 0 && !allowed.includes(number));
}

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

	/**
	 * Says who handles a type for a family; AF_UNSPEC for those that have no handler of their own (rtnl_register). Single answers
	 * and dumps may have handlers of their own.
	 */
	register(family: number, type: number, handler: RtnlHandler): void {
		const name = `${family} ${type}`;
		this.#handlers.set(name, { ...this.#handlers.get(name), ...handler });
	}

	/** Tells a group of a change, and who has asked for it, if he wants that (rtnl_notify). `fill` writes the message. */
	notify(group: number, { portid, echo = false }: Asker, fill: (skb: SkBuff) => void): void {
		if (!echo && !this.sock.hasListeners(group)) return;
		const skb = nlmsgNew();
		fill(skb);
		try {
			this.sock.nlmsgNotify(skb, portid, group, echo);
		} catch (error) {
			if (!isErrno(error)) throw error; // that he cannot take it, his socket has been told
		}
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
		if (kind === RTNL_KIND_DEL && (flags & NLM_F_BULK) !== 0) {
			throw new Errno('EOPNOTSUPP', 'Bulk delete is not supported');
		}
		return handler.doit(skb, message, extack);
	}

	/** A family that nobody has is asked as AF_UNSPEC: all are told of (rtnl_dump_all). */
	#dump(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): typeof DUMP_STARTED {
		const { type } = message;
		// IPv4 is all the families that there are.
		const handler = this.#find(message.payload[0]!, type, 'dumpit') ?? this.#handlers.get(`${AF_INET} ${type}`);
		if (handler?.dumpit === undefined) throw new Errno('EOPNOTSUPP');
		return netlinkDumpStart(skb, message, handler.dumpit(message), extack);
	}

	#find(family: number, type: number, operation: keyof RtnlHandler): RtnlHandler | undefined {
		const own = this.#handlers.get(`${family} ${type}`);
		return own?.[operation] === undefined ? this.#handlers.get(`${AF_UNSPEC} ${type}`) : own;
	}
}
