/**
 * numbers - numbers in what is written to a file under /proc/sys (proc_get_long and its kin in kernel/sysctl.c).
 *
 * A number is decimal, or octal after 0, or hexadecimal after 0x, with a `-` before it or nothing. It ends with what is written,
 * or before one of the characters that its handler allows there.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { strtoulLenient } from '../../../src/lib/kstrto.ts';

const PAGE_SIZE = 4096;
/** Bytes that are looked at for one number; one of so many is too long. */
const TOKEN_MAX = 21;

/** White space that may stand behind a number (proc_wspace_sep). */
export const WHITE_SPACE = ' \t\n';

/** One number. */
export interface ParsedNumber {
	/** Without its sign: an unsigned long. */
	readonly value: bigint;
	readonly negative: boolean;
	/** The character behind it; undefined where it is the last. */
	readonly trailer: string | undefined;
}

/** What is left of what was written. */
export class SysctlText {
	readonly #buffer: Uint8Array;
	readonly #end: number;
	#at = 0;

	/** Bound: of longer ones only the first page but one byte is looked at. */
	constructor(buffer: Uint8Array, length: number) {
		this.#buffer = buffer;
		this.#end = Math.min(length, PAGE_SIZE - 1);
	}

	/** Bytes that are left. */
	get left(): number {
		return this.#end - this.#at;
	}

	/** Goes back, so that `left` bytes are left. */
	rewind(left: number): void {
		this.#at = this.#end - left;
	}

	/** Goes over one byte, if there is one. */
	skip(): void {
		if (this.left > 0) this.#at++;
	}

	/** Goes over white space, as C's isspace has it in the kernel's own table of Latin-1 (proc_skip_spaces). */
	skipSpaces(): void {
		while (this.left > 0 && isSpace(this.#buffer[this.#at]!)) this.#at++;
	}

	/** Goes over newlines (proc_skip_char). */
	skipNewlines(): void {
		while (this.left > 0 && this.#buffer[this.#at] === 0x0a) this.#at++;
	}

	/**
	 * Takes a number, which has to be followed by one of `trailers` or by nothing (proc_get_long). EINVAL where there is none,
	 * for more than 20 characters, and for what does not fit an unsigned long.
	 */
	number(trailers: string): ParsedNumber {
		const token = this.#token();
		const negative = token.startsWith('-') && this.left > 1;
		const digits = negative ? token.slice(1) : token;
		if (!/^[0-9]/.test(digits)) throw new Errno('EINVAL');
		const { value, end, overflow } = strtoulLenient(digits);
		const length = end + (negative ? 1 : 0);
		if (overflow || length === TOKEN_MAX) throw new Errno('EINVAL');
		const trailer = length < this.left ? String.fromCharCode(this.#buffer[this.#at + length]!) : undefined;
		if (trailer !== undefined && !trailers.includes(trailer)) throw new Errno('EINVAL');
		this.#at += length;
		return { value, negative, trailer };
	}

	#token(): string {
		return String.fromCharCode(...this.#buffer.subarray(this.#at, Math.min(this.#end, this.#at + TOKEN_MAX)));
	}
}

function isSpace(byte: number): boolean {
	return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xa0;
}
