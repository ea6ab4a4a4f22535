/**
 * inodes - which inode the kernel means by a node id, and for how long.
 *
 * Each reply that names an inode (LOOKUP, CREATE, MKDIR, each entry of READDIRPLUS and so on) counts one lookup. The kernel
 * gives the counts back with FORGET and BATCH_FORGET; at zero the node is gone, here as there. An id is never used for
 * another inode afterwards, so that generation numbers are not needed and are always 0. The root has id 1, is known from the
 * start and is never forgotten.
 */

import type { Inode } from '../../src/boundary/vfs.ts';
import { Errno } from '../../src/lib/errno.ts';
import { FUSE_ROOT_ID } from '../../src/uapi/fuse.ts';

interface Node {
	readonly id: number;
	readonly inode: Inode;
	lookups: number;
}

/** The nodes of one connection. */
export class Inodes {
	readonly #byId = new Map<number, Node>();
	readonly #byInode = new Map<Inode, Node>();
	#last = FUSE_ROOT_ID;

	constructor(root: Inode) {
		this.#add({ id: FUSE_ROOT_ID, inode: root, lookups: 0 });
	}

	/** How many nodes the kernel knows, the root not counted. */
	get size(): number {
		return this.#byId.size - 1;
	}

	/** How many lookups the kernel has not given back. */
	get lookups(): number {
		let sum = 0;
		for (const { lookups } of this.#byId.values()) sum += lookups;
		return sum;
	}

	/** The inode of a node. Throws ESTALE for an id that is not in use. */
	get(id: number): Inode {
		const node = this.#byId.get(id);
		if (!node) throw new Errno('ESTALE', `node ${id}`);
		return node.inode;
	}

	/** The id by which the kernel knows an inode; undefined if it does not. */
	find(inode: Inode): number | undefined {
		return this.#byInode.get(inode)?.id;
	}

	/** Counts a lookup of an inode and answers its id. */
	lookup(inode: Inode): number {
		const node = this.#byInode.get(inode) ?? this.#add({ id: ++this.#last, inode, lookups: 0 });
		node.lookups++;
		return node.id;
	}

	/** Takes back `count` lookups of a node. */
	forget(id: number, count: number): void {
		const node = this.#byId.get(id);
		if (!node || id === FUSE_ROOT_ID) return;
		node.lookups -= count;
		if (node.lookups > 0) return;
		this.#byId.delete(id);
		this.#byInode.delete(node.inode);
	}

	#add(node: Node): Node {
		this.#byId.set(node.id, node);
		this.#byInode.set(node.inode, node);
		return node;
	}
}
