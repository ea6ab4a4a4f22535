/**
 * policy_dump - how a policy is told to programs, as attributes (net/netlink/policy.c).
 *
 * One attribute's policy goes with an error; all of a family's are dumped by the controller of generic netlink, in which nests
 * refer to one another by index.
 */

import { enumerationPrinter } from '../lib/names.ts';
import { netlink_policy_type_attr as attr, netlink_attribute_type as attr_type } from '../uapi/netlink.ts';
import type { MessageBuffer } from './message_buffer.ts';
import { type NlaType, nla_kind, type Policy } from './nla_type.ts';
import { NLA_S64, NLA_U32, NLA_U64, rangeOf } from './nlattr.ts';
import { nlaPolicy } from './policy.ts';

const attrTypes = enumerationPrinter(attr_type);

/** What is told of one attribute. */
export const policyTypePolicy = nlaPolicy({
	NL_POLICY_TYPE_ATTR_TYPE: [attr.NL_POLICY_TYPE_ATTR_TYPE, { ...NLA_U32, format: attrTypes }],
	NL_POLICY_TYPE_ATTR_MIN_VALUE_S: [attr.NL_POLICY_TYPE_ATTR_MIN_VALUE_S, NLA_S64],
	NL_POLICY_TYPE_ATTR_MAX_VALUE_S: [attr.NL_POLICY_TYPE_ATTR_MAX_VALUE_S, NLA_S64],
	NL_POLICY_TYPE_ATTR_MIN_VALUE_U: [attr.NL_POLICY_TYPE_ATTR_MIN_VALUE_U, NLA_U64],
	NL_POLICY_TYPE_ATTR_MAX_VALUE_U: [attr.NL_POLICY_TYPE_ATTR_MAX_VALUE_U, NLA_U64],
	NL_POLICY_TYPE_ATTR_MIN_LENGTH: [attr.NL_POLICY_TYPE_ATTR_MIN_LENGTH, NLA_U32],
	NL_POLICY_TYPE_ATTR_MAX_LENGTH: [attr.NL_POLICY_TYPE_ATTR_MAX_LENGTH, NLA_U32],
	NL_POLICY_TYPE_ATTR_POLICY_IDX: [attr.NL_POLICY_TYPE_ATTR_POLICY_IDX, NLA_U32],
	NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE: [attr.NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE, NLA_U32],
	NL_POLICY_TYPE_ATTR_BITFIELD32_MASK: [attr.NL_POLICY_TYPE_ATTR_BITFIELD32_MASK, NLA_U32],
	NL_POLICY_TYPE_ATTR_MASK: [attr.NL_POLICY_TYPE_ATTR_MASK, NLA_U64],
});

const U16_MAX = 0xffff;

/** How each kind is called outside; kinds that are not here are not told of. */
const told: Readonly<Record<number, number>> = {
	[nla_kind.FLAG]: attr_type.NL_ATTR_TYPE_FLAG,
	[nla_kind.U8]: attr_type.NL_ATTR_TYPE_U8,
	[nla_kind.U16]: attr_type.NL_ATTR_TYPE_U16,
	[nla_kind.U32]: attr_type.NL_ATTR_TYPE_U32,
	[nla_kind.U64]: attr_type.NL_ATTR_TYPE_U64,
	[nla_kind.MSECS]: attr_type.NL_ATTR_TYPE_UINT,
	[nla_kind.UINT]: attr_type.NL_ATTR_TYPE_UINT,
	[nla_kind.S8]: attr_type.NL_ATTR_TYPE_S8,
	[nla_kind.S16]: attr_type.NL_ATTR_TYPE_S16,
	[nla_kind.S32]: attr_type.NL_ATTR_TYPE_S32,
	[nla_kind.S64]: attr_type.NL_ATTR_TYPE_S64,
	[nla_kind.SINT]: attr_type.NL_ATTR_TYPE_SINT,
	[nla_kind.BINARY]: attr_type.NL_ATTR_TYPE_BINARY,
	[nla_kind.STRING]: attr_type.NL_ATTR_TYPE_STRING,
	[nla_kind.NUL_STRING]: attr_type.NL_ATTR_TYPE_NUL_STRING,
	[nla_kind.NESTED]: attr_type.NL_ATTR_TYPE_NESTED,
	[nla_kind.NESTED_ARRAY]: attr_type.NL_ATTR_TYPE_NESTED_ARRAY,
	[nla_kind.BITFIELD32]: attr_type.NL_ATTR_TYPE_BITFIELD32,
};

type Limits = (buffer: MessageBuffer, type: NlaType, index: (policy: Policy) => number | undefined) => void;

const unsigned: Limits = (buffer, type) => {
	const { validation } = type;
	if (validation?.check === 'mask') {
		buffer.nlaPutU64(attr.NL_POLICY_TYPE_ATTR_MASK, validation.mask);
		return;
	}
	const [min, max] = rangeOf(type);
	buffer.nlaPutU64(attr.NL_POLICY_TYPE_ATTR_MIN_VALUE_U, BigInt(min));
	buffer.nlaPutU64(attr.NL_POLICY_TYPE_ATTR_MAX_VALUE_U, BigInt(max));
};

