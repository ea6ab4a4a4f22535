/**
 * session - one FUSE connection: requests in, replies out.
 *
 *     channel -> dispatch -> opcode table -> handler -> Vfs
 *     channel <- reply    <- opcode table <- answer, or the errno that was thrown
 *
 * Bytes come in through `dispatch` and leave through the `Channel`; nothing else of the world is known here. A handler that
 * need not sleep is answered before `dispatch` returns. One that sleeps is answered when it has done, whichever way; until
 * then it stands in the table of pending requests, where an INTERRUPT finds it. Nothing that a peer sends makes `dispatch`
 * throw: what cannot be decoded is EINVAL.
 *
 * This is the one place on this side where what a handler throws becomes a number: an Errno its own, anything else EIO and an
 * oops.
 */

import type { Context, Inode, Invalidation, Vfs } from '../../src/boundary/vfs.ts';
import { type Awaitable, isPromise } from '../../src/lib/awaitable.ts';
import { Errno, errno, isErrno } from '../../src/lib/errno.ts';
import {
	FUSE_ROOT_ID,
	type FuseInHeader,
	type FuseInitIn,
	type FuseInitOut,
	fuse_in_header,
	fuse_out_header,
} from '../../src/uapi/fuse.ts';
import type { Connection } from './connection.ts';
import { Handles } from './handles.ts';
import { type Ids, sameIds } from './ids.ts';
import { negotiate } from './init.ts';
import { Inodes } from './inodes.ts';
import { bufferOf, type MessageBuffer, newBuffer } from './message.ts';
import { Notifier, type Retrieved } from './notifier.ts';
import { opcodes, type Row } from './opcodes.ts';
import { silent } from './reply.ts';
import { type Callers, decodeRequest, RequestContext } from './request.ts';
import { decodeHeader, isResent, setResent } from './resend.ts';

/** The way back to the kernel. The bytes are the caller's again when a method returns. */
export interface Channel {
	/** Sends a reply: the first `length` bytes. */
	reply(bytes: Uint8Array, length: number): void;
	/** Sends a notification that cannot block, at once. */
	notify(bytes: Uint8Array): void;
	/**
	 * Sends a notification that may block, from elsewhere. Settles, never rejecting, when the kernel has taken it; with false, when it
	 * has refused it.
	 */
	notifyLater(bytes: Uint8Array): Promise<boolean>;
}

/** Sees every message as it passes. The buffer is used again afterwards. */
export interface Tracer {
	/** From the kernel. */
	received(message: MessageBuffer, length: number): void;
	/** To the kernel: a reply, or a notification. */
	sent(message: MessageBuffer, length: number): void;
}

/** What a connection holds at one moment. */
export interface Usage {
	/** Nodes that the kernel knows besides the root. */
	readonly nodes: number;
	/** Lookups of nodes that it has not given back. */
	readonly lookups: number;
	/** Open files. */
	readonly files: number;
	/** Requests that wait for handlers that sleep. */
	readonly requests: number;
}

/** What a session is made of. */
export interface SessionOptions {
	readonly vfs: Vfs;
	/** What is mounted: a directory. */
	readonly root: Inode;
	readonly channel: Channel;
	readonly callers: Callers;
	/** Who the users of the host are to the kernel. Absent: the same. */
	readonly ids?: Ids;
	/**
	 * Names in the root directory on which the host has mounted something of its own. Nobody gets to what they mean here, so that each
	 * is one node for good, a device as well; a mount goes when the name under it comes to mean something else. Absent: none.
	 */
	readonly covered?: ReadonlySet<string> | undefined;
	/**
	 * True for a connection that may be mounted without `nodev`: the host itself would open the device that a node has the number of.
	 * All have number 0 then, which no device has. Absent: false.
	 */
	readonly hidesNumbers?: boolean | undefined;
	/** Whether to agree on passthrough, for a server with CAP_SYS_ADMIN. False if absent. */
	readonly passthrough?: boolean;
	/** After how many new nodes the kernel is to forget those that nobody uses. Absent: 131,072. */
	readonly pruneAfter?: number;
	/** Absent: nothing is traced, and costs nothing. */
	readonly tracer?: Tracer | undefined;
}

const HEADER = fuse_out_header.size;

/**
 * Bound: new nodes after which the kernel is asked to forget those that nobody uses. It keeps them as long as it has memory, and
 * so would we: some hundred bytes for each file of each process that has ever been looked at in /proc. What it keeps of a directory
 * of 100,000 files is to stay.
 */
