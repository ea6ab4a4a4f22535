/**
 * policy - which attributes a message may have, and the walk that checks them (lib/nlattr.c).
 *
 * A policy is made of rows and serves the parser, the builder and the trace:
 *
 *     const policy = nlaPolicy({ DOC_EXMPL_A_MSG: [1, NLA_NUL_STRING(256)] });
 *     nlaParse(view, start, end, policy, NL_VALIDATE_STRICT, extack, tb);
 *     const { DOC_EXMPL_A_MSG } = policy.read(view, tb);
 *     policy.write(buffer, { DOC_EXMPL_A_MSG: 'hello' });
 *
 * Liberal parsing ignores what it does not know and a tail that is no attribute; strict parsing refuses both.
 */

import { Errno } from '../lib/errno.ts';
import { NLA_F_NESTED, NLA_HDRLEN, NLA_TYPE_MASK } from '../uapi/netlink.ts';
import type { NetlinkExtAck } from './ext_ack.ts';
import { align4, type MessageBuffer } from './message_buffer.ts';
import { type NlaType, type NlaValue, nla_kind } from './nlattr.ts';
import { validateNla } from './validate.ts';

/** What parsing refuses (enum netlink_validation). */
export const nl_validate = {
	NL_VALIDATE_TRAILING: 1,
	NL_VALIDATE_MAXTYPE: 2,
	NL_VALIDATE_UNSPEC: 4,
	NL_VALIDATE_STRICT_ATTRS: 8,
	NL_VALIDATE_NESTED: 16,
} as const;
export const { NL_VALIDATE_TRAILING, NL_VALIDATE_MAXTYPE, NL_VALIDATE_UNSPEC } = nl_validate;
export const { NL_VALIDATE_STRICT_ATTRS, NL_VALIDATE_NESTED } = nl_validate;
/** Refuses nothing but payloads that are too short or out of range. */
export const NL_VALIDATE_LIBERAL = 0;
/** As old strict parsers: no tail, no unknown attribute. */
export const NL_VALIDATE_DEPRECATED_STRICT = NL_VALIDATE_TRAILING | NL_VALIDATE_MAXTYPE;
export const NL_VALIDATE_STRICT =
	NL_VALIDATE_TRAILING | NL_VALIDATE_MAXTYPE | NL_VALIDATE_UNSPEC | NL_VALIDATE_STRICT_ATTRS | NL_VALIDATE_NESTED;

const MAX_POLICY_RECURSION_DEPTH = 10;

/** Rows: name, number, type. */
export type NlaRows = Readonly<Record<string, readonly [number, NlaType]>>;

/** What reading gives: undefined for an attribute that is not there. */
export type NlaAttrs<R extends NlaRows> = { readonly [K in keyof R]: NlaValue<R[K][1]> | undefined };

/** What writing takes: attributes that are not named, or undefined, are not written. */
export type NlaInit<R extends NlaRows> = { readonly [K in keyof R]?: NlaValue<R[K][1]> | undefined };

/** Offsets of the attributes of a message, by number; -1 for one that is not there. */
export type AttrTable = Int32Array;

/** Rows that have become a table. */
export interface Policy<R extends NlaRows = NlaRows> {
	readonly rows: R;
	/** By number. */
	readonly types: readonly (NlaType | undefined)[];
	/** By number. */
	readonly names: readonly (string | undefined)[];
	/** The greatest number. */
	readonly maxtype: number;
	/** Attributes from this number on are checked strictly, whatever is asked; 0 for none. */
	readonly strictStartType: number;
	/** A table for `nlaParse` to fill. */
	table(): AttrTable;
	/** The payloads of the attributes that were found. */
	read(view: DataView, tb: AttrTable): NlaAttrs<R>;
	/** Writes attributes in the order of the rows. EMSGSIZE. */
	write(buffer: MessageBuffer, values: NlaInit<R>): void;
}

