/**
 * kstrto - numbers out of the text that user space wrote.
 *
 * Simulates lib/kstrtox.c, memparse of lib/cmdline.c and simple_strtoull of lib/vsprintf.c. A string ends at its first NUL, as
 * it does in C.
 *
 * The rules of the kstrto family: an optional sign, `+` for all and `-` for signed types only; base 0 takes 0x as hexadecimal
 * and another leading 0 as octal; one newline may follow; nothing else may stand before, between or behind. Otherwise EINVAL.
 * What is a number but not one of the type is ERANGE.
 */

import { Errno } from './errno.ts';

/** 0 recognises the base by the number's first characters. */
export type Base = 0 | 2 | 8 | 10 | 16;

const U64_MAX = (1n << 64n) - 1n;
const S64_MAX = (1n << 63n) - 1n;

/** Parses an unsigned long long. Throws EINVAL, ERANGE. */
export function kstrtoull(text: string, base: Base): bigint {
	const s = cString(text);
	return parse(s.startsWith('+') ? s.slice(1) : s, base);
}

/** Parses a long long. Throws EINVAL, ERANGE. */
export function kstrtoll(text: string, base: Base): bigint {
	const s = cString(text);
	if (!s.startsWith('-')) {
		const value = kstrtoull(s, base);
		if (value > S64_MAX) throw outOfRange(s);
		return value;
	}
	const value = parse(s.slice(1), base);
	if (value > S64_MAX + 1n) throw outOfRange(s);
	return -value;
}

/** Parses an unsigned long, which has 64 bits here. Throws EINVAL, ERANGE. */
export const kstrtoul = kstrtoull;

/** Parses a long, which has 64 bits here. Throws EINVAL, ERANGE. */
export const kstrtol = kstrtoll;

/** What `parse` gives, or EINVAL for whatever it refuses: many files do not tell a number out of range from no number. */
export function orEinval<T>(parse: () => T): T {
	try {
		return parse();
	} catch (error) {
		throw error instanceof Errno ? new Errno('EINVAL') : error;
	}
}

/** Parses an unsigned int. Throws EINVAL, ERANGE. */
export function kstrtouint(text: string, base: Base): number {
	return unsigned(text, base, 0xffffffffn);
}

/** Parses an int. Throws EINVAL, ERANGE. */
export function kstrtoint(text: string, base: Base): number {
	return signed(text, base, 0x7fffffffn);
}

/** Throws EINVAL, ERANGE. */
export function kstrtou16(text: string, base: Base): number {
	return unsigned(text, base, 0xffffn);
}

/** Throws EINVAL, ERANGE. */
export function kstrtos16(text: string, base: Base): number {
	return signed(text, base, 0x7fffn);
}

/** Throws EINVAL, ERANGE. */
export function kstrtou8(text: string, base: Base): number {
	return unsigned(text, base, 0xffn);
}

/** Throws EINVAL, ERANGE. */
export function kstrtos8(text: string, base: Base): number {
	return signed(text, base, 0x7fn);
}

/** y Y t T 1 and on are true, n N f F 0 and of are false; what follows is not looked at. Throws EINVAL for anything else. */
export function kstrtobool(text: string): boolean {
	const s = cString(text).toLowerCase();
	if (/^([yt1]|on)/.test(s)) return true;
	if (/^([nf0]|of)/.test(s)) return false;
	throw new Errno('EINVAL', `${JSON.stringify(text)} is neither true nor false`);
}

/** What a lenient parser made of the start of a text, and where it stopped. */
export interface Parsed {
	readonly value: bigint;
	/** Index of the first character that was not used. */
	readonly end: number;
}

/**
 * The unsigned number that `text` starts with, 0 where it starts with none; never refuses, and wraps at 64 bits. It knows no
 * sign and no white space.
 */
export function simpleStrtoull(text: string, base: Base): Parsed {
	const { value, end } = parseInteger(cString(text), base);
	return { value, end };
}

/** As `simpleStrtoull` of any base, for a parser that does not take what is above 64 bits (strtoul_lenient of kernel/sysctl.c). */
export function strtoulLenient(text: string): Parsed & { readonly overflow: boolean } {
	const { value, end, overflow } = parseInteger(cString(text), 0);
	return { value, end, overflow };
}

const units = 'KMGTPE';

/** A number, in any base, and a unit of K M G T P E behind it: `64M` is 64 << 20. Wraps at 64 bits and never refuses. */
export function memparse(text: string): Parsed {
	const { value, end } = simpleStrtoull(text, 0);
	const unit = units.indexOf((text[end] ?? '.').toUpperCase());
	if (unit < 0) return { value, end };
	return { value: (value << BigInt(10 * (unit + 1))) & U64_MAX, end: end + 1 };
}

function cString(text: string): string {
	const end = text.indexOf('\0');
	return end < 0 ? text : text.slice(0, end);
}

function parse(s: string, base: Base): bigint {
	const { value, start, end, overflow } = parseInteger(s, base);
	if (overflow) throw outOfRange(s);
	const rest = s.slice(end);
	if (end === start || (rest !== '' && rest !== '\n')) throw new Errno('EINVAL', `${JSON.stringify(s)} is no number`);
	return value;
}

/** Most digits of which a safe integer is made in any base. */
const SAFE_DIGITS = 13;

function parseInteger(s: string, base: Base): { value: bigint; start: number; end: number; overflow: boolean } {
	const { radix, start } = fixupRadix(s, base);
	let end = start;
	while (digitValue(s.charCodeAt(end)) < radix) end++;
	if (end === start) return { value: 0n, start, end, overflow: false };
	if (end - start <= SAFE_DIGITS) {
		return { value: BigInt(Number.parseInt(s.slice(start, end), radix)), start, end, overflow: false };
	}
	let value = 0n;
	let overflow = false;
	const factor = BigInt(radix);
	for (let i = start; i < end; i++) {
		value = value * factor + BigInt(digitValue(s.charCodeAt(i)));
		if (value <= U64_MAX) continue;
		overflow = true;
		value &= U64_MAX;
	}
	return { value, start, end, overflow };
}

// kstrtox.c:_parse_integer_fixup_radix takes 0x for hexadecimal only where a hexadecimal digit follows
function fixupRadix(s: string, base: Base): { radix: number; start: number } {
	const prefixed = /^0x/i.test(s);
	const radix = base !== 0 ? base : !s.startsWith('0') ? 10 : prefixed && /^..[0-9a-f]/i.test(s) ? 16 : 8;
	return { radix, start: radix === 16 && prefixed ? 2 : 0 };
}

function digitValue(code: number): number {
	if (code >= 0x30 && code <= 0x39) return code - 0x30;
	const lower = code | 0x20;
	return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : Number.POSITIVE_INFINITY;
}

function unsigned(text: string, base: Base, max: bigint): number {
	const value = kstrtoull(text, base);
	if (value > max) throw outOfRange(text);
	return Number(value);
}

function signed(text: string, base: Base, max: bigint): number {
	const value = kstrtoll(text, base);
	if (value > max || value < -max - 1n) throw outOfRange(text);
	return Number(value);
}

function outOfRange(text: string): Errno {
	return new Errno('ERANGE', `${JSON.stringify(text)} does not fit the type`);
}
