/**
 * dump - answers that are made while they are read (netlink_dump, __netlink_dump_start).
 *
 * Whoever dumps gives the objects, one after the other, and a function that writes the message of one. The core cuts them into
 * datagrams: the first is made at once, each further one when the reader has taken half of what his queue holds, and is as large
 * as the largest buffer that he has received into. NLMSG_DONE ends it.
 */

import { Errno, errnoDetail, isErrno } from '../../../src/lib/errno.ts';
import { hasAckTlvs, putAckTlvs } from '../../../src/netlink/ack.ts';
import { NetlinkExtAck } from '../../../src/netlink/ext_ack.ts';
import type { NlMessage } from '../../../src/netlink/nlmsg.ts';
import { NLM_F_ACK_TLVS, NLM_F_DUMP_INTR, NLM_F_MULTI, NLMSG_DONE, NLMSG_HDRLEN } from '../../../src/uapi/netlink.ts';
import type { Module } from '../../kernel/module.ts';
import { NLMSG_GOODSIZE, SkBuff } from '../core/skbuff.ts';
import type { NetlinkSock } from './netlink_sock.ts';

/** Says that a dump has begun: its NLMSG_DONE is the answer, and there is no acknowledgement (-EINTR in Linux). */
export const DUMP_STARTED: unique symbol = Symbol('dump started');

/** Bytes of an NLMSG_DONE. */
const DONE_SIZE = NLMSG_HDRLEN + 4;

/** What a dump is made of (struct netlink_dump_control); `T` is what one message tells of. */
export interface NetlinkDumpControl<T> {
	/** Called once, before anything is sent; refuses the request by throwing. Absent: nothing to do. */
	start?(cb: NetlinkCallback): void;
	/** What to tell of, asked for as there is room. What is thrown here ends the dump, and NLMSG_DONE says so. */
	objects(cb: NetlinkCallback): Iterable<T>;
	/**
	 * Writes the message of one object, with NLM_F_MULTI, the `portid` and the `seq` of `cb`. EMSGSIZE where it does not fit: it
	 * is written again into the next datagram. Writing nothing leaves the object out.
	 */
	fill(skb: SkBuff, object: T, cb: NetlinkCallback): void;
	/** Called once when it is over, whichever way. */
	done?(): void;
	/** A number that changes whenever the objects do: a dump in which it did says so (NLM_F_DUMP_INTR). Absent: it never does. */
	generation?(): number;
	/** Bytes that the largest message needs. Absent: it fits a page. */
	readonly minDumpAlloc?: number;
	/** True to have NLMSG_DONE in the last datagram, where there is room for it. Absent: in one of its own. */
	readonly coalesce?: boolean;
	/** Stays as long as the dump lasts. */
	readonly module?: Module | undefined;
}

/** A dump under way (struct netlink_callback). */
export class NetlinkCallback {
	/** The request. */
	readonly request: NlMessage;
	readonly skb: SkBuff;
	readonly portid: number;
	readonly seq: number;
	/** True where the reader asked for strict checks (NETLINK_GET_STRICT_CHK). */
	readonly strictCheck: boolean;
	/** Flags that go into NLMSG_DONE; whoever dumps puts them into his messages himself (answer_flags). */
	answerFlags = 0;
	/** What NLMSG_DONE says, if it goes with the part that is being made; while `start` runs, what the refusal says. */
	extack: NetlinkExtAck;
	readonly #sk: NetlinkSock;
	readonly #control: NetlinkDumpControl<unknown>;
	#iterator: Iterator<unknown> | undefined;
	#pending: { readonly object: unknown } | undefined;
	#generation: number | undefined;
	#interrupted = false;
	#exhausted = false;
	#errno = 0;

	constructor(
		sk: NetlinkSock,
		skb: SkBuff,
		request: NlMessage,
		control: NetlinkDumpControl<unknown>,
		extack: NetlinkExtAck,
	) {
		this.#sk = sk;
		this.#control = control;
		this.skb = skb;
		this.request = request;
		this.portid = skb.portid;
		this.seq = request.seq;
		this.strictCheck = sk.options.has('GET_STRICT_CHK');
		this.extack = extack;
	}

	/** Makes one more datagram. ENOBUFS, as an error of the socket, where the queue has no room for it. */
	next(): void {
		const skb = this.#allocate();
		if (skb === undefined) {
			this.#sk.reportError('ENOBUFS');
			return;
		}
		this.extack.clear();
		this.#sendPart(skb);
	}

	/** The first datagram; ENOBUFS where there is no room. */
	begin(): void {
		const skb = this.#allocate();
		if (skb === undefined) throw new Errno('ENOBUFS');
		this.#sendPart(skb);
	}

	/** Ends the dump, as it stands. */
	finish(): void {
		this.#sk.cb = undefined;
		try {
			this.#iterator?.return?.();
			this.#control.done?.();
		} catch (error) {
			if (!isErrno(error)) this.#sk.netlink.oops(error, 'netlink dump');
		} finally {
			this.#control.module?.put();
		}
	}

