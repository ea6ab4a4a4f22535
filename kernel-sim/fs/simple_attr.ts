/**
 * simple_attr - files that hold one number.
 *
 * Simulates simple_attr_open, simple_attr_read and simple_attr_write of fs/libfs.c, and the macros around them. The number is
 * formatted by the first read and kept for those that go on from it; there is no seeking, so to read it anew is to open anew.
 * What is written is a number in any base, of which the first 23 bytes are looked at; its range is for `set` to check.
 */

import type { File, FileOperations } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { kstrtoll, kstrtoull } from '../../src/lib/kstrto.ts';
import { sprintf } from '../../src/lib/printf.ts';
import { decodeName, encodeUtf8 } from '../../src/lib/text.ts';
import { Mutex } from '../kernel/mutex.ts';
import { simpleReadFromBuffer } from './libfs.ts';
import { nonseekableOpen } from './open.ts';

/** Bytes that the text of a number may have, a NUL behind them included. */
const BUFFER_SIZE = 24;

/** Finds the number; `data` is what the file was made with. */
export type SimpleAttrGet<T> = (data: T) => Awaitable<bigint | number>;

/** Takes a number, or refuses it by an Errno. It is unsigned unless the attribute is a signed one. */
export type SimpleAttrSet<T> = (data: T, value: bigint) => Awaitable<void>;

/** An open attribute (struct simple_attr). */
interface SimpleAttr {
	readonly data: unknown;
	/** The text that was read first. */
	text: Uint8Array | undefined;
	readonly mutex: Mutex;
}

/**
 * Operations of a file that shows and takes a number of 64 bits (DEFINE_SIMPLE_ATTRIBUTE). `fmt` prints it, as `'%llu\n'`.
 * Without `get` a read is EACCES, without `set` a write is. A text that is no number is EINVAL, one that is too great ERANGE.
 */
export function defineSimpleAttribute<T>(
	get: SimpleAttrGet<T> | undefined,
	set: SimpleAttrSet<T> | undefined,
	fmt: string,
): FileOperations {
	return attribute(get, set, fmt, kstrtoull);
}

/** The same for a number with a sign, as `'%lld\n'` prints it (DEFINE_SIMPLE_ATTRIBUTE_SIGNED). */
export function defineSimpleAttributeSigned<T>(
	get: SimpleAttrGet<T> | undefined,
	set: SimpleAttrSet<T> | undefined,
	fmt: string,
): FileOperations {
	return attribute(get, set, fmt, kstrtoll);
}

function attribute<T>(
	get: SimpleAttrGet<T> | undefined,
	set: SimpleAttrSet<T> | undefined,
	fmt: string,
	parse: (text: string, base: 0) => bigint,
): FileOperations {
	return {
		open(_inode, file) {
			file.privateData = { data: file.privateData, text: undefined, mutex: new Mutex() } satisfies SimpleAttr;
			nonseekableOpen(file);
		},
		read(file, count, pos, { signal }) {
			if (get === undefined) throw new Errno('EACCES');
			const attr = attrOf(file);
			return attr.mutex.run(
				() => chain(textOf(attr, pos, get, fmt), text => simpleReadFromBuffer(text, count, pos)),
				signal,
			);
		},
		write(file, data, _pos, { signal }) {
			if (set === undefined) throw new Errno('EACCES');
			const attr = attrOf(file);
			const take = () => set(attr.data as T, parse(decodeName(data.subarray(0, BUFFER_SIZE - 1)), 0));
			return attr.mutex.run(() => chain(take(), () => data.length), signal);
		},
	};
}

function attrOf(file: File): SimpleAttr {
	return file.privateData as SimpleAttr;
}

function textOf<T>(attr: SimpleAttr, pos: number, get: SimpleAttrGet<T>, fmt: string): Awaitable<Uint8Array> {
	if (pos > 0 && attr.text !== undefined) return attr.text;
	return chain(get(attr.data as T), value => {
		attr.text = encodeUtf8(sprintf(fmt, value)).subarray(0, BUFFER_SIZE - 1);
		return attr.text;
	});
}
