/**
 * genl_ctrl - the controller of generic netlink, the family `nlctrl` (net/netlink/genetlink.c).
 *
 *     CTRL_CMD_GETFAMILY   one family by name or id, or a dump of all
 *     CTRL_CMD_GETPOLICY   a dump: which attributes the commands of a family take
 *     group `notify`       families and groups that come and go
 *
 * Divergence: asking for a family that there is not loads no module.
 */

import { Errno } from '../../../src/lib/errno.ts';
import type { Policy } from '../../../src/netlink/nla_type.ts';
import { NLA_NUL_STRING, NLA_U16, NLA_U32 } from '../../../src/netlink/nlattr.ts';
import { PolicyDump } from '../../../src/netlink/policy_dump.ts';
import {
	CTRL_CMD_DELFAMILY,
	CTRL_CMD_DELMCAST_GRP,
	CTRL_CMD_GETFAMILY,
	CTRL_CMD_GETPOLICY,
	CTRL_CMD_NEWFAMILY,
	CTRL_CMD_NEWMCAST_GRP,
	ctrl_attr,
	ctrl_attr_mcast_grp,
	ctrl_attr_op,
	ctrl_attr_policy,
	GENL_ID_CTRL,
	GENL_NAMSIZ,
} from '../../../src/uapi/genetlink.ts';
import { SkBuff } from '../core/skbuff.ts';
import type { Genetlink } from './genetlink.ts';
import {
	GENL_DONT_VALIDATE_DUMP,
	GENL_DONT_VALIDATE_STRICT,
	type GenlCommand,
	type GenlOp,
	genlCommand,
	genlFamily,
	policyOf,
	type RegisteredFamily,
} from './genl_family.ts';
import { type GenlInfo, genlmsgPut } from './genl_info.ts';

const familyRows = {
	CTRL_ATTR_FAMILY_ID: [ctrl_attr.CTRL_ATTR_FAMILY_ID, NLA_U16],
	CTRL_ATTR_FAMILY_NAME: [ctrl_attr.CTRL_ATTR_FAMILY_NAME, NLA_NUL_STRING(GENL_NAMSIZ - 1)],
} as const;
const policyRows = { ...familyRows, CTRL_ATTR_OP: [ctrl_attr.CTRL_ATTR_OP, NLA_U32] } as const;

/** Writes one message of a dump. */
type Fill = (skb: SkBuff) => void;

/** The controller of one kernel. */
export class GenlController {
	readonly registered: RegisteredFamily;
	readonly #genl: Genetlink;

	constructor(genl: Genetlink) {
		this.#genl = genl;
		this.registered = {
			family: genlFamily({
				name: 'nlctrl',
				version: 2,
				ops: {},
				mcgrps: ['notify'],
				resvStartOp: CTRL_CMD_GETPOLICY + 1,
			}),
			id: GENL_ID_CTRL,
			version: 2,
			hdrsize: 0,
			policy: undefined,
			commands: this.#commands(),
			groups: [{ name: 'notify' }],
			mcgrpOffset: GENL_ID_CTRL,
		};
	}

	/** Tells of a family, and of each of its groups. */
	tellNew(family: RegisteredFamily): void {
		this.#tell(CTRL_CMD_NEWFAMILY, skb => fillFamily(skb, family));
		for (const index of family.groups.keys()) this.#tell(CTRL_CMD_NEWMCAST_GRP, skb => fillGroup(skb, family, index));
	}

	tellGone(family: RegisteredFamily): void {
		for (const index of family.groups.keys()) this.#tell(CTRL_CMD_DELMCAST_GRP, skb => fillGroup(skb, family, index));
		this.#tell(CTRL_CMD_DELFAMILY, skb => fillFamily(skb, family));
	}

