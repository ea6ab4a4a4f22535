/**
 * printf - the kernel's printf.
 *
 * Simulates format_decode, number, string and vsnprintf of lib/vsprintf.c, and of its pointer formats `%p %px %pK %pe`:
 *
 *     %[-+ 0#][width][.precision][hh|h|l|ll|L|z|t]d i u x X o     width and precision are digits or *
 *     %c %s %p %%
 *
 * Integers are numbers or bigints and wrap to the width of the C type: 32 bits unless `hh`, `h`, `l`, `ll`, `L`, `z` or `t` say
 * otherwise. Width and precision of `%s` count bytes of UTF-8, and a string ends at its first NUL. A conversion that the kernel
 * does not know ends the output there, as in Linux. Bytes that are no text (`%c` above 127, a `%.3s` that cuts a character in
 * two) are lone surrogates, as in bytes.ts.
 *
 * Divergence: Linux warns once in its log of a conversion that it does not know; we are silent.
 * Divergence: `%s` prints what is no string as String() does; in C it would be an address.
 * Divergence: there are no addresses. `%p`, `%pK` and `%px` print a number as it is and an object as the kernel prints an address
 * before it has entropy to scramble it; other letters behind `%p` are ignored.
 */

import { errnoName, isErrno } from './errno.ts';
import { hex32 } from './hex.ts';
import { putAscii, putHex, putSigned, putString, putUnsigned } from './printf_bytes.ts';
import { decodeName, encodeName } from './text.ts';

/** What stands between the `%` and its letter (struct printf_spec). A width or precision of -1 is none. */
interface Spec {
	readonly left: boolean;
	readonly plus: boolean;
	readonly space: boolean;
	readonly special: boolean;
	readonly zero: boolean;
	readonly width: number;
	readonly precision: number;
	readonly signed: boolean;
	readonly base: 8 | 10 | 16;
	readonly upper: boolean;
	readonly bits: 8 | 16 | 32 | 64;
	/** True when a decimal number needs nothing around it. */
	readonly plain: boolean;
}

type Conversion = (value: unknown, spec: Spec) => string;

/** One conversion, the text before it, and how many arguments it takes. */
interface Piece {
	readonly literal: string;
	readonly takes: number;
	/** The text for the arguments from `at` on. */
	convert(args: readonly unknown[], at: number): string;
	/** Puts the same into a buffer, as the functions of printf_bytes.ts do. */
	put(buffer: Uint8Array, to: number, args: readonly unknown[], at: number): number;
}

/** A format taken apart; `tail` is the text behind the last conversion. */
interface Program {
	readonly pieces: readonly Piece[];
	readonly tail: string;
}

/** Formats taken apart before. Each is a pure function of its key, so kernels that share it share no state. */
const programs = new Map<string, Program>();
/** Bound: past this many formats the cache starts over. */
const PROGRAMS_MAX = 1024;

/**
 * The text of `args` by `format`. Throws TypeError where an integer is due and the argument is missing, or neither a number nor
 * a bigint nor a boolean.
 */
export function sprintf(format: string, ...args: readonly unknown[]): string {
	return vsprintf(format, args);
}

/**
 * Puts `sprintf`'s text at the beginning of `buffer`, as many of its bytes as there is room for, and gives the length that it
 * has in all. Nothing is put behind it.
 */
export function snprintf(buffer: Uint8Array, format: string, ...args: readonly unknown[]): number {
	const bytes = encodeName(vsprintf(format, args));
	buffer.set(bytes.subarray(0, buffer.length));
	return bytes.length;
}

/** `sprintf` with the arguments in an array. */
export function vsprintf(format: string, args: readonly unknown[]): string {
	const { pieces, tail } = programs.get(format) ?? remember(format);
	let out = '';
	let at = 0;
	for (let i = 0; i < pieces.length; i++) {
		const piece = pieces[i]!;
		out += piece.literal + piece.convert(args, at);
		at += piece.takes;
	}
	return out + tail;
}

/**
 * Puts `vsprintf`'s text into `buffer` from `at` on and answers where it ends. Where that is beyond the end of the buffer, it holds
 * part of the text.
 */
export function vprintTo(buffer: Uint8Array, at: number, format: string, args: readonly unknown[]): number {
	const { pieces, tail } = programs.get(format) ?? remember(format);
	let to = at;
	let arg = 0;
	for (let i = 0; i < pieces.length; i++) {
		const piece = pieces[i]!;
		to = piece.put(buffer, putString(buffer, to, piece.literal), args, arg);
		arg += piece.takes;
	}
	return putString(buffer, to, tail);
}

function remember(format: string): Program {
	if (programs.size >= PROGRAMS_MAX) programs.clear();
	const program = parse(format);
	programs.set(format, program);
	return program;
}

