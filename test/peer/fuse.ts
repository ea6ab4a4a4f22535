/**
 * fuse - the kernel's side of a FUSE connection, in this process.
 *
 * A `FusePeer` makes requests from the opcode table, feeds them to a session and collects what comes back. It needs neither
 * /dev/fuse nor root, and can do what a kernel never would: send nonsense, answer late, take notifications when it likes.
 */

import type { Ids } from '../../mount/fuse/ids.ts';
import { bufferOf } from '../../mount/fuse/message.ts';
import { opcodes } from '../../mount/fuse/opcodes.ts';
import type { Caller, Callers } from '../../mount/fuse/request.ts';
import { decodeHeader, isResent } from '../../mount/fuse/resend.ts';
import { type Channel, Session, type Tracer } from '../../mount/fuse/session.ts';
import type { Inode, Vfs } from '../../src/boundary/vfs.ts';
import { Errno, errnoName } from '../../src/lib/errno.ts';
import type { Struct } from '../../src/lib/struct.ts';
import { encodeName } from '../../src/lib/text.ts';
import { FUSE_INIT, FUSE_ROOT_ID, fuse_in_header, fuse_out_header } from '../../src/uapi/fuse.ts';

/** What a request says besides its opcode; what is left out is zero, the node id that of the root. */
export interface Call {
	readonly nodeid?: number;
	/** Members of the argument struct; those left out are zero. */
	readonly args?: object;
	readonly names?: readonly string[];
	readonly payload?: Uint8Array;
	readonly pid?: number;
	readonly uid?: number;
	readonly gid?: number;
}

/** What came back for a request. */
export class Reply {
	/** Without FUSE_UNIQUE_RESEND. */
	readonly unique: number;
	/** True for one that has that bit, and answers a request which was sent again. */
	readonly resent: boolean;
	/** 0, or a negative number. */
	readonly error: number;
	/** What follows the header. */
	readonly body: Uint8Array;

	constructor(bytes: Uint8Array) {
		const { len, error, unique } = decodeHeader(fuse_out_header, bufferOf(bytes));
		if (len !== bytes.length) throw new RangeError(`a reply of ${bytes.length} bytes says ${len}`);
		this.unique = unique;
		this.resent = isResent(bufferOf(bytes));
		this.error = error;
		this.body = bytes.subarray(fuse_out_header.size);
	}

	/** A struct in the body. */
	decode<T>(struct: Struct<T>, offset = 0): T {
		return struct.decode(bufferOf(this.body).view, offset);
	}
}

/** What a peer is told. */
export interface PeerOptions {
	readonly vfs: Vfs;
	readonly root: Inode;
	/** Facts of every caller. Absent: none are known. */
	readonly caller?: Caller;
	readonly callers?: Callers;
	readonly ids?: Ids;
	readonly tracer?: Tracer;
	readonly passthrough?: boolean;
	readonly covered?: ReadonlySet<string>;
	readonly hidesNumbers?: boolean;
	readonly pruneAfter?: number;
	/** How the kernel takes a notification that may block; false, if it does not. Absent: at once. */
	readonly notifyLater?: (bytes: Uint8Array) => Promise<boolean>;
}

/** The bytes of a request. */
export function encodeRequest(opcode: number, unique: number, call: Call = {}): Uint8Array {
	const { nodeid = FUSE_ROOT_ID, args = {}, names = [], payload = new Uint8Array(0), ...ids } = call;
	const row = opcodes.get(opcode);
	const size = row?.args.size ?? 0;
	const tail = [...names.flatMap(name => [encodeName(name), Uint8Array.of(0)]), payload];
	const len = tail.reduce((sum, bytes) => sum + bytes.length, fuse_in_header.size + size);
	const { bytes, view } = bufferOf(new Uint8Array(len));
	fuse_in_header.encode(view, 0, { len, opcode, unique, nodeid, ...ids });
	row?.args.encode(view, fuse_in_header.size, args);
	let at = fuse_in_header.size + size;
	for (const part of tail) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}

/** A kernel that talks to one session. */
export class FusePeer implements Channel {
	readonly session: Session;
	/** Notifications in the order in which they came. */
	readonly notifications: Uint8Array[] = [];
	/** Replies that nobody waited for. */
	readonly stray: Reply[] = [];
	readonly #waiting = new Map<number, (reply: Reply) => void>();
	readonly #takeLater: (bytes: Uint8Array) => Promise<boolean>;
	#unique = 0;

	constructor({ vfs, root, caller, callers, notifyLater, ...options }: PeerOptions) {
		this.#takeLater = notifyLater ?? (() => Promise.resolve(true));
		const unknown: Callers = { find: () => caller, memory: () => ({ read: () => new Uint8Array(0), write() {} }) };
		this.session = new Session({ vfs, root, channel: this, callers: callers ?? unknown, ...options });
	}

	/** Requests that were sent and not answered. */
	get waiting(): number {
		return this.#waiting.size;
	}

	/** Agrees on 7.45 with everything that Linux 6.18 offers. */
	init(): Promise<Reply> {
		const args = { major: 7, minor: 45, max_readahead: 131072, flags: 0x73fffffb, flags2: 0x5fd };
		return this.send(FUSE_INIT, { nodeid: 0, args });
	}

	/** Sends a request; settles with its reply. */
	send(opcode: number, call?: Call): Promise<Reply> {
		return this.begin(opcode, call).reply;
	}

	/** The same, with the number by which it can be interrupted. */
	begin(opcode: number, call?: Call): { readonly unique: number; readonly reply: Promise<Reply> } {
		this.#unique += 2;
		const unique = this.#unique;
		const reply = new Promise<Reply>(resolve => this.#waiting.set(unique, resolve));
		this.post(encodeRequest(opcode, unique, call));
		return { unique, reply };
	}

	/** Sends a request that gets no reply. */
	tell(opcode: number, call?: Call): void {
		this.#unique += 2;
		this.post(encodeRequest(opcode, this.#unique, call));
	}

	/** Sends a request and gives its reply; throws its error as an Errno. */
	async call(opcode: number, call?: Call): Promise<Reply> {
		const reply = await this.send(opcode, call);
		if (reply.error !== 0) throw Errno.of(reply.error, `${opcodes.get(opcode)?.name}`);
		return reply;
	}

	/** Sends bytes, whatever they are. They are overwritten afterwards, as a receive buffer is. */
	post(bytes: Uint8Array): void {
		const copy = bytes.slice();
		this.session.dispatch(bufferOf(copy), copy.length);
		copy.fill(0xaa);
	}

	reply(bytes: Uint8Array, length: number): void {
		const reply = new Reply(bytes.slice(0, length));
		if (reply.error > 0 || (reply.error < 0 && errnoName(reply.error) === undefined))
			throw new RangeError(`${reply.error} is no error`);
		const resolve = this.#waiting.get(reply.unique);
		this.#waiting.delete(reply.unique);
		if (resolve) resolve(reply);
		else this.stray.push(reply);
	}

	notify(bytes: Uint8Array): void {
		this.notifications.push(bytes.slice());
	}

	notifyLater(bytes: Uint8Array): Promise<boolean> {
		this.notifications.push(bytes.slice());
		return this.#takeLater(bytes);
	}
}
