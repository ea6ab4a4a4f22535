/**
 * debugfs - how to add to debugfs.
 *
 * The functions of include/linux/debugfs.h. `parent` is a directory, undefined for the root; `ref(object, 'key')` is the pointer
 * to a variable.
 *
 *     const dir = debugfs.createDir('driver');
 *     debugfs.createU8('level', 0o644, dir, ref(state, 'level'));      one variable
 *     debugfs.createFile('log', 0o444, dir, undefined, fops);          whatever its operations make of it
 *
 * None of them throws: what could not be made is an Errno that is given back, and is taken wherever a directory is. A mode without
 * a write bit makes a file that cannot be written, even by root, and one without a read bit a file that cannot be read.
 */

import type { FileOperations } from '../../../src/boundary/vfs.ts';
import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { isErrno } from '../../../src/lib/errno.ts';
import type { Ref } from '../../../src/lib/ref.ts';
import { OwnedRows, type Owner } from '../owned_rows.ts';
import { defineShowAttribute } from '../seq_attribute.ts';
import type { SeqFile, Shown } from '../seq_file.ts';
import {
	blobOperations,
	boolOperations,
	type DebugfsBlobWrapper,
	type DebugfsRegset32,
	type DebugfsU32Array,
	type ModeOperations,
	numberOperations,
	operationsFor,
	regset32Operations,
	strOperations,
	u32ArrayOperations,
} from './attributes.ts';
import {
	debugfsFullProxyFileOperations,
	debugfsNoopFileOperations,
	debugfsOpenProxyFileOperations,
	type FopsOwner,
} from './file.ts';
import type { DebugfsDentry, DebugfsTree } from './inode.ts';

/** Directory to make something in. */
type Parent = DebugfsDentry | undefined;

/** What can be done to the tree of debugfs, by the kernel or by a module. */
export class Debugfs {
	readonly #tree: DebugfsTree;
	readonly #owner: FopsOwner | undefined;
	readonly #rows: OwnedRows<DebugfsDentry> | undefined;

