/**
 * inodes - which inode the kernel means by a node id, and for how long.
 *
 * Each reply that names an inode (LOOKUP, CREATE, MKDIR, each entry of READDIRPLUS and so on) counts one lookup. The kernel
 * gives the counts back with FORGET and BATCH_FORGET; at zero the node is gone, here as there. The root has id 1, is known from
 * the start and is never forgotten.
 *
 * A character device is two things here. Its node for stat(2) is of its own type; but the kernel opens such a node by itself, and
 * never asks. So a lookup that is part of an open is answered with another node, a regular file, each with a new one: what is done
 * with that, is done with the device. Divergence: fstat(2) of an open device says regular file, of number 0.
 *
 * An id is the place of its node in a table, and how often that place was taken before:
 *
 *     id = place + PLACES * times
 *
 * so that it is never used for another inode, and generation numbers are not needed and are always 0. An inode knows its nodes, one
 * for each connection that has one. Both ways are several times faster than maps: what `ls -l` of a large directory costs is this.
 */

import type { Inode } from '../../src/boundary/vfs.ts';
import { Errno } from '../../src/lib/errno.ts';
import { FUSE_ROOT_ID } from '../../src/uapi/fuse.ts';

/** Bound: how many nodes a connection may know. */
const PLACES = 2 ** 24;

/** Bound: places that stay when nobody needs them. */
const KEEP = 1024;

/** An inode, as one connection knows it; while no inode is there, a free place in the table. Places are taken over and over. */
class Node {
	readonly owner: Inodes;
	id: number;
	inode: Inode | undefined;
	lookups = 0;
	/** True for a regular file that stands for a device which is being opened. */
	twin = false;
	/** That of another connection for the same inode. */
	next: Node | undefined;

	constructor(owner: Inodes, id: number) {
		this.owner = owner;
		this.id = id;
	}

	take(inode: Inode, twin: boolean): void {
		this.inode = inode;
		this.twin = twin;
		if (twin) return;
		this.next = inode.faces as Node | undefined;
		inode.faces = this;
	}

	leave(): void {
		const inode = this.inode!;
		if (this.twin) this.twin = false;
		else if (inode.faces === this) inode.faces = this.next;
		else {
			let before = inode.faces as Node;
			while (before.next !== this) before = before.next!;
			before.next = this.next;
		}
		this.inode = undefined;
		this.next = undefined;
		this.lookups = 0;
		this.id += PLACES;
	}
}

/** The nodes of one connection. */
export class Inodes {
	/** By place, which begin at 1. */
	readonly #nodes: Node[] = [];
	/** Free places, and some that were given up. */
	#free: Node[] = [];
	/** How often any of those was taken, at most. */
	#times = 0;
	#made = 0;

	constructor(root: Inode) {
		this.#add(root);
	}

	/** How many nodes the kernel knows, the root not counted. */
	get size(): number {
		return this.#nodes.filter(({ id, inode }) => inode !== undefined && id !== FUSE_ROOT_ID).length;
	}

	/** How many there have ever been. */
	get made(): number {
		return this.#made;
	}

	/** The ids of all, the root's not. */
	ids(): number[] {
		return this.#nodes.filter(({ id, inode }) => inode !== undefined && id !== FUSE_ROOT_ID).map(({ id }) => id);
	}

	/** How many lookups the kernel has not given back. */
	get lookups(): number {
		return this.#nodes.reduce((sum, { lookups }) => sum + lookups, 0);
	}

	/** The inode of a node. Throws ESTALE for an id that is not in use. */
	get(id: number): Inode {
		const inode = this.#node(id)?.inode;
		if (!inode) throw new Errno('ESTALE', `node ${id}`);
		return inode;
	}

	/** The id by which the kernel knows an inode; undefined if it does not. */
	find(inode: Inode): number | undefined {
		return this.#find(inode)?.id;
	}

	/** Counts a lookup of an inode and answers its id. Throws ENFILE where the kernel knows too many. */
	lookup(inode: Inode): number {
		const node = this.#find(inode) ?? this.#add(inode);
		node.lookups++;
		return node.id;
	}

	/** Counts a lookup of a device that is being opened, and answers the id of a new node for it. Throws ENFILE. */
	lookupTwin(inode: Inode): number {
		const node = this.#add(inode, true);
		node.lookups = 1;
		return node.id;
	}

	/** True for a node that is a regular file in the place of a device. */
	isTwin(id: number): boolean {
		return this.#node(id)?.twin === true;
	}

	/** Takes back `count` lookups of a node. */
	forget(id: number, count: number): void {
		const node = this.#node(id);
		if (!node?.inode || id === FUSE_ROOT_ID) return;
		node.lookups -= count;
		if (node.lookups <= 0) this.#remove(node);
	}

	/** Forgets all: the connection has come to its end. */
	clear(): void {
		for (const node of this.#nodes) if (node.inode) this.#remove(node);
	}

	#node(id: number): Node | undefined {
		const node = this.#at(id);
		return node?.id === id ? node : undefined;
	}

	/** The place that an id is of. */
	#at(id: number): Node | undefined {
		return this.#nodes[(id & (PLACES - 1)) - FUSE_ROOT_ID];
	}

	#find(inode: Inode): Node | undefined {
		let node = inode.faces as Node | undefined;
		while (node && node.owner !== this) node = node.next;
		return node;
	}

	#add(inode: Inode, twin = false): Node {
		const node = this.#freePlace() ?? this.#newPlace();
		this.#made++;
		node.take(inode, twin);
		return node;
	}

	#freePlace(): Node | undefined {
		let node = this.#free.pop();
		while (node && this.#at(node.id) !== node) node = this.#free.pop();
		return node;
	}

	#newPlace(): Node {
		const place = FUSE_ROOT_ID + this.#nodes.length;
		if (place === PLACES) throw new Errno('ENFILE', `${PLACES} nodes`);
		const node = new Node(this, place + PLACES * this.#times);
		this.#nodes.push(node);
		return node;
	}

	#remove(node: Node): void {
		node.leave();
		this.#free.push(node);
		if (node === this.#nodes[this.#nodes.length - 1]) this.#shrink();
	}

	/** Gives up free places at the end of the table. */
	#shrink(): void {
		const nodes = this.#nodes;
		for (let last = nodes.at(-1)!; last.inode === undefined && nodes.length > KEEP; last = nodes.at(-1)!) {
			this.#times = Math.max(this.#times, Math.floor(last.id / PLACES));
			nodes.pop();
		}
		if (this.#free.length > 2 * nodes.length) this.#free = this.#free.filter(node => this.#at(node.id) === node);
	}
}
