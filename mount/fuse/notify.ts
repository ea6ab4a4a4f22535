/**
 * notify - what is told to the kernel without being asked.
 *
 * A notification is a reply with `unique` 0 and its code in the place of the error. Some take locks that a program may hold
 * while it waits for an answer of ours; those must not be written by the thread that answers, and go through a queue, one
 * after the other:
 *
 *     POLL, INVAL_INODE of attributes alone, RESEND, INC_EPOCH            at once
 *     INVAL_INODE of data, INVAL_ENTRY, DELETE, STORE, RETRIEVE, PRUNE    in the queue
 *
 * Linux: fs/fuse/dev.c, fuse_notify; fs/fuse/dir.c, fuse_reverse_inval_entry.
 */

import { setU64n } from '../../src/lib/int64.ts';
import type { Struct } from '../../src/lib/struct.ts';
import { encodeName } from '../../src/lib/text.ts';
import {
	FUSE_EXPIRE_ONLY,
	FUSE_NOTIFY_DELETE,
	FUSE_NOTIFY_INC_EPOCH,
	FUSE_NOTIFY_INVAL_ENTRY,
	FUSE_NOTIFY_INVAL_INODE,
	FUSE_NOTIFY_POLL,
	FUSE_NOTIFY_PRUNE,
	FUSE_NOTIFY_RESEND,
	FUSE_NOTIFY_RETRIEVE,
	FUSE_NOTIFY_STORE,
	fuse_notify_delete_out,
	fuse_notify_inval_entry_out,
	fuse_notify_inval_inode_out,
	fuse_notify_poll_wakeup_out,
	fuse_notify_prune_out,
	fuse_notify_retrieve_out,
	fuse_notify_store_out,
	fuse_out_header,
} from '../../src/uapi/fuse.ts';

const HEADER = fuse_out_header.size;

const nothing = new Uint8Array(0);

/** Header, struct and what follows it. */
function notification<I>(code: number, struct: Struct<unknown, I>, init: I, data: Uint8Array = nothing): Uint8Array {
	const bytes = new Uint8Array(HEADER + struct.size + data.length);
	const view = new DataView(bytes.buffer);
	fuse_out_header.encode(view, 0, { len: bytes.length, error: code, unique: 0 });
	struct.encode(view, HEADER, init);
	bytes.set(data, HEADER + struct.size);
	return bytes;
}

/** One that is a header and no more. */
function bare(code: number): Uint8Array {
	const bytes = new Uint8Array(HEADER);
	fuse_out_header.encode(new DataView(bytes.buffer), 0, { len: HEADER, error: code, unique: 0 });
	return bytes;
}

/** The events of the open file that the kernel calls `kh` have changed: whoever polls it asks again. */
export function notifyPoll(kh: number): Uint8Array {
	return notification(FUSE_NOTIFY_POLL, fuse_notify_poll_wakeup_out, { kh });
}

/** The attributes of a node have changed. */
export function notifyInvalAttr(nodeid: number): Uint8Array {
	return notification(FUSE_NOTIFY_INVAL_INODE, fuse_notify_inval_inode_out, { ino: nodeid, off: -1, len: 0 });
}

/** The attributes and all the data of a node have changed; a directory's data are its entries. May block. */
export function notifyInvalInode(nodeid: number): Uint8Array {
	return notification(FUSE_NOTIFY_INVAL_INODE, fuse_notify_inval_inode_out, { ino: nodeid, off: 0, len: 0 });
}

/**
 * A name must be looked up again. Where `expire` is true and it then means the same node, what is mounted on it and below
 * stays; otherwise all that is dropped at once. May block.
 */
export function notifyInvalEntry(parent: number, name: string, expire: boolean): Uint8Array {
	const bytes = encodeName(`${name}\0`);
	const init = { parent, namelen: bytes.length - 1, flags: expire ? FUSE_EXPIRE_ONLY : 0 };
	return notification(FUSE_NOTIFY_INVAL_ENTRY, fuse_notify_inval_entry_out, init, bytes);
}

/** A name is gone; it meant `child`. Whoever watches the file is told that it was deleted. May block. */
export function notifyDelete(parent: number, child: number, name: string): Uint8Array {
	const bytes = encodeName(`${name}\0`);
	return notification(FUSE_NOTIFY_DELETE, fuse_notify_delete_out, { parent, child, namelen: bytes.length - 1 }, bytes);
}

