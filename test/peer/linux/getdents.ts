/**
 * getdents - what getdents64(2) gives of a listing (fs/readdir.c).
 */

import { Errno } from '../../../src/lib/errno.ts';
import { encodeName } from '../../../src/lib/text.ts';
import type { Dirent } from '../../runner/sys.ts';
import type { DirContext } from './readdir.ts';

const DIRENT_HEADER = 19;

/** What getdents64(2) fills. */
export class DirentBuffer implements DirContext {
	pos = 0;
	readonly #entries: { name: string; ino: number; type: number; off: number }[] = [];
	#room: number;
	#full = false;

	constructor(size: number) {
		this.#room = size;
	}

	emit(name: string, ino: number, type: number): boolean {
		const previous = this.#entries.at(-1);
		if (previous !== undefined) previous.off = this.pos;
		this.#room -= (DIRENT_HEADER + encodeName(name).length + 8) & ~7;
		this.#full = this.#room < 0;
		if (!this.#full) this.#entries.push({ name, ino, type, off: 0 });
		return !this.#full;
	}

	/** EINVAL when not even one entry fitted. */
	finish(): readonly Dirent[] {
		const last = this.#entries.at(-1);
		if (last !== undefined) last.off = this.pos;
		else if (this.#full) throw new Errno('EINVAL');
		return this.#entries;
	}
}
