/**
 * simple_xattr - extended attributes that live in memory (the second half of fs/xattr.c).
 */

import { Errno } from '../../../src/lib/errno.ts';
import { encodeName } from '../../../src/lib/text.ts';
import { XATTR_CREATE, XATTR_REPLACE } from '../../../src/uapi/fs.ts';

/** Memory that an attribute is said to take beside its name and value. */
const XATTR_OVERHEAD = 40;

/** Bytes that an attribute counts against what a file system may hold (simple_xattr_space). */
export function simpleXattrSpace(name: string, size: number): number {
	return XATTR_OVERHEAD + size + encodeName(name).length;
}

/** The attributes of one inode (struct simple_xattrs). */
export class SimpleXattrs {
	readonly #values = new Map<string, Uint8Array>();

	/** Undefined where there is none; not a copy. */
	get(name: string): Uint8Array | undefined {
		return this.#values.get(name);
	}

	/**
	 * Sets, or with an undefined `value` removes, and returns what was there (simple_xattr_set). EEXIST with XATTR_CREATE for
	 * one that is there, ENODATA with XATTR_REPLACE for one that is not.
	 */
	set(name: string, value: Uint8Array | undefined, flags: number): Uint8Array | undefined {
		const old = this.#values.get(name);
		if (old !== undefined && (flags & XATTR_CREATE) !== 0) throw new Errno('EEXIST');
		if (old === undefined && (flags & XATTR_REPLACE) !== 0) throw new Errno('ENODATA');
		if (value === undefined) this.#values.delete(name);
		else this.#values.set(name, value.slice());
		return old;
	}

	/** The names, the last in the alphabet first; those of trusted.* only if `trusted` is true (simple_xattr_list). */
	list(trusted: boolean): string[] {
		const visible = [...this.#values.keys()].filter(name => trusted || !name.startsWith('trusted.'));
		return visible.sort().reverse();
	}

	/** What all of them count. */
	get space(): number {
		let space = 0;
		for (const [name, value] of this.#values) space += simpleXattrSpace(name, value.length);
		return space;
	}
}
