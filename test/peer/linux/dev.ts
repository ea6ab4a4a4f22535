/**
 * dev - requests of a client and notifications to it, by way of bytes (fs/fuse/dev.c).
 *
 * What a real /dev/fuse refuses is a mistake of the server here: a reply of the wrong size, an errno with a body. It is thrown
 * as a RangeError, which no test expects.
 */

import { bufferOf } from '../../../mount/fuse/message.ts';
import { Errno } from '../../../src/lib/errno.ts';
import type { Struct } from '../../../src/lib/struct.ts';
import { decodeName } from '../../../src/lib/text.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { replyStructs } from '../../wire/shapes.ts';
import { type Call, encodeRequest, FusePeer, type PeerOptions, Reply } from '../fuse.ts';
import { initRequest, NEWEST } from './version.ts';

/** The thread that makes a call: its ids, and what wakes it when a signal comes while it sleeps in one. */
export interface Current {
	readonly pid: number;
	readonly uid: number;
	readonly gid: number;
	readonly umask: number;
	/** True for one with all capabilities. */
	readonly root: boolean;
	onSignal: (() => void) | undefined;
}

/** What a notification does to the client. */
export interface Notified {
	pollWakeup(kh: number): void;
	invalInode(nodeid: number, offset: number): void;
	/** `child` is 0 unless the name is said to be gone. Settles when it is done, which may have to wait for a lock. */
	invalEntry(parent: number, child: number, name: string, flags: number): Promise<void>;
	prune(nodeids: readonly number[]): void;
}

/** How long a reply may be whose length is not given by its structs: what the request has room for. */
function roomOf(opcode: number, { args }: Call): number | undefined {
	const { size = 0 } = (args ?? {}) as { size?: number };
	switch (opcode) {
		case uapi.FUSE_READ:
		case uapi.FUSE_READDIR:
		case uapi.FUSE_READDIRPLUS:
			return size;
		case uapi.FUSE_GETXATTR:
		case uapi.FUSE_LISTXATTR:
			return size === 0 ? uapi.fuse_getxattr_out.size : size;
		case uapi.FUSE_READLINK:
			return 4095;
		default:
			return undefined;
	}
}

function checkReply(opcode: number, call: Call, { error, body }: Reply): void {
	const room = roomOf(opcode, call);
	const structs = replyStructs(opcode).reduce((sum, { size }) => sum + size, -uapi.fuse_out_header.size);
	const fits = error !== 0 ? body.length === 0 : room === undefined ? body.length === structs : body.length <= room;
	if (!fits) throw new RangeError(`a reply of ${body.length} bytes to opcode ${opcode}, error ${error}`);
}

/** One connection, as the kernel keeps it. */
export class FuseConn extends FusePeer {
	/** Version 7.`minor` is what this kernel knows. */
	readonly minor: number;
	/** What was agreed on. */
	flags = 0;
	flags2 = 0;
	maxWrite = 0;
	/** Opcodes that the server has answered ENOSYS to, and is not asked again. */
	readonly unsupported = new Set<number>();
	/** Set by whoever keeps names and inodes. */
	notified!: Notified;
	readonly #forgets: { readonly nodeid: number; readonly nlookup: number }[] = [];
	readonly #background = new Set<Promise<unknown>>();
	#unique = 1_000_000;

	constructor(options: PeerOptions, minor: number = NEWEST) {
		super(options);
		this.minor = minor;
	}

	/** Sends INIT as a kernel of this version does, and heeds the answer as process_init_reply does. */
	override async init(): Promise<Reply> {
		this.#unique += 2;
		const unique = this.#unique;
		const reply = new Promise<Reply>(resolve => {
			this.#init = { unique, resolve };
		});
		this.post(initRequest(unique, this.minor));
		const answer = await reply;
		if (answer.error !== 0) return answer;
		const out = answer.decode(uapi.fuse_init_out);
		if (out.major !== 7) throw new RangeError(`version ${out.major}.${out.minor}`);
		this.flags = out.flags;
		this.flags2 = out.flags & uapi.FUSE_INIT_EXT ? out.flags2 : 0;
		this.maxWrite = Math.max(4096, out.max_write);
		return answer;
	}
	#init: { readonly unique: number; resolve(reply: Reply): void } | undefined;

	/** Makes a request for a thread and waits for its answer. Throws the server's errno. */
	async request(current: Current, opcode: number, call: Call): Promise<Reply> {
		const { pid, uid, gid } = current;
		const full = { ...call, pid, uid, gid };
		const { unique, reply } = this.begin(opcode, full);
		current.onSignal = () => this.#interrupt(unique);
		const answer = await reply;
		current.onSignal = undefined;
		checkReply(opcode, full, answer);
		if (answer.error !== 0) throw Errno.of(answer.error);
		return answer;
	}