	#allocate(): SkBuff | undefined {
		const { rmem, rcvbuf, maxRecvmsgLen } = this.#sk;
		const size = Math.max(this.#control.minDumpAlloc ?? 0, NLMSG_GOODSIZE, maxRecvmsgLen);
		const skb = new SkBuff(size, new Uint8Array(Math.min(size, NLMSG_GOODSIZE)));
		skb.allocated = size;
		return rmem !== 0 && rmem + skb.truesize >= rcvbuf ? undefined : skb;
	}

	#sendPart(skb: SkBuff): void {
		if (!this.#exhausted) this.#fill(skb);
		const isLast = this.#exhausted && (skb.length === 0 || this.#control.coalesce === true || this.#errno !== 0);
		if (!isLast || skb.tailroom < DONE_SIZE) {
			this.#sk.deliver(skb);
			return;
		}
		this.#putDone(skb);
		this.#sk.deliver(skb);
		this.finish();
	}

	/** Writes as many messages as fit. */
	#fill(skb: SkBuff): void {
		this.#checkGeneration();
		try {
			this.#iterator ??= this.#control.objects(this)[Symbol.iterator]();
			while (this.#fillOne(skb, this.#iterator));
		} catch (error) {
			this.#exhausted = true;
			this.#errno = this.#answer(error);
		}
	}

	/** False where the buffer is full, or nothing is left. */
	#fillOne(skb: SkBuff, iterator: Iterator<unknown>): boolean {
		if (this.#pending === undefined) {
			const next = iterator.next();
			if (next.done === true) {
				this.#exhausted = true;
				return false;
			}
			this.#pending = { object: next.value };
		}
		const at = skb.length;
		try {
			this.#control.fill(skb, this.#pending.object, this);
		} catch (error) {
			skb.trim(at);
			if (!isErrno(error) || error.code !== 'EMSGSIZE' || at === 0) throw error;
			return false;
		}
		this.#pending = undefined;
		if (skb.length > at) this.#markInterrupted(skb, at);
		return true;
	}

	/** Errors become numbers, their details what is said, and anything else an oops. */
	#answer(error: unknown): number {
		if (isErrno(error)) {
			const detail = errnoDetail(error);
			if (detail !== '') this.extack.setErrMsg(detail);
			return error.errno;
		}
		this.#sk.netlink.oops(error, 'netlink dump');
		return new Errno('EIO').errno;
	}

	#checkGeneration(): void {
		const now = this.#control.generation?.();
		if (this.#generation !== undefined && now !== this.#generation) this.#interrupted = true;
		this.#generation = now;
	}

	/** One message says that the objects have changed (nl_dump_check_consistent). */
	#markInterrupted(skb: SkBuff, at: number): void {
		if (!this.#interrupted) return;
		this.#interrupted = false;
		skb.view.setUint16(at + 6, skb.view.getUint16(at + 6, true) | NLM_F_DUMP_INTR, true);
	}

	#putDone(skb: SkBuff): void {
		const { extack } = this;
		const failed = this.#errno !== 0;
		const tlvs = this.#sk.options.has('EXT_ACK') && hasAckTlvs(extack, failed);
		const flags = NLM_F_MULTI | this.answerFlags | (tlvs ? NLM_F_ACK_TLVS : 0);
		const at = skb.nlmsgPut(this.portid, this.seq, NLMSG_DONE, 4, flags);
		this.#markInterrupted(skb, at);
		skb.view.setInt32(at + NLMSG_HDRLEN, this.#errno, true);
		if (!tlvs) return;
		const end = skb.length;
		try {
			putAckTlvs(skb, extack, failed, this.request.at);
			skb.nlmsgEnd(at);
		} catch {
			skb.trim(end); // Linux leaves the attributes out, too, where there is no room for them
		}
	}
}

/**
 * Begins a dump for the socket that sent a request (netlink_dump_start). EBUSY while another one lasts, EPROTONOSUPPORT where
 * the module is on its way out, and what `start` throws. To be returned by whoever was given the request.
 */
export function netlinkDumpStart<T>(
	skb: SkBuff,
	request: NlMessage,
	control: NetlinkDumpControl<T>,
	extack: NetlinkExtAck,
): typeof DUMP_STARTED {
	const { sk } = skb;
	if (sk === undefined || sk.released) throw new Errno('ECONNREFUSED');
	if (sk.cb !== undefined) throw new Errno('EBUSY');
	if (control.module?.tryGet() === false) throw new Errno('EPROTONOSUPPORT');
	const cb = new NetlinkCallback(sk, skb, request, control as NetlinkDumpControl<unknown>, extack);
	try {
		control.start?.(cb);
	} catch (error) {
		control.module?.put();
		throw error;
	}
	cb.extack = new NetlinkExtAck();
	sk.cb = cb;
	cb.begin();
	return DUMP_STARTED;
}
