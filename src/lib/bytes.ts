/**
 * bytes - reading and writing byte strings, and the text in them.
 *
 * File names on Linux are bytes, in JavaScript strings. `decodeName` and `encodeName` carry any bytes there and back: a byte
 * that is not part of valid UTF-8 becomes a lone surrogate of U+DC80 to U+DCFF, as Python's surrogateescape has it.
 *
 * A `Reader` never reads past its end, whatever a peer sent; a `Writer` grows. Both are little-endian, as struct.ts is.
 */

import { Buffer } from 'node:buffer';
import { Errno } from './errno.ts';
import type { Struct } from './struct.ts';

const encoder = new TextEncoder();

/** Up to this length a loop over characters is several times faster than the platform's codecs. */
const SHORT = 48;

/** The bytes of a text in UTF-8. Lone surrogates become U+FFFD; use `encodeName` where they must survive. */
export function encodeUtf8(text: string): Uint8Array {
	const { length } = text;
	if (length > SHORT) return encoder.encode(text);
	const bytes = new Uint8Array(length);
	for (let i = 0; i < length; i++) {
		const code = text.charCodeAt(i);
		if (code >= 0x80) return encoder.encode(text);
		bytes[i] = code;
	}
	return bytes;
}

/** The text of bytes in UTF-8; what is not valid becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
	if (bytes.length > SHORT) return decodeLong(bytes);
	let text = '';
	for (const byte of bytes) {
		if (byte >= 0x80) return decodeLong(bytes);
		text += String.fromCharCode(byte);
	}
	return text;
}

function decodeLong(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** A lone surrogate that stands for a byte; in a `u` pattern the halves of a pair do not count. */
const escaped = /[\udc80-\udcff]/u;

/** Any bytes as a string from which `encodeName` makes the same bytes again. */
export function decodeName(bytes: Uint8Array): string {
	const text = decodeUtf8(bytes);
	return text.includes('\ufffd') ? decodeEscaped(bytes) : text;
}

/** The bytes that `decodeName` made `name` of; for any other string, its UTF-8. */
export function encodeName(name: string): Uint8Array {
	return escaped.test(name) ? encodeEscaped(name) : encodeUtf8(name);
}

function decodeEscaped(bytes: Uint8Array): string {
	let text = '';
	for (let i = 0; i < bytes.length; ) {
		const length = sequenceLength(bytes, i);
		if (length === 0) {
			text += String.fromCharCode(0xdc00 + bytes[i]!);
			i++;
		} else {
			text += decodeUtf8(bytes.subarray(i, i + length));
			i += length;
		}
	}
	return text;
}

/** Length of the valid UTF-8 sequence at `start`, 0 where there is none (RFC 3629, section 4). */
function sequenceLength(bytes: Uint8Array, start: number): number {
	const first = bytes[start]!;
	if (first < 0x80) return 1;
	if (first < 0xc2 || first > 0xf4) return 0;
	const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	const [low, high] = secondByteRange(first);
	for (let i = 1; i < length; i++) {
		const byte = bytes[start + i] ?? 0;
		if (byte < (i === 1 ? low : 0x80) || byte > (i === 1 ? high : 0xbf)) return 0;
	}
	return length;
}

function secondByteRange(first: number): [number, number] {
	switch (first) {
		case 0xe0:
			return [0xa0, 0xbf];
		case 0xed:
			return [0x80, 0x9f];
		case 0xf0:
			return [0x90, 0xbf];
		case 0xf4:
			return [0x80, 0x8f];
		default:
			return [0x80, 0xbf];
	}
}

function encodeEscaped(name: string): Uint8Array {
	const out = new Writer();
	for (const char of name) {
		const code = char.codePointAt(0)!;
		if (code >= 0xdc80 && code <= 0xdcff) out.u8(code - 0xdc00);
		else out.bytes(encodeUtf8(char));
	}
	return out.finish();
}

/** The 64 bits at `offset` as a safe integer. Throws EINVAL from 2^53 on. */
export function getU64n(view: DataView, offset: number): number {
	const high = view.getUint32(offset + 4, true);
	if (high > 0x1fffff) throw new Errno('EINVAL', 'a number of 2^53 or more');
	return high * 0x1_0000_0000 + view.getUint32(offset, true);
}

/** The signed 64 bits at `offset` as a safe integer. Throws EINVAL from 2^53 on, on either side. */
export function getS64n(view: DataView, offset: number): number {
	const value = view.getInt32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true);
	if (!Number.isSafeInteger(value)) throw new Errno('EINVAL', 'a number of 2^53 or more');
	return value;
}

/** Writes 64 bits. Throws EINVAL for anything but a safe integer that is not negative. */
export function setU64n(view: DataView, offset: number, value: number): void {
	if (value < 0) throw new Errno('EINVAL', `${value} is below zero`);
	setS64n(view, offset, value);
}

/** Writes 64 bits with a sign. Throws EINVAL for anything but a safe integer. */
export function setS64n(view: DataView, offset: number, value: number): void {
	if (!Number.isSafeInteger(value)) throw new Errno('EINVAL', `${value} is not a safe integer`);
	const low = value >>> 0;
	view.setUint32(offset, low, true);
	view.setInt32(offset + 4, (value - low) / 0x1_0000_0000, true);
}

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
