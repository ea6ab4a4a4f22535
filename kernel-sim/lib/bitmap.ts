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

/**
 * The set that a text of hex digits in groups of 32 bits stands for (bitmap_parse): blanks and commas are between groups, what is
 * behind a newline is not looked at. EINVAL for other characters, EOVERFLOW for more than `size` bits.
 */
export function bitmapParse(text: string, size: number): bigint {
	const groups = text
		.split('\n', 1)[0]!
		.split(/[\s,]+/)
		.filter(group => group !== '');
	let set = 0n;
	for (const group of groups) {
		if (!/^[\da-f]+$/i.test(group)) throw new Errno('EINVAL');
		if (group.length > 8) throw new Errno('EOVERFLOW');
		set = (set << 32n) | BigInt(`0x${group}`);
	}
	if (groups.length > Math.ceil(size / 32) || set >> BigInt(size) !== 0n) throw new Errno('EOVERFLOW');
	return set;
}
