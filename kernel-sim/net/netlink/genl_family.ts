/**
 * genl_family - families of generic netlink, as their authors write them down (include/net/genetlink.h).
 *
 *     const family = genlFamily({
 *         name: 'CONTROL_EXMPL',
 *         version: 1,
 *         policy: { DOC_EXMPL_A_MSG: [1, NLA_NUL_STRING()] },
 *         ops: { 1: { doit: info => info.reply(1, { DOC_EXMPL_A_MSG: 'hello' }) } },
 *     });
 *
 * A definition is a table and remembers nothing; what a kernel knows of a family is a RegisteredFamily.
 */

import type { Context } from '../../../src/boundary/vfs.ts';
import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import type { NlaInit, NlaRows, Policy } from '../../../src/netlink/nla_type.ts';
import { NLA_REJECT } from '../../../src/netlink/nlattr.ts';
import { nlaPolicy } from '../../../src/netlink/policy.ts';
import { GENL_CMD_CAP_DO, GENL_CMD_CAP_DUMP, GENL_CMD_CAP_HASPOL, GENL_NAMSIZ } from '../../../src/uapi/genetlink.ts';
import type { SkBuff } from '../core/skbuff.ts';
import type { GenlInfo } from './genl_info.ts';

/** Which checks of a request are left out, for families that are older than the checks (enum genl_validate_flags). */
export const genl_validate = {
	GENL_DONT_VALIDATE_STRICT: 1,
	GENL_DONT_VALIDATE_DUMP: 2,
	GENL_DONT_VALIDATE_DUMP_STRICT: 4,
} as const;
export const { GENL_DONT_VALIDATE_STRICT, GENL_DONT_VALIDATE_DUMP, GENL_DONT_VALIDATE_DUMP_STRICT } = genl_validate;

/** One command (struct genl_ops). `R` are the attributes that it understands. */
export interface GenlOp<R extends NlaRows = NlaRows> {
	/** Does it. Refuses by throwing an Errno. May sleep. Absent: a request that is no dump is EOPNOTSUPP. */
	doit?(info: GenlInfo<R>): Awaitable<void>;
	/** What to tell of, one message for each. Absent: a request for a dump is EOPNOTSUPP. */
	dumpit?(info: GenlInfo<R>): Iterable<NlaInit<R>>;
	/** As `dumpit`, for who writes the attributes himself: each function writes those of one message. */
	dumpFill?(info: GenlInfo<R>): Iterable<(skb: SkBuff) => void>;
	/** True to have NLMSG_DONE in the last datagram of a dump. Absent: it has one of its own. */
	readonly coalesce?: boolean;
	/** Called before a dump; refuses it by throwing. Absent: nothing to do. */
	start?(info: GenlInfo<R>): void;
	/** Called when a dump is over. Absent: nothing to do. */
	done?(info: GenlInfo<R>): void;
	/** A number that changes whenever what `dumpit` tells of does. Absent: readers are not told of changes. */
	generation?(): number;
	/** The command in the messages of a dump. Absent: the one that was asked for. */
	readonly answer?: number;
	/** GENL_ADMIN_PERM, GENL_UNS_ADMIN_PERM. Absent: everybody may. */
	readonly flags?: number;
	/** GENL_DONT_VALIDATE_*; only for commands below `resvStartOp`. Absent: everything is checked. */
	readonly validate?: number;
	/** The attributes of this command alone. Absent: those of the family. */
	readonly policy?: NlaRows;
}

/** A multicast group (struct genl_multicast_group). */
export interface GenlGroup {
	readonly name: string;
	/** Capabilities that joining needs. Absent: none. */
	readonly capabilities?: readonly number[];
}

/** A family (struct genl_family). */
export interface GenlFamily<R extends NlaRows = NlaRows> {
	/** At most 15 bytes. */
	readonly name: string;
	/** Told by the controller, and put into every message. Absent: 0. */
	readonly version?: number;
	/** Bytes of a header of the family's own, before the attributes. Absent: 0. */
	readonly hdrsize?: number;
	/** Absent: every command has its own, or none. */
	readonly policy?: R;
	/** By the number of the command. */
	readonly ops: Readonly<Record<number, GenlOp<R>>>;
	/** Absent: none. */
	readonly mcgrps?: readonly (GenlGroup | string)[];
	/** Commands below this one are older than the checks of headers. Absent: 0, all are checked. */
	readonly resvStartOp?: number;
	/** True where several requests may be under way at once. Absent: a request waits for the one before. */
	readonly parallelOps?: boolean;
	/** Called before each doit, and may refuse. Absent: nothing to do. */
	preDoit?(info: GenlInfo<R>): Awaitable<void>;
	/** Called after each doit, whichever way it went. Absent: nothing to do. */
	postDoit?(info: GenlInfo<R>): void;
	/** Told of a member of a group, by its index. Absent: nothing to do. */
	bind?(group: number): void;
	/** Told that a member has left. Absent: nothing to do. */
	unbind?(group: number): void;
}

