/**
 * open_file - a file of kernfs while it is open (struct kernfs_open_file and kernfs_open_node of fs/kernfs/file.c).
 */

import type { Context, File } from '../../../src/boundary/vfs.ts';
import { Mutex } from '../../kernel/mutex.ts';
import { WaitQueueHead } from '../../kernel/wait.ts';
import { SeqFile, type SeqOperations } from '../seq_file.ts';
import type { KernfsNode } from './dir.ts';

/** One open file. */
export class KernfsOpenFile {
	readonly kn: KernfsNode;
	readonly file: File;
	/** Undefined for one that is not read through seq_file. */
	readonly seq: SeqFile<KernfsOpenFile> | undefined;
	/** Held through each read, write and seek. */
	readonly lock: Mutex;
	/** For the operations. */
	priv: unknown = undefined;
	/** Whose read or write it is. */
	ctx!: Context;
	/** How many bytes a write has brought. */
	count = 0;
	/** The last news that a read has seen; see `KernfsOpenNode.event`. */
	event = 0;
	/** True while a session of seq_file is inside the node. */
	inside = false;

	/** `seqOperations` for a file that is read through seq_file. */
	constructor(kn: KernfsNode, file: File, seqOperations: SeqOperations<unknown, KernfsOpenFile> | undefined) {
		this.kn = kn;
		this.file = file;
		this.seq = seqOperations && new SeqFile<KernfsOpenFile>(file, seqOperations, this);
		this.lock = this.seq?.lock ?? new Mutex();
	}

	/** Name of the file. */
	get name(): string {
		return this.kn.name;
	}
}

/** A node that somebody has open. */
export class KernfsOpenNode {
	/** Counts what is new in the file. It begins above that of an open file: what was never read is new. */
	event = 1;
	/** How often it is open. */
	count = 0;
	/** Those whose release operation is still to be called. */
	toRelease: Set<KernfsOpenFile> | undefined;
	/** Woken when there is something new. Made when somebody waits. */
	#poll: WaitQueueHead | undefined;

	pollQueue(kn: KernfsNode): WaitQueueHead {
		this.#poll ??= new WaitQueueHead(kn.root.kernel.time);
		return this.#poll;
	}

	/** See `KernfsNode.notify`. */
	notify(): void {
		this.event += 1;
		this.#poll?.wakeUp();
	}
}

/** See `KernfsNode.notify`. */
export function notifyOpenNode(on: KernfsOpenNode | undefined): void {
	on?.notify();
}

/** kernfs_get_open_node. */
export function linkOpenFile(of: KernfsOpenFile): void {
	of.kn.open ??= new KernfsOpenNode();
	const on = of.kn.open;
	on.count += 1;
	if (of.kn.ops?.release === undefined) return;
	on.toRelease ??= new Set();
	on.toRelease.add(of);
}

/** kernfs_unlink_open_file. */
export function unlinkOpenFile(of: KernfsOpenFile): void {
	const on = of.kn.open!;
	on.count -= 1;
	releaseOpenFile(of, on);
	if (on.count === 0) of.kn.open = undefined;
}

/** Calls the release operation for each file that is open of a removed node (kernfs_drain_open_files). */
export function drainOpenFiles({ open }: KernfsNode): void {
	for (const of of open?.toRelease ?? []) releaseOpenFile(of, open!);
}

/** Calls the release operation, once (kernfs_release_file). */
function releaseOpenFile(of: KernfsOpenFile, on: KernfsOpenNode): void {
	if (on.toRelease?.delete(of)) of.kn.ops!.release!(of);
}
