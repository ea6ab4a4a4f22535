/**
 * conn - a program's end of netlink, over anything that carries datagrams.
 *
 * Several requests may be under way at once. Each has a number, by which its answers are told apart:
 *
 *     an acknowledgement        -> the request is done, or refused
 *     a message                 -> kept until the request is done
 *     NLM_F_MULTI ... DONE      -> a dump
 *     a message of no request   -> a notification
 */

import { Errno, type ErrnoName } from '../lib/errno.ts';
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR } from '../uapi/netlink.ts';
import { type Ack, readAck } from './ack.ts';
import { MessageBuffer } from './message_buffer.ts';
import { type NlMessage, nlmsgs } from './nlmsg.ts';

/** Bound: requests that are under way at once; more would answer into a queue that has no room. Others wait for their turn. */
const WINDOW = 64;

/** What carries datagrams to a socket of the kernel's and back. */
export interface NetlinkTransport {
	/** Sends one. Rejects with what sendmsg(2) refuses. */
	send(datagram: Uint8Array): Promise<void>;
	/** Calls `receive` with each datagram that comes, and `ended` once when none will come any more. */
	open(receive: (datagram: Uint8Array) => void, ended: (error: Error) => void): void;
	close(): void;
}

/** A request that the kernel has refused. */
export class NetlinkError extends Errno {
	readonly ack: Ack;

	constructor(ack: Ack) {
		super((ack.code ?? 'EIO') as ErrnoName, ack.msg);
		this.ack = ack;
	}
}

/** What a request was answered with. */
export interface NetlinkAnswer {
	readonly messages: readonly NlMessage[];
	/** The message that ended it: an acknowledgement, or NLMSG_DONE. */
	readonly last: NlMessage;
	/** What the acknowledgement says, which may be a warning. */
	readonly ack: Ack;
	/** True where what was dumped changed meanwhile, so that it may be incomplete. */
	readonly interrupted: boolean;
}

interface Pending {
	readonly messages: NlMessage[];
	interrupted: boolean;
	/** True where a dump is to end with NLMSG_DONE; otherwise, an acknowledgement is. */
	readonly dump: boolean;
	resolve(answer: NetlinkAnswer): void;
	reject(error: Error): void;
}

/** A connection. */
export class NetlinkConn {
	readonly #transport: NetlinkTransport;
	readonly #pending = new Map<number, Pending>();
	readonly #notify: (message: NlMessage) => void;
	/** Who waits for a turn. */
	readonly #waiting: (() => void)[] = [];
	#seq = 0;
	#ended: Error | undefined;
	/** Settles when no datagram will come any more. */
	readonly ended: Promise<Error>;

	/** `notify` gets the messages that answer no request. Absent: nobody does. */
	constructor(transport: NetlinkTransport, notify: (message: NlMessage) => void = () => {}) {
		this.#transport = transport;
		this.#notify = notify;
		this.ended = new Promise(resolve => {
			transport.open(
				datagram => this.#receive(datagram),
				error => {
					this.#end(error);
					resolve(error);
				},
			);
		});
	}

	/**
	 * Sends a request, whose message `build` writes with the number that it is given, and waits for its end. NLM_F_REQUEST is set,
	 * and NLM_F_ACK unless it is a dump. Rejects with NetlinkError for one that is refused, and with what the transport does.
	 */
	async request(build: (buffer: MessageBuffer, seq: number) => void, flags = 0): Promise<NetlinkAnswer> {
		while (this.#pending.size >= WINDOW) await new Promise<void>(resolve => this.#waiting.push(resolve));
		if (this.#ended !== undefined) throw this.#ended;
		this.#seq = (this.#seq % 0xffff_ffff) + 1;
		const seq = this.#seq;
		const buffer = new MessageBuffer();
		build(buffer, seq);
		const dump = (flags & NLM_F_DUMP) === NLM_F_DUMP;
		const { view } = buffer;
		view.setUint16(6, view.getUint16(6, true) | flags | NLM_F_REQUEST | (dump ? 0 : NLM_F_ACK), true);
		const answered = new Promise<NetlinkAnswer>((resolve, reject) => {
			this.#pending.set(seq, { messages: [], interrupted: false, dump, resolve, reject });
		});
		answered.catch(() => {}); // whoever waits hears of it below
		try {
			await this.#transport.send(buffer.finish());
		} catch (error) {
			this.#done(seq);
			throw this.#ended ?? error;
		}
		return answered;
	}

	/** Requests under way are rejected with ECONNRESET. */
	close(): void {
		this.#transport.close();
		this.#end(new Errno('ECONNRESET'));
	}

	#receive(datagram: Uint8Array): void {
		for (const message of nlmsgs(datagram)) this.#dispatch(message);
	}

	#dispatch(message: NlMessage): void {
		const pending = this.#pending.get(message.seq);
		if (pending === undefined) {
			this.#notify(message);
			return;
		}
		if ((message.flags & NLM_F_DUMP_INTR) !== 0) pending.interrupted = true;
		if (message.type !== NLMSG_ERROR && message.type !== NLMSG_DONE) {
			pending.messages.push(message);
			return;
		}
		this.#done(message.seq);
		const ack = message.type === NLMSG_DONE && !pending.dump ? success : readAck(message);
		if (ack.error !== 0) pending.reject(new NetlinkError(ack));
		else pending.resolve({ messages: pending.messages, last: message, ack, interrupted: pending.interrupted });
	}

	#done(seq: number): void {
		this.#pending.delete(seq);
		this.#waiting.shift()?.();
	}

	#end(error: Error): void {
		this.#ended ??= error;
		for (const { reject } of this.#pending.values()) reject(error);
		this.#pending.clear();
		for (const proceed of this.#waiting.splice(0)) proceed();
	}
}

/** An NLMSG_DONE that is an answer by itself, such as a greeting, has a payload of its own. */
const success: Ack = {
	...{ error: 0, code: undefined, msg: undefined, offset: undefined, missing: undefined, cookie: undefined },
};

/** The text in a message: up to its first NUL. */
export function textOf({ payload }: NlMessage): string {
	const end = payload.indexOf(0);
	return new TextDecoder().decode(end < 0 ? payload : payload.subarray(0, end));
}
