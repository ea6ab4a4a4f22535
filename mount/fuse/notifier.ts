/**
 * notifier - what one connection tells the kernel without being asked: what of it, when, and what comes of it.
 *
 * Changes of the tree are told as they come. The rest is for whoever serves: the page cache of a regular file (`store`,
 * `retrieve`), requests that got lost (`resend`), and names and nodes that the kernel keeps (`incEpoch`, `prune`). The bytes are
 * made in notify.ts, which says what goes through the queue. Where the queue was left the kernel has done what it was told.
 *
 * What a kernel refuses it refuses by errno, which the thread that writes for us does not tell; so what would be EINVAL is
 * refused here, and what is left is ENOENT: the kernel knows no such node (any more).
 */

import type { Inode, Invalidation } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import {
	FUSE_HAS_EXPIRE_ONLY,
	FUSE_HAS_RESEND,
	type FuseInitOut,
	type FuseNotifyRetrieveIn,
} from '../../src/uapi/fuse.ts';
import { isDir, isReg } from '../../src/uapi/stat.ts';
import type { Handler } from './connection.ts';
import type { Inodes } from './inodes.ts';
import {
	NotifyQueue,
	notifyDelete,
	notifyIncEpoch,
	notifyInvalAttr,
	notifyInvalEntry,
	notifyInvalInode,
	notifyPoll,
	notifyPrune,
	notifyResend,
	notifyRetrieve,
	notifyStore,
} from './notify.ts';

/** The versions that brought INC_EPOCH and PRUNE. */
const INC_EPOCH_MINOR = 44;
const PRUNE_MINOR = 45;

/** Bound: nodes in one PRUNE, so that what is queued behind it need not wait long. */
const PRUNED_AT_ONCE = 8192;

/** The way to the kernel: at once, or from elsewhere; see `Channel`. */
export interface NotifyChannel {
	notify(bytes: Uint8Array): void;
	notifyLater(bytes: Uint8Array): Promise<boolean>;
}

/** A NOTIFY_REPLY. */
export interface Retrieved {
	readonly nodeid: number;
	readonly offset: number;
	readonly size: number;
	readonly data: Uint8Array;
}

interface Retrieve {
	readonly nodeid: number;
	readonly offset: number;
	readonly size: number;
	settle(data: Uint8Array | undefined): void;
}

/** The notifications of one connection. Nothing is told after `close`. */
export class Notifier {
	readonly #inodes: Inodes;
	readonly #channel: NotifyChannel;
	readonly #queue: NotifyQueue;
	readonly #retrieves = new Map<number, Retrieve>();
	#agreed: FuseInitOut | undefined;
	#lastRetrieve = 0;

	constructor(inodes: Inodes, channel: NotifyChannel) {
		this.#inodes = inodes;
		this.#channel = channel;
		this.#queue = new NotifyQueue(bytes => channel.notifyLater(bytes));
	}

	/** Says what was agreed on with the kernel. Undefined: nothing (any more). */
	set agreed(agreed: FuseInitOut | undefined) {
		this.#agreed = agreed;
	}

