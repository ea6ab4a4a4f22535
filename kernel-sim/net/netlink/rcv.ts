/**
 * rcv - what the kernel does with a datagram of requests (netlink_rcv_skb, netlink_ack).
 *
 * Each message gets its own answer, in order; one that is refused does not stop those behind it. What is no request, or of a type
 * below NLMSG_MIN_TYPE, is only acknowledged, if it asks for that. A length that cannot be ends the datagram, without a word.
 */

import { type Awaitable, isPromise } from '../../../src/lib/awaitable.ts';
import { Errno, errnoDetail, isErrno } from '../../../src/lib/errno.ts';
import { hasAckTlvs, putAckTlvs } from '../../../src/netlink/ack.ts';
import { NetlinkExtAck } from '../../../src/netlink/ext_ack.ts';
import { align4 } from '../../../src/netlink/message_buffer.ts';
import { NlMessage, nlmsgEndOf } from '../../../src/netlink/nlmsg.ts';
import {
	NLM_F_ACK,
	NLM_F_ACK_TLVS,
	NLM_F_CAPPED,
	NLM_F_REQUEST,
	NLMSG_ERROR,
	NLMSG_HDRLEN,
	NLMSG_MIN_TYPE,
	type Nlmsghdr,
	nlmsghdr,
} from '../../../src/uapi/netlink.ts';
import { nlmsgNew, type SkBuff } from '../core/skbuff.ts';
import { DUMP_STARTED } from './dump.ts';
import type { NetlinkSock } from './netlink_sock.ts';

/** How a request went: DUMP_STARTED for a dump, which answers by itself; whatever else is no more than done. */
export type Received = Awaitable<unknown>;

/**
 * Handles one request of a datagram. Refuses it by throwing an Errno, of which `extack` may say more; the detail of the
 * Errno, if it has one, is what is said. May sleep.
 */
export type NetlinkReceiver = (skb: SkBuff, message: NlMessage, extack: NetlinkExtAck) => Received;

/** Hands the requests of a datagram to `receive`, one after the other, and answers each. */
export function netlinkRcv(skb: SkBuff, receive: NetlinkReceiver): Awaitable<void> {
	return new Datagram(skb, receive).run();
}

/**
 * As `netlinkRcv`, for whoever wants the header and the payload of each message (netlink_rcv_skb):
 *
 *     input: skb => netlinkRcvSkb(skb, (nlh, payload, extack) => { ... })
 */
export function netlinkRcvSkb(
	skb: SkBuff,
	receive: (nlh: Nlmsghdr, payload: Uint8Array, extack: NetlinkExtAck) => Received,
): Awaitable<void> {
	return netlinkRcv(skb, (_skb, message, extack) =>
		receive(nlmsghdr.decode(message.view, message.at), message.payload, extack),
	);
}

/** One datagram, as far as it was read. */
class Datagram {
	readonly #skb: SkBuff;
	readonly #receive: NetlinkReceiver;
	readonly #extack = new NetlinkExtAck();
	#at = 0;

	constructor(skb: SkBuff, receive: NetlinkReceiver) {
		this.#skb = skb;
		this.#receive = receive;
	}

	run(): Awaitable<void> {
		const { view, length } = this.#skb;
		for (;;) {
			const end = nlmsgEndOf(view, this.#at, length);
			if (end === undefined) return;
			const message = new NlMessage(view, this.#at, end);
			this.#at = Math.min(align4(end), length);
			const result = this.#one(message);
			if (isPromise(result)) return result.then(() => this.run());
		}
	}

	#one(message: NlMessage): Awaitable<void> | undefined {
		const { flags, type } = message;
		this.#extack.clear();
		if ((flags & NLM_F_REQUEST) === 0 || type < NLMSG_MIN_TYPE) return this.#ack(message, 0);
		try {
			const result = this.#receive(this.#skb, message, this.#extack);
			if (!isPromise(result)) return this.#succeeded(message, result);
			return result.then(
				value => this.#succeeded(message, value),
				error => this.#failed(message, error),
			);
		} catch (error) {
			this.#failed(message, error);
		}
	}

	#succeeded(message: NlMessage, result: unknown): void {
		if (result !== DUMP_STARTED) this.#ack(message, 0);
	}

	#failed(message: NlMessage, error: unknown): void {
		if (!isErrno(error)) {
			this.#skb.sk?.netlink.oops(error, `netlink message of type ${message.type}`);
			this.#ack(message, new Errno('EIO').errno);
			return;
		}
		const detail = errnoDetail(error);
		if (detail !== '') this.#extack.setErrMsg(detail);
		this.#ack(message, error.errno);
	}

	#ack(message: NlMessage, error: number): void {
		if (error !== 0 || (message.flags & NLM_F_ACK) !== 0) netlinkAck(this.#skb, message, error, this.#extack);
	}
}

/** Answers a request: 0, or a negative error with the request behind it (netlink_ack). */
export function netlinkAck(skb: SkBuff, message: NlMessage, error: number, extack: NetlinkExtAck): void {
	const { sk } = skb;
	if (sk === undefined) return;
	const { view, at, end, seq } = message;
	const failed = error !== 0;
	const whole = failed && !sk.options.has('CAP_ACK');
	const tlvs = sk.options.has('EXT_ACK') && hasAckTlvs(extack, failed);
	const reply = nlmsgNew(4 + (whole ? end - at : NLMSG_HDRLEN) + (tlvs ? TLV_ROOM : 0));
	const flags = (whole ? 0 : NLM_F_CAPPED) | (tlvs ? NLM_F_ACK_TLVS : 0);
	const nlh = reply.nlmsgPut(skb.portid, seq, NLMSG_ERROR, 4 + NLMSG_HDRLEN, flags);
	reply.view.setInt32(nlh + NLMSG_HDRLEN, error, true);
	copyHeader(view, at, reply.view, nlh + NLMSG_HDRLEN + 4);
	if (whole) {
		const rest = reply.reserve(align4(end - at - NLMSG_HDRLEN));
		reply.bytes.set(message.payload, rest);
	}
	if (tlvs) putAckTlvs(reply, extack, failed, at);
	reply.nlmsgEnd(nlh);
	sendReply(sk, reply, skb.portid);
}

/** More than the attributes of an answer ever take. */
const TLV_ROOM = 4096;

function copyHeader(from: DataView, at: number, to: DataView, where: number): void {
	for (let i = 0; i < NLMSG_HDRLEN; i += 4) to.setUint32(where + i, from.getUint32(at + i, true), true);
}

/** From the kernel to whoever asked; that he cannot take it, his socket has been told. */
function sendReply(sk: NetlinkSock, reply: SkBuff, portid: number): void {
	const { table } = sk;
	const { kernelSock } = table;
	if (kernelSock === undefined) return;
	try {
		table.unicast(kernelSock, reply, portid, 0);
	} catch (error) {
		if (!isErrno(error)) throw error;
	}
}
