/**
 * attributes - the operations of files that show and set one variable of a driver (the second half of fs/debugfs/file.c).
 *
 * Each kind has three tables of operations: for a file that can be read and written, for one whose mode has no write bit, and for
 * one whose mode has no read bit. What a table leaves out is not checked by the mode: root opens the file all the same.
 */

import type { FileOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { kstrtobool } from '../../../src/lib/kstrto.ts';
import type { Ref } from '../../../src/lib/ref.ts';
import { decodeName, encodeName, encodeUtf8 } from '../../../src/lib/text.ts';
import { S_IRUGO, S_IWUGO } from '../../../src/uapi/stat.ts';
import { PAGE_SIZE } from '../../mm/show_mem.ts';
import { simpleReadFromBuffer, simpleWriteToBuffer } from '../libfs.ts';
import { nonseekableOpen } from '../open.ts';
import { defaultLlseek } from '../read_write.ts';
import { defineShowAttribute } from '../seq_attribute.ts';
import type { SeqFile } from '../seq_file.ts';
import {
	defineSimpleAttribute,
	defineSimpleAttributeSigned,
	type SimpleAttrGet,
	type SimpleAttrSet,
} from '../simple_attr.ts';
import { debugfsFileGet } from './file.ts';

/** The tables of one kind of file. */
export interface ModeOperations {
	readonly rw: FileOperations;
	readonly ro: FileOperations;
	readonly wo: FileOperations;
}

/** The table for a mode (debugfs_create_mode_unsafe). */
export function operationsFor(mode: number, { rw, ro, wo }: ModeOperations): FileOperations {
	if ((mode & S_IWUGO) === 0) return ro;
	return (mode & S_IRUGO) === 0 ? wo : rw;
}

/** Operations that refuse by EIO once the file was removed (DEFINE_DEBUGFS_ATTRIBUTE). */
function whileThere({ open, read, write }: FileOperations): FileOperations {
	return {
		open: open!,
		read: (file, ...rest) => debugfsFileGet(file, () => read!(file, ...rest)),
		write: (file, ...rest) => debugfsFileGet(file, () => write!(file, ...rest)),
	};
}

type Define = typeof defineSimpleAttribute | typeof defineSimpleAttributeSigned;

function modes<T>(define: Define, get: SimpleAttrGet<T>, set: SimpleAttrSet<T>, fmt: string): ModeOperations {
	return {
		rw: whileThere(define(get, set, fmt)),
		ro: whileThere(define(get, undefined, fmt)),
		wo: whileThere(define(undefined, set, fmt)),
	};
}

/** A variable of at most 32 bits. */
function small(bits: 8 | 16 | 32, fmt: string): ModeOperations {
	const get = (value: Ref<number>) => BigInt.asUintN(bits, BigInt(value.get()));
	const set = (value: Ref<number>, to: bigint) => value.set(Number(BigInt.asUintN(bits, to)));
	return modes(defineSimpleAttribute, get, set, fmt);
}

/** A variable of 64 bits. */
function large(fmt: string): ModeOperations {
	const get = (value: Ref<bigint>) => BigInt.asUintN(64, value.get());
	const set = (value: Ref<bigint>, to: bigint) => value.set(to);
	return modes(defineSimpleAttribute, get, set, fmt);
}

/** An atomic_t: 32 bits with a sign. */
function atomic(fmt: string): ModeOperations {
	const get = (value: Ref<number>) => BigInt.asIntN(32, BigInt(value.get()));
	const set = (value: Ref<number>, to: bigint) => value.set(Number(BigInt.asIntN(32, to)));
	return modes(defineSimpleAttributeSigned, get, set, fmt);
}

/** The kinds of files that hold a number, by the ends of the names of their functions. */
export const numberOperations = {
	u8: small(8, '%llu\n'),
	u16: small(16, '%llu\n'),
	u32: small(32, '%llu\n'),
	u64: large('%llu\n'),
	x8: small(8, '0x%02llx\n'),
	x16: small(16, '0x%04llx\n'),
	x32: small(32, '0x%08llx\n'),
	x64: large('0x%016llx\n'),
	ulong: large('%llu\n'),
	sizeT: large('%llu\n'),
	atomicT: atomic('%lld\n'),
} as const satisfies Record<string, ModeOperations>;

/** Y or N. What is neither true nor false is taken and changes nothing (debugfs_write_file_bool). */
const boolFile = {
	read(file, count, pos) {
		const value = file.privateData as Ref<boolean>;
		return debugfsFileGet(file, () => simpleReadFromBuffer(encodeUtf8(value.get() ? 'Y\n' : 'N\n'), count, pos));
	},
	write(file, data) {
		const to = boolOf(data);
		if (to === undefined) return data.length;
		return debugfsFileGet(file, () => {
			(file.privateData as Ref<boolean>).set(to);
			return data.length;
		});
	},
} satisfies FileOperations;

function boolOf(data: Uint8Array): boolean | undefined {
	try {
		return kstrtobool(decodeName(data.subarray(0, 3)));
	} catch {
		return undefined;
	}
}

/**
 * A string and a newline. A write at its end adds to it, one at the beginning replaces it; white space at the end is dropped
 * (debugfs_write_file_str).
 */
const strFile = {
	read(file, count, pos) {
		const value = file.privateData as Ref<string>;
		return debugfsFileGet(file, () => simpleReadFromBuffer(encodeName(`${value.get()}\n`), count, pos));
	},
	write: (file, data, pos) => debugfsFileGet(file, () => writeStr(file.privateData as Ref<string>, data, pos)),
} satisfies FileOperations;

/** EINVAL for a position within, E2BIG for what has no room in a page. */
function writeStr(value: Ref<string>, data: Uint8Array, pos: number): number {
	const old = encodeName(value.get());
	if (pos > 0 && pos !== old.length) throw new Errno('EINVAL');
	if (pos + data.length + 1 > PAGE_SIZE) throw new Errno('E2BIG');
	value.set(decodeName(strim(Uint8Array.of(...old.subarray(0, pos), ...data))));
	return data.length;
}

const spaces: ReadonlySet<number | undefined> = new Set([...'\t\n\v\f\r \xa0'].map(c => c.charCodeAt(0)));

/** The bytes before the first NUL, without the white space at their end. */
function strim(bytes: Uint8Array): Uint8Array {
	const nul = bytes.indexOf(0);
	let end = nul < 0 ? bytes.length : nul;
	while (spaces.has(bytes[end - 1])) end--;
	return bytes.subarray(0, end);
}

function seekable({ read, write }: { read: FileOperations['read']; write: FileOperations['write'] }): ModeOperations {
	const [reads, writes] = [{ read: read! }, { write: write! }];
	const seeks = { llseek: defaultLlseek };
	return { rw: { ...reads, ...writes, ...seeks }, ro: { ...reads, ...seeks }, wo: { ...writes, ...seeks } };
}

export const boolOperations: ModeOperations = seekable(boolFile);
export const strOperations: ModeOperations = seekable(strFile);

/** Bytes of a driver (struct debugfs_blob_wrapper). */
export interface DebugfsBlobWrapper {
	readonly data: Uint8Array;
}

/** Bytes as they are. A write stays within them, and takes nothing at their end. */
export const blobOperations: FileOperations = {
	read: (file, count, pos) =>
		debugfsFileGet(file, () => simpleReadFromBuffer((file.privateData as DebugfsBlobWrapper).data, count, pos)),
	write: (file, data, pos) =>
		debugfsFileGet(file, () => simpleWriteToBuffer((file.privateData as DebugfsBlobWrapper).data, pos, data)),
	llseek: defaultLlseek,
};

/** Numbers of a driver (struct debugfs_u32_array). */
export interface DebugfsU32Array {
	readonly array: ArrayLike<number>;
}

/** Numbers on one line, as they were when the file was opened; a file without any is empty. */
export const u32ArrayOperations: FileOperations = {
	open(_inode, file) {
		const { array } = file.privateData as DebugfsU32Array;
		const numbers = Array.from(array, value => value >>> 0).join(' ');
		file.privateData = encodeUtf8(numbers === '' ? '' : `${numbers}\n`);
		nonseekableOpen(file);
	},
	read: (file, count, pos) => simpleReadFromBuffer(file.privateData as Uint8Array, count, pos),
};

/** Where registers are (void __iomem *). */
export interface Iomem {
	/** The 32 bits of the register `offset` bytes behind the base. */
	readl(offset: number): number;
}

/** The name of a register, and its offset in bytes (struct debugfs_reg32). */
export interface DebugfsReg32 {
	readonly name: string;
	readonly offset: number;
}

/** Registers that have one base (struct debugfs_regset32). */
export interface DebugfsRegset32 {
	readonly regs: readonly DebugfsReg32[];
	readonly base: Iomem;
}

/** Prints registers, one on a line, each line with `prefix` before it (debugfs_print_regs32). */
export function debugfsPrintRegs32(m: SeqFile, regs: readonly DebugfsReg32[], base: Iomem, prefix = ''): void {
	for (const { name, offset } of regs) {
		m.printf('%s%s = 0x%08x\n', prefix, name, base.readl(offset));
		if (m.hasOverflowed()) break;
	}
}

/** A file of registers. */
export const regset32Operations: FileOperations = defineShowAttribute<DebugfsRegset32>(m =>
	debugfsPrintRegs32(m, m.private.regs, m.private.base),
);