const directive =
	/%(?<flags>[-+ #0]*)(?<width>\d+|\*)?(\.(?<precision>\d+|\*)?)?(?<size>hh|h|ll|[lLzt])?(?<letter>p[0-9A-Za-z]*|.?)/gs;

type Groups = Readonly<Record<string, string | undefined>>;

function parse(format: string): Program {
	const pieces: Piece[] = [];
	let from = 0;
	for (const match of format.matchAll(directive)) {
		const literal = format.slice(from, match.index);
		const groups: Groups = match.groups!;
		const conversion = conversionOf(groups.letter!);
		if (conversion === undefined) return { pieces, tail: literal };
		pieces.push(piece(literal, groups, conversion));
		from = match.index + match[0].length;
	}
	return { pieces, tail: format.slice(from) };
}

function conversionOf(letter: string): Conversion | undefined {
	switch (letter[0]) {
		case 'd':
		case 'i':
		case 'u':
		case 'x':
		case 'X':
		case 'o':
			return integer;
		case 's':
			return string;
		case 'c':
			return char;
		case 'p':
			return letter[1] === 'e' ? errorPointer : pointer;
		case '%':
			return () => '%';
		default:
			return undefined;
	}
}

const sizes: Readonly<Record<string, Spec['bits']>> = { hh: 8, h: 16, l: 64, ll: 64, L: 64, z: 64, t: 64 };
const bases: Readonly<Record<string, Spec['base']>> = { x: 16, X: 16, p: 16, o: 8 };

function piece(literal: string, groups: Groups, conversion: Conversion): Piece {
	const { flags = '', width, precision, size = '', letter = '' } = groups;
	const spec: Spec = {
		left: flags.includes('-'),
		plus: flags.includes('+'),
		space: flags.includes(' '),
		special: flags.includes('#'),
		zero: flags.includes('0'),
		width: width === undefined || width === '*' ? -1 : fieldWidth(Number(width)),
		precision: precision === undefined || precision === '*' ? -1 : fieldPrecision(Number(precision)),
		signed: letter === 'd' || letter === 'i',
		base: bases[letter[0]!] ?? 10,
		upper: letter === 'X',
		bits: letter[0] === 'p' ? 64 : (sizes[size] ?? 32),
		plain: `${flags}${width ?? ''}${precision ?? ''}` === '' && 'diu'.includes(letter),
	};
	const own = letter === '%' ? 0 : 1;
	if (width !== '*' && precision !== '*') {
		const convert: Piece['convert'] = (args, at) => conversion(args[at], spec);
		return { literal, takes: own, convert, put: quickPut(conversion, spec) ?? putConverted(convert) };
	}
	const convert: Piece['convert'] = (args, at) => {
		let next = at;
		const widthGiven = width === '*' ? toInt(args[next++]) : undefined;
		const precisionGiven = precision === '*' ? toInt(args[next++]) : undefined;
		return conversion(args[next], withGiven(spec, widthGiven, precisionGiven));
	};
	const takes = own + (width === '*' ? 1 : 0) + (precision === '*' ? 1 : 0);
	return { literal, takes, convert, put: putConverted(convert) };
}

function putConverted(convert: Piece['convert']): Piece['put'] {
	return (buffer, to, args, at) => putString(buffer, to, convert(args, at));
}

/** Bound: as many digits are printed one by one. */
const MAX_DIGITS = 32;

/** For what long files are made of, without a string on the way: `%d`, `%u`, `%08x` and `%s`. Undefined for all else. */
function quickPut(conversion: Conversion, spec: Spec): Piece['put'] | undefined {
	const { base, bits, zero, width, precision, left, special, signed, plain, upper } = spec;
	if (conversion === string && width < 0 && precision < 0) {
		return (buffer, to, args, at) => {
			const value = args[at];
			const end = typeof value === 'string' ? putAscii(buffer, to, value) : -1;
			return end < 0 ? putString(buffer, to, string(value, spec)) : end;
		};
	}
	if (conversion !== integer || bits !== 32) return undefined;
	if (plain) {
		const put = signed ? putSigned : putUnsigned;
		return (buffer, to, args, at) => {
			const value = args[at];
			return typeof value === 'number' ? put(buffer, to, value) : putString(buffer, to, integer(value, spec));
		};
	}
	if (base !== 16 || precision >= 0 || left || special || (width > 0 && !zero) || width > MAX_DIGITS) return undefined;
	return (buffer, to, args, at) => {
		const value = args[at];
		if (typeof value !== 'number') return putString(buffer, to, integer(value, spec));
		return putHex(buffer, to, value, width, upper);
	};
}

// vsprintf.c:format_decode: a negative width is one to the left, a negative precision is 0
function withGiven(spec: Spec, width: number | undefined, precision: number | undefined): Spec {
	return {
		...spec,
		left: spec.left || (width !== undefined && width < 0),
		width: width === undefined ? spec.width : fieldWidth(Math.abs(width)),
		precision: precision === undefined ? spec.precision : fieldPrecision(precision),
	};
}

function fieldWidth(value: number): number {
	return Math.min(value, FIELD_WIDTH_MAX);
}

function fieldPrecision(value: number): number {
	return Math.min(Math.max(value, 0), PRECISION_MAX);
}

const FIELD_WIDTH_MAX = (1 << 23) - 1;
const PRECISION_MAX = (1 << 15) - 1;

function toInt(value: unknown): number {
	return Number(BigInt.asIntN(32, BigInt(toInteger(value))));
}

/** The argument as an integer of any size. */
function toInteger(value: unknown): number | bigint {
	if (typeof value === 'bigint') return value;
	if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : 0;
	if (typeof value === 'boolean') return Number(value);
	throw new TypeError(`printf: an integer is due, not ${value === undefined ? 'nothing' : typeof value}`);
}

/** Cuts the argument to the C type. */
function wrap(value: unknown, { bits, signed }: Spec): number | bigint {
	if (bits === 32 && typeof value === 'number') return signed ? value | 0 : value >>> 0;
	const integer = toInteger(value);
	if (bits !== 64) return Number(signed ? BigInt.asIntN(bits, BigInt(integer)) : BigInt.asUintN(bits, BigInt(integer)));
	if (Number.isSafeInteger(integer) && (signed || integer >= 0)) return integer;
	return signed ? BigInt.asIntN(64, BigInt(integer)) : BigInt.asUintN(64, BigInt(integer));
}

function integer(value: unknown, spec: Spec): string {
	const wrapped = wrap(value, spec);
	return spec.plain ? wrapped.toString() : number(wrapped, spec);
}

// vsprintf.c:number, which unlike C keeps the 0 flag beside a precision and prefixes a zero in hexadecimal
function number(value: number | bigint, spec: Spec): string {
	const digits = digitsOf(value, spec);
	const head = spec.signed || spec.special ? sign(value, spec) + prefix(value, spec) : '';
	const width = spec.width - head.length;
	if (digits.length >= width) return head + digits;
	if (spec.left) return head + digits.padEnd(width);
	return spec.zero ? head + digits.padStart(width, '0') : (head + digits).padStart(spec.width);
}

function digitsOf(value: number | bigint, { base, upper, precision }: Spec): string {
	const digits = magnitude(value, base, upper);
	return digits.length < precision ? digits.padStart(precision, '0') : digits;
}

function magnitude(value: number | bigint, base: Spec['base'], upper: boolean): string {
	if (base === 16 && typeof value === 'number' && value >= 2 ** 31 && value < 2 ** 32) return hex32(value, upper);
	const lower = (value < 0 ? -value : value).toString(base);
	return upper ? lower.toUpperCase() : lower;
}

function sign(value: number | bigint, { signed, plus, space }: Spec): string {
	if (!signed) return '';
	return value < 0 ? '-' : plus ? '+' : space ? ' ' : '';
}

function prefix(value: number | bigint, { special, base, upper }: Spec): string {
	if (!special || base === 10) return '';
	if (base === 16) return upper ? '0X' : '0x';
	return value === 0 || value === 0n ? '' : '0';
}

function string(value: unknown, spec: Spec): string {
	if (value === null || value === undefined)
		return cut('(null)', spec.precision < 0 ? { ...spec, precision: 16 } : spec);
	const text = String(value);
	const end = text.indexOf('\0');
	return cut(end < 0 ? text : text.slice(0, end), spec);
}

/** A string to the precision and the width, in bytes. */
function cut(text: string, spec: Spec): string {
	if (spec.width < 0 && spec.precision < 0) return text;
	const bytes = encodeName(text);
	if (bytes.length === text.length) return pad(spec.precision < 0 ? text : text.slice(0, spec.precision), 0, spec);
	const kept = spec.precision < 0 ? bytes : bytes.subarray(0, spec.precision);
	const shown = decodeName(kept);
	return pad(shown, kept.length - shown.length, spec);
}

/** Pads a text that is `more` bytes longer than its characters. */
function pad(text: string, more: number, { left, width }: Spec): string {
	return left ? text.padEnd(width - more) : text.padStart(width - more);
}

function char(value: unknown, spec: Spec): string {
	const code = typeof value === 'string' ? encodeName(value)[0] : toInt(value);
	return pad(decodeName(Uint8Array.of(code ?? 0)), 0, spec);
}

function pointer(value: unknown, spec: Spec): string {
	if (typeof value === 'object' || typeof value === 'function' || typeof value === 'string') {
		if (value !== null) return cut('(____ptrval____)', { ...spec, width: 16 });
	}
	const address = wrap(value ?? 0, spec);
	return number(address, spec.width < 0 ? { ...spec, width: 16, zero: true } : spec);
}

/** `-ENOENT` for an Errno or a negative error number, as for an ERR_PTR in C. */
function errorPointer(value: unknown, spec: Spec): string {
	const code = isErrno(value) ? value.errno : typeof value === 'bigint' ? Number(value) : value;
	if (typeof code !== 'number' || code >= 0 || code < -MAX_ERRNO) return pointer(value, spec);
	const name = errnoName(code);
	return name === undefined ? number(code, { ...spec, signed: true, base: 10 }) : cut(`-${name}`, spec);
}

const MAX_ERRNO = 4095;
