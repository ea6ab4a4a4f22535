/**
 * genetlink - generic netlink's messages as tables: the controller's, and those of families that are told of.
 */

import { enumeration, flags, type Infer, struct, u8, u16 } from '../lib/struct.ts';
import {
	ctrl_attr,
	ctrl_attr_mcast_grp,
	ctrl_attr_op,
	ctrl_attr_policy,
	ctrl_cmd,
	GENL_HDRLEN,
	GENL_ID_CTRL,
	GENL_NAMSIZ,
	genl_op_flag,
} from '../uapi/genetlink.ts';
import { NLM_F_MATCH, NLM_F_ROOT } from '../uapi/netlink.ts';
import type { MessageTable, ProtocolTable } from './message.ts';
import { message } from './message.ts';
import type { NlaRows, NlaType } from './nla_type.ts';
import { NLA_NUL_STRING, NLA_U16, NLA_U32 } from './nlattr.ts';
import { NLA_INDEXED, NLA_NESTED, NLA_NESTED_ARRAY, nlaPolicy } from './policy.ts';
import { policyTypePolicy } from './policy_dump.ts';

const printed = <T>(type: NlaType<T>, format: (value: T) => string): NlaType<T> => ({ ...type, format });
const opFlags = flags(u16, genl_op_flag).format;

/** Of one operation. */
export const ctrlOpPolicy = nlaPolicy({
	CTRL_ATTR_OP_ID: [ctrl_attr_op.CTRL_ATTR_OP_ID, NLA_U32],
	CTRL_ATTR_OP_FLAGS: [ctrl_attr_op.CTRL_ATTR_OP_FLAGS, printed(NLA_U32, opFlags)],
});

/** Of one multicast group. */
export const ctrlGroupPolicy = nlaPolicy({
	CTRL_ATTR_MCAST_GRP_NAME: [ctrl_attr_mcast_grp.CTRL_ATTR_MCAST_GRP_NAME, NLA_NUL_STRING(GENL_NAMSIZ - 1)],
	CTRL_ATTR_MCAST_GRP_ID: [ctrl_attr_mcast_grp.CTRL_ATTR_MCAST_GRP_ID, NLA_U32],
});

/** Of one operation's policies. */
export const ctrlOpPolicyPolicy = nlaPolicy({
	CTRL_ATTR_POLICY_DO: [ctrl_attr_policy.CTRL_ATTR_POLICY_DO, NLA_U32],
	CTRL_ATTR_POLICY_DUMP: [ctrl_attr_policy.CTRL_ATTR_POLICY_DUMP, NLA_U32],
});

/** A genlmsghdr whose command is printed by its name. */
const headerOf = (commands: Readonly<Record<string, number>>) =>
	struct('genlmsghdr', GENL_HDRLEN, { cmd: enumeration(u8, commands), version: u8, _reserved: u16 });

/** What the controller sends and understands. */
export const nlctrl = message('nlctrl', headerOf(ctrl_cmd), {
	CTRL_ATTR_FAMILY_ID: [ctrl_attr.CTRL_ATTR_FAMILY_ID, NLA_U16],
	CTRL_ATTR_FAMILY_NAME: [ctrl_attr.CTRL_ATTR_FAMILY_NAME, NLA_NUL_STRING(GENL_NAMSIZ - 1)],
	CTRL_ATTR_VERSION: [ctrl_attr.CTRL_ATTR_VERSION, NLA_U32],
	CTRL_ATTR_HDRSIZE: [ctrl_attr.CTRL_ATTR_HDRSIZE, NLA_U32],
	CTRL_ATTR_MAXATTR: [ctrl_attr.CTRL_ATTR_MAXATTR, NLA_U32],
	CTRL_ATTR_OPS: [ctrl_attr.CTRL_ATTR_OPS, NLA_NESTED_ARRAY(ctrlOpPolicy)],
	CTRL_ATTR_MCAST_GROUPS: [ctrl_attr.CTRL_ATTR_MCAST_GROUPS, NLA_NESTED_ARRAY(ctrlGroupPolicy)],
	CTRL_ATTR_POLICY: [ctrl_attr.CTRL_ATTR_POLICY, NLA_INDEXED(NLA_INDEXED(NLA_NESTED(policyTypePolicy)))],
	CTRL_ATTR_OP_POLICY: [ctrl_attr.CTRL_ATTR_OP_POLICY, NLA_INDEXED(NLA_NESTED(ctrlOpPolicyPolicy))],
	CTRL_ATTR_OP: [ctrl_attr.CTRL_ATTR_OP, NLA_U32],
});
export type Genlmsghdr = Infer<typeof nlctrl.header>;

/** A family, as a trace needs to know it. */
export interface GenlFamilyTable {
	readonly name: string;
	/** Names of its commands. */
	readonly commands: Readonly<Record<string, number>>;
	readonly rows: NlaRows;
}

/** The protocol NETLINK_GENERIC. `family` tells of a family by its id; undefined for one that nothing is known of. */
export function genericProtocol(family: (id: number) => GenlFamilyTable | undefined = () => undefined): ProtocolTable {
	const tables = new WeakMap<GenlFamilyTable, MessageTable>();
	const tableOf = (known: GenlFamilyTable) => {
		const made = tables.get(known) ?? (message(known.name, headerOf(known.commands), known.rows) as MessageTable);
		tables.set(known, made);
		return made;
	};
	return {
		types: { nlctrl: GENL_ID_CTRL },
		flags: () => ({ NLM_F_ROOT, NLM_F_MATCH }),
		typeName: type => family(type)?.name,
		message(type) {
			if (type === GENL_ID_CTRL) return nlctrl as MessageTable;
			const known = family(type);
			return known === undefined ? undefined : tableOf(known);
		},
	};
}
