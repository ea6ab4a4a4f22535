/**
 * path_walk - from a path name to an inode, for tasks of this process (link_path_walk and path_openat of fs/namei.c).
 *
 * A face such as FUSE never needs it: there the host's kernel walks, and asks for one component at a time.
 */

import type { Context, Inode } from '../../src/boundary/vfs.ts';
import { Errno } from '../../src/lib/errno.ts';
import { encodeName } from '../../src/lib/text.ts';
import { MAY_EXEC } from '../../src/uapi/fs.ts';
import { isDir, isLnk } from '../../src/uapi/stat.ts';
import { type Steps, step } from '../lib/steps.ts';
import { Path } from './d_path.ts';
import { lookup, type Naming } from './namei.ts';
import { inodePermission } from './permission.ts';

/** Longest path name in bytes, with the NUL behind it. */
const PATH_MAX = 4096;
/** Symbolic links that one walk may follow. */
const MAXSYMLINKS = 40;

/** The last component of a path, not yet looked up (struct nameidata's last and last_type). */
export interface Last {
	/** The directory that it is in. */
	readonly dir: Path;
	/** Empty for the root. */
	readonly name: string;
	readonly type: 'norm' | 'dot' | 'dotdot' | 'root';
	/** Slashes stand behind it: it must be a directory. */
	readonly slashes: boolean;
}

/** Where a walk starts, and for whom. */
export interface WalkStart {
	readonly naming: Naming;
	readonly root: Path;
	/** Where a path that is not absolute begins. */
	readonly base: Path;
	readonly ctx: Context;
}

/** One walk. It counts the links that it follows. */
export class PathWalk {
	readonly #naming: Naming;
	readonly #root: Path;
	readonly #ctx: Context;
	#at: Path;
	#links = 0;

	constructor({ naming, root, base, ctx }: WalkStart) {
		this.#naming = naming;
		this.#root = root;
		this.#ctx = ctx;
		this.#at = base;
	}

	/** Finds what is there (user_path_at). ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG. A last link is followed or not. */
	*find(name: string, follow: boolean): Steps<Path> {
		return yield* this.#resolve(yield* this.parent(name), follow);
	}

	/** Finds the directory of the last component and leaves that alone (filename_parentat). ENOENT for an empty name. */
	*parent(name: string): Steps<Last> {
		if (encodeName(name).length >= PATH_MAX) throw new Errno('ENAMETOOLONG');
		if (name === '') throw new Errno('ENOENT');
		return yield* this.#walk(name);
	}

	/**
	 * Finds the last component for an open that may create it (open_last_lookups): the inode, or the place where there is none.
	 * A link is followed, if `follow`, also to a place where there is nothing yet. EISDIR for a name that ends in a slash.
	 */
	*findOrPlace(name: string, follow: boolean): Steps<Path | Last> {
		let last = yield* this.parent(name);
		for (;;) {
			if (last.type !== 'norm') return yield* this.#resolve(last, follow);
			if (last.slashes) throw new Errno('EISDIR');
			const inode = yield* step(lookup(this.#naming, last.dir.inode, last.name, this.#ctx));
			if (inode === undefined) return last;
			if (!isLnk(inode.mode) || !follow) return new Path(inode, last.dir, last.name);
			last = yield* this.#walk(yield* this.#link(inode));
		}
	}

	/** Walks all but the last component. */
	*#walk(name: string): Steps<Last> {
		if (name.startsWith('/')) this.#at = this.#root;
		const components = name.split('/').filter(component => component !== '');
		const last = components.pop();
		for (const component of components) {
			this.#at = yield* this.#resolve({ dir: this.#at, name: component, type: typeOf(component), slashes: true }, true);
		}
		const slashes = name.endsWith('/');
		if (last === undefined) return { dir: this.#at, name: '', type: 'root', slashes };
		yield* this.#maySearch(this.#at);
		return { dir: this.#at, name: last, type: typeOf(last), slashes };
	}

	*#resolve({ dir, name, type, slashes }: Last, follow: boolean): Steps<Path> {
		if (type === 'root') return dir;
		if (type !== 'norm') return yield* this.#dots(dir, type);
		const inode = yield* step(lookup(this.#naming, dir.inode, name, this.#ctx));
		if (inode === undefined) throw new Errno('ENOENT');
		const followed = isLnk(inode.mode) && (follow || slashes);
		const found = followed ? yield* this.#follow(inode) : new Path(inode, dir, name);
		if (slashes && !isDir(found.inode.mode)) throw new Errno('ENOTDIR');
		return found;
	}

	*#dots(dir: Path, type: 'dot' | 'dotdot'): Steps<Path> {
		yield* this.#maySearch(dir);
		if (type === 'dot' || dir.inode === this.#root.inode) return dir;
		return dir.parent ?? dir;
	}

	/** Each component, the last and the dots too, takes search permission on the directory it is in (may_lookup). ENOTDIR, EACCES. */
	*#maySearch({ inode }: Path): Steps<void> {
		if (!isDir(inode.mode)) throw new Errno('ENOTDIR');
		yield* step(inodePermission(inode, MAY_EXEC, this.#ctx));
	}

	*#follow(link: Inode): Steps<Path> {
		return yield* this.#resolve(yield* this.#walk(yield* this.#link(link)), true);
	}

	*#link(link: Inode): Steps<string> {
		this.#links += 1;
		if (this.#links > MAXSYMLINKS) throw new Errno('ELOOP');
		const text = link.op.getLink === undefined ? '' : yield* step(link.op.getLink(link, this.#ctx, () => true));
		if (text === '') throw new Errno('ENOENT');
		return text;
	}
}

function typeOf(component: string): 'norm' | 'dot' | 'dotdot' {
	if (component === '.') return 'dot';
	return component === '..' ? 'dotdot' : 'norm';
}