	/** Forgets what has not been sent. Whoever waits for data of the kernel gets none. */
	close(): void {
		this.#agreed = undefined;
		this.#queue.clear();
		for (const { settle } of this.#retrieves.values()) settle(undefined);
		this.#retrieves.clear();
	}

	/** Settles when the kernel has taken all that was queued so far and since. */
	idle(): Promise<void> {
		return this.#queue.idle();
	}

	/** See `Connection.announced`. */
	announced(nodeid: number): Awaitable<void> {
		if (this.#queue.busy && !this.#queue.locks(nodeid)) return this.#queue.idle();
	}

	/** See `Connection.wakePoll`. */
	wakePoll(kh: number): void {
		this.#channel.notify(notifyPoll(kh));
	}

	/** Tells of a change at a node: `nodeid` is that of the directory whose entry changed, or of what has other attributes. */
	changed(nodeid: number, event: Invalidation): void {
		if (event.type === 'delete') this.#deleted(nodeid, event.name, event.inode);
		if (event.type === 'entry') this.#entryChanged(nodeid, event.name);
		const inode = event.type === 'attr' ? event.inode : event.dir;
		if (isDir(inode.mode)) this.#queue.push(`inode ${nodeid}`, notifyInvalInode(nodeid));
		else this.#channel.notify(notifyInvalAttr(nodeid));
	}

	/**
	 * Puts data into the kernel's page cache of a regular file, from `offset` on, and has its size grow to hold them. Whoever has the
	 * file mapped sees them at once; read(2) of a file that was opened for direct I/O does not look there. What neither fills a page
	 * nor goes from its beginning to the end of the file is kept only where the page is in the cache already; an open without
	 * FOPEN_KEEP_CACHE empties it. Settles when that is so; with false where the kernel knows no such node. The data are copied before
	 * this returns.
	 *
	 * In the queue: the kernel waits for each page that is just being read. Rejects with EINVAL for anything but a regular file, and
	 * for an offset that is no number from 0 to 2^53. Every version that is served understands it.
	 */
	async store(inode: Inode, offset: number, data: Uint8Array): Promise<boolean> {
		const nodeid = this.#regular(inode);
		return nodeid !== undefined && (await this.#queue.send(notifyStore(nodeid, offset, data), nodeid));
	}

	/**
	 * What the kernel's page cache has of a regular file from `offset` on, stores of programs that have it mapped among them: as many
	 * bytes as there are without a gap, `size` at most, `max_write` at most; none is an answer. Undefined where the kernel knows no
	 * such node, and when the connection ends.
	 *
	 * In the queue. Rejects as `store`. Every version that is served understands it.
	 */
	async retrieve(inode: Inode, offset: number, size: number): Promise<Uint8Array | undefined> {
		const nodeid = this.#regular(inode);
		if (nodeid === undefined) return undefined;
		this.#lastRetrieve++;
		const unique = this.#lastRetrieve;
		const bytes = notifyRetrieve(unique, nodeid, offset, size);
		// The answer may be here before the kernel has said that there will be one.
		const answer = new Promise<Uint8Array | undefined>(settle => {
			this.#retrieves.set(unique, { nodeid, offset, size, settle });
		});
		if (await this.#queue.send(bytes)) return answer;
		this.#retrieves.delete(unique);
		return undefined;
	}

	/** See `Connection.retrieved`. The answer that was asked for is still waited for when another was refused. */
	retrieved(unique: number, { nodeid, offset, size, data }: Retrieved): void {
		const asked = this.#retrieves.get(unique);
		if (asked?.nodeid !== nodeid || asked.offset !== offset) throw new Errno('EINVAL', `nobody asked for ${unique}`);
		if (size !== data.length || size > asked.size) throw new Errno('EINVAL', `${data.length} bytes of ${size}`);
		this.#retrieves.delete(unique);
		asked.settle(data);
	}

	/**
	 * Has the kernel send every request again that it was not answered: for a server that takes over a connection from one that has
	 * died. One that is being served here is not served twice, but answered by its new number. One that another has served to the end,
	 * all but the answer, is served once more: an mkdir is EEXIST then.
	 *
	 * At once: it takes spin locks. False, and nothing is told, where the kernel does not know how (before 7.40).
	 */
	resend(): boolean {
		return this.#tell(this.#has(FUSE_HAS_RESEND), notifyResend);
	}

	/**
	 * Has the kernel look up every name again before it goes on using it, and read every directory again. Open files stay as they are.
	 * What the host has mounted on a name of the tree is gone when the name is next looked up, as after INVAL_ENTRY; so this is not
	 * for trees that others mount in.
	 *
	 * At once: it counts up a number. False, and nothing is told, before 7.44.
	 */
	incEpoch(): boolean {
		return this.#tell(this.#knows(INC_EPOCH_MINOR), notifyIncEpoch);
	}

	/**
	 * Has the kernel forget all nodes that nobody uses: no file of it is open or mapped, nothing is mounted on it, nobody stands in
	 * it or below. FORGETs come back; who comes by again looks up again.
	 *
	 * In the queue: it may write back pages. False, and nothing is told, before 7.45.
	 */
	prune(): boolean {
		if (!this.#knows(PRUNE_MINOR)) return false;
		const ids = this.#inodes.ids();
		for (let at = 0; at < ids.length; at += PRUNED_AT_ONCE)
			this.#queue.push(`prune ${at}`, notifyPrune(ids.slice(at, at + PRUNED_AT_ONCE)));
		return true;
	}

	#tell(may: boolean, make: () => Uint8Array): boolean {
		if (may) this.#channel.notify(make());
		return may;
	}

	#knows(minor: number): boolean {
		return this.#agreed !== undefined && this.#agreed.minor >= minor;
	}

	#has(flag2: number): boolean {
		return this.#agreed !== undefined && (this.#agreed.flags2 & flag2) !== 0;
	}

	/** The node of a regular file; undefined where the kernel knows none. Throws EINVAL for anything else. */
	#regular(inode: Inode): number | undefined {
		if (!isReg(inode.mode)) throw new Errno('EINVAL', 'the kernel has pages of regular files alone');
		return this.#agreed && this.#inodes.find(inode);
	}

	#deleted(dir: number, name: string, inode: Inode): void {
		const child = this.#inodes.find(inode);
		if (child === undefined) return;
		this.#queue.push(`delete ${dir} ${child} ${name}`, notifyDelete(dir, child, name), child);
	}

	#entryChanged(dir: number, name: string): void {
		this.#queue.push(`entry ${dir} ${name}`, notifyInvalEntry(dir, name, this.#has(FUSE_HAS_EXPIRE_ONLY)));
	}
}

/** FUSE_NOTIFY_REPLY: the answer to a RETRIEVE, which has the number that this one had. */
export const doNotifyReply: Handler<FuseNotifyRetrieveIn, void> = (fuse, { unique, nodeid, args, payload }) =>
	fuse.retrieved(unique, { nodeid, offset: args.offset, size: args.size, data: payload });