/** Makes a policy. Throws TypeError for numbers that are not from 1 to 0x3fff, or are there twice. */
export function nlaPolicy<const R extends NlaRows>(rows: R, strictStartType = 0): Policy<R> {
	const types: (NlaType | undefined)[] = [];
	const names: (string | undefined)[] = [];
	const list = Object.entries(rows) as unknown as readonly [string, readonly [number, NlaType]][];
	for (const [name, [number, type]] of list) {
		if (!(number > 0 && number <= NLA_TYPE_MASK)) throw new TypeError(`${name}: no attribute has the number ${number}`);
		if (types[number] !== undefined) throw new TypeError(`${name}: ${names[number]} has the number ${number}`);
		types[number] = type;
		names[number] = name;
	}
	const maxtype = Math.max(0, types.length - 1);
	let read: Reader | undefined;
	return {
		rows,
		types,
		names,
		maxtype,
		strictStartType,
		table: () => new Int32Array(maxtype + 1),
		read(view, tb) {
			read ??= compileReader(list) ?? interpretReader(list);
			return read(view, tb) as NlaAttrs<R>;
		},
		write(buffer, values) {
			const given = values as Readonly<Record<string, unknown>>;
			for (const [name, [number, type]] of list) {
				const value = given[name];
				if (value !== undefined) type.write(buffer, number, value);
			}
		},
	};
}

type Reader = (view: DataView, tb: AttrTable) => object;
type Rows = readonly (readonly [string, readonly [number, NlaType]])[];

/** The payload of the attribute that begins at `at`. */
export function readNla<T>(view: DataView, at: number, type: NlaType<T>): T {
	return type.read(view, at + NLA_HDRLEN, view.getUint16(at, true) - NLA_HDRLEN);
}

/** The reference: walks the rows each time. */
export function interpretReader(rows: Rows): Reader {
	return (view, tb) => {
		const values: Record<string, unknown> = {};
		for (const [name, [number, type]] of rows) {
			const at = tb[number]!;
			values[name] = at < 0 ? undefined : readNla(view, at, type);
		}
		return values;
	};
}

/** The same as generated code; undefined where the process forbids that. */
export function compileReader(rows: Rows): Reader | undefined {
	const fields = rows.map(([name, [number, { source }]], i) => {
		const at = `tb[${number}]`;
		const value = source === undefined ? `read(v, ${at}, t[${i}])` : source.replace('%', `${at} + ${NLA_HDRLEN}`);
		return `${JSON.stringify(name)}: ${at} < 0 ? undefined : ${value}`;
	});
	try {
		const make = new Function('t', 'read', `return (v, tb) => ({ ${fields.join(', ')} });`);
		return make(
			rows.map(([, [, type]]) => type),
			readNla,
		) as Reader;
	} catch (error) {
		if (error instanceof EvalError) return undefined;
		throw error;
	}
}

/**
 * Finds the attributes between `start` and `end`, checks them, and puts their offsets into `tb`, the last of a type winning
 * (__nla_parse). `types` by number, undefined for one that is not checked. Throws the errno of the first that is refused, having
 * told `extack`.
 */
export function nlaParse(
	view: DataView,
	start: number,
	end: number,
	policy: Policy,
	validate: number,
	extack: NetlinkExtAck | undefined,
	tb: AttrTable | undefined,
	depth = 0,
): void {
	if (depth >= MAX_POLICY_RECURSION_DEPTH) {
		extack?.setErrMsg('allowed policy recursion depth exceeded');
		throw new Errno('EINVAL');
	}
	tb?.fill(-1);
	const { types, maxtype } = policy;
	let at = start;
	while (end - at >= NLA_HDRLEN) {
		const length = view.getUint16(at, true);
		if (length < NLA_HDRLEN || length > end - at) break;
		const type = view.getUint16(at + 2, true) & NLA_TYPE_MASK;
		if (type > 0 && type <= maxtype) {
			validateNla(view, at, length - NLA_HDRLEN, types[type], policy, validate, extack, depth);
			if (tb !== undefined) tb[type] = at;
		} else if ((validate & NL_VALIDATE_MAXTYPE) !== 0) {
			extack?.setErrMsgAttr('Unknown attribute type', at);
			throw new Errno('EINVAL');
		}
		at += align4(length);
	}
	if (at >= end) return;
	extack?.setErrMsg('bytes leftover after parsing attributes');
	if ((validate & NL_VALIDATE_TRAILING) !== 0) throw new Errno('EINVAL');
}

