/**
 * dir_entries - the names in a directory and the order in which it is listed (struct offset_ctx of fs/libfs.c, with the list
 * of children that a dentry keeps).
 *
 * The newest entry is listed first. Each has a cookie that nothing changes while it lives, so a listing that stopped finds the
 * place where it was however many entries came and went meanwhile:
 *
 *     slot       0      1      2      3           entries are added at the end and listed from there
 *     name       a      -      c      b           '-' is a removed one; the slots are closed up when half of them are such
 *     cookie     3             5      4           b took the place of what was called b before: its cookie, not its slot
 */

import { Errno } from '../../../src/lib/errno.ts';

/** Position of a listing that is at the first entry behind `.` and `..`; no entry has it for a cookie. */
const DIR_OFFSET_FIRST = 2;
/** Position behind the last entry. */
export const DIR_OFFSET_EOD = 0x7fff_ffff;
const DIR_OFFSET_MIN = DIR_OFFSET_FIRST + 1;
const DIR_OFFSET_MAX = DIR_OFFSET_EOD - 1;

/** Fewer slots than this are never closed up. */
const SMALL = 16;

/** Names, and an `I` for each. Looking one up, adding and removing take the same time however many there are. */
export class DirEntries<I> {
	/** Slot of each name. */
	readonly #slots = new Map<string, number>();
	readonly #names: string[] = [];
	readonly #inodes: (I | undefined)[] = [];
	readonly #cookies: number[] = [];
	#next: number;
	#wrapped = false;

	/** `next` is the first cookie that is given out. */
	constructor(next = DIR_OFFSET_MIN) {
		this.#next = next;
	}

	/** How many names there are. */
	get size(): number {
		return this.#slots.size;
	}

	/** Undefined where there is no such name. */
	get(name: string): I | undefined {
		const slot = this.#slots.get(name);
		return slot === undefined ? undefined : this.#inodes[slot];
	}

	/** A cookie that no entry has (simple_offset_add). ENOSPC where there is none left. */
	allocateCookie(): number {
		if (this.size > DIR_OFFSET_MAX - DIR_OFFSET_MIN) throw new Errno('ENOSPC');
		while (this.#wrapped && this.#cookies.includes(this.#next)) this.#advance();
		const cookie = this.#next;
		this.#advance();
		return cookie;
	}

	/** Adds a name that is not there. */
	add(name: string, inode: I, cookie: number = this.allocateCookie()): void {
		this.#slots.set(name, this.#names.length);
		this.#names.push(name);
		this.#inodes.push(inode);
		this.#cookies.push(cookie);
	}

	/** Removes a name that is there, and returns the cookie that it had. */
	remove(name: string): number {
		const slot = this.#slots.get(name)!;
		const cookie = this.#cookies[slot]!;
		this.#slots.delete(name);
		this.#names[slot] = '';
		this.#inodes[slot] = undefined;
		this.#cookies[slot] = 0;
		const used = this.below(this.#names.length) + 1;
		if (used < this.#names.length) this.#cut(used);
		if (used > SMALL && used > 2 * this.size) this.#closeUp();
		return cookie;
	}

	/**
	 * The slot to list next at position `pos`, -1 where there is none. In the place of an entry that is gone comes the one with
	 * the highest cookie below; where there is none such either, the listing begins anew, as it does in offset_dir_lookup. A
	 * `hint` that is right, as where the listing stopped, saves a search.
	 */
	seek(pos: number, hint: number): number {
		if (this.#cookies[hint] === pos) return hint;
		let [best, found] = [this.below(this.#names.length), 0];
		for (let slot = this.#cookies.length - 1; slot >= 0 && found !== pos; slot--) {
			const cookie = this.#cookies[slot]!;
			if (cookie <= pos && cookie > found) [best, found] = [slot, cookie];
		}
		return best;
	}

	/** The slot to list after `slot`, -1 at the end. */
	below(slot: number): number {
		let at = slot - 1;
		while (at >= 0 && this.#inodes[at] === undefined) at--;
		return at;
	}

	/** What is in a slot that `seek` or `below` gave. */
	at(slot: number): { readonly name: string; readonly inode: I; readonly cookie: number } {
		return { name: this.#names[slot]!, inode: this.#inodes[slot]!, cookie: this.#cookies[slot]! };
	}

	#advance(): void {
		this.#next++;
		if (this.#next <= DIR_OFFSET_MAX) return;
		this.#next = DIR_OFFSET_MIN;
		this.#wrapped = true;
	}

	/** Moves what is left to the front, in order. */
	#closeUp(): void {
		let to = 0;
		for (let from = 0; from < this.#names.length; from++) {
			const inode = this.#inodes[from];
			if (inode === undefined) continue;
			this.#names[to] = this.#names[from]!;
			this.#inodes[to] = inode;
			this.#cookies[to] = this.#cookies[from]!;
			this.#slots.set(this.#names[to]!, to);
			to++;
		}
		this.#cut(to);
	}

	#cut(slots: number): void {
		this.#names.length = slots;
		this.#inodes.length = slots;
		this.#cookies.length = slots;
	}
}
