/**
 * bin_file - binary attributes: files of bytes that are read and written as a whole (the rest of fs/configfs/file.c).
 *
 * The first read fetches all that there is. What is written is collected, and handed over when the file is closed. One open file
 * can do one of both.
 */

import type { Context, File, FileOperations } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain, finallyDo, isPromise } from '../../../src/lib/awaitable.ts';
import { Errno, isErrno } from '../../../src/lib/errno.ts';
import type { KernfsNodeInit } from '../kernfs/dir.ts';
import { kernfsIopSetattr } from '../kernfs/inode.ts';
import type { ConfigfsDirent } from './dirent.ts';
import { ConfigfsBuffer, configfsOpen, configfsRelease } from './file.ts';
import type { ConfigfsBinAttribute } from './item.ts';

const nothing = new Uint8Array(0);

/** An open binary attribute. */
class BinBuffer extends ConfigfsBuffer {
	readonly attr: ConfigfsBinAttribute;
	/** What it has been used for. */
	used: 'read' | 'write' | undefined;
	/** What was fetched, or is to be handed over; it may have more room than `length`. */
	bytes: Uint8Array = nothing;
	length = 0;

	constructor(sd: ConfigfsDirent, attr: ConfigfsBinAttribute) {
		super(sd);
		this.attr = attr;
	}

	/** ETXTBSY for one that has been used otherwise. */
	use(how: 'read' | 'write'): void {
		if (this.used !== undefined && this.used !== how) throw new Errno('ETXTBSY');
		this.used = how;
	}

	/** EFBIG for more than the attribute takes. */
	checkSize(size: number): void {
		const { maxSize = 0 } = this.attr;
		if (maxSize !== 0 && size > maxSize) throw new Errno('EFBIG');
	}

	/** Makes room for `size` bytes, zeros where there was nothing. */
	grow(size: number): void {
		this.checkSize(size);
		if (size > this.bytes.length) {
			const larger = new Uint8Array(Math.max(size, 2 * this.bytes.length));
			larger.set(this.bytes.subarray(0, this.length));
			this.bytes = larger;
		}
		this.length = size;
	}
}

function bufferOf(file: File): BinBuffer {
	return file.privateData as BinBuffer;
}

/** Fetches what is to be read, where that is still due; what is empty is fetched again. */
function fill(buffer: BinBuffer, ctx: Context): Awaitable<Uint8Array> {
	buffer.use('read');
	if (buffer.length > 0) return buffer.bytes;
	const read = buffer.sd.frag.run(() => buffer.attr.read!(buffer.item, ctx));
	return chain(read, bytes => {
		buffer.checkSize(bytes.length);
		buffer.bytes = bytes.slice();
		buffer.length = bytes.length;
		return buffer.bytes;
	});
}

/** Bound: most bytes that a file collects which has no largest size; Linux gives up where memory does. */
const MOST = 64 << 20;

function collect(buffer: BinBuffer, data: Uint8Array, pos: number): { readonly count: number; readonly pos: number } {
	buffer.use('write');
	const end = pos + data.length;
	if (end > buffer.length) {
		buffer.checkSize(end);
		if (end > MOST) throw new Errno('ENOMEM');
		buffer.grow(end);
	}
	if (data.length === 0) throw new Errno('EFAULT');
	buffer.bytes.set(data, pos);
	return { count: data.length, pos: end };
}

/** Hands over what was written. Nobody hears what the attribute says to that. */
function commit(buffer: BinBuffer): Awaitable<void> {
	const bytes = buffer.bytes.subarray(0, buffer.length);
	const ignore = (error: unknown) => {
		if (!isErrno(error)) throw error;
	};
	try {
		const written = buffer.sd.frag.run(() => buffer.attr.write!(buffer.item, bytes));
		return isPromise(written) ? written.catch(ignore) : undefined;
	} catch (error) {
		return ignore(error);
	}
}

const configfsBinFileOperations: FileOperations = {
	open: configfsOpen(
		({ read, write }: ConfigfsBinAttribute) => ({ read, write }),
		(sd, attr) => new BinBuffer(sd, attr),
	),
	read(file, count, pos, ctx) {
		const buffer = bufferOf(file);
		return buffer.mutex.run(() =>
			chain(fill(buffer, ctx), bytes => {
				if (pos < bytes.length && count === 0) throw new Errno('EFAULT');
				return bytes.subarray(pos, pos + count);
			}),
		);
	},
	write(file, data, pos) {
		const buffer = bufferOf(file);
		return buffer.mutex.run(() => collect(buffer, data, pos));
	},
	release(_inode, file) {
		const buffer = bufferOf(file);
		return finallyDo(
			() => (buffer.used === 'write' ? commit(buffer) : undefined),
			() => configfsRelease(buffer.sd),
		);
	},
};

/** What the nodes of binary attributes have in common. */
export const configfsBinFileNode: Omit<KernfsNodeInit, 'mode'> = {
	op: { setattr: kernfsIopSetattr },
	fop: configfsBinFileOperations,
};
