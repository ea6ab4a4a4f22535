/**
 * hex - the hexadecimal digits of 32 bits.
 *
 * toString(16) of a number is slow from 2 ** 31 up, where V8 keeps it as a double: several times as slow as this.
 */

const ZERO = 0x30;
/** How far the letters lie behind where the digit after 9 would be. */
const UPPER_GAP = 7;
const LOWER_GAP = 39;

/** The lower 32 bits of a number as eight digits. */
export function hex32(value: number, upper: boolean): string {
	const gap = upper ? UPPER_GAP : LOWER_GAP;
	return String.fromCharCode(
		digit(value >>> 28, gap),
		digit((value >>> 24) & 15, gap),
		digit((value >>> 20) & 15, gap),
		digit((value >>> 16) & 15, gap),
		digit((value >>> 12) & 15, gap),
		digit((value >>> 8) & 15, gap),
		digit((value >>> 4) & 15, gap),
		digit(value & 15, gap),
	);
}

function digit(n: number, gap: number): number {
	return n < 10 ? ZERO + n : ZERO + n + gap;
}
