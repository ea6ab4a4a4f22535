/** int64 - 64 bits as a JavaScript number, for ids, sizes and offsets. Little-endian, as struct.ts is. */

import { Errno } from './errno.ts';

/** The 64 bits at `offset` as a safe integer. Throws EINVAL from 2^53 on. */
export function getU64n(view: DataView, offset: number): number {
	const high = view.getUint32(offset + 4, true);
	if (high > 0x1fffff) throw new Errno('EINVAL', 'a number of 2^53 or more');
	return high * 0x1_0000_0000 + view.getUint32(offset, true);
}

/** The signed 64 bits at `offset` as a safe integer. Throws EINVAL from 2^53 on, on either side. */
export function getS64n(view: DataView, offset: number): number {
	const value = view.getInt32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true);
	if (!Number.isSafeInteger(value)) throw new Errno('EINVAL', 'a number of 2^53 or more');
	return value;
}

/** Writes 64 bits. Throws EINVAL for anything but a safe integer that is not negative. */
export function setU64n(view: DataView, offset: number, value: number): void {
	if (value < 0) throw new Errno('EINVAL', `${value} is below zero`);
	setS64n(view, offset, value);
}

/** Writes 64 bits with a sign. Throws EINVAL for anything but a safe integer. */
export function setS64n(view: DataView, offset: number, value: number): void {
	if (!Number.isSafeInteger(value)) throw new Errno('EINVAL', `${value} is not a safe integer`);
	const low = value >>> 0;
	view.setUint32(offset, low, true);
	view.setInt32(offset + 4, (value - low) / 0x1_0000_0000, true);
}
