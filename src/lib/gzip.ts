/**
 * gzip - bytes as a file of gzip (RFC 1952), for every program that unpacks one; stored, not made smaller (RFC 1951, 3.2.4).
 */

/** Most bytes that one stored block takes. */
const BLOCK_MAX = 0xffff;
/** The polynomial of CRC-32, its bits in reverse. */
const POLYNOMIAL = 0xedb8_8320;
/** Magic number, method deflate, no flags, no time, no hint, made on Unix. */
const HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3] as const;

/** How long `length` bytes are when they are packed. */
export function gzippedLength(length: number): number {
	return HEADER.length + 5 * blocksOf(length) + length + 8;
}

/** Packs `data`. */
export function gzipStored(data: Uint8Array): Uint8Array {
	const blocks = blocksOf(data.length);
	const out = new Uint8Array(gzippedLength(data.length));
	const view = new DataView(out.buffer);
	out.set(HEADER);
	let at = HEADER.length;
	for (let i = 0; i < blocks; i++) {
		const block = data.subarray(i * BLOCK_MAX, (i + 1) * BLOCK_MAX);
		view.setUint8(at, i === blocks - 1 ? 1 : 0);
		view.setUint16(at + 1, block.length, true);
		view.setUint16(at + 3, ~block.length, true);
		out.set(block, at + 5);
		at += 5 + block.length;
	}
	view.setUint32(at, crc32(data), true);
	view.setUint32(at + 4, data.length, true);
	return out;
}

function blocksOf(length: number): number {
	return Math.max(1, Math.ceil(length / BLOCK_MAX));
}

/** The check sum of gzip and Ethernet. */
export function crc32(data: Uint8Array): number {
	let crc = 0xffff_ffff;
	for (const byte of data) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
	}
	return ~crc >>> 0;
}
