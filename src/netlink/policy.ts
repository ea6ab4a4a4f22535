/**
 * policy - which attributes a message may have: rows that become a table (struct nla_policy of include/net/netlink.h).
 *
 * The same table serves the parser, the builder and the trace:
 *
 *     const policy = nlaPolicy({ DOC_EXMPL_A_MSG: [1, NLA_NUL_STRING(256)] });
 *     nlaParse(view, start, end, policy, NL_VALIDATE_STRICT, extack, tb);
 *     const { DOC_EXMPL_A_MSG } = policy.read(view, tb);
 *     policy.write(buffer, { DOC_EXMPL_A_MSG: 'hello' });
 */

import { NLA_F_NESTED, NLA_HDRLEN, NLA_TYPE_MASK } from '../uapi/netlink.ts';
import { align4 } from './message_buffer.ts';
import {
	type AttrTable,
	type NlaAttrs,
	type NlaInit,
	type NlaRows,
	type NlaType,
	nla_kind,
	type Policy,
} from './nla_type.ts';

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

/** The same, as old families have it: nothing in there is checked with the message, and it is written without the bit that says so. */
export function NLA_NESTED_NOFLAG<R extends NlaRows>(nested: Policy<R>): NlaType<NlaInit<R>> {
	return {
		...NLA_NESTED(nested),
		unchecked: true,
		write(buffer, type, value) {
			const at = buffer.nlaNestStartNoflag(type);
			nested.write(buffer, value);
			buffer.nlaNestEnd(at);
		},
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
