/**
 * bitmap - sets of processors and nodes as text (bitmap_string and bitmap_list_string of lib/vsprintf.c).
 *
 * A set is a bigint with a bit for each member.
 */

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