/** Declares a family: gives the table back, with its types inferred. */
export function genlFamily<const R extends NlaRows>(family: GenlFamily<R>): GenlFamily<R> {
	return family;
}

/** One way of using a command: with NLM_F_DUMP, or without (struct genl_split_ops). */
export interface GenlSplitOp {
	readonly cmd: number;
	readonly op: GenlOp;
	readonly flags: number;
	readonly validate: number;
	/** Undefined: attributes are not looked at. */
	readonly policy: Policy | undefined;
}

/** A command, both ways. */
export interface GenlCommand {
	readonly cmd: number;
	/** With GENL_CMD_CAP_*, as the controller tells them. */
	readonly flags: number;
	readonly doit: GenlSplitOp | undefined;
	readonly dumpit: GenlSplitOp | undefined;
}

/** Accepts no attribute; for commands that have no policy, unless they are old. */
const rejectAll = nlaPolicy({ REJECTED: [1, NLA_REJECT()] }) as unknown as Policy;

/**
 * The commands of a family, with the policies that go with each. EINVAL for one that can be used in no way, or leaves out checks
 * that a new command may not (genl_validate_ops).
 */
export function genlCommands(family: GenlFamily, policy: Policy | undefined): readonly GenlCommand[] {
	const { resvStartOp = 0 } = family;
	return Object.entries(family.ops).map(([number, op]) => {
		const cmd = Number(number);
		const validate = op.validate ?? 0;
		if (cmd < 0 || cmd > 255 || (op.doit === undefined && !canDump(op))) throw new Errno('EINVAL');
		if (cmd >= resvStartOp && validate !== 0) throw new Errno('EINVAL');
		const own = op.policy === undefined ? policy : policyOf(op.policy);
		const used = own ?? (cmd >= resvStartOp ? rejectAll : undefined);
		const flags = op.flags ?? 0;
		const split = (policy: Policy | undefined) => ({ cmd, op, flags, validate, policy });
		const dumpPolicy = (validate & GENL_DONT_VALIDATE_DUMP) !== 0 ? undefined : used;
		return genlCommand(cmd, op.doit && split(used), canDump(op) ? split(dumpPolicy) : undefined);
	});
}

function canDump({ dumpit, dumpFill }: GenlOp): boolean {
	return dumpit !== undefined || dumpFill !== undefined;
}

/** Puts both ways of a command together. */
export function genlCommand(cmd: number, doit: GenlSplitOp | undefined, dumpit: GenlSplitOp | undefined): GenlCommand {
	const can = (doit === undefined ? 0 : GENL_CMD_CAP_DO) | (dumpit === undefined ? 0 : GENL_CMD_CAP_DUMP);
	const hasPolicy = doit?.policy !== undefined || dumpit?.policy !== undefined;
	const flags = (doit?.flags ?? 0) | (dumpit?.flags ?? 0) | can | (hasPolicy ? GENL_CMD_CAP_HASPOL : 0);
	return { cmd, flags, doit, dumpit };
}

/** A policy of rows; undefined where there are none. */
export function policyOf(rows: NlaRows | undefined): Policy | undefined {
	return rows === undefined || Object.keys(rows).length === 0 ? undefined : (nlaPolicy(rows) as Policy);
}

/** A family, as one kernel knows it. */
export interface RegisteredFamily {
	readonly family: GenlFamily;
	readonly id: number;
	readonly version: number;
	readonly hdrsize: number;
	/** Undefined where every command has its own. */
	readonly policy: Policy | undefined;
	readonly commands: readonly GenlCommand[];
	readonly groups: readonly GenlGroup[];
	/** Number of its first group in the protocol. */
	readonly mcgrpOffset: number;
}

/** EINVAL for names that cannot be. */
export function checkNames(family: GenlFamily, groups: readonly GenlGroup[]): void {
	for (const { name } of [family, ...groups]) {
		if (name === '' || new TextEncoder().encode(name).length >= GENL_NAMSIZ) throw new Errno('EINVAL', `name ${name}`);
	}
}

/** EPERM for whoever may not join a group (genl_bind). */
export function checkJoin(group: GenlGroup, ctx: Context): void {
	if (group.capabilities?.some(cap => !ctx.capable(cap))) throw new Errno('EPERM');
}
