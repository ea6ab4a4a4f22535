/**
 * pages - the contents of one regular file, by page (what mm/filemap.c and mm/truncate.c do for an inode of mm/shmem.c).
 *
 * A page that was never written is a hole: it costs nothing and reads as zeros. The bytes of the last page behind the end of
 * the file are zero, so a file that grows again shows none of what it held before.
 */

/** Bytes in a page. */
export const PAGE_SIZE = 4096;

/** Units of 512 bytes in a page, which st_blocks counts. */
export const BLOCKS_PER_PAGE = PAGE_SIZE / 512;

/** Number of the page that holds the byte at `pos`, which may be beyond 32 bits. */
export function pageIndex(pos: number): number {
	return Math.floor(pos / PAGE_SIZE);
}

/** A sparse map of pages. */
export class Pages {
	readonly #pages = new Map<number, Uint8Array>();

	/** How many pages are there. */
	get count(): number {
		return this.#pages.size;
	}

	/** Undefined for a hole. */
	get(index: number): Uint8Array | undefined {
		return this.#pages.get(index);
	}

	/** Fills a hole with a page of zeros. */
	add(index: number): Uint8Array {
		const page = new Uint8Array(PAGE_SIZE);
		this.#pages.set(index, page);
		return page;
	}

	/** A copy of `count` bytes from `pos` on; the caller has cut `count` at the end of the file. */
	read(pos: number, count: number): Uint8Array {
		const offset = pos % PAGE_SIZE;
		if (offset + count <= PAGE_SIZE) {
			return this.#pages.get(pageIndex(pos))?.slice(offset, offset + count) ?? new Uint8Array(count);
		}
		const bytes = new Uint8Array(count);
		for (let at = pos - offset; at < pos + count; at += PAGE_SIZE) {
			const page = this.#pages.get(pageIndex(at));
			if (page === undefined) continue;
			const start = Math.max(pos - at, 0);
			bytes.set(page.subarray(start, Math.min(pos + count - at, PAGE_SIZE)), at + start - pos);
		}
		return bytes;
	}

	/** Drops what lies at `size` and behind it, and returns how many pages went (shmem_truncate_range). */
	truncate(size: number): number {
		const before = this.#pages.size;
		if (size === 0) {
			this.#pages.clear();
			return before;
		}
		const last = pageIndex(size - 1);
		for (const index of this.#pages.keys()) {
			if (index > last) this.#pages.delete(index);
		}
		const rest = size - last * PAGE_SIZE;
		if (rest < PAGE_SIZE) this.#pages.get(last)?.fill(0, rest);
		return before - this.#pages.size;
	}

	/** Position of the first data from `pos` on in a file of `size` bytes; undefined where only a hole follows. */
	seekData(pos: number, size: number): number | undefined {
		const first = pageIndex(pos);
		if (this.#pages.has(first)) return pos;
		let next = Number.POSITIVE_INFINITY;
		for (const index of this.#pages.keys()) {
			if (index > first && index < next) next = index;
		}
		const found = next * PAGE_SIZE;
		return found < size ? found : undefined;
	}

	/** Position of the first hole from `pos` on in a file of `size` bytes; its end is one. */
	seekHole(pos: number, size: number): number {
		let index = pageIndex(pos);
		if (!this.#pages.has(index)) return pos;
		while (this.#pages.has(index)) index++;
		return Math.min(index * PAGE_SIZE, size);
	}
}
