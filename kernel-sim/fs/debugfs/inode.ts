/**
 * inode - the tree of debugfs: its directories, files and links, and what is mounted of it.
 *
 * Simulates fs/debugfs/inode.c. There is one tree, however often it is mounted; programs can make and remove nothing in it. What
 * cannot be made is an Errno that is given back and not thrown (ERR_PTR), and wherever a directory or file is expected such an
 * Errno will do: nothing is done for it. So a driver need not look whether there is a debugfs.
 */

import type { FileOperations, Iattr, InodeOperations, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { encodeName } from '../../../src/lib/text.ts';
import { DEBUGFS_MAGIC } from '../../../src/uapi/magic.ts';
import { isDir, S_IALLUGO, S_IFLNK, S_IFREG, S_IRWXUGO } from '../../../src/uapi/stat.ts';
import type { Kernel } from '../../kernel.ts';
import { paramId, paramU32, splitOption } from '../fs_parser.ts';
import { type KernfsNode, KernfsRoot } from '../kernfs/dir.ts';
import { kernfsSimpleLookup } from '../kernfs/dir_operations.ts';
import { kernfsIopSetattr, kernfsNode } from '../kernfs/inode.ts';
import { SuperBlock } from '../super.ts';
import { sysfsCreateMountPoint } from '../sysfs/dir.ts';
import type { DebugfsFile } from './file.ts';

const DEFAULT_MODE = 0o700;
const NAME_MAX = 255;

/** A directory, file or link of debugfs, or what making it was refused with (struct dentry *). */
export type DebugfsDentry = KernfsNode | Errno;

/** IS_ERR. */
function isErr(dentry: DebugfsDentry): dentry is Errno {
	return dentry instanceof Errno;
}

/** What a mount was asked for with, and what /proc/mounts shows (struct debugfs_fs_info). */
type FsInfo = Readonly<Partial<Record<'uid' | 'gid' | 'mode', number>>>;

/** A size that truncate(2) has set stays (simple_setattr). */
function setattr(inode: VfsInode, attr: Iattr): void {
	kernfsIopSetattr(inode, attr);
	if (attr.size === undefined) return;
	inode.size = attr.size;
	kernfsNode(inode).size = attr.size;
}

const fileInodeOperations: InodeOperations = { setattr };
const dirInodeOperations: InodeOperations = { lookup: kernfsSimpleLookup, setattr };
const symlinkInodeOperations: InodeOperations = { getLink: inode => kernfsNode(inode).priv as string, setattr };

/** The tree of a kernel. */
export class DebugfsTree {
	readonly #kernel: Kernel;
	readonly #root: KernfsRoot | undefined;
	/** Why there is no tree. */
	readonly #refusal: Errno | undefined;
	#info: FsInfo = {};

	/** Registers the type "debugfs", unless there is to be none: then nothing can be made. */
	constructor(kernel: Kernel) {
		this.#kernel = kernel;
		this.#refusal = whyNone(kernel);
		if (this.#refusal !== undefined) return;
		const sb = new SuperBlock({
			type: 'debugfs',
			magic: DEBUGFS_MAGIC,
			dev: kernel.anonymousDevices.allocate(),
			showOptions: () => showOptions(this.#info),
		});
		const root = new KernfsRoot(kernel, sb, { rootMode: DEFAULT_MODE, dirInodeOperations });
		this.#root = root;
		sysfsCreateMountPoint(kernel.sysfs.kernel, 'debug');
		kernel.filesystems.register({
			name: 'debugfs',
			mount: (_source, data) => {
				this.#info = parseOptions(data);
				root.kn.setattr(this.#info);
				return sb;
			},
		});
	}

	/** Makes a file. */
	createFile(
		name: string,
		mode: number,
		parent: DebugfsDentry | undefined,
		fop: FileOperations,
		priv: DebugfsFile,
		size = 0,
	): DebugfsDentry {
		const node = { mode: S_IFREG | (mode & S_IALLUGO), size, op: fileInodeOperations, fop, priv };
		return this.#create(name, parent, dir => dir.createNode(name, node));
	}

	/** Makes a directory (debugfs_create_dir). */
	createDir(name: string, parent: DebugfsDentry | undefined): DebugfsDentry {
		return this.#create(name, parent, dir => dir.createDir(name));
	}

	/** Makes a symbolic link with this text (debugfs_create_symlink). */
	createSymlink(name: string, parent: DebugfsDentry | undefined, target: string): DebugfsDentry {
		const node = { mode: S_IFLNK | S_IRWXUGO, op: symlinkInodeOperations, fop: {}, priv: target };
		return this.#create(name, parent, dir => dir.createNode(name, node));
	}

	/** Undefined where there is none (debugfs_lookup). */
	lookup(name: string, parent: DebugfsDentry | undefined): KernfsNode | undefined {
		const dir = this.#directory(parent);
		return isErr(dir) ? undefined : dir.findChild(name);
	}

	/** Removes it with all that is in it; settles once no operation of theirs runs any more (debugfs_remove). */
	remove(dentry: DebugfsDentry | undefined): Awaitable<void> {
		if (dentry === undefined || isErr(dentry) || !dentry.attached) return;
		clearNlink(dentry);
		return dentry.remove();
	}

	/**
	 * Gives it another place and name (debugfs_rename). EINVAL where the name is taken, for a directory that would come to lie in
	 * itself, for one that something is mounted on, and where one of them was removed.
	 */
	rename(oldDir: DebugfsDentry, old: DebugfsDentry, newDir: DebugfsDentry, newName: string): DebugfsDentry {
		const refused = [oldDir, newDir, old].find(isErr) ?? badName(newName);
		if (refused !== undefined) return refused;
		const [from, kn, to] = [oldDir, old, newDir] as KernfsNode[] as [KernfsNode, KernfsNode, KernfsNode];
		const isLost = !kn.attached || kn.parent !== from || !to.attached || isWithin(to, kn);
		const isMountpoint = kn.inode !== undefined && this.#kernel.namespace.isMountpoint(kn.inode);
		if (isLost || isMountpoint || to.findChild(newName) !== undefined) return new Errno('EINVAL');
		kn.rename(to, newName);
		return kn;
	}

	/** The directory that something is to be made in, or why it cannot. */
	#directory(parent: DebugfsDentry | undefined): DebugfsDentry {
		return this.#refusal ?? parent ?? this.#root!.kn;
	}

	/** start_creating and end_creating. A name that is taken is told to the log. */
	#create(name: string, parent: DebugfsDentry | undefined, make: (dir: KernfsNode) => KernfsNode): DebugfsDentry {
		const dir = this.#directory(parent);
		if (isErr(dir)) return dir;
		const bad = badName(name);
		if (bad !== undefined) return bad;
		if (!dir.attached) return new Errno('ENOENT', `${dir.name} was removed`);
		const taken = dir.findChild(name);
		if (taken === undefined) return make(dir);
		const where = dir.parent === undefined ? '/' : dir.name;
		const format = isDir(taken.mode)
			? "debugfs: Directory '%s' with parent '%s' already present!\n"
			: "debugfs: File '%s' in directory '%s' already present!\n";
		this.#kernel.pr.err(format, name, where);
		return new Errno('EEXIST', `${name} is there already`);
	}
}

/**
 * CONFIG_DEBUG_FS is off, or `debugfs=off` or `debugfs=no-mount` is on the command line, of several the last.
 *
 * Linux: the latter is to leave drivers their files and forbid the mount, but nothing can be made before the type is registered.
 */
function whyNone({ config, commandLine }: Kernel): Errno | undefined {
	if (!config.CONFIG_DEBUG_FS) return new Errno('ENODEV', 'this kernel has no debugfs');
	const given = [...commandLine.matchAll(/(?:^|\s)debugfs=(on|no-mount|off)(?!\S)/g)].at(-1)?.[1];
	if (given === 'off') return new Errno('EPERM', 'debugfs=off');
	return given === 'no-mount' ? new Errno('ENOENT', 'debugfs=no-mount') : undefined;
}

/** Why a name cannot be one (lookup_one_len). */
function badName(name: string): Errno | undefined {
	if (/^\.{0,2}$|\//.test(name)) return new Errno('EACCES', `'${name}' is no name`);
	if (encodeName(name).length > NAME_MAX) return new Errno('ENAMETOOLONG');
	return undefined;
}

/** What is removed has no links any more, however long it stays open. */
function clearNlink(kn: KernfsNode): void {
	for (const child of kn.children.values()) clearNlink(child);
	if (kn.inode !== undefined) kn.inode.nlink = 0;
}

function isWithin(kn: KernfsNode, dir: KernfsNode): boolean {
	for (let at: KernfsNode | undefined = kn; at !== undefined; at = at.parent) {
		if (at === dir) return true;
	}
	return false;
}

const parsers: Readonly<Record<string, (value: string | undefined) => number>> = {
	uid: paramId,
	gid: paramId,
	mode: value => paramU32(value, 8) & S_IALLUGO,
};

/** What is not known is ignored; EINVAL for a bad value of what is. */
function parseOptions(data: string): FsInfo {
	const info: Record<string, number> = {};
	for (const option of data.split(',')) {
		const [key, value] = splitOption(option);
		if (Object.hasOwn(parsers, key)) info[key] = parsers[key]!(value);
	}
	return info;
}

function showOptions({ uid = 0, gid = 0, mode = DEFAULT_MODE }: FsInfo): string {
	const user = (uid === 0 ? '' : `,uid=${uid}`) + (gid === 0 ? '' : `,gid=${gid}`);
	return user + (mode === DEFAULT_MODE ? '' : `,mode=${mode.toString(8)}`);
}
