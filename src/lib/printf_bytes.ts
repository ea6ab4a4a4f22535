/**
 * printf_bytes - text put into a buffer byte by byte.
 *
 * A long file is printed twice as fast where no strings are made on the way. Each function puts what it prints at `at` and answers
 * where that ends. What lies behind the end of the buffer is put nowhere: a result of more than `buffer.length` says so.
 */

import { encodeName } from './text.ts';

const ZERO = 0x30;
/** How far the letters lie behind where the digit after 9 would be. */
const UPPER_GAP = 7;
const LOWER_GAP = 39;

/** A string as `encodeName` has it. */
export function putString(buffer: Uint8Array, at: number, text: string): number {
	const end = putAscii(buffer, at, text);
	return end < 0 ? putBytes(buffer, at, encodeName(text)) : end;
}

/** A string of ASCII without a NUL; a negative number for any other. */
export function putAscii(buffer: Uint8Array, at: number, text: string): number {
	const end = at + text.length;
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		if (code === 0 || code >= 0x80) return -1;
		buffer[at + i] = code;
	}
	return end;
}

/** Bytes as they are. */
export function putBytes(buffer: Uint8Array, at: number, bytes: Uint8Array): number {
	const end = at + bytes.length;
	if (end <= buffer.length) buffer.set(bytes, at);
	return end;
}

/** The lower 32 bits of a number with their sign, in decimal. */
export function putSigned(buffer: Uint8Array, at: number, value: number): number {
	const signed = value | 0;
	if (signed >= 0) return putUnsigned(buffer, at, signed);
	buffer[at] = 0x2d;
	return putUnsigned(buffer, at + 1, -signed);
}

/** The lower 32 bits of a number in decimal. */
export function putUnsigned(buffer: Uint8Array, at: number, value: number): number {
	let rest = value >>> 0;
	const end = at + decimalDigits(rest);
	for (let i = end - 1; i >= at; i--) {
		const quotient = (rest / 10) >>> 0;
		buffer[i] = ZERO + rest - quotient * 10;
		rest = quotient;
	}
	return end;
}

function decimalDigits(value: number): number {
	if (value < 100_000) {
		if (value < 100) return value < 10 ? 1 : 2;
		return value < 1000 ? 3 : value < 10_000 ? 4 : 5;
	}
	if (value < 10_000_000) return value < 1_000_000 ? 6 : 7;
	return value < 100_000_000 ? 8 : value < 1_000_000_000 ? 9 : 10;
}

/** The lower 32 bits of a number in hexadecimal, with zeros before them up to `width` digits. */
export function putHex(buffer: Uint8Array, at: number, value: number, width: number, upper: boolean): number {
	let rest = value >>> 0;
	const gap = upper ? UPPER_GAP : LOWER_GAP;
	const end = at + Math.max(width, hexDigits(rest));
	for (let i = end - 1; i >= at; i--) {
		const digit = rest & 15;
		buffer[i] = digit < 10 ? ZERO + digit : ZERO + digit + gap;
		rest >>>= 4;
	}
	return end;
}

function hexDigits(value: number): number {
	return value === 0 ? 1 : (35 - Math.clz32(value)) >> 2;
}
