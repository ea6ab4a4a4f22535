/**
 * file - attributes: files of one value each.
 *
 * Simulates fs/sysfs/file.c. A table has one attribute under the name of its file; any number of objects share it:
 *
 *     const speed: Attribute<Fan> = {
 *         mode: 0o644,
 *         show: fan => `${fan.speed}\n`,
 *         store(fan, buf) { fan.speed = kstrtouint(buf, 10); },
 *     };
 *
 * What an attribute shows is fetched by a read at its beginning and kept for the others; it is shorter than a page. Each write
 * is one `store`, with the whole text up to a page.
 *
 * The node of a file holds its attribute, and the node of the directory it is in holds the object; so a file costs its node and
 * nothing else.
 */

import type { Context } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { decodeName, encodeName } from '../../../src/lib/text.ts';
import type { Kobject } from '../../lib/kobject.ts';
import { PAGE_SIZE } from '../../mm/show_mem.ts';
import type { KernfsNode } from '../kernfs/dir.ts';
import type { KernfsOps } from '../kernfs/file.ts';
import type { KernfsOpenFile } from '../kernfs/open_file.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { kobjectGetOwnership, sysfsNoDuplicate } from './dir.ts';

/** The read or write that an attribute is asked for. */
export interface AttributeCall {
	/** Name of the file. */
	readonly name: string;
	/** Whose read or write it is. */
	readonly ctx: Context;
	/** Of a write: how many bytes came, which are more than the text has where there is a NUL among them. */
	readonly count: number;
}

/** What a store operation gives back: nothing, or what write(2) is to return. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is the result of a function that need not return anything
export type Stored = void | number;

/** A file in the directory of an object (struct attribute and those around it). */
export interface Attribute<T = Kobject> {
	/** Permission bits, of 0664. */
	readonly mode: number;
	/** The text of the file; an Errno is what the read is refused with. Absent: EIO. */
	show?(obj: T, call: AttributeCall): Awaitable<string>;
	/**
	 * Takes what was written, up to the first NUL; an Errno is what the write is refused with. A number is what write(2) returns
	 * in place of the number of bytes that were written: whoever writes takes it as it comes. Absent: EIO.
	 */
	store?(obj: T, buf: string, call: AttributeCall): Awaitable<Stored>;
}

/** A file of bytes (struct bin_attribute). A read gets the exact place and length that were asked for, a page at most. */
export interface BinAttribute<T = Kobject> {
	/** Permission bits, of 0664. */
	readonly mode: number;
	/** What stat(2) shows; nothing is read or written beyond it. Absent: 0, which is no limit. */
	readonly size?: number;
	/** Absent: an open for reading is EACCES. */
	read?(obj: T, count: number, pos: number, call: AttributeCall): Awaitable<Uint8Array>;
	/** The number of bytes taken. Absent: an open for writing is EACCES. */
	write?(obj: T, data: Uint8Array, pos: number, call: AttributeCall): Awaitable<number>;
	/** Absent: by `size`. */
	llseek?(obj: T, offset: number, whence: number): number;
}

/**
 * How the attributes of a type of object are read and written (struct sysfs_ops). Where one is absent, an open for that is EACCES
 * whatever the mode is.
 */
export interface SysfsOps<T = Kobject, A extends Attribute<T> = Attribute<T>> {
	show?(obj: T, attr: A, call: AttributeCall): Awaitable<string>;
	store?(obj: T, attr: A, buf: string, call: AttributeCall): Awaitable<Stored>;
}

/** By the attribute's own `show` and `store`; EIO where it has none (kobj_sysfs_ops). */
export const kobjSysfsOps: SysfsOps = {
	show(obj, attr, call) {
		if (attr.show === undefined) throw new Errno('EIO');
		return attr.show(obj, call);
	},
	store(obj, attr, buf, call) {
		if (attr.store === undefined) throw new Errno('EIO');
		return attr.store(obj, buf, call);
	},
};

/** The object that a file belongs to. */
function kobjOf({ kn }: KernfsOpenFile): Kobject {
	return kn.parent!.priv as Kobject;
}

function sysfsOps({ ktype }: Kobject): SysfsOps {
	return ktype.sysfsOps ?? kobjSysfsOps;
}

const seqShow: KernfsOps['seqShow'] = m => {
	const of = m.private;
	const kobj = kobjOf(of);
	return chain(sysfsOps(kobj).show!(kobj, of.kn.priv as Attribute, of), text => {
		const bytes = encodeName(text);
		if (bytes.length >= PAGE_SIZE) kobj.kernel.pr.warn('fill_read_buffer: %s returned bad count\n', of.name);
		m.write(bytes.subarray(0, PAGE_SIZE - 1));
	});
};

const write: KernfsOps['write'] = (of, data) => {
	if (data.length === 0) return 0;
	const kobj = kobjOf(of);
	return chain(sysfsOps(kobj).store!(kobj, of.kn.priv as Attribute, cString(data), of), count => {
		if (count === undefined) return data.length;
		if (count < 0) throw new RangeError(`store of ${of.name} returned ${count}`);
		return count;
	});
};