	constructor(tree: DebugfsTree, owner?: Owner & FopsOwner) {
		this.#tree = tree;
		this.#owner = owner;
		if (owner === undefined) return;
		this.#rows = new OwnedRows(owner, {
			isThere: dentry => !isErrno(dentry) && dentry.attached,
			remove: dentry => tree.remove(dentry),
		});
	}

	/** The same tree for a module, which stays while a file with operations of its own is open. */
	ownedBy(owner: Owner & FopsOwner): Debugfs {
		return new Debugfs(this.#tree, owner);
	}

	/** Makes a directory, of mode 0755 (debugfs_create_dir). */
	createDir(name: string, parent?: Parent): DebugfsDentry {
		return this.#made(this.#tree.createDir(name, parent));
	}

	/**
	 * Makes a file with operations of its own (debugfs_create_file). `data` is what `privateData` of the open file is when `open` is
	 * called, and stays if there is no `open`. Without operations the file is empty, and takes what is written to it.
	 */
	createFile(name: string, mode: number, parent: Parent, data: unknown, fops?: FileOperations): DebugfsDentry {
		return this.createFileSize(name, mode, parent, data, fops, 0);
	}

	/** The same with a size for stat(2) to show (debugfs_create_file_size). */
	createFileSize(
		name: string,
		mode: number,
		parent: Parent,
		data: unknown,
		fops: FileOperations | undefined,
		size: number,
	): DebugfsDentry {
		const priv = { fops: fops ?? debugfsNoopFileOperations, data, owner: fops && this.#owner };
		const proxy = fops === undefined ? debugfsNoopFileOperations : debugfsFullProxyFileOperations;
		return this.#made(this.#tree.createFile(name, mode, parent, proxy, priv, size));
	}

	/** Makes a symbolic link with the text `target` (debugfs_create_symlink). */
	createSymlink(name: string, parent: Parent, target: string): DebugfsDentry {
		return this.#made(this.#tree.createSymlink(name, parent, target));
	}

	/** A number of 8 bits, in decimal (debugfs_create_u8). What is written and does not fit wraps, as in all of these. */
	createU8(name: string, mode: number, parent: Parent, value: Ref<number>): void {
		this.#variable(name, mode, parent, value, numberOperations.u8);
	}

	/** A number of 16 bits, in decimal (debugfs_create_u16). */
	createU16(name: string, mode: number, parent: Parent, value: Ref<number>): void {
		this.#variable(name, mode, parent, value, numberOperations.u16);
	}

	/** A number of 32 bits, in decimal (debugfs_create_u32). */
	createU32(name: string, mode: number, parent: Parent, value: Ref<number>): void {
		this.#variable(name, mode, parent, value, numberOperations.u32);
	}

	/** A number of 64 bits, in decimal (debugfs_create_u64). */
	createU64(name: string, mode: number, parent: Parent, value: Ref<bigint>): void {
		this.#variable(name, mode, parent, value, numberOperations.u64);
	}

	/** A number of 8 bits, as 0x00 (debugfs_create_x8). */
	createX8(name: string, mode: number, parent: Parent, value: Ref<number>): void {
		this.#variable(name, mode, parent, value, numberOperations.x8);
	}

	/** A number of 16 bits, as 0x0000 (debugfs_create_x16). */
	createX16(name: string, mode: number, parent: Parent, value: Ref<number>): void {
		this.#variable(name, mode, parent, value, numberOperations.x16);
	}

	/** A number of 32 bits, as 0x00000000 (debugfs_create_x32). */
	createX32(name: string, mode: number, parent: Parent, value: Ref<number>): void {
		this.#variable(name, mode, parent, value, numberOperations.x32);
	}

	/** A number of 64 bits, as 0x0000000000000000 (debugfs_create_x64). */
	createX64(name: string, mode: number, parent: Parent, value: Ref<bigint>): void {
		this.#variable(name, mode, parent, value, numberOperations.x64);
	}

	/** An unsigned long, which has 64 bits, in decimal (debugfs_create_ulong). */
	createUlong(name: string, mode: number, parent: Parent, value: Ref<bigint>): void {
		this.#variable(name, mode, parent, value, numberOperations.ulong);
	}

	/** A size_t, which has 64 bits, in decimal (debugfs_create_size_t). */
	createSizeT(name: string, mode: number, parent: Parent, value: Ref<bigint>): void {
		this.#variable(name, mode, parent, value, numberOperations.sizeT);
	}

	/** An atomic_t: 32 bits with a sign, in decimal (debugfs_create_atomic_t). */
	createAtomicT(name: string, mode: number, parent: Parent, value: Ref<number>): void {
		this.#variable(name, mode, parent, value, numberOperations.atomicT);
	}

	/** Y or N. A write of neither is taken and changes nothing (debugfs_create_bool). */
	createBool(name: string, mode: number, parent: Parent, value: Ref<boolean>): void {
		this.#variable(name, mode, parent, value, boolOperations);
	}

	/** A string of less than a page, with a newline behind it (debugfs_create_str). */
	createStr(name: string, mode: number, parent: Parent, value: Ref<string>): void {
		this.#variable(name, mode, parent, value, strOperations);
	}

	/**
	 * Bytes as they are (debugfs_create_blob). A write changes them and never their number; of the mode, only the bits of 0644 are
	 * taken, and root may write whatever it is.
	 */
	createBlob(name: string, mode: number, parent: Parent, blob: DebugfsBlobWrapper): DebugfsDentry {
		return this.#unprotected(name, mode & 0o644, parent, blob, blobOperations);
	}

	/** Numbers of 32 bits on one line, with a blank between them; it cannot be written (debugfs_create_u32_array). */
	createU32Array(name: string, mode: number, parent: Parent, array: DebugfsU32Array): void {
		this.#unprotected(name, mode, parent, array, u32ArrayOperations);
	}

	/** Registers, one on a line; it cannot be written (debugfs_create_regset32). */
	createRegset32(name: string, mode: number, parent: Parent, regset: DebugfsRegset32): void {
		const priv = { fops: regset32Operations, data: regset };
		this.#made(this.#tree.createFile(name, mode, parent, debugfsFullProxyFileOperations, priv));
	}

	/** A file of one record about a device, that `read` prints; `m.private` is the device (debugfs_create_devm_seqfile). */
	createDevmSeqfile<D>(dev: D, name: string, parent: Parent, read: (m: SeqFile<D>) => Awaitable<Shown>): void {
		this.createFile(name, 0o444, parent, dev, defineShowAttribute(read));
	}

	/** What there is of this name in a directory; undefined where there is nothing (debugfs_lookup). */
	lookup(name: string, parent?: Parent): DebugfsDentry | undefined {
		return this.#tree.lookup(name, parent);
	}

	/**
	 * Removes it, a directory with all that is in it; nothing is done for what is gone, an Errno or undefined (debugfs_remove). The
	 * names are gone at once. What is returned settles when no operation of theirs runs any more.
	 */
	remove(dentry: DebugfsDentry | undefined): Awaitable<void> {
		return this.#tree.remove(dentry);
	}

	/** The same by name (debugfs_lookup_and_remove). */
	lookupAndRemove(name: string, parent?: Parent): Awaitable<void> {
		return this.remove(this.lookup(name, parent));
	}

	/**
	 * Gives it another place and name, and it back; open files stay what they are (debugfs_rename). EINVAL where the name is taken,
	 * and where one of them is gone or not where it is said to be.
	 */
	rename(oldDir: DebugfsDentry, old: DebugfsDentry, newDir: DebugfsDentry, newName: string): DebugfsDentry {
		return this.#tree.rename(oldDir, old, newDir, newName);
	}

	#variable(name: string, mode: number, parent: Parent, value: unknown, operations: ModeOperations): void {
		this.#unprotected(name, mode, parent, value, operationsFor(mode, operations));
	}

	/** A file whose operations protect themselves (debugfs_create_file_unsafe). */
	#unprotected(name: string, mode: number, parent: Parent, data: unknown, fops: FileOperations): DebugfsDentry {
		return this.#made(this.#tree.createFile(name, mode, parent, debugfsOpenProxyFileOperations, { fops, data }));
	}

	#made(dentry: DebugfsDentry): DebugfsDentry {
		if (!isErrno(dentry)) this.#rows?.made(dentry);
		return dentry;
	}
}
