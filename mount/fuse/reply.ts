/**
 * reply - what follows the header of a reply.
 *
 * A `Body` is a column of the opcode table: it writes the answer of a handler into the buffer, and prints it again for the
 * trace.
 */

import type { Struct } from '../../src/lib/struct.ts';
import { decodeName } from '../../src/lib/text.ts';
import { FUSE_REC_ALIGN, fuse_dirent } from '../../src/uapi/fuse.ts';
import type { MessageBuffer } from './message.ts';

/** How an answer of type `R` lies in a reply. */
export interface Body<R> {
	/** Writes `answer` at `offset` and answers where it ends. Throws EINVAL for a number that does not fit. */
	write(buffer: MessageBuffer, offset: number, answer: R): number;
	/** What lies between `offset` and `end`, for the trace. */
	format(buffer: MessageBuffer, offset: number, end: number): string;
}

/** Writes itself at `offset` and answers where it ends. */
export type Pack = (buffer: MessageBuffer, offset: number) => number;

/** Nothing follows the header. */
export const none: Body<void> = { write: (_, offset) => offset, format: () => '' };

/** There is no reply at all, not even a header. */
export const silent: Body<void> = { ...none };

/** Bytes, as many as there are. */
export const data: Body<Uint8Array> = {
	write({ bytes }, offset, answer) {
		bytes.set(answer, offset);
		return offset + answer.length;
	},
	format: ({ bytes }, offset, end) => quote(bytes.subarray(offset, end)),
};

/** A struct. */
export function one<T, I>(struct: Struct<T, I>): Body<I> {
	return {
		write({ view }, offset, answer) {
			struct.encode(view, offset, answer);
			return offset + struct.size;
		},
		format: ({ view }, offset) => struct.format(struct.decode(view, offset)),
	};
}

/** Two structs, one after the other. */
export function two<A, B>(a: Struct<unknown, A>, b: Struct<unknown, B>): Body<readonly [A, B]> {
	const [first, second] = [one(a), one(b)];
	return {
		write: (buffer, offset, answer) => second.write(buffer, first.write(buffer, offset, answer[0]), answer[1]),
		format: (buffer, offset, end) =>
			`${first.format(buffer, offset, end)} ${second.format(buffer, offset + a.size, end)}`,
	};
}

/**
 * The records of a listing: `lead` bytes, a fuse_dirent, a name, padding to 8 bytes. The answer writes them by itself (do_dir.ts):
 * `ls -l` of a large directory is made of little else.
 */
export function records(lead: number): Body<Pack> {
	return {
		write: (buffer, offset, pack) => pack(buffer, offset),
		format({ bytes, view }, offset, end) {
			const names: string[] = [];
			for (let at = offset; at < end; ) {
				const nameAt = at + lead + fuse_dirent.size;
				const { namelen } = fuse_dirent.decode(view, at + lead);
				names.push(quote(bytes.subarray(nameAt, nameAt + namelen)));
				at += FUSE_REC_ALIGN(nameAt - at + namelen);
			}
			return `[${names.join(', ')}]`;
		},
	};
}

/** Bytes that a trace shows of a string. */
const SHOWN = 32;

/** Bytes as strace prints them: the first 32 in quotes, and how many there are if that is more. */
export function quote(bytes: Uint8Array): string {
	const text = quoteName(decodeName(bytes.subarray(0, SHOWN)));
	return bytes.length > SHOWN ? `${text}... (${bytes.length})` : text;
}

/** A name in quotes; what is no text is shown as the bytes it stands for. */
export function quoteName(name: string): string {
	const escapes = /\\(?:u(?:00|dc)([0-9a-f]{2})|.)/g;
	return JSON.stringify(name).replace(escapes, (whole, byte?: string) => (byte ? `\\x${byte}` : whole));
}
