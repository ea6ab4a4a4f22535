/**
 * dcache - names that were looked up (fs/dcache.c).
 */

import type { FuseInode } from './inode.ts';
import { isOver } from './inode.ts';

/** A name in a directory, and what it means; nothing, for a negative one. */
export class Dentry {
	parent: Dentry;
	name: string;
	inode: FuseInode | undefined;
	/** Until when it may be believed. */
	until = 0;
	/** False for one that is no longer found by its name, but may be in use. */
	hashed = true;
	/** Files that were opened by it. */
	opens = 0;
	readonly children = new Map<string, Dentry>();

	/** Without a parent, the root. */
	constructor(parent: Dentry | undefined, name: string, inode: FuseInode | undefined) {
		this.parent = parent ?? this;
		this.name = name;
		this.inode = inode;
		if (inode !== undefined) inode.names++;
		if (parent !== undefined) parent.children.set(name, this);
	}

	/** True if `dir` is this one or lies below it. */
	holds(dir: Dentry): boolean {
		for (let at = dir; ; at = at.parent) {
			if (at === this) return true;
			if (at === at.parent) return false;
		}
	}
}

/** No longer found by its name, nor what is below it (d_invalidate). */
export function drop(dentry: Dentry): void {
	for (const child of [...dentry.children.values()]) drop(child);
	if (!dentry.hashed) return;
	dentry.hashed = false;
	dentry.parent.children.delete(dentry.name);
	if (dentry.inode !== undefined) dentry.inode.names--;
}

/** Puts an entry in another place, over what is there (d_move). */
export function move(dentry: Dentry, parent: Dentry, name: string): void {
	const there = parent.children.get(name);
	if (there !== undefined && there !== dentry) drop(there);
	dentry.parent.children.delete(dentry.name);
	dentry.parent = parent;
	dentry.name = name;
	parent.children.set(name, dentry);
}

/** Two entries take each other's place (d_exchange). */
export function exchange(a: Dentry, b: Dentry): void {
	const [aParent, aName, bParent, bName] = [a.parent, a.name, b.parent, b.name];
	[a.parent, a.name, b.parent, b.name] = [bParent, bName, aParent, aName];
	a.parent.children.set(a.name, a);
	b.parent.children.set(b.name, b);
}

/** Drops the entries below `dir` that nobody uses and that may not be believed any more (retain_dentry), or are `pruned`. */
export function trim(dir: Dentry, pruned: ReadonlySet<number>): void {
	for (const child of [...dir.children.values()]) {
		trim(child, pruned);
		const { inode, until } = child;
		const idle = child.opens === 0 && child.children.size === 0;
		if (idle && (inode === undefined || inode.bad || isOver(until) || pruned.has(inode.nodeid))) drop(child);
	}
}

/** Drops all that nobody uses, as when memory is short. */
export function shrink(dir: Dentry): void {
	for (const child of [...dir.children.values()]) {
		shrink(child);
		if (child.opens === 0 && child.children.size === 0) drop(child);
	}
}
