/**
 * bitmap - sets of processors and nodes as text (lib/bitmap-str.c, and bitmap_string and bitmap_list_string of lib/vsprintf.c).
 *
 * A set is a bigint with a bit for each member.
 */

import { Errno } from '../../src/lib/errno.ts';

/** The lowest `count` numbers. */
export function firstBits(count: number): bigint {
	return (1n << BigInt(count)) - 1n;
}

/** A set of `size` bits, as %*pb prints it: words of 32 bits in hex, the first only as wide as it need be. */
export function bitmapString(set: bigint, size: number): string {
	const hex = set.toString(16).padStart(Math.ceil(size / 4), '0');
	return hex.replace(/\B(?=(.{8})+$)/g, ',');
}

/** A set as ranges, as %*pbl prints it: `0-3,8`. Empty for the empty set. */
export function bitmapListString(set: bigint): string {
	const ranges: string[] = [];
	for (let at = 0; set >> BigInt(at) !== 0n; at++) {
		if (((set >> BigInt(at)) & 1n) === 0n) continue;
		const from = at;
		while (((set >> BigInt(at + 1)) & 1n) !== 0n) at++;
		ranges.push(from === at ? `${from}` : `${from}-${at}`);
	}
	return ranges.join(',');
}

/** The words of the first line of a text. */
function words(text: string): string[] {
	return text
		.split('\n', 1)[0]!
		.split(/[,\s]+/)
		.filter(word => word !== '');
}

/**
 * The set that text in hex stands for, in words of up to eight digits with commas or blanks between them (bitmap_parse). EINVAL for
 * other characters, EOVERFLOW for a word that is longer, and for more words or members than a set of `size` bits has room for.
 */
export function bitmapParse(text: string, size: number): bigint {
	const chunks = words(text);
	if (chunks.some(chunk => !/^[0-9a-f]+$/i.test(chunk))) throw new Errno('EINVAL');
	if (chunks.some(chunk => chunk.length > 8)) throw new Errno('EOVERFLOW');
	const set = chunks.reduce((set, chunk) => (set << 32n) | BigInt(`0x${chunk}`), 0n);
	if (chunks.length > Math.ceil(size / 32) || set >> BigInt(size) !== 0n) throw new Errno('EOVERFLOW');
	return set;
}

/**
 * The set that ranges stand for, as `0-3,8` (bitmap_parselist). EINVAL for what is no range, ERANGE for a member that a set of `size`
 * bits has no room for.
 *
 * Divergence: `all`, `N` for the last, and `0-9:1/3` for parts of a range are not understood.
 */
export function bitmapParselist(text: string, size: number): bigint {
	return words(text).reduce((set, range) => {
		const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
		if (from === undefined || Number(to) < Number(from)) throw new Errno('EINVAL');
		if (Number(to) >= size) throw new Errno('ERANGE');
		return set | (firstBits(Number(to) - Number(from) + 1) << BigInt(from));
	}, 0n);
}
