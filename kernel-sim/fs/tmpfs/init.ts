/**
 * init - files in a tmpfs that the kernel makes by itself (fs/init.c, init/initramfs.c).
 *
 *     const etc = new InitTree(sb.root, kernel.fsnotify);
 *     etc.writeFile('hostname', 'ring3\n');
 *     etc.populate({ 'ld.so.conf.d': null, 'apt/sources.list': 'deb ...\n' });
 *
 * All of it belongs to root. Nobody asks for these changes by a system call, so each is announced to whoever caches names and
 * attributes. Paths are relative to the tree's root, links in them are not followed, and directories on the way are made.
 */

import type { Invalidation } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { encodeUtf8 } from '../../../src/lib/text.ts';
import { S_IFDIR, S_IFREG } from '../../../src/uapi/stat.ts';
import { writePages } from './file.ts';
import { Directory, RegularFile, type ShmemInode, type Symlink } from './inode.ts';
import { type Maker, shmemMknod, shmemRmdir, shmemSymlink, shmemUnlink } from './namei.ts';

const ROOT: Maker = { uid: 0, gid: 0 };

/** A tree as it is written down: contents by path, `null` for a directory. */
export type InitFiles = Readonly<Record<string, string | Uint8Array | null>>;

/** Who is told of changes; the kernel's `Fsnotify` is one. */
export interface InitListener {
	notify(event: Invalidation): void;
}

/** Makes files below a directory. */
export class InitTree {
	readonly #root: Directory;
	readonly #listener: InitListener;

	constructor(root: Directory, listener: InitListener) {
		this.#root = root;
		this.#listener = listener;
	}

	/** A directory, which may be there already. ENOTDIR for something else on the way or at its end, ENOSPC. */
	mkdir(path: string, mode = 0o755): Directory {
		let dir = this.#root;
		for (const name of components(path)) dir = this.#step(dir, name, mode);
		return dir;
	}

	/** A file with these contents, in the place of what the file had before. EISDIR, EEXIST for something else; ENOSPC. */
	writeFile(path: string, data: string | Uint8Array, mode = 0o644): RegularFile {
		const { dir, name } = this.#place(path);
		const file = dir.entries.get(name) ?? this.#add(dir, name, shmemMknod(dir, name, S_IFREG | mode, 0, ROOT));
		if (file instanceof Directory) throw new Errno('EISDIR');
		if (!(file instanceof RegularFile)) throw new Errno('EEXIST');
		const bytes = typeof data === 'string' ? encodeUtf8(data) : data;
		file.size = 0;
		file.truncatePages(0);
		const written = writePages(file, bytes, 0);
		file.touch(file.sb.time.now());
		this.#listener.notify({ type: 'attr', inode: file });
		if (written < bytes.length) throw new Errno('ENOSPC');
		return file;
	}

	/** A symbolic link. EEXIST, ENAMETOOLONG, ENOSPC. */
	symlink(path: string, text: string): Symlink {
		const { dir, name } = this.#place(path);
		this.#mustBeFree(dir, name);
		return this.#add(dir, name, shmemSymlink(dir, name, text, ROOT));
	}

	/** A pipe, socket or device; the type is in `mode`. EEXIST, ENOSPC. */
	mknod(path: string, mode: number, rdev: number): ShmemInode {
		const { dir, name } = this.#place(path);
		this.#mustBeFree(dir, name);
		return this.#add(dir, name, shmemMknod(dir, name, mode, rdev, ROOT));
	}

	/** Removes a name; of a directory only an empty one. ENOENT, ENOTEMPTY. */
	remove(path: string): void {
		const { dir, name } = this.#place(path);
		const inode = dir.entries.get(name);
		if (inode === undefined) throw new Errno('ENOENT');
		if (inode instanceof Directory) shmemRmdir(dir, name, inode);
		else shmemUnlink(dir, name, inode);
		this.#listener.notify({ type: 'delete', dir, name, inode });
		this.#listener.notify({ type: 'attr', inode: dir });
	}

	/** Makes all that is written down, in its order. */
	populate(files: InitFiles): void {
		for (const [path, contents] of Object.entries(files)) {
			if (contents === null) this.mkdir(path);
			else this.writeFile(path, contents);
		}
	}

	/** The directory `name` in `dir`, made where it is missing. */
	#step(dir: Directory, name: string, mode: number): Directory {
		const inode = dir.entries.get(name) ?? this.#add(dir, name, shmemMknod(dir, name, S_IFDIR | mode, 0, ROOT));
		if (!(inode instanceof Directory)) throw new Errno('ENOTDIR');
		return inode;
	}

	/** The directory of the last component, made where it is missing. EISDIR for the root itself. */
	#place(path: string): { dir: Directory; name: string } {
		const names = components(path);
		const name = names.pop();
		if (name === undefined) throw new Errno('EISDIR');
		return { dir: this.mkdir(names.join('/')), name };
	}

	#mustBeFree(dir: Directory, name: string): void {
		if (dir.entries.get(name) !== undefined) throw new Errno('EEXIST');
	}

	#add<I extends ShmemInode>(dir: Directory, name: string, inode: I): I {
		this.#listener.notify({ type: 'entry', dir, name });
		this.#listener.notify({ type: 'attr', inode: dir });
		return inode;
	}
}

/** The names in a path. EINVAL for a path with `..`. */
function components(path: string): string[] {
	const names = path.split('/').filter(name => name !== '' && name !== '.');
	if (names.includes('..')) throw new Errno('EINVAL');
	return names;
}
