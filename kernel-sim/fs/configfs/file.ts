/**
 * file - attributes: files of text, of one value each.
 *
 * Simulates fs/configfs/file.c. What is shown is fetched once per open file and kept for every read of it; a write through the same
 * open file has it fetched anew. Each write is one store, wherever it is aimed at.
 *
 * Divergence: a size that is set is forgotten at once; in Linux, fstat(2) shows it until the file is closed.
 */

import type { Context, File, FileOperations, Inode } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { decodeName, encodeName } from '../../../src/lib/text.ts';
import { FMODE_READ, FMODE_WRITE } from '../../../src/uapi/fs.ts';
import { S_IRUGO, S_IWUGO } from '../../../src/uapi/stat.ts';
import { Mutex } from '../../kernel/mutex.ts';
import type { KernfsNodeInit } from '../kernfs/dir.ts';
import { kernfsIopSetattr, kernfsNode } from '../kernfs/inode.ts';
import { genericFileLlseek } from '../read_write.ts';
import { type ConfigfsDirent, direntOf } from './dirent.ts';
import type { ConfigfsAttribute, ConfigItem } from './item.ts';

/** Most bytes that an attribute may show; one less may be stored at a time. */
const SIMPLE_ATTR_SIZE = 4096;

/** What every open file of configfs has (struct configfs_buffer). */
export class ConfigfsBuffer {
	/** The directory of the item. */
	readonly sd: ConfigfsDirent;
	/** Held through each read and write. */
	readonly mutex = new Mutex();

	constructor(sd: ConfigfsDirent) {
		this.sd = sd;
	}

	get item(): ConfigItem {
		return this.sd.item;
	}
}

/**
 * The open operation of the files of one kind (__configfs_open_file): `operations` are those of an attribute by which it is read and
 * written, `make` makes what an open file has. ENOENT once the item is gone, ENODEV once the module goes, which stays as long as the
 * file is open; EACCES for what neither mode nor attribute allow, root not excepted.
 */
export function configfsOpen<A>(
	operations: (attr: A) => { readonly read: unknown; readonly write: unknown },
	make: (sd: ConfigfsDirent, attr: A) => ConfigfsBuffer,
): (inode: Inode, file: File) => Awaitable<void> {
	return (inode, file) => {
		const kn = kernfsNode(inode);
		const sd = direntOf(kn.parent!);
		const attr = kn.priv as A;
		return sd.frag.run(() => {
			if (sd.owner?.tryGet() === false) throw new Errno('ENODEV');
			const { read, write } = operations(attr);
			const denied =
				((file.mode & FMODE_WRITE) !== 0 && ((inode.mode & S_IWUGO) === 0 || write === undefined)) ||
				((file.mode & FMODE_READ) !== 0 && ((inode.mode & S_IRUGO) === 0 || read === undefined));
			if (denied) {
				sd.owner?.put();
				throw new Errno('EACCES');
			}
			file.privateData = make(sd, attr);
		});
	};
}

/** Undoes `configfsOpen` (configfs_release). */
export function configfsRelease({ owner }: ConfigfsDirent): void {
	owner?.put();
}

/** An open attribute. */
class TextBuffer extends ConfigfsBuffer {
	readonly attr: ConfigfsAttribute;
	/** What was shown; undefined before, and after a write. */
	page: Uint8Array | undefined;

	constructor(sd: ConfigfsDirent, attr: ConfigfsAttribute) {
		super(sd);
		this.attr = attr;
	}
}

function bufferOf(file: File): TextBuffer {
	return file.privateData as TextBuffer;
}

/** Asks for what is to be read, where that is still due (fill_read_buffer). EIO for more than there is room for. */
function fillReadBuffer(buffer: TextBuffer, ctx: Context): Awaitable<Uint8Array> {
	if (buffer.page !== undefined) return buffer.page;
	const shown = buffer.sd.frag.run(() => buffer.attr.show!(buffer.item, ctx));
	return chain(shown, text => {
		const bytes = typeof text === 'string' ? encodeName(text) : text.slice();
		if (bytes.length > SIMPLE_ATTR_SIZE) throw new RangeError(`${bytes.length} bytes shown by an attribute`);
		buffer.page = bytes;
		return bytes;
	});
}

function readFrom(page: Uint8Array, count: number, pos: number): Uint8Array {
	if (pos < page.length && count === 0) throw new Errno('EFAULT');
	return page.subarray(pos, pos + count);
}

/** Hands over what was written (fill_write_buffer, flush_write_buffer); how much was taken. */
function flushWriteBuffer(buffer: TextBuffer, data: Uint8Array, ctx: Context): Awaitable<number> {
	if (data.length === 0) throw new Errno('EFAULT');
	const bytes = data.subarray(0, SIMPLE_ATTR_SIZE - 1);
	buffer.page = undefined;
	const end = bytes.indexOf(0);
	const text = decodeName(end < 0 ? bytes : bytes.subarray(0, end));
	const stored = buffer.sd.frag.run(() => buffer.attr.store!(buffer.item, text, bytes, ctx));
	return chain(stored, count => {
		if (count !== undefined && count < 0) throw new RangeError(`store returned ${count}`);
		return count ?? bytes.length;
	});
}

const configfsFileOperations: FileOperations = {
	open: configfsOpen(
		({ show, store }: ConfigfsAttribute) => ({ read: show, write: store }),
		(sd, attr) => new TextBuffer(sd, attr),
	),
	read(file, count, pos, ctx) {
		const buffer = bufferOf(file);
		return buffer.mutex.run(() => chain(fillReadBuffer(buffer, ctx), page => readFrom(page, count, pos)));
	},
	write(file, data, pos, ctx) {
		const buffer = bufferOf(file);
		return buffer.mutex.run(() => chain(flushWriteBuffer(buffer, data, ctx), count => ({ count, pos: pos + count })));
	},
	llseek: genericFileLlseek(Number.MAX_SAFE_INTEGER),
	release(_inode, file) {
		configfsRelease(bufferOf(file).sd);
	},
};

/** What the nodes of attributes have in common. */
export const configfsFileNode: Omit<KernfsNodeInit, 'mode'> = {
	size: SIMPLE_ATTR_SIZE,
	op: { setattr: kernfsIopSetattr },
	fop: configfsFileOperations,
};
