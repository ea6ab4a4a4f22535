/**
 * bytes - reading and writing byte strings.
 *
 * A `Reader` never reads past its end, whatever a peer sent; a `Writer` grows. Both are little-endian, as struct.ts is.
 */

import { Errno } from './errno.ts';
import { getU64n, setU64n } from './int64.ts';
import type { Struct } from './struct.ts';
import { decodeName, encodeName } from './text.ts';

/** Reads from the front of a stretch of bytes. Each method throws EINVAL, and reads nothing, where the bytes do not suffice. */
export class Reader {
	readonly #view: DataView;
	readonly #end: number;
	#at: number;

	/** Reads the bytes of `view` from `start` up to `end`, the whole view if absent. */
	constructor(view: DataView, start = 0, end: number = view.byteLength) {
		this.#view = view;
		this.#at = start;
		this.#end = end;
	}

	/** A reader of all of `bytes`. */
	static of(bytes: Uint8Array): Reader {
		return new Reader(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
	}

	/** Where in the view the next byte is. */
	get offset(): number {
		return this.#at;
	}

	/** How many bytes are left. */
	get remaining(): number {
		return this.#end - this.#at;
	}

	#take(count: number): number {
		const at = this.#at;
		if (count < 0 || count > this.#end - at) {
			throw new Errno('EINVAL', `${count} bytes wanted, ${this.#end - at} left`);
		}
		this.#at = at + count;
		return at;
	}

	u8(): number {
		return this.#view.getUint8(this.#take(1));
	}

	u16(): number {
		return this.#view.getUint16(this.#take(2), true);
	}

	u32(): number {
		return this.#view.getUint32(this.#take(4), true);
	}

	s32(): number {
		return this.#view.getInt32(this.#take(4), true);
	}

	u64(): bigint {
		return this.#view.getBigUint64(this.#take(8), true);
	}

	/** Throws EINVAL for 2^53 and above, too, and has then read it. */
	u64n(): number {
		return getU64n(this.#view, this.#take(8));
	}

	/** `count` bytes, not copied. */
	bytes(count: number): Uint8Array {
		const at = this.#take(count);
		return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, count);
	}

	/** All that is left, not copied. */
	rest(): Uint8Array {
		return this.bytes(this.remaining);
	}

	/** A name up to its NUL, which is read too. Throws EINVAL where there is no NUL. */
	cstring(): string {
		const left = new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#at, this.remaining);
		const length = left.indexOf(0);
		if (length < 0) throw new Errno('EINVAL', 'a string without an end');
		this.#at += length + 1;
		return decodeName(left.subarray(0, length));
	}

	/** A struct; of one that the peer knows shorter, `length` bytes. */
	struct<T>(table: Struct<T>, length: number = table.size): T {
		return table.decode(this.#view, this.#take(length), length);
	}
}

/** Writes one thing after the other. */
export class Writer {
	#bytes: Uint8Array;
	#view: DataView;
	#length = 0;

	/** `capacity` is how many bytes it starts with room for. */
	constructor(capacity = 64) {
		this.#bytes = new Uint8Array(capacity);
		this.#view = new DataView(this.#bytes.buffer);
	}

	/** How many bytes were written. */
	get length(): number {
		return this.#length;
	}

	#reserve(count: number): number {
		const at = this.#length;
		const end = at + count;
		if (end > this.#bytes.length) {
			const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
			grown.set(this.#bytes.subarray(0, at));
			this.#bytes = grown;
			this.#view = new DataView(grown.buffer);
		}
		this.#length = end;
		return at;
	}

	u8(value: number): void {
		const at = this.#reserve(1);
		this.#view.setUint8(at, value);
	}

	u16(value: number): void {
		const at = this.#reserve(2);
		this.#view.setUint16(at, value, true);
	}

	u32(value: number): void {
		const at = this.#reserve(4);
		this.#view.setUint32(at, value, true);
	}

	s32(value: number): void {
		this.u32(value);
	}

	u64(value: bigint): void {
		const at = this.#reserve(8);
		this.#view.setBigUint64(at, value, true);
	}

	/** Throws EINVAL for anything but a safe integer that is not negative. */
	u64n(value: number): void {
		const at = this.#reserve(8);
		setU64n(this.#view, at, value);
	}

	bytes(bytes: Uint8Array): void {
		const at = this.#reserve(bytes.length);
		this.#bytes.set(bytes, at);
	}

	/** A name and its NUL. Throws EINVAL for a name with a NUL in it. */
	cstring(name: string): void {
		if (name.includes('\0')) throw new Errno('EINVAL', 'a string with a NUL in it');
		this.bytes(encodeName(name));
		this.u8(0);
	}

	/** A struct, at the offset that is returned. */
	struct<I>(table: Struct<unknown, I>, init: I): number {
		const at = this.#reserve(table.size);
		table.encode(this.#view, at, init);
		return at;
	}

	/** Zeros up to the next multiple of `size`. */
	align(size: number): void {
		this.zeros((size - (this.#length % size)) % size);
	}

	zeros(count: number): void {
		const at = this.#reserve(count);
		this.#bytes.fill(0, at, at + count);
	}

	/** Writes over the four bytes at `offset`, as a length is known only in the end. Throws RangeError past the end. */
	patchU32(offset: number, value: number): void {
		if (offset + 4 > this.#length) throw new RangeError(`no four bytes at ${offset} of ${this.#length}`);
		this.#view.setUint32(offset, value, true);
	}

	/** What was written, not copied; write no more afterwards. */
	finish(): Uint8Array {
		return this.#bytes.subarray(0, this.#length);
	}
}

/** Bytes of a piece of memory, and the most of a copy that is put into one. */
const PIECE = 8192;
const SMALL = 1024;

/**
 * Makes copies of bytes. Small ones lie many in one piece of memory, which is there as long as any of them is: getting memory from
 * outside of the heap costs more than all the rest.
 */
export class Copies {
	#piece = new ArrayBuffer(0);
	#at = 0;

	/** A copy of the first `length` bytes, or of all if there are fewer; it is the caller's. */
	of(bytes: Uint8Array, length: number): Uint8Array {
		const size = Math.min(bytes.length, length);
		if (size > SMALL) return bytes.slice(0, size);
		if (this.#at + size > this.#piece.byteLength) {
			this.#piece = new ArrayBuffer(PIECE);
			this.#at = 0;
		}
		const copy = new Uint8Array(this.#piece, this.#at, size);
		copy.set(size === bytes.length ? bytes : bytes.subarray(0, size));
		this.#at += (size + 7) & ~7;
		return copy;
	}
}

const none = new Uint8Array(0);

/** Up to so many bytes are copied faster by a loop than by `slice`. */
const SHORT = 64;

/** A copy of `count` bytes from `from` on, for those who soon forget it; `Copies` makes such as lie in memory for long. */
export function copyOf(bytes: Uint8Array, from: number, count: number): Uint8Array {
	if (count === 0) return none;
	if (count > SHORT) return bytes.slice(from, from + count);
	const copy = new Uint8Array(count);
	for (let i = 0; i < count; i++) copy[i] = bytes[from + i]!;
	return copy;
}

/** One after the other, copied only where neither is empty. */
export function join(a: Uint8Array, b: Uint8Array): Uint8Array {
	if (a.length === 0) return b;
	if (b.length === 0) return a;
	const both = new Uint8Array(a.length + b.length);
	both.set(a);
	both.set(b, a.length);
	return both;
}
