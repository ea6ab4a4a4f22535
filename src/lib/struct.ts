/**
 * struct - wire structs, one table each.
 *
 *     export const fuse_forget_one = struct('fuse_forget_one', 16, { nodeid: u64n, nlookup: u64n });
 *     export type FuseForgetOne = Infer<typeof fuse_forget_one>;
 *
 * From the table come the decoder, the encoder, the size, the offsets, the text of the trace and the TypeScript type. Members
 * lie as a C compiler for a 64-bit machine lays them, little-endian by decree; `be16` and `be32` are in network order. Names
 * that begin with `_` are padding: absent from the type, written as zero. The second argument is the kernel's sizeof, checked
 * when the table is made; a test checks sizes and offsets against the C headers.
 *
 * How a table is turned into code is in struct_codec.ts.
 */

import { Errno } from './errno.ts';
import { getS64n, getU64n, setS64n, setU64n } from './int64.ts';
import { enumerationPrinter, type FlagChoice, flagsPrinter, type NameTable } from './names.ts';
import {
	type Access,
	type Codec,
	compileCodec,
	type Field,
	type Init,
	interpretCodec,
	interpretDecode,
	isPadding,
	type Member,
} from './struct_codec.ts';
import { decodeName, encodeName } from './text.ts';

export type { Field, Init } from './struct_codec.ts';

/** The members of a struct, in order. */
export type Fields = Readonly<Record<string, Field<unknown, unknown>>>;

/** What decoding gives: every member but the padding. */
export type Value<F extends Fields> = {
	readonly [K in keyof F as K extends `_${string}` ? never : K]: Infer<F[K]>;
};

/** The TypeScript type of a field's or a struct's values. */
export type Infer<S extends Field<unknown, unknown>> = ReturnType<S['read']>;

/**
 * A wire struct: `T` is what decoding gives, `I` what encoding takes, `K` the names of the members. It is itself a field, and may
 * be a member of another.
 */
export interface Struct<T = unknown, I = unknown, K extends string = string> extends Field<T, I> {
	readonly name: string;
	readonly members: readonly Member[];
	/** Offset of each member in bytes. */
	readonly offsetof: { readonly [name in K]: number };

	/**
	 * The struct at `offset`. `length` is how many of its bytes the peer sent, all of them if absent: a member that does not lie
	 * within them is zero, as when an older peer knows a shorter struct. The result owns its data.
	 *
	 * Throws EINVAL where the view ends first, or a number does not fit its type here.
	 */
	decode(view: DataView, offset: number, length?: number): T;

	/**
	 * Writes the whole struct at `offset`. Throws EINVAL for a value that does not fit a `u64n`, `s64n`, `bytes`, `str` or array;
	 * other integers are cut to their width, as by assignment in C. Throws RangeError where the view is too short.
	 */
	encode(view: DataView, offset: number, init: I): void;

	/** `{len=56, opcode=FUSE_INIT}`: every member but the padding, in the order of the struct. */
	format(value: T): string;
}

/** Makes a struct of its members. Throws TypeError unless they take `size` bytes. */
export function struct<const F extends Fields>(
	name: string,
	size: number,
	fields: F,
): Struct<Value<F>, Init<Value<F>>, keyof F & string> {
	const { members, align, end } = layout(fields);
	if (end !== size) throw new TypeError(`struct ${name}: the table makes ${end} bytes, the kernel says ${size}`);
	let codec: Codec | undefined;
	const ready = () => (codec ??= compileCodec(members, size) ?? interpretCodec(members, size));
	const read = (view: DataView, offset: number, length: number) =>
		(length < size
			? interpretDecode(members, view, offset, length)
			: (codec ?? ready()).decode(view, offset)) as Value<F>;
	return {
		name,
		size,
		align,
		members,
		offsetof: Object.fromEntries(members.map(m => [m.name, m.offset])) as Record<keyof F & string, number>,
		read,
		write: (view, offset, value) => (codec ?? ready()).encode(view, offset, value ?? {}),
		decode(view, offset, length = size) {
			const last = offset + Math.min(length, size);
			if (last > view.byteLength) throw new Errno('EINVAL', `${name} ends at ${last} of ${view.byteLength}`);
			return read(view, offset, length);
		},
		encode: (view, offset, init) => (codec ?? ready()).encode(view, offset, init),
		format: value => formatMembers(members, value),
	};
}

function layout(fields: Fields): { members: Member[]; align: number; end: number } {
	const members: Member[] = [];
	let align = 1;
	let end = 0;
	for (const [name, field] of Object.entries(fields)) {
		const offset = roundUp(end, field.align);
		members.push({ name, offset, field });
		align = Math.max(align, field.align);
		end = offset + field.size;
	}
	return { members, align, end: roundUp(end, align) };
}

function roundUp(value: number, align: number): number {
	return Math.ceil(value / align) * align;
}

function formatMembers(members: readonly Member[], value: object): string {
	const values = value as Record<string, unknown>;
	const shown = members.filter(({ name }) => !isPadding(name));
	return `{${shown.map(({ name, field }) => `${name}=${field.format(values[name])}`).join(', ')}}`;
}

type Get<T> = (offset: number, little: boolean) => T;
type Set<T> = (offset: number, value: T, little: boolean) => void;