const PRUNE_AFTER = 2 ** 17;

/** One connection. Several on one kernel know the same inodes by ids of their own. */
export class Session implements Connection {
	readonly vfs: Vfs;
	readonly callers: Callers;
	readonly ids: Ids;
	readonly hidesNumbers: boolean;
	readonly inodes: Inodes;
	readonly handles: Handles;
	/** What the kernel can be told. */
	readonly notifier: Notifier;
	/** Settles when a version has been agreed on; rejects with EPROTO where none could be, ENODEV if it came to an end before. */
	readonly ready: Promise<void>;
	readonly #options: SessionOptions;
	readonly #unlisten: () => void;
	readonly #out = newBuffer();
	readonly #pending = new Map<number, RequestContext>();
	/** Those that the kernel has sent again, and wants answered as such. */
	readonly #resent = new Set<number>();
	#pruneAt: number;
	#settleReady!: { resolve(): void; reject(error: unknown): void };
	#agreed: FuseInitOut | undefined;
	#closed = false;

	constructor(options: SessionOptions) {
		const { vfs, callers, root, ids = sameIds, hidesNumbers = false, pruneAfter = PRUNE_AFTER } = options;
		this.#options = options;
		this.vfs = vfs;
		this.callers = callers;
		this.ids = ids;
		this.hidesNumbers = hidesNumbers;
		this.inodes = new Inodes(root);
		this.handles = new Handles(vfs);
		this.ready = new Promise((resolve, reject) => {
			this.#settleReady = { resolve, reject };
		});
		// Nobody need wait for it: a rejection that goes unheard is no mistake.
		this.ready.catch(() => {});
		this.#pruneAt = pruneAfter;
		this.notifier = new Notifier(this.inodes, {
			notify: bytes => this.#notify(bytes),
			notifyLater: bytes => this.#notifyLater(bytes),
		});
		this.#unlisten = vfs.onInvalidate((event, by) => this.#invalidate(event, by));
	}

	/** How many requests wait for handlers that sleep. */
	get pending(): number {
		return this.#pending.size;
	}

	/** What was agreed on with the kernel; undefined before INIT and where it was refused. */
	get agreed(): FuseInitOut | undefined {
		return this.#agreed;
	}

	/** What is held now. */
	get usage(): Usage {
		const { inodes, handles } = this;
		return { nodes: inodes.size, lookups: inodes.lookups, files: handles.size, requests: this.pending };
	}

	/** Settles when the kernel knows of every change that there has been. */
	settled(): Promise<void> {
		return this.notifier.idle();
	}

	/** Serves one message, which may be overwritten when this returns. */
	dispatch(message: MessageBuffer, length: number): void {
		this.#options.tracer?.received(message, length);
		if (length < fuse_in_header.size) return;
		const row = opcodes.get(message.view.getUint32(fuse_in_header.offsetof.opcode, true));
		const header = this.#decodeHeader(row, message);
		if (!header) return;
		if (!isResent(message) || this.#begin(row, header.unique)) this.#serve(row, header, message, length);
		if (this.inodes.made >= this.#pruneAt) this.#prune();
	}

	/**
	 * Ends the connection: whoever sleeps is interrupted, every file is released, and the kernel is told nothing any more but
	 * that each request is refused with ENODEV.
	 */
	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#settleReady.reject(new Errno('ENODEV'));
		this.#unlisten();
		this.notifier.close();
		for (const [unique, ctx] of [...this.#pending]) {
			this.#pending.delete(unique);
			this.#reply(unique, -errno.ENODEV, HEADER);
			ctx.kill();
		}
		this.handles.releaseAll();
		this.inodes.clear();
	}

	isCovered(dir: number, name: string): boolean {
		return dir === FUSE_ROOT_ID && this.#options.covered?.has(name) === true;
	}

	init(offer: FuseInitIn): FuseInitOut {
		try {
			this.#agreed = negotiate(offer, this.#options.passthrough ?? false);
		} catch (error) {
			this.#settleReady.reject(error);
			throw error;
		}
		this.notifier.agreed = this.#agreed;
		this.#settleReady.resolve();
		return this.#agreed;
	}

	interrupt(unique: number): void {
		this.#pending.get(unique)?.interrupt();
	}

	announced(nodeid: number): Awaitable<void> {
		return this.notifier.announced(nodeid);
	}

	wakePoll(kh: number): void {
		this.notifier.wakePoll(kh);
	}

	retrieved(unique: number, data: Retrieved): void {
		this.notifier.retrieved(unique, data);
	}

	/** The header; undefined, and the request refused, where a number in it is out of range. */
	#decodeHeader(row: Row | undefined, message: MessageBuffer): FuseInHeader | undefined {
		try {
			return decodeHeader(fuse_in_header, message);
		} catch (error) {
			if (!isErrno(error)) throw error;
			if (row?.out !== silent) this.#refuse(message, error.errno);
			return undefined;
		}
	}

	/** Takes note that a request has come again. False where it is being served, and its answer on its way. */
	#begin(row: Row | undefined, unique: number): boolean {
		if (row?.out !== silent) this.#resent.add(unique);
		return !this.#pending.has(unique);
	}