	/** The same for a request whose answer is one struct. */
	async ask<T>(current: Current, opcode: number, call: Call, out: Struct<T>): Promise<T> {
		return (await this.request(current, opcode, call)).decode(out);
	}

	/** Makes a request for nobody, and does not wait. */
	background(opcode: number, call: Call): void {
		const done = this.send(opcode, { ...call, pid: 0 }).then(reply => {
			this.#background.delete(done);
			checkReply(opcode, call, reply);
			if (reply.error !== 0) throw Errno.of(reply.error);
		});
		this.#background.add(done);
	}

	/** Gives back lookups, later. */
	forget(nodeid: number, nlookup: number): void {
		this.#forgets.push({ nodeid, nlookup });
	}

	/** Sends what is to be forgotten: one by one, or as many as there are at once. */
	sendForgets(): void {
		const all = this.#forgets.splice(0);
		if (all.length === 1) this.tell(uapi.FUSE_FORGET, { nodeid: all[0]!.nodeid, args: { nlookup: all[0]!.nlookup } });
		if (all.length < 2) return;
		const { size } = uapi.fuse_forget_one;
		const { bytes, view } = bufferOf(new Uint8Array(all.length * size));
		for (const [index, one] of all.entries()) uapi.fuse_forget_one.encode(view, index * size, one);
		this.tell(uapi.FUSE_BATCH_FORGET, { nodeid: 0, args: { count: all.length }, payload: bytes });
	}

	/** Settles when what went on in the background is done; rejects with what went wrong in it. */
	async quiet(): Promise<void> {
		await Promise.all(this.#background);
		await this.session.settled();
	}

	override reply(bytes: Uint8Array, length: number): void {
		const init = this.#init;
		this.#init = undefined;
		if (init === undefined) super.reply(bytes, length);
		else init.resolve(new Reply(bytes.slice(0, length)));
	}

	override notify(bytes: Uint8Array): void {
		void this.#notified(bytes);
	}

	override async notifyLater(bytes: Uint8Array): Promise<boolean> {
		await this.#notified(bytes);
		return true;
	}

	#interrupt(unique: number): void {
		this.post(encodeRequest(uapi.FUSE_INTERRUPT, unique | 1, { nodeid: 0, args: { unique: BigInt(unique) } }));
	}

	#notified(whole: Uint8Array): Promise<void> {
		const bytes = whole.slice(uapi.fuse_out_header.size);
		const { view } = bufferOf(bytes);
		const nameBehind = ({ size }: Struct, namelen: number) => {
			if (bytes.length !== size + namelen + 1) throw new RangeError(`a notification of ${bytes.length} bytes`);
			return decodeName(bytes.subarray(size, size + namelen));
		};
		switch (new Reply(whole).error) {
			case uapi.FUSE_NOTIFY_POLL:
				this.notified.pollWakeup(uapi.fuse_notify_poll_wakeup_out.decode(view, 0).kh);
				return Promise.resolve();
			case uapi.FUSE_NOTIFY_INVAL_INODE: {
				const { ino, off } = uapi.fuse_notify_inval_inode_out.decode(view, 0);
				this.notified.invalInode(ino, off);
				return Promise.resolve();
			}
			case uapi.FUSE_NOTIFY_INVAL_ENTRY: {
				const { parent, namelen, flags } = uapi.fuse_notify_inval_entry_out.decode(view, 0);
				const name = nameBehind(uapi.fuse_notify_inval_entry_out, namelen);
				// Before 7.38 the word of flags was padding, and nobody looked at it.
				return this.notified.invalEntry(parent, 0, name, this.minor >= 38 ? flags : 0);
			}
			case uapi.FUSE_NOTIFY_DELETE: {
				const { parent, child, namelen } = uapi.fuse_notify_delete_out.decode(view, 0);
				return this.notified.invalEntry(parent, child, nameBehind(uapi.fuse_notify_delete_out, namelen), 0);
			}
			case uapi.FUSE_NOTIFY_PRUNE: {
				const { size } = uapi.fuse_notify_prune_out;
				const { count } = uapi.fuse_notify_prune_out.decode(view, 0);
				if (this.minor < 45 || bytes.length !== size + count * 8) throw new RangeError(`PRUNE of ${count} nodes`);
				this.notified.prune(Array.from({ length: count }, (_, i) => Number(view.getBigUint64(size + i * 8, true))));
				return Promise.resolve();
			}
			default:
				throw new RangeError(`notification ${new Reply(whole).error}`);
		}
	}
}