/** What the kernel is to keep of a regular file, from `offset` on. Waits for pages that are being read. Throws EINVAL for no offset. */
export function notifyStore(nodeid: number, offset: number, data: Uint8Array): Uint8Array {
	return notification(FUSE_NOTIFY_STORE, fuse_notify_store_out, { nodeid, offset, size: data.length }, data);
}

/** What the kernel keeps of a regular file is wanted, by a NOTIFY_REPLY numbered `unique`. May block. Throws EINVAL for no offset. */
export function notifyRetrieve(unique: number, nodeid: number, offset: number, size: number): Uint8Array {
	const init = { notify_unique: unique, nodeid, offset, size };
	return notification(FUSE_NOTIFY_RETRIEVE, fuse_notify_retrieve_out, init);
}

/** Every request that was received and not answered is to be sent again. */
export function notifyResend(): Uint8Array {
	return bare(FUSE_NOTIFY_RESEND);
}

/** Every name and listing must be asked for again. */
export function notifyIncEpoch(): Uint8Array {
	return bare(FUSE_NOTIFY_INC_EPOCH);
}

/** Nodes are to be forgotten, those of them that nobody uses. May block. */
export function notifyPrune(nodeids: readonly number[]): Uint8Array {
	const list = new DataView(new ArrayBuffer(nodeids.length * 8));
	for (const [index, nodeid] of nodeids.entries()) setU64n(list, index * 8, nodeid);
	return notification(FUSE_NOTIFY_PRUNE, fuse_notify_prune_out, { count: nodeids.length }, new Uint8Array(list.buffer));
}

interface Queued {
	readonly bytes: Uint8Array;
	readonly locks?: number | undefined;
	readonly done?: (taken: boolean) => void;
}

/** Sends notifications that may block, each after the one before it has been taken. */
export class NotifyQueue {
	readonly #send: (bytes: Uint8Array) => Promise<boolean>;
	readonly #waiting = new Map<string | symbol, Queued>();
	#sending: Queued | undefined;
	#running: Promise<void> | undefined;

	/** `send` settles, never rejecting, when the kernel has taken the bytes, or with false, refused them. */
	constructor(send: (bytes: Uint8Array) => Promise<boolean>) {
		this.#send = send;
	}

	/**
	 * Queues a notification, in place of one with the same key that waits to be sent: it says the same, and now comes after all
	 * that was queued in between. That the listing of a directory is out of date must be told last: what tells of its names waits
	 * until readers that are in it have added to the listing what they were answered. `locks` is the node whose lock it takes
	 * besides that of a directory, or the lock of whose pages.
	 */
	push(key: string, bytes: Uint8Array, locks?: number): void {
		this.#waiting.delete(key);
		this.#waiting.set(key, { bytes, locks });
		this.#running ??= this.#run();
	}

	/**
	 * Queues a notification that nothing takes the place of. Settles when the kernel has taken it; with false where it has not.
	 * `locks` as for `push`.
	 */
	send(bytes: Uint8Array, locks?: number): Promise<boolean> {
		return new Promise(done => {
			this.#waiting.set(Symbol(), { bytes, locks, done });
			this.#running ??= this.#run();
		});
	}

	/** True while anything is on its way. */
	get busy(): boolean {
		return this.#running !== undefined;
	}

	/** True while something is on its way that takes the lock of a node. */
	locks(nodeid: number): boolean {
		return this.#sending?.locks === nodeid || [...this.#waiting.values()].some(({ locks }) => locks === nodeid);
	}

	/** Settles when the kernel has taken all that was queued so far and since. */
	idle(): Promise<void> {
		return this.#running ?? Promise.resolve();
	}

	/** Forgets what has not been sent. */
	clear(): void {
		const forgotten = [...this.#waiting.values()];
		this.#waiting.clear();
		for (const { done } of forgotten) done?.(false);
	}

	async #run(): Promise<void> {
		for (const [key, queued] of this.#waiting) {
			this.#waiting.delete(key);
			this.#sending = queued;
			const taken = await this.#send(queued.bytes);
			queued.done?.(taken);
		}
		this.#sending = undefined;
		this.#running = undefined;
	}
}