	#serve(row: Row | undefined, header: FuseInHeader, message: MessageBuffer, length: number): void {
		const { unique } = header;
		try {
			if (!row) throw new Errno('ENOSYS', `opcode ${header.opcode}`);
			if (this.#closed) throw new Errno('ENODEV');
			const request = decodeRequest(row, header, message, length, this);
			const answer = row.handler(this, request);
			if (isPromise(answer)) this.#await(unique, row, request.ctx, answer);
			else this.#answer(unique, row, answer);
		} catch (error) {
			this.#fail(unique, row, error);
		}
	}

	/** Answers when a handler that sleeps has done, unless the connection has come to its end before. */
	#await(unique: number, row: Row, ctx: RequestContext, answer: Promise<unknown>): void {
		this.#pending.set(unique, ctx);
		const isDone = () => {
			ctx.end();
			return this.#pending.delete(unique);
		};
		answer.then(
			value => isDone() && this.#answer(unique, row, value),
			error => isDone() && this.#fail(unique, row, error),
		);
	}

	#answer(unique: number, row: Row, answer: unknown): void {
		if (row.out === silent) return;
		let end: number;
		try {
			end = row.out.write(this.#out, HEADER, answer);
		} catch (error) {
			this.#fail(unique, row, error);
			return;
		}
		this.#reply(unique, 0, end);
	}

	#fail(unique: number, row: Row | undefined, error: unknown): void {
		const known = isErrno(error);
		if (!known) this.vfs.oops(error, row?.name ?? 'FUSE');
		if (row?.out !== silent) this.#reply(unique, known ? error.errno : -errno.EIO, HEADER);
	}

	/** Sends the reply whose body is in the buffer already. One to request 0, which there is not, would be a notification. */
	#reply(unique: number, error: number, length: number): void {
		if (unique === 0) return;
		fuse_out_header.encode(this.#out.view, 0, { len: length, error, unique });
		if (this.#resent.size > 0 && this.#resent.delete(unique)) setResent(this.#out, true);
		this.#send(length);
	}

	/** Refuses a request whose `unique`, or whose node id, is no number here. */
	#refuse(message: MessageBuffer, error: number): void {
		const { unique } = fuse_in_header.offsetof;
		fuse_out_header.encode(this.#out.view, 0, { len: HEADER, error });
		this.#out.bytes.set(message.bytes.subarray(unique, unique + 8), fuse_out_header.offsetof.unique);
		this.#send(HEADER);
	}

	#send(length: number): void {
		this.#options.tracer?.sent(this.#out, length);
		this.#options.channel.reply(this.#out.bytes, length);
	}

	#notify(bytes: Uint8Array): void {
		this.#options.tracer?.sent(bufferOf(bytes), bytes.length);
		this.#options.channel.notify(bytes);
	}

	#notifyLater(bytes: Uint8Array): Promise<boolean> {
		this.#options.tracer?.sent(bufferOf(bytes), bytes.length);
		return this.#options.channel.notifyLater(bytes);
	}

	/** Tells the kernel of a change, unless it was a request of this connection that made it: the kernel knows of those. */
	#invalidate(event: Invalidation, by?: Context): void {
		if (by instanceof RequestContext && by.source === this) return;
		const nodeid = this.inodes.find(event.type === 'attr' ? event.inode : event.dir);
		if (nodeid === undefined) return;
		if (event.type === 'attr' || !this.isCovered(nodeid, event.name)) this.notifier.changed(nodeid, event);
	}

	/** Has the kernel forget what nobody uses, each time that so many nodes have come anew, or as many as there are. */
	#prune(): void {
		const { pruneAfter = PRUNE_AFTER } = this.#options;
		this.#pruneAt = this.inodes.made + Math.max(pruneAfter, this.inodes.size);
		this.notifier.prune();
	}
}