/** Up to the first NUL. */
function cString(data: Uint8Array): string {
	const end = data.indexOf(0);
	return decodeName(end < 0 ? data : data.subarray(0, end));
}

const neither: KernfsOps = {};
const readOnly: KernfsOps = { seqShow };
const writeOnly: KernfsOps = { write };
const both: KernfsOps = { seqShow, write };

/** Makes the file of an attribute in the directory of an object or of a group (sysfs_add_file_mode_ns). EEXIST, ENOENT. */
export function sysfsAddFile(dir: KernfsNode, name: string, attr: Attribute, mode: number): KernfsNode {
	const kobj = dir.priv as Kobject;
	const { show, store } = sysfsOps(kobj);
	const ops = show ? (store ? both : readOnly) : store ? writeOnly : neither;
	return sysfsNoDuplicate(dir, name, () => owned(kobj, dir.createFile(name, mode, PAGE_SIZE, ops, attr)));
}

function owned(kobj: Kobject, kn: KernfsNode): KernfsNode {
	if (kobj.ktype.getOwnership !== undefined) kn.setattr(kobjectGetOwnership(kobj));
	return kn;
}

function binRead(of: KernfsOpenFile, count: number, pos: number): Awaitable<Uint8Array> {
	const { size } = of.file.inode;
	const most = size === 0 ? count : Math.min(count, size - pos);
	if (most <= 0) return new Uint8Array(0);
	return binAttribute(of).read!(kobjOf(of), most, pos, of);
}

function binWrite(of: KernfsOpenFile, data: Uint8Array, pos: number): Awaitable<number> {
	const { size } = of.file.inode;
	if (size !== 0 && pos >= size) throw new Errno('EFBIG');
	const taken = size === 0 ? data : data.subarray(0, size - pos);
	return taken.length === 0 ? 0 : binAttribute(of).write!(kobjOf(of), taken, pos, of);
}

function binAttribute({ kn }: KernfsOpenFile): BinAttribute {
	return kn.priv as BinAttribute;
}

const genericLlseek = genericFileLlseek(MAX_NON_LFS);

const llseek: KernfsOps['llseek'] = (of, offset, whence) => {
	const attr = binAttribute(of);
	if (attr.llseek === undefined) return genericLlseek(of.file, offset, whence);
	return attr.llseek(kobjOf(of), offset, whence);
};

const binNeither: KernfsOps = { llseek };
const binReadOnly: KernfsOps = { read: binRead, llseek };
const binWriteOnly: KernfsOps = { write: binWrite, llseek };
const binBoth: KernfsOps = { read: binRead, write: binWrite, llseek };

/** Makes the file of a binary attribute (sysfs_add_bin_file_mode_ns). EEXIST, ENOENT. */
export function sysfsAddBinFile(dir: KernfsNode, name: string, attr: BinAttribute, mode: number): KernfsNode {
	const kobj = dir.priv as Kobject;
	const ops = attr.read ? (attr.write ? binBoth : binReadOnly) : attr.write ? binWriteOnly : binNeither;
	return sysfsNoDuplicate(dir, name, () => owned(kobj, dir.createFile(name, mode, attr.size ?? 0, ops, attr)));
}

/** Adds an attribute to an object (sysfs_create_file). EEXIST; ENOENT once the object was removed. */
export function sysfsCreateFile<T extends Kobject>(kobj: T, name: string, attr: Attribute<T>): KernfsNode {
	return sysfsAddFile(kobj.kn, name, attr as Attribute, attr.mode);
}

/** Adds a binary attribute to an object (sysfs_create_bin_file). EEXIST; ENOENT once the object was removed. */
export function sysfsCreateBinFile<T extends Kobject>(kobj: T, name: string, attr: BinAttribute<T>): KernfsNode {
	return sysfsAddBinFile(kobj.kn, name, attr as BinAttribute, attr.mode);
}

/** Takes a file away; none of its operations runs once it has settled (sysfs_remove_file). Nothing to do where there is none. */
export function sysfsRemoveFile(kobj: Kobject, name: string): Awaitable<void> {
	return kobj.kn.findChild(name)?.remove();
}

/**
 * For a `store` that takes its own object away: whoever waits until no operation of the attribute runs, does not wait for this one
 * (sysfs_break_active_protection). The returned function is called when it is done (sysfs_unbreak_active_protection).
 */
export function sysfsBreakActiveProtection(kobj: Kobject, name: string): () => void {
	const kn = kobj.kn.findChild(name);
	return kn === undefined ? () => {} : kn.active.stepOut();
}

/** Says that an attribute has something new to show (sysfs_notify). Nothing to do where there is none. */
export function sysfsNotify(kobj: Kobject, group: string | undefined, name: string): void {
	const dir = group === undefined ? kobj.kn : kobj.kn.findChild(group);
	dir?.findChild(name)?.notify();
}

/** Gives an attribute other permission bits (sysfs_chmod_file). ENOENT where there is none. */
export function sysfsChmodFile(kobj: Kobject, name: string, mode: number): void {
	const kn = kobj.kn.findChild(name);
	if (kn === undefined) throw new Errno('ENOENT');
	kn.setattr({ mode });
}
