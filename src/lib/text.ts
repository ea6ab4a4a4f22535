/**
 * text - text in UTF-8, and names that need not be.
 *
 * File names on Linux are bytes, in JavaScript strings. `decodeName` and `encodeName` carry any bytes there and back: a byte
 * that is not part of valid UTF-8 becomes a lone surrogate of U+DC80 to U+DCFF, as Python's surrogateescape has it.
 */

import { Buffer } from 'node:buffer';

const encoder = new TextEncoder();

/** Up to this length a loop over characters is several times faster than the platform's codecs. */
const SHORT = 48;

/** The bytes of a text in UTF-8. Lone surrogates become U+FFFD; use `encodeName` where they must survive. */
export function encodeUtf8(text: string): Uint8Array {
	return encodeShort(text) ?? encoder.encode(text);
}

/** The bytes of a text that is short and in ASCII; undefined for any other. */
function encodeShort(text: string): Uint8Array | undefined {
	const { length } = text;
	if (length > SHORT) return undefined;
	const bytes = new Uint8Array(length);
	for (let i = 0; i < length; i++) {
		const code = text.charCodeAt(i);
		if (code >= 0x80) return undefined;
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
	return encodeShort(name) ?? (escaped.test(name) ? encodeEscaped(name) : encoder.encode(name));
}

/** How many bytes `encodeName` makes of a name. */
export function encodedLength(name: string): number {
	return isAscii(name) ? name.length : encodeName(name).length;
}

/** Puts the bytes that `encodeName` makes of a name into `bytes`, from `at` on. There must be room for them. */
export function putName(bytes: Uint8Array, at: number, name: string): void {
	if (!isAscii(name)) bytes.set(encodeName(name), at);
	else for (let i = 0; i < name.length; i++) bytes[at + i] = name.charCodeAt(i);
}

function isAscii(text: string): boolean {
	for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
	return true;
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
	const bytes: number[] = [];
	for (const char of name) {
		const code = char.codePointAt(0)!;
		if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
		else bytes.push(...encodeUtf8(char));
	}
	return Uint8Array.from(bytes);
}
