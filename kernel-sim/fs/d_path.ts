/**
 * d_path - where an inode was found (struct path, fs/d_path.c).
 *
 * There is no cache of names: a path is the chain of directories that a walk went through, kept by whoever walked. It is what
 * `..` and getcwd(2) go by.
 *
 * Divergence: a path remembers the names that it was walked by; Linux shows a directory's new name after a rename.
 */

import type { Inode } from '../../src/boundary/vfs.ts';

/** An inode and the way to it. */
export class Path {
	readonly inode: Inode;
	/** The directory that holds it; undefined for the root of the namespace. */
	readonly parent: Path | undefined;
	/** Its name there; empty for the root. */
	readonly name: string;

	constructor(inode: Inode, parent?: Path, name = '') {
		this.inode = inode;
		this.parent = parent;
		this.name = name;
	}

	/** True if `this` is `other` or lies below it. */
	isBelow(other: Path): boolean {
		for (let path: Path | undefined = this; path !== undefined; path = path.parent) {
			if (path.inode === other.inode) return true;
		}
		return false;
	}

	/** The absolute path name; `/` for the root. */
	toString(): string {
		if (this.parent === undefined) return '/';
		const names: string[] = [];
		for (let path: Path = this; path.parent !== undefined; path = path.parent) names.push(path.name);
		return `/${names.reverse().join('/')}`;
	}
}
