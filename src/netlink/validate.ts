/**
 * validate - whether attributes are what their policy says: the walk over them, and the check of each (lib/nlattr.c).
 *
 * Liberal parsing ignores what it does not know and a tail that is no attribute; strict parsing refuses both.
 */

import { Errno, type ErrnoName } from '../lib/errno.ts';
import { NLA_F_NESTED, NLA_HDRLEN, NLA_TYPE_MASK } from '../uapi/netlink.ts';
import type { NetlinkExtAck } from './ext_ack.ts';
import { align4 } from './message_buffer.ts';
import { type AttrTable, type NlaType, nla_kind, type Policy } from './nla_type.ts';
import { rangeOf } from './nlattr.ts';

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

const FAILED = 'Attribute failed policy validation';
const INVALID_LENGTH = 'invalid attribute length';

/**
 * Finds the attributes between `start` and `end`, checks them, and puts their offsets into `tb`, the last of a type winning
 * (__nla_parse). Throws the errno of the first that is refused, having
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

/** What checking one attribute needs, in one place. */
interface Attribute {
	readonly view: DataView;
	readonly at: number;
	readonly length: number;
	readonly type: NlaType;
	readonly extack: NetlinkExtAck | undefined;
}

function refuse({ at, type, extack }: Attribute, code: ErrnoName, msg = FAILED): never {
	extack?.setErrMsgAttr(msg, at, type);
	throw new Errno(code);
}

/** Of an attribute that the policy has no type for, nothing is known (NLA_UNSPEC). */
const unspec: NlaType = {
	kind: nla_kind.UNSPEC,
	len: 0,
	size: 0,
	minlen: 0,
	read: () => undefined,
	write: () => {},
	format: () => '',
};

/**
 * Checks the attribute at `at`, whose payload has `length` bytes. Throws ERANGE or EINVAL as Linux does, having told `extack`
 * what is wrong, of which attribute, and what it should have been.
 */
function validateNla(
	view: DataView,
	at: number,
	length: number,
	known: NlaType | undefined,
	policy: Policy,
	asked: number,
	extack: NetlinkExtAck | undefined,
	depth: number,
): void {
	const type = known ?? unspec;
	const { kind, size } = type;
	const number = view.getUint16(at + 2, true);
	const strict = policy.strictStartType !== 0 && (number & NLA_TYPE_MASK) >= policy.strictStartType;
	const validate = strict ? asked | NL_VALIDATE_STRICT : asked;
	// What most attributes are: a number of the right size, of which nothing more is asked.
	if (size !== 0 && length === size && type.validation === undefined && (number & NLA_F_NESTED) === 0) return;
	const nla: Attribute = { view, at, length, type, extack };
	if (size !== 0 && length !== size && (validate & NL_VALIDATE_STRICT_ATTRS) !== 0) {
		refuse(nla, 'EINVAL', INVALID_LENGTH);
	}
	if ((validate & NL_VALIDATE_NESTED) !== 0) checkNestedBit(nla, (number & NLA_F_NESTED) !== 0);
	(checks[kind] ?? checkMinimum)(nla, validate, depth);
	if (type.validation !== undefined) checkFurther(nla);
}

function checkNestedBit(nla: Attribute, bit: boolean): void {
	const { kind } = nla.type;
	const nests = kind === nla_kind.NESTED || kind === nla_kind.NESTED_ARRAY;
	if (nests && !bit) refuse(nla, 'EINVAL', 'NLA_F_NESTED is missing');
	if (!nests && kind !== nla_kind.UNSPEC && bit) refuse(nla, 'EINVAL', 'NLA_F_NESTED not expected');
}

type Check = (nla: Attribute, validate: number, depth: number) => void;

