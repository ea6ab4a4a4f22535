/**
 * libfs - what simple file systems and drivers have in common (fs/libfs.c).
 */

import type {
	DirContext,
	File,
	FileOperations,
	InodeOperations,
	Timespec,
	Inode as VfsInode,
} from '../../src/boundary/vfs.ts';
import { Errno } from '../../src/lib/errno.ts';
import { encodeName } from '../../src/lib/text.ts';
import { SEEK_CUR, SEEK_SET } from '../../src/uapi/fcntl.ts';
import { DT_DIR, direntType, S_IFDIR, S_IFREG } from '../../src/uapi/stat.ts';
import { Inode, newInode } from './inode.ts';
import { genericFileLlseek, MAX_NON_LFS } from './read_write.ts';
import type { SuperBlock } from './super.ts';

const NAME_MAX = 255;

/** What a read operation answers that shows the bytes of `from` (simple_read_from_buffer). EINVAL for a negative position. */
export function simpleReadFromBuffer(from: Uint8Array, count: number, pos: number): Uint8Array {
	if (pos < 0) throw new Errno('EINVAL');
	return from.subarray(pos, pos + count);
}

/**
 * Copies written bytes to `to` at `pos`, as many as there is room for, and gives what the write operation answers
 * (simple_write_to_buffer). EINVAL for a negative position; at the end 0 bytes are taken.
 */
export function simpleWriteToBuffer(
	to: Uint8Array,
	pos: number,
	data: Uint8Array,
): { readonly count: number; readonly pos: number } {
	if (pos < 0) throw new Errno('EINVAL');
	const count = Math.max(0, Math.min(data.length, to.length - pos));
	to.set(data.subarray(0, count), count === 0 ? 0 : pos);
	return { count, pos: pos + count };
}

/** What a lookup begins with whose file system has no names above 255 bytes: ENAMETOOLONG (simple_lookup). */
export function checkNameLength(name: string): void {
	if (name.length * 3 > NAME_MAX && encodeName(name).length > NAME_MAX) throw new Errno('ENAMETOOLONG');
}

/** Emits `.` and `..` where they are still due (dir_emit_dots). False when one did not fit. */
export function dirEmitDots(dir: DirContext, ino: number, parentIno: number): boolean {
	if (dir.pos === 0) {
		if (!dir.emit('.', ino, DT_DIR)) return false;
		dir.pos = 1;
	}
	if (dir.pos === 1) {
		if (!dir.emit('..', parentIno, DT_DIR)) return false;
		dir.pos = 2;
	}
	return true;
}

/** An llseek operation of a directory: only from the beginning and from where it is (dcache_dir_lseek). EINVAL. */
export function dcacheDirLseek(file: File, offset: number, whence: number): number {
	if (whence !== SEEK_SET && whence !== SEEK_CUR) throw new Errno('EINVAL');
	const pos = whence === SEEK_CUR ? file.pos + offset : offset;
	if (pos < 0) throw new Errno('EINVAL');
	return pos;
}

/** Emits the entries of a directory behind its dots, in the order given; positions count them. */
export function emitEntries(dir: DirContext, entries: Iterable<readonly [name: string, inode: VfsInode]>): void {
	let at = 2;
	for (const [name, inode] of entries) {
		if (at === dir.pos) {
			if (!dir.emit(name, inode.ino, direntType(inode.mode))) return;
			dir.pos += 1;
		}
		at += 1;
	}
}

/** A directory that remembers its entries itself, in the order in which they came. */
export class SimpleDirectory extends Inode {
	readonly entries = new Map<string, VfsInode>();
	/** The directory that holds it; the root's is itself. */
	parent: SimpleDirectory = this;

	/** Puts an inode into it. EEXIST where the name is taken. */
	add(name: string, inode: VfsInode): void {
		if (this.entries.has(name)) throw new Errno('EEXIST');
		this.entries.set(name, inode);
		if (!(inode instanceof SimpleDirectory)) return;
		inode.parent = this;
		this.nlink += 1;
	}
}

/** Operations of a `SimpleDirectory` in which nothing can be made or removed (simple_dir_inode_operations). */
export const simpleDirInodeOperations: InodeOperations = {
	lookup(dir, name) {
		checkNameLength(name);
		return (dir as SimpleDirectory).entries.get(name);
	},
};

/** Listing a `SimpleDirectory` (simple_dir_operations). */
export const simpleDirOperations: FileOperations = {
	llseek: genericFileLlseek(MAX_NON_LFS),
	iterate(file: File, dir: DirContext) {
		const inode = file.inode as SimpleDirectory;
		if (dirEmitDots(dir, inode.ino, inode.parent.ino)) emitEntries(dir, inode.entries);
	},
};

/** Operations of a directory that nothing is ever in, to mount something on (empty_dir_inode_operations). */
export const emptyDirInodeOperations: InodeOperations = {
	lookup() {
		throw new Errno('ENOENT');
	},
	setattr() {
		throw new Errno('EPERM');
	},
	listxattr() {
		throw new Errno('EOPNOTSUPP');
	},
};

/** Listing such a directory, whose two dots are all there is; `parentIno` finds the second (empty_dir_operations). */
export function emptyDirOperations(parentIno: (inode: VfsInode) => number): FileOperations {
	return {
		llseek: genericFileLlseek(2, 2),
		iterate: ({ inode }, dir) => void dirEmitDots(dir, inode.ino, parentIno(inode)),
	};
}

/** A file that `simpleFillSuper` makes: permission bits, and what can be done with it (struct tree_descr). */
export interface TreeDescr {
	readonly mode: number;
	readonly fop: FileOperations;
}

/** Gives a file system a root directory of mode 0755 with these files in it, all of them made at `time` (simple_fill_super). */
export function simpleFillSuper(sb: SuperBlock, time: Timespec, files: Readonly<Record<string, TreeDescr>>): void {
	const root = new SimpleDirectory({
		...{ sb, ino: sb.nextIno(), mode: S_IFDIR | 0o755, nlink: 2, time },
		...{ op: simpleDirInodeOperations, fop: simpleDirOperations },
	});
	for (const [name, { mode, fop }] of Object.entries(files)) {
		root.add(name, newInode(sb, { mode: S_IFREG | mode, time, op: {}, fop }));
	}
	sb.root = root;
}
