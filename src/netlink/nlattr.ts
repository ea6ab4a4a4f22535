/**
 * nlattr - types of attributes: how a payload is read, written, printed, and what of it is valid.
 *
 *     { DOC_EXMPL_A_MSG: [1, NLA_NUL_STRING(256)], DOC_EXMPL_A_COUNT: [2, NLA_POLICY_MAX(NLA_U32, 1000)] }
 *
 * Names of include/net/netlink.h. A row is a name, its number, and one of these types; rows make a policy (policy.ts).
 */

import { be16, be32, type Struct, s8, s16, s32, s64, u8, u16, u32, u64 } from '../lib/struct.ts';
import type { Field } from '../lib/struct_codec.ts';
import { decodeName } from '../lib/text.ts';
import { NLA_HDRLEN, nla_bitfield32 } from '../uapi/netlink.ts';
import { type NlaKind, type NlaType, nla_kind, type Validation } from './nla_type.ts';

function number<T extends number | bigint>(kind: NlaKind, field: Field<T>): NlaType<T> {
	const { size, access } = field;
	const exact = kind === nla_kind.MSECS ? 0 : size;
	return {
		kind,
		len: 0,
		size: exact,
		minlen: size,
		read: (view, offset) => field.read(view, offset, size),
		write(buffer, type, value) {
			const at = buffer.nlaReserve(type, size);
			field.write(buffer.view, at, value);
		},
		format: field.format,
		source: `v.${access!.get}(%, ${access!.little})`,
	};
}

export const NLA_U8 = number(nla_kind.U8, u8);
export const NLA_U16 = number(nla_kind.U16, u16);
export const NLA_U32 = number(nla_kind.U32, u32);
export const NLA_U64 = number(nla_kind.U64, u64);
export const NLA_S8 = number(nla_kind.S8, s8);
export const NLA_S16 = number(nla_kind.S16, s16);
export const NLA_S32 = number(nla_kind.S32, s32);
export const NLA_S64 = number(nla_kind.S64, s64);
/** Network order. */
export const NLA_BE16 = number(nla_kind.BE16, be16);
/** Network order. */
export const NLA_BE32 = number(nla_kind.BE32, be32);
/** Milliseconds. */
export const NLA_MSECS = number(nla_kind.MSECS, u64);

/** 32 or 64 bits, whichever the value needs. */
export const NLA_UINT: NlaType<bigint> = {
	kind: nla_kind.UINT,
	len: 0,
	size: 0,
	minlen: 0,
	read: (view, offset, length) =>
		length >= 8 ? view.getBigUint64(offset, true) : BigInt(view.getUint32(offset, true)),
	write(buffer, type, value) {
		if (value <= 0xffff_ffffn) buffer.nlaPutU32(type, Number(value));
		else buffer.nlaPutU64(type, value);
	},
	format: String,
};

/** The same with a sign. */
export const NLA_SINT: NlaType<bigint> = {
	...NLA_UINT,
	kind: nla_kind.SINT,
	read: (view, offset, length) => (length >= 8 ? view.getBigInt64(offset, true) : BigInt(view.getInt32(offset, true))),
	write(buffer, type, value) {
		if (BigInt.asIntN(32, value) === value) buffer.nlaPutU32(type, Number(BigInt.asUintN(32, value)));
		else buffer.nlaPutU64(type, BigInt.asUintN(64, value));
	},
};

const window = (view: DataView, offset: number, length: number) =>
	new Uint8Array(view.buffer, view.byteOffset + offset, length);

/** `"\x01\x00"`, as strace prints what it does not know. */
export function formatBytes(bytes: Uint8Array): string {
	return `"${Array.from(bytes, byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`;
}

function readString(view: DataView, offset: number, length: number): string {
	const all = window(view, offset, length);
	const end = all.indexOf(0);
	return decodeName(end < 0 ? all : all.subarray(0, end));
}

const text = (kind: NlaKind, len: number): NlaType<string> => ({
	kind,
	len,
	size: 0,
	minlen: 0,
	read: readString,
	write: (buffer, type, value) => buffer.nlaPutString(type, value),
	format: value => JSON.stringify(value),
});

/** A string, with or without a NUL, of at most `len` bytes before it; 0 is any number. */
export const NLA_STRING = (len = 0): NlaType<string> => text(nla_kind.STRING, len);
/** A string that a NUL ends, of at most `len` bytes before it; 0 is any number. */
export const NLA_NUL_STRING = (len = 0): NlaType<string> => text(nla_kind.NUL_STRING, len);

const binary = (kind: NlaKind, len: number): NlaType<Uint8Array> => ({
	kind,
	len,
	size: 0,
	minlen: 0,
	read: (view, offset, length) => window(view, offset, length).slice(),
	write: (buffer, type, value) => buffer.nlaPut(type, value),
	format: formatBytes,
});