/** A number that DataView reads and writes by itself; `type` is the end of the method's name. */
function scalar<T extends number | bigint>(size: number, type: string, zero: T, little = true): Field<T> {
	const access: Access = { get: `get${type}`, set: `set${type}`, little, zero: typeof zero === 'bigint' ? '0n' : '0' };
	const get = access.get as keyof DataView;
	const set = access.set as keyof DataView;
	return {
		size,
		align: size,
		access,
		read: (view, offset, length) =>
			length < size ? zero : (view[get] as unknown as Get<T>).call(view, offset, little),
		write: (view, offset, value) => (view[set] as unknown as Set<T>).call(view, offset, value ?? zero, little),
		format: String,
	};
}

export const u8 = scalar(1, 'Uint8', 0 as number);
export const s8 = scalar(1, 'Int8', 0 as number);
export const u16 = scalar(2, 'Uint16', 0 as number);
export const s16 = scalar(2, 'Int16', 0 as number);
export const u32 = scalar(4, 'Uint32', 0 as number);
export const s32 = scalar(4, 'Int32', 0 as number);
/** Network order. */
export const be16 = scalar(2, 'Uint16', 0 as number, false);
/** Network order. */
export const be32 = scalar(4, 'Uint32', 0 as number, false);
/** All 64 bits, for values that others make. */
export const u64 = scalar(8, 'BigUint64', 0n as bigint);
/** All 64 bits. */
export const s64 = scalar(8, 'BigInt64', 0n as bigint);
/** Network order. */
export const be64 = scalar(8, 'BigUint64', 0n as bigint, false);

/** 64 bits as a safe integer, for ids, sizes and offsets. From 2^53 on, reading and writing throw EINVAL. */
export const u64n: Field<number> = {
	size: 8,
	align: 8,
	wide: true,
	read: (view, offset, length) => (length < 8 ? 0 : getU64n(view, offset)),
	write: (view, offset, value = 0) => setU64n(view, offset, value),
	format: String,
};

/** 64 bits with a sign as a safe integer. From 2^53 on, on either side, reading and writing throw EINVAL. */
export const s64n: Field<number> = {
	size: 8,
	align: 8,
	wide: true,
	read: (view, offset, length) => (length < 8 ? 0 : getS64n(view, offset)),
	write: (view, offset, value = 0) => setS64n(view, offset, value),
	format: String,
};

function window(view: DataView, offset: number, size: number): Uint8Array {
	return new Uint8Array(view.buffer, view.byteOffset + offset, size);
}

function writePadded(view: DataView, offset: number, size: number, bytes: Uint8Array): void {
	if (bytes.length > size) throw new Errno('EINVAL', `${bytes.length} bytes for a field of ${size}`);
	const target = window(view, offset, size);
	target.set(bytes);
	target.fill(0, bytes.length);
}

const nothing = new Uint8Array(0);

/** `size` bytes, copied. Fewer are written with zeros after them, more throw EINVAL. */
export function bytes(size: number): Field<Uint8Array> {
	return {
		size,
		align: 1,
		read: (view, offset, length) => (length < size ? new Uint8Array(size) : window(view, offset, size).slice()),
		write: (view, offset, value = nothing) => writePadded(view, offset, size, value),
		format: value => Array.from(value, byte => byte.toString(16).padStart(2, '0')).join(':'),
	};
}

/** A string in `size` bytes, ended by NUL unless it fills them. A longer one, or one with a NUL in it, throws EINVAL. */
export function str(size: number): Field<string> {
	return {
		size,
		align: 1,
		read(view, offset, length) {
			if (length < size) return '';
			const all = window(view, offset, size);
			const end = all.indexOf(0);
			return decodeName(end < 0 ? all : all.subarray(0, end));
		},
		write(view, offset, value = '') {
			if (value.includes('\0')) throw new Errno('EINVAL', 'a string with a NUL in it');
			writePadded(view, offset, size, encodeName(value));
		},
		format: value => JSON.stringify(value),
	};
}

/** `count` of a field one after the other. Fewer are written with zeros after them, more throw EINVAL. */
export function array<T, I>(field: Field<T, I>, count: number): Field<readonly T[], readonly I[]> {
	const size = field.size * count;
	return {
		size,
		align: field.align,
		read(view, offset, length) {
			const values: T[] = [];
			for (let at = 0; at < size; at += field.size) values.push(field.read(view, offset + at, length - at));
			return values;
		},
		write(view, offset, values = []) {
			if (values.length > count) throw new Errno('EINVAL', `${values.length} elements for an array of ${count}`);
			for (let i = 0; i < count; i++) field.write(view, offset + i * field.size, values[i]);
		},
		format: values => `[${values.map(value => field.format(value)).join(', ')}]`,
	};
}

/** A word of flags, printed by their names. Throws TypeError as `flagsPrinter` does. */
export function flags(field: Field<number>, names: NameTable, ...choices: FlagChoice[]): Field<number> {
	return { ...field, format: flagsPrinter(names, choices) };
}

/** One of a table's numbers, printed by its name. */
export function enumeration(field: Field<number>, names: NameTable): Field<number> {
	return { ...field, format: enumerationPrinter(names) };
}

/** A number printed in octal, as file modes are. */
export function octal(field: Field<number>): Field<number> {
	return { ...field, format: value => (value === 0 ? '0' : `0${value.toString(8)}`) };
}
