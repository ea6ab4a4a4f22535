/**
 * large_bitmap - sets of bits under /proc/sys, as ranges between commas: `1,3-5,100` (proc_do_large_bitmap in kernel/sysctl.c).
 *
 * A write at the beginning of the file sets the bits that it names and clears all others; one behind it adds to them. Nothing is
 * changed by one that is refused.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { type Bitmap, checked } from './ctl_table.ts';
import { SysctlText } from './numbers.ts';

/** What may stand behind the first number of a range, and behind the second. */
const AFTER_FIRST = '-,\n';
const AFTER_SECOND = ',\n\0';

/** A set of `maxlen` bits. EINVAL for a bit that is not in it, and for a range that goes down. */
export const procDoLargeBitmap = checked<Bitmap>(
	({ data, maxlen = 0 }, call) => {
		if (data === undefined || maxlen === 0 || call.len === 0 || (call.pos !== 0 && !call.write)) {
			call.nothing();
			return;
		}
		if (!call.write) {
			call.reply(`${[...ranges(data.get(), maxlen)].join(',')}\n`);
			return;
		}
		const text = new SysctlText(call.buffer, call.len);
		const skipped = call.len - text.left;
		const bits = call.pos === 0 ? new Uint8Array(Math.ceil(maxlen / 8)) : data.get().slice();
		takeRanges(text, skipped > 0, maxlen, (first, last) => {
			for (let bit = first; bit <= last; bit++) bits[bit >> 3]! |= 1 << (bit & 7);
		});
		data.set(bits);
		call.took(text.left + skipped);
	},
	() => [],
);

/** The ranges of bits that are set. */
function* ranges(bits: Bitmap, length: number): Generator<string> {
	const isSet = (bit: number): boolean => bit < length && (bits[bit >> 3]! & (1 << (bit & 7))) !== 0;
	for (let bit = 0; bit < length; bit++) {
		if (!isSet(bit)) continue;
		const first = bit;
		while (isSet(bit + 1)) bit++;
		yield first === bit ? `${first}` : `${first}-${bit}`;
	}
}

/**
 * Tells each range. Where the text was `cut`, it stops before one that may be cut in its middle, and leaves that to the next
 * write.
 */
function takeRanges(text: SysctlText, cut: boolean, length: number, set: (first: number, last: number) => void): void {
	let trailer = '';
	text.skipNewlines();
	while (text.left > 0) {
		const before = text.left;
		const first = takeUnlessCut(text, AFTER_FIRST, cut ? 1 : -1);
		if (first === undefined) {
			text.rewind(before);
			return;
		}
		if (first.negative || first.value >= length) throw new Errno('EINVAL');
		// A number that ends the text leaves the character behind the one before it.
		trailer = first.trailer ?? trailer;
		text.skip();
		let last = first;
		if (trailer === '-') {
			const second = takeUnlessCut(text, AFTER_SECOND, cut ? 0 : -1);
			if (second === undefined) {
				text.rewind(before);
				return;
			}
			if (second.negative || second.value >= length || second.value < first.value) throw new Errno('EINVAL');
			trailer = second.trailer ?? trailer;
			text.skip();
			last = second;
		}
		set(Number(first.value), Number(last.value));
		text.skipNewlines();
	}
}

/** A number; undefined where no more than `least` bytes are left, behind it or where it is refused. */
function takeUnlessCut(text: SysctlText, trailers: string, least: number) {
	try {
		const number = text.number(trailers);
		return text.left <= least ? undefined : number;
	} catch (error) {
		if (text.left <= least) return undefined;
		throw error;
	}
}