	#tell(cmd: number, body: Fill): void {
		const { sock } = this.#genl;
		if (!sock.hasListeners(GENL_ID_CTRL)) return;
		const skb = new SkBuff();
		genlmsgPut(skb, this.registered, cmd, {}, body);
		sock.nlmsgMulticast(skb, 0, GENL_ID_CTRL);
	}

	#commands(): readonly GenlCommand[] {
		const family = policyOf(familyRows);
		const split = (cmd: number, op: GenlOp, validate: number, policy: Policy | undefined) => ({
			cmd,
			op,
			flags: 0,
			validate,
			policy,
		});
		const get = split(
			CTRL_CMD_GETFAMILY,
			{ doit: info => this.#getFamily(info as GenlInfo<typeof familyRows>) },
			GENL_DONT_VALIDATE_STRICT,
			family,
		);
		const dump = split(
			CTRL_CMD_GETFAMILY,
			{ dumpFill: () => this.#dumpFamilies(), coalesce: true, answer: CTRL_CMD_NEWFAMILY },
			GENL_DONT_VALIDATE_DUMP,
			family,
		);
		const policy = split(
			CTRL_CMD_GETPOLICY,
			{
				start: info => void this.#policiesOf(info as GenlInfo<typeof policyRows>),
				dumpFill: info => this.#dumpPolicy(info as GenlInfo<typeof policyRows>),
			},
			0,
			policyOf(policyRows),
		);
		return [genlCommand(CTRL_CMD_GETFAMILY, get, dump), genlCommand(CTRL_CMD_GETPOLICY, undefined, policy)];
	}

	/** ctrl_getfamily: where both are given, the name wins. */
	#getFamily(info: GenlInfo<typeof familyRows>): void {
		const { CTRL_ATTR_FAMILY_ID: id, CTRL_ATTR_FAMILY_NAME: name } = info.attrs;
		if (id === undefined && name === undefined) throw new Errno('EINVAL');
		const found = name === undefined ? this.#genl.byId(id!) : this.#genl.byName(name);
		if (found === undefined) throw new Errno('ENOENT');
		info.replyWith(CTRL_CMD_NEWFAMILY, skb => fillFamily(skb, found));
	}

	*#dumpFamilies(): Generator<Fill> {
		for (const family of this.#genl.families) yield skb => fillFamily(skb, family);
	}

	/** The family that is asked for, and the commands: all of it, or one. */
	#asked(info: GenlInfo<typeof policyRows>): { family: RegisteredFamily; commands: readonly GenlCommand[] } {
		const { CTRL_ATTR_FAMILY_ID: id, CTRL_ATTR_FAMILY_NAME: name, CTRL_ATTR_OP: op } = info.attrs;
		if (id === undefined && name === undefined) throw new Errno('EINVAL');
		const family = id === undefined ? this.#genl.byName(name!) : this.#genl.byId(id);
		if (family === undefined) throw new Errno('ENOENT');
		if (op === undefined) return { family, commands: family.commands };
		const commands = family.commands.filter(({ cmd }) => cmd === op);
		if (commands.length === 0) {
			info.extack.setBadAttr(info.offsetOf(ctrl_attr.CTRL_ATTR_OP));
			throw new Errno('ENOENT');
		}
		return { family, commands };
	}

	/** ctrl_dumppolicy_start. ENODATA for commands that have no policy. */
	#policiesOf(info: GenlInfo<typeof policyRows>) {
		const { family, commands } = this.#asked(info);
		const policies = new PolicyDump();
		for (const { doit, dumpit } of commands) {
			if (doit?.policy !== undefined) policies.add(doit.policy);
			if (dumpit?.policy !== undefined) policies.add(dumpit.policy);
		}
		if (policies.empty) throw new Errno('ENODATA');
		return { family, commands, policies };
	}

	/** ctrl_dumppolicy: which policy each command has, and then what is in each. */
	*#dumpPolicy(info: GenlInfo<typeof policyRows>): Generator<Fill> {
		const { family, commands, policies } = this.#policiesOf(info);
		for (const command of commands) {
			if (command.doit?.policy === undefined && command.dumpit?.policy === undefined) continue;
			yield skb => {
				skb.nlaPutU16(ctrl_attr.CTRL_ATTR_FAMILY_ID, family.id);
				fillOpPolicy(skb, command, policies);
			};
		}
		for (const write of policies.attributes()) {
			yield skb => {
				skb.nlaPutU16(ctrl_attr.CTRL_ATTR_FAMILY_ID, family.id);
				const nest = skb.nlaNestStart(ctrl_attr.CTRL_ATTR_POLICY);
				write(skb);
				skb.nlaNestEnd(nest);
			};
		}
	}
}