/**
 * Calls `each` with the offset, the type and the length of the payload of every attribute between `start` and `end`, and gives
 * the offset at which no further attribute began.
 */
export function nlaForEach(
	view: DataView,
	start: number,
	end: number,
	each: (at: number, type: number, length: number, nested: boolean) => void,
): number {
	let at = start;
	while (end - at >= NLA_HDRLEN) {
		const length = view.getUint16(at, true);
		if (length < NLA_HDRLEN || length > end - at) break;
		const type = view.getUint16(at + 2, true);
		each(at, type & NLA_TYPE_MASK, length - NLA_HDRLEN, (type & NLA_F_NESTED) !== 0);
		at += align4(length);
	}
	return at;
}

/** Attributes in an attribute. Reading one is liberal: whoever wants it strict has had it checked with the message. */
export function NLA_NESTED<R extends NlaRows>(nested: Policy<R>): NlaType<NlaInit<R>> {
	return {
		kind: nla_kind.NESTED,
		len: nested.maxtype,
		size: 0,
		minlen: NLA_HDRLEN,
		nested: nested as unknown as Policy,
		read: (view, offset, length) => readNest(view, offset, length, nested),
		write(buffer, type, value) {
			const at = buffer.nlaNestStart(type);
			nested.write(buffer, value);
			buffer.nlaNestEnd(at);
		},
		format: value => JSON.stringify(value),
	};
}

/** A list of nests, each in an attribute whose number counts from 0, or from where the writer likes. */
export function NLA_NESTED_ARRAY<R extends NlaRows>(nested: Policy<R>): NlaType<readonly NlaInit<R>[]> {
	const list = NLA_INDEXED(NLA_NESTED(nested));
	return {
		...list,
		kind: nla_kind.NESTED_ARRAY,
		len: nested.maxtype,
		nested: nested as unknown as Policy,
		read: (view, offset, length) => [...list.read(view, offset, length).values()],
		write: (buffer, type, values) => list.write(buffer, type, new Map(values.entries())),
		format: values => JSON.stringify(values),
	};
}

/** Attributes of one type in an attribute; their numbers are indices. Nothing of them is checked. */
export function NLA_INDEXED<T>(element: NlaType<T>): NlaType<ReadonlyMap<number, T>> {
	return {
		kind: nla_kind.NESTED,
		len: 0,
		size: 0,
		minlen: NLA_HDRLEN,
		indexed: element as NlaType,
		read(view, offset, length) {
			const found = new Map<number, T>();
			nlaForEach(view, offset, offset + length, (at, number, inner) => {
				if (isLongEnough(element, inner)) found.set(number, element.read(view, at + NLA_HDRLEN, inner));
			});
			return found;
		},
		write(buffer, type, values) {
			const at = buffer.nlaNestStart(type);
			for (const [number, value] of values) element.write(buffer, number, value);
			buffer.nlaNestEnd(at);
		},
		format: values => JSON.stringify([...values]),
	};
}

/** Only the attributes that are there. What is not valid in there is not there. */
function readNest<R extends NlaRows>(view: DataView, offset: number, length: number, nested: Policy<R>): NlaInit<R> {
	const values: Record<string, unknown> = {};
	nlaForEach(view, offset, offset + length, (at, number, inner) => {
		const type = nested.types[number];
		if (type === undefined || !isLongEnough(type, inner)) return;
		values[nested.names[number]!] = type.read(view, at + NLA_HDRLEN, inner);
	});
	return values as NlaInit<R>;
}

/** True for a payload that can be read; a nest may be empty. */
function isLongEnough({ kind, len, minlen, nested, indexed }: NlaType, length: number): boolean {
	return nested !== undefined || indexed !== undefined || length >= (kind === nla_kind.UNSPEC ? len : minlen);
}