/** Any bytes, at most `len` of them; 0 is any number. */
export const NLA_BINARY = (len = 0): NlaType<Uint8Array> => binary(nla_kind.BINARY, len);
/** Nothing is known of it but that it has `len` bytes or more. Strict families refuse it. */
export const NLA_UNSPEC = (len = 0): NlaType<Uint8Array> => binary(nla_kind.UNSPEC, len);
/** Never accepted; `message` says why. */
export const NLA_REJECT = (message?: string): NlaType<Uint8Array> => ({
	...binary(nla_kind.REJECT, 0),
	...(message !== undefined && { reject: message }),
});

/** What the kernel tells, and does not take. */
export const NLA_TOLD = <T>(type: NlaType<T>): NlaType<T> => ({ ...type, kind: nla_kind.REJECT, size: 0 });

/** There or not there; it has no payload. */
export const NLA_FLAG: NlaType<true> = {
	kind: nla_kind.FLAG,
	len: 0,
	size: 0,
	minlen: 0,
	read: () => true,
	write: (buffer, type) => buffer.nlaPutFlag(type),
	format: () => 'true',
};

/** A wire struct; a shorter payload is refused. */
export function NLA_STRUCT<T, I>(table: Struct<T, I>): NlaType<T> {
	return {
		...(binary(nla_kind.UNSPEC, table.size) as NlaType<never>),
		read: (view, offset, length) => table.decode(view, offset, length),
		write(buffer, type, value) {
			const at = buffer.nlaReserve(type, table.size);
			table.encode(buffer.view, at, value as unknown as I);
		},
		format: table.format,
	};
}

/** Flags of which some are to be set; none but those of `valid` (NLA_POLICY_BITFIELD32). */
export const NLA_BITFIELD32 = (valid: number): NlaType<{ readonly value: number; readonly selector: number }> => ({
	...NLA_STRUCT(nla_bitfield32),
	kind: nla_kind.BITFIELD32,
	len: 0,
	valid,
});

/** An IPv4 address, as a number whose highest byte is the address's first. */
export const NLA_IN_ADDR: NlaType<number> = {
	...NLA_BE32,
	kind: nla_kind.U32,
	format: value => `inet_addr("${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}")`,
};

const withValidation = <T>(type: NlaType<T>, validation: Validation): NlaType<T> => ({ ...type, validation });

/** From `min` to `max`: values, or the lengths of a binary (NLA_POLICY_RANGE). */
export const NLA_POLICY_RANGE = <T>(type: NlaType<T>, min: number | bigint, max: number | bigint): NlaType<T> =>
	withValidation(type, { check: 'range', min, max });
export const NLA_POLICY_MIN = <T>(type: NlaType<T>, min: number | bigint): NlaType<T> =>
	withValidation(type, { check: 'range', min, max: rangeOf(type)[1] });
export const NLA_POLICY_MAX = <T>(type: NlaType<T>, max: number | bigint): NlaType<T> =>
	withValidation(type, { check: 'range', min: rangeOf(type)[0], max });
/** No bits but these. */
export const NLA_POLICY_MASK = <T>(type: NlaType<T>, mask: number | bigint): NlaType<T> =>
	withValidation(type, { check: 'mask', mask: BigInt(mask) });
export const NLA_POLICY_EXACT_LEN = (len: number): NlaType<Uint8Array> => NLA_POLICY_RANGE(NLA_BINARY(), len, len);
export const NLA_POLICY_MIN_LEN = (len: number): NlaType<Uint8Array> => NLA_POLICY_MIN(NLA_BINARY(), len);
/** `validate` looks at the payload and throws what the request is to be refused with. */
export const NLA_POLICY_VALIDATE_FN = <T>(
	type: NlaType<T>,
	validate: (view: DataView, offset: number, length: number) => void,
): NlaType<T> => withValidation(type, { check: 'function', validate });

const U16_MAX = 0xffff;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

const ranges: Readonly<Partial<Record<NlaKind, readonly [number | bigint, number | bigint]>>> = {
	[nla_kind.U8]: [0, 0xff],
	[nla_kind.U16]: [0, U16_MAX],
	[nla_kind.BE16]: [0, U16_MAX],
	[nla_kind.BINARY]: [0, U16_MAX],
	[nla_kind.U32]: [0, 0xffff_ffff],
	[nla_kind.BE32]: [0, 0xffff_ffff],
	[nla_kind.U64]: [0n, U64_MAX],
	[nla_kind.UINT]: [0n, U64_MAX],
	[nla_kind.MSECS]: [0n, U64_MAX],
	[nla_kind.S8]: [-0x80, 0x7f],
	[nla_kind.S16]: [-0x8000, 0x7fff],
	[nla_kind.S32]: [-0x8000_0000, 0x7fff_ffff],
	[nla_kind.S64]: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
	[nla_kind.SINT]: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
};

/** The least and the greatest value of a type, as its own validation narrows them (nla_get_range_unsigned and _signed). */
export function rangeOf(type: NlaType): readonly [min: number | bigint, max: number | bigint] {
	const { validation } = type;
	if (validation?.check === 'range') return [validation.min, validation.max];
	return ranges[type.kind] ?? [0, U16_MAX];
}

/** Bytes of an attribute with a payload of `length` and what aligns the next one (nla_total_size). */
export function nlaTotalSize(length: number): number {
	return (NLA_HDRLEN + length + 3) & ~3;
}