/** By kind; of the others, the payload must be long enough. */
const checks: Readonly<Record<number, Check>> = {
	[nla_kind.REJECT](nla) {
		const { reject } = nla.type;
		if (reject === undefined) refuse(nla, 'EINVAL');
		nla.extack?.setErrMsgAttr(reject, nla.at);
		throw new Errno('EINVAL');
	},
	[nla_kind.FLAG](nla) {
		if (nla.length > 0) refuse(nla, 'ERANGE');
	},
	[nla_kind.SINT]: checkVariable,
	[nla_kind.UINT]: checkVariable,
	[nla_kind.BITFIELD32]: checkBitfield,
	[nla_kind.NUL_STRING](nla) {
		const { len } = nla.type;
		const within = len > 0 ? Math.min(nla.length, len + 1) : nla.length;
		if (!hasNul(nla, within)) refuse(nla, 'EINVAL');
		checkString(nla);
	},
	[nla_kind.STRING]: checkString,
	[nla_kind.BINARY](nla) {
		const { len } = nla.type;
		if (len > 0 && nla.length > len) refuse(nla, 'ERANGE');
	},
	[nla_kind.NESTED]: checkNest,
	[nla_kind.NESTED_ARRAY]: checkArray,
	[nla_kind.UNSPEC](nla, validate) {
		if ((validate & NL_VALIDATE_UNSPEC) !== 0) {
			nla.extack?.setErrMsgAttr('Unsupported attribute', nla.at);
			throw new Errno('EINVAL');
		}
		if (nla.length < nla.type.len) refuse(nla, 'ERANGE');
	},
};

function checkMinimum(nla: Attribute): void {
	const { len, minlen } = nla.type;
	if (nla.length < (len > 0 ? len : minlen)) refuse(nla, 'ERANGE');
}

function checkVariable(nla: Attribute): void {
	if (nla.length !== 4 && nla.length !== 8) refuse(nla, 'EINVAL', INVALID_LENGTH);
}

function checkBitfield(nla: Attribute): void {
	if (nla.length !== 8) refuse(nla, 'ERANGE');
	const { view, at, type } = nla;
	const valid = type.valid ?? 0;
	const value = view.getUint32(at + NLA_HDRLEN, true);
	const selector = view.getUint32(at + NLA_HDRLEN + 4, true);
	if (valid === 0 || ((value | selector) & ~valid) !== 0 || (value & ~selector) !== 0) refuse(nla, 'EINVAL');
}

function hasNul({ view, at }: Attribute, within: number): boolean {
	for (let i = 0; i < within; i++) if (view.getUint8(at + NLA_HDRLEN + i) === 0) return true;
	return false;
}

function checkString(nla: Attribute): void {
	const { view, at, length, type } = nla;
	if (length < 1) refuse(nla, 'ERANGE');
	if (type.len === 0) return;
	const ended = view.getUint8(at + NLA_HDRLEN + length - 1) === 0;
	if (length - (ended ? 1 : 0) > type.len) refuse(nla, 'ERANGE');
}

function checkNest(nla: Attribute, validate: number, depth: number): void {
	const { view, at, length, type, extack } = nla;
	if (length === 0) return;
	if (length < NLA_HDRLEN) refuse(nla, 'ERANGE');
	if (type.nested === undefined || type.unchecked === true) return;
	const start = at + NLA_HDRLEN;
	nlaParse(view, start, start + length, type.nested, validate, extack, undefined, depth + 1);
}

function checkArray(nla: Attribute, validate: number, depth: number): void {
	const { view, at, length, type, extack } = nla;
	if (length === 0) return;
	if (length < NLA_HDRLEN) refuse(nla, 'ERANGE');
	if (type.nested === undefined) return;
	const end = at + NLA_HDRLEN + length;
	for (let entry = at + NLA_HDRLEN; end - entry >= NLA_HDRLEN; ) {
		const size = view.getUint16(entry, true);
		if (size < NLA_HDRLEN || size > end - entry) return;
		const inner = size - NLA_HDRLEN;
		if (inner > 0 && inner < NLA_HDRLEN) {
			extack?.setErrMsgAttr('Array element too short', entry, type);
			throw new Errno('ERANGE');
		}
		if (inner > 0) {
			const start = entry + NLA_HDRLEN;
			nlaParse(view, start, start + inner, type.nested, validate, extack, undefined, depth + 1);
		}
		entry += align4(size);
	}
}

function checkFurther(nla: Attribute): void {
	const { view, at, length, type, extack } = nla;
	const { validation, kind } = type;
	if (validation?.check === 'function') {
		validation.validate(view, at + NLA_HDRLEN, length);
		return;
	}
	const value = kind === nla_kind.BINARY ? length : (type.read(view, at + NLA_HDRLEN, length) as number | bigint);
	if (validation?.check === 'mask') {
		if ((BigInt(value) & BigInt.asUintN(64, ~validation.mask)) === 0n) return;
		extack?.setErrMsgAttr('reserved bit set', at);
		throw new Errno('EINVAL');
	}
	const [min, max] = rangeOf(type);
	if (value >= min && value <= max) return;
	refuse(nla, 'ERANGE', kind === nla_kind.BINARY ? 'binary attribute size out of range' : 'integer out of range');
}