const signed: Limits = (buffer, type) => {
	const [min, max] = rangeOf(type);
	buffer.nlaPutU64(attr.NL_POLICY_TYPE_ATTR_MIN_VALUE_S, BigInt.asUintN(64, BigInt(min)));
	buffer.nlaPutU64(attr.NL_POLICY_TYPE_ATTR_MAX_VALUE_S, BigInt.asUintN(64, BigInt(max)));
};

const lengths: Limits = (buffer, type) => {
	if (type.validation?.check !== 'range') {
		if (type.len > 0) buffer.nlaPutU32(attr.NL_POLICY_TYPE_ATTR_MAX_LENGTH, type.len);
		return;
	}
	const [min, max] = rangeOf(type).map(Number) as [number, number];
	if (min > 0) buffer.nlaPutU32(attr.NL_POLICY_TYPE_ATTR_MIN_LENGTH, min);
	if (max < U16_MAX) buffer.nlaPutU32(attr.NL_POLICY_TYPE_ATTR_MAX_LENGTH, max);
};

const nest: Limits = (buffer, type, index) => {
	const at = type.nested === undefined ? undefined : index(type.nested);
	if (at === undefined || type.len === 0) return;
	buffer.nlaPutU32(attr.NL_POLICY_TYPE_ATTR_POLICY_IDX, at);
	buffer.nlaPutU32(attr.NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE, type.len);
};

const limits: Readonly<Record<number, Limits>> = {
	[attr_type.NL_ATTR_TYPE_U8]: unsigned,
	[attr_type.NL_ATTR_TYPE_U16]: unsigned,
	[attr_type.NL_ATTR_TYPE_U32]: unsigned,
	[attr_type.NL_ATTR_TYPE_U64]: unsigned,
	[attr_type.NL_ATTR_TYPE_UINT]: unsigned,
	[attr_type.NL_ATTR_TYPE_S8]: signed,
	[attr_type.NL_ATTR_TYPE_S16]: signed,
	[attr_type.NL_ATTR_TYPE_S32]: signed,
	[attr_type.NL_ATTR_TYPE_S64]: signed,
	[attr_type.NL_ATTR_TYPE_SINT]: signed,
	[attr_type.NL_ATTR_TYPE_BINARY]: lengths,
	[attr_type.NL_ATTR_TYPE_STRING]: lengths,
	[attr_type.NL_ATTR_TYPE_NUL_STRING]: lengths,
	[attr_type.NL_ATTR_TYPE_NESTED]: nest,
	[attr_type.NL_ATTR_TYPE_NESTED_ARRAY]: nest,
	[attr_type.NL_ATTR_TYPE_BITFIELD32]: (buffer, type) =>
		buffer.nlaPutU32(attr.NL_POLICY_TYPE_ATTR_BITFIELD32_MASK, type.valid ?? 0),
};

/**
 * Writes what a type of attribute is as a nest of number `nestattr` (netlink_policy_dump_write_attr). `index` gives the number
 * of a nest's policy; absent, none is told. False, with nothing written, for a type that is not told of. EMSGSIZE.
 */
export function writePolicyAttr(
	buffer: MessageBuffer,
	type: NlaType,
	nestattr: number,
	index: (policy: Policy) => number | undefined = () => undefined,
): boolean {
	const name = told[type.kind];
	if (name === undefined) return false;
	const at = buffer.nlaNestStart(nestattr);
	limits[name]?.(buffer, type, index);
	buffer.nlaPutU32(attr.NL_POLICY_TYPE_ATTR_TYPE, name);
	buffer.nlaNestEnd(at);
	return true;
}

/** The policies of a family, each once, with those of their nests behind them (netlink_policy_dump_add_policy). */
export class PolicyDump {
	readonly #policies: Policy[] = [];

	/** Adds a policy and all that it nests. A policy without attributes is not told of. */
	add(policy: Policy): void {
		this.#add(policy);
		for (const known of this.#policies) {
			for (const type of known.types) if (type?.nested !== undefined) this.#add(type.nested);
		}
	}

	/** True while nothing was added. */
	get empty(): boolean {
		return this.#policies.length === 0;
	}

	/** The number of a policy that was added. Throws RangeError for another. */
	index(policy: Policy): number {
		const at = this.#policies.indexOf(policy);
		if (at < 0) throw new RangeError('a policy that is not in the dump');
		return at;
	}

	/** One function for each attribute, which writes it in a nest of its policy's number. EMSGSIZE. */
	*attributes(): Generator<(buffer: MessageBuffer) => void> {
		for (const [index, policy] of this.#policies.entries()) {
			for (const [number, type] of policy.types.entries()) {
				if (type === undefined || told[type.kind] === undefined) continue;
				yield buffer => {
					const at = buffer.nlaNestStart(index);
					writePolicyAttr(buffer, type, number, nested => this.index(nested));
					buffer.nlaNestEnd(at);
				};
			}
		}
	}

	#add(policy: Policy): void {
		if (policy.maxtype > 0 && !this.#policies.includes(policy)) this.#policies.push(policy);
	}
}