/** ctrl_fill_info, without the header. */
function fillFamily(
	skb: SkBuff,
	{ family, id, version, hdrsize, policy, commands, groups, mcgrpOffset }: RegisteredFamily,
) {
	skb.nlaPutString(ctrl_attr.CTRL_ATTR_FAMILY_NAME, family.name);
	skb.nlaPutU16(ctrl_attr.CTRL_ATTR_FAMILY_ID, id);
	skb.nlaPutU32(ctrl_attr.CTRL_ATTR_VERSION, version);
	skb.nlaPutU32(ctrl_attr.CTRL_ATTR_HDRSIZE, hdrsize);
	skb.nlaPutU32(ctrl_attr.CTRL_ATTR_MAXATTR, policy?.maxtype ?? 0);
	nestEach(skb, ctrl_attr.CTRL_ATTR_OPS, commands, ({ cmd, flags }) => {
		skb.nlaPutU32(ctrl_attr_op.CTRL_ATTR_OP_ID, cmd);
		skb.nlaPutU32(ctrl_attr_op.CTRL_ATTR_OP_FLAGS, flags);
	});
	nestEach(skb, ctrl_attr.CTRL_ATTR_MCAST_GROUPS, groups, ({ name }, index) =>
		putGroup(skb, mcgrpOffset + index, name),
	);
}

/** ctrl_fill_mcgrp_info, without the header. */
function fillGroup(skb: SkBuff, { family, id, groups, mcgrpOffset }: RegisteredFamily, index: number): void {
	skb.nlaPutString(ctrl_attr.CTRL_ATTR_FAMILY_NAME, family.name);
	skb.nlaPutU16(ctrl_attr.CTRL_ATTR_FAMILY_ID, id);
	const { name } = groups[index]!;
	nestEach(skb, ctrl_attr.CTRL_ATTR_MCAST_GROUPS, [name], () => putGroup(skb, mcgrpOffset + index, name));
}

function putGroup(skb: SkBuff, id: number, name: string): void {
	skb.nlaPutU32(ctrl_attr_mcast_grp.CTRL_ATTR_MCAST_GRP_ID, id);
	skb.nlaPutString(ctrl_attr_mcast_grp.CTRL_ATTR_MCAST_GRP_NAME, name);
}

/** Linux: genetlink.c:ctrl_dumppolicy_put_op takes the command's number from doit, and so 0 for one that can only be dumped. */
function fillOpPolicy(skb: SkBuff, { doit, dumpit }: GenlCommand, policies: PolicyDump): void {
	const nest = skb.nlaNestStart(ctrl_attr.CTRL_ATTR_OP_POLICY);
	const op = skb.nlaNestStart(doit?.cmd ?? 0);
	if (doit?.policy !== undefined) skb.nlaPutU32(ctrl_attr_policy.CTRL_ATTR_POLICY_DO, policies.index(doit.policy));
	if (dumpit?.policy !== undefined) {
		skb.nlaPutU32(ctrl_attr_policy.CTRL_ATTR_POLICY_DUMP, policies.index(dumpit.policy));
	}
	skb.nlaNestEnd(op);
	skb.nlaNestEnd(nest);
}

/** A nest with a nest for each element, counted from 1, without the bit that says so; nothing for none. */
function nestEach<T>(
	skb: SkBuff,
	type: number,
	elements: readonly T[],
	body: (element: T, index: number) => void,
): void {
	if (elements.length === 0) return;
	const nest = skb.nlaNestStartNoflag(type);
	for (const [index, element] of elements.entries()) {
		const inner = skb.nlaNestStartNoflag(index + 1);
		body(element, index);
		skb.nlaNestEnd(inner);
	}
	skb.nlaNestEnd(nest);
}
