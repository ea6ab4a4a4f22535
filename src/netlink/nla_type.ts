/**
 * nla_type - what a type of attribute is, and what a policy is (struct nla_policy of include/net/netlink.h).
 *
 * The two are one, since a type can be a nest that has a policy, and policies are made of types. nlattr.ts has the types that there
 * are, policy.ts makes policies of them, validate.ts holds messages to them.
 */

import type { MessageBuffer } from './message_buffer.ts';

/** What an attribute may hold, by the order of Linux's enum. */
export const nla_kind = {
	UNSPEC: 0,
	U8: 1,
	U16: 2,
	U32: 3,
	U64: 4,
	STRING: 5,
	FLAG: 6,
	MSECS: 7,
	NESTED: 8,
	NESTED_ARRAY: 9,
	NUL_STRING: 10,
	BINARY: 11,
	S8: 12,
	S16: 13,
	S32: 14,
	S64: 15,
	BITFIELD32: 16,
	REJECT: 17,
	BE16: 18,
	BE32: 19,
	SINT: 20,
	UINT: 21,
} as const;
export type NlaKind = (typeof nla_kind)[keyof typeof nla_kind];

/** What a payload must keep to beyond its length. Bounds are bigints where the values are. */
export type Validation =
	| { readonly check: 'range'; readonly min: number | bigint; readonly max: number | bigint }
	| { readonly check: 'mask'; readonly mask: bigint }
	/** Throws what the request is to be refused with. */
	| { readonly check: 'function'; readonly validate: (view: DataView, offset: number, length: number) => void };

/** A type of attribute (struct nla_policy); `T` is what its payload is here. */
export interface NlaType<T = unknown> {
	readonly kind: NlaKind;
	/** nla_policy.len: the longest string or binary, the shortest payload otherwise; 0 says nothing. */
	readonly len: number;
	/** Bytes that the payload should have, 0 where any number will do (nla_attr_len). */
	readonly size: number;
	/** Bytes that it must have at least (nla_attr_minlen). */
	readonly minlen: number;
	readonly validation?: Validation;
	/** What is in a nest. */
	readonly nested?: Policy;
	/** True for a nest in which nothing is checked with the message. */
	readonly unchecked?: boolean;
	/** Where the attributes in it are a list, whose numbers are indices: what each of them is. */
	readonly indexed?: NlaType;
	/** Bits that a bitfield may have. */
	readonly valid?: number;
	/** What is said where the attribute is rejected. */
	readonly reject?: string;
	/** The payload at `offset`, which has been found valid. */
	read(view: DataView, offset: number, length: number): T;
	/** Writes the whole attribute. EMSGSIZE. */
	write(buffer: MessageBuffer, type: number, value: T): void;
	/** As a trace prints it. */
	format(value: T): string;
	/** For a payload that DataView reads by itself: the call, with `%` for the offset. */
	readonly source?: string;
}

/** The JavaScript type of an attribute's payload. */
export type NlaValue<A> = A extends NlaType<infer T> ? T : never;

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
