/**
 * genetlink - generic netlink: families share one protocol, each under an id of its own (net/netlink/genetlink.c).
 *
 *     genl_family   what an author writes down       genl_info    a request, as its command gets it
 *     genl_ctrl     the controller, a family itself: who wants to talk to a family asks it for the id
 */

import type { Context } from '../../../src/boundary/vfs.ts';
import { chain, finallyDo } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import type { NetlinkExtAck } from '../../../src/netlink/ext_ack.ts';
import type { NlaInit, NlaRows, Policy } from '../../../src/netlink/nla_type.ts';
import { type NlMessage, nlmsgParse } from '../../../src/netlink/nlmsg.ts';
import { NL_VALIDATE_LIBERAL, NL_VALIDATE_STRICT } from '../../../src/netlink/validate.ts';
import { CAP_NET_ADMIN } from '../../../src/uapi/capability.ts';
import {
	GENL_ADMIN_PERM,
	GENL_HDRLEN,
	GENL_ID_CTRL,
	GENL_ID_PMCRAID,
	GENL_ID_VFS_DQUOT,
	GENL_MAX_ID,
	GENL_START_ALLOC,
	GENL_UNS_ADMIN_PERM,
} from '../../../src/uapi/genetlink.ts';
import {
	NETLINK_GENERIC,
	NLM_F_ACK,
	NLM_F_DUMP,
	NLM_F_ECHO,
	NLM_F_REQUEST,
	NLMSG_HDRLEN,
} from '../../../src/uapi/netlink.ts';
import type { Module } from '../../kernel/module.ts';
import { Mutex } from '../../kernel/mutex.ts';
import type { SkBuff } from '../core/skbuff.ts';
import type { Netlink } from './af_netlink.ts';
import { netlinkDumpStart } from './dump.ts';
import { GenlController } from './genl_ctrl.ts';
import {
	checkJoin,
	checkNames,
	GENL_DONT_VALIDATE_DUMP_STRICT,
	GENL_DONT_VALIDATE_STRICT,
	type GenlFamily,
	type GenlSplitOp,
	genlCommands,
	policyOf,
	type RegisteredFamily,
} from './genl_family.ts';
import { GenlFamilyHandle, GenlInfo } from './genl_info.ts';
import type { NetlinkKernelSock } from './kernel_sock.ts';
import { netlinkRcv, type Received } from './rcv.ts';
import { NL_CFG_F_NONROOT_RECV } from './table.ts';

/** Ids that have their families, by name. */
const reservedIds: Readonly<Record<string, number>> = { pmcraid: GENL_ID_PMCRAID, VFS_DQUOT: GENL_ID_VFS_DQUOT };
/** Groups that are never given out: 0 is none, 1 is an old family's, and the others go with the reserved ids. */
const RESERVED_GROUPS = [0, 1, GENL_ID_CTRL, GENL_ID_VFS_DQUOT, GENL_ID_PMCRAID];
/** Groups come in words of so many. */
const GROUP_STEP = 64;

/** A family of one kernel, and what the kernel alone needs to know of it. */
export interface KernelFamily extends RegisteredFamily {
	readonly module: Module | undefined;
	/** Held while one of its requests is under way. */
	readonly lock: Mutex | undefined;
}

/** The generic netlink of one kernel. */
export class Genetlink {
	readonly sock: NetlinkKernelSock;
	readonly #controller: GenlController;
	readonly #families = new Map<number, KernelFamily>();
	readonly #groups = new Set<number>(RESERVED_GROUPS);
	/** One request at a time, but for families that do without (genl_mutex). */
	readonly #mutex = new Mutex();
	#lastId = GENL_START_ALLOC - 1;

	constructor(netlink: Netlink) {
		this.sock = netlink.kernelCreate(NETLINK_GENERIC, {
			groups: GROUP_STEP,
			flags: NL_CFG_F_NONROOT_RECV,
			input: skb => netlinkRcv(skb, (skb, message, extack) => this.#receive(skb, message, extack)),
			bind: (group, ctx) => this.#bind(group, ctx),
			unbind: group => this.#unbind(group),
		});
		this.#controller = new GenlController(this);
		this.#add({ ...this.#controller.registered, module: undefined, lock: this.#mutex });
	}

	/** In the order of their ids. */
	get families(): readonly RegisteredFamily[] {
		return [...this.#families.values()].sort((a, b) => a.id - b.id);
	}

	byId(id: number): RegisteredFamily | undefined {
		return this.#families.get(id);
	}

	byName(name: string): RegisteredFamily | undefined {
		for (const registered of this.#families.values()) if (registered.family.name === name) return registered;
		return undefined;
	}

	/**
	 * Makes a family known (genl_register_family), and tells who listens to the controller. EEXIST for a name that is taken,
	 * EINVAL for a table that cannot be, ENOSPC when there are no more ids.
	 */
	registerFamily<R extends NlaRows>(family: GenlFamily<R>, module?: Module): GenlFamilyHandle<R> {
		const definition = family as unknown as GenlFamily;
		const groups = (family.mcgrps ?? []).map(group => (typeof group === 'string' ? { name: group } : group));
		checkNames(definition, groups);
		const policy = policyOf(family.policy);
		const commands = genlCommands(definition, policy);
		if (this.byName(family.name) !== undefined) throw new Errno('EEXIST');
		const registered: KernelFamily = {
			family: definition,
			id: this.#allocateId(family.name),
			version: family.version ?? 0,
			hdrsize: family.hdrsize ?? 0,
			policy,
			commands,
			groups,
			mcgrpOffset: this.#allocateGroups(groups.length),
			module,
			lock: family.parallelOps === true ? undefined : this.#mutex,
		};
		this.#add(registered);
		this.#controller.tellNew(registered);
		return new GenlFamilyHandle<R>(registered, this.sock);
	}

	/** Makes a family unknown again (genl_unregister_family). ENOENT for one that is not known. */
	unregisterFamily({ id }: { readonly id: number }): void {
		const registered = this.#families.get(id);
		if (registered === undefined) throw new Errno('ENOENT');
		const { groups, mcgrpOffset } = registered;
		for (const index of groups.keys()) {
			this.sock.clearMulticastUsers(mcgrpOffset + index);
			this.#groups.delete(mcgrpOffset + index);
		}
		this.#families.delete(id);
		this.#controller.tellGone(registered);
	}

	#add(registered: KernelFamily): void {
		this.#families.set(registered.id, registered);
	}

	/** The next id after the one that was given out last. */
	#allocateId(name: string): number {
		const reserved = reservedIds[name];
		if (reserved !== undefined) return reserved;
		const count = GENL_MAX_ID - GENL_START_ALLOC + 1;
		for (let tried = 0; tried < count; tried++) {
			this.#lastId = this.#lastId < GENL_MAX_ID ? this.#lastId + 1 : GENL_START_ALLOC;
			if (!this.#families.has(this.#lastId)) return this.#lastId;
		}
		throw new Errno('ENOSPC');
	}

	/** The first of as many groups in a row as are asked for. */
	#allocateGroups(count: number): number {
		if (count === 0) return 0;
		let first = 2;
		for (let at = first; at < first + count; at++) if (this.#groups.has(at)) first = at + 1;
		for (let at = first; at < first + count; at++) this.#groups.add(at);
		this.sock.changeNgroups(Math.ceil((first + count) / GROUP_STEP) * GROUP_STEP);
		return first;
	}

	/** genl_rcv_msg. */
	#receive(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): Received {
		const registered = this.#families.get(message.type);
		if (registered === undefined) throw new Errno('ENOENT');
		const run = () => this.#receiveLocked(registered, skb, message, extack);
		return registered.lock === undefined ? run() : registered.lock.run(run);
	}

	#receiveLocked(registered: KernelFamily, skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): Received {
		const { hdrsize } = registered;
		if (message.end - message.at < NLMSG_HDRLEN + GENL_HDRLEN + hdrsize) throw new Errno('EINVAL');
		checkHeader(registered, message, extack);
		const cmd = message.view.getUint8(message.at + NLMSG_HDRLEN);
		const command = registered.commands.find(known => known.cmd === cmd);
		const dump = (message.flags & NLM_F_DUMP) === NLM_F_DUMP;
		const op = dump ? command?.dumpit : command?.doit;
		if (op === undefined) throw new Errno('EOPNOTSUPP');
		if ((op.flags & (GENL_ADMIN_PERM | GENL_UNS_ADMIN_PERM)) !== 0 && !skb.capable(CAP_NET_ADMIN)) {
			throw new Errno('EPERM');
		}
		return dump ? this.#dump(registered, op, skb, message, extack) : this.#do(registered, op, skb, message, extack);
	}

	#do(registered: KernelFamily, split: GenlSplitOp, skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): Received {
		const info = this.#info(registered, split, GENL_DONT_VALIDATE_STRICT, skb, message, extack);
		const { family } = registered;
		const { op } = split;
		if (family.preDoit === undefined && family.postDoit === undefined) return op.doit!(info);
		return chain(family.preDoit?.(info), () =>
			finallyDo(
				() => op.doit!(info),
				() => family.postDoit?.(info),
			),
		);
	}

	#dump(
		registered: KernelFamily,
		split: GenlSplitOp,
		skb: SkBuff,
		message: NlMessage,
		extack: NetlinkExtAck,
	): Received {
		const { op, cmd } = split;
		const answer = op.answer ?? cmd;
		let info: GenlInfo;
		return netlinkDumpStart<(part: SkBuff) => void>(
			skb,
			message,
			{
				module: registered.module,
				start: cb => {
					info = this.#info(registered, split, GENL_DONT_VALIDATE_DUMP_STRICT, skb, message, cb.extack);
					op.start?.(info);
				},
				objects: cb => {
					info.extack = cb.extack;
					return op.dumpFill?.(info) ?? written(op.dumpit!(info), registered.policy ?? split.policy);
				},
				fill: (part, write) => info.fill(part, answer, write),
				done: () => op.done?.(info),
				coalesce: op.coalesce === true,
				...(op.generation !== undefined && { generation: () => op.generation!() }),
			},
			extack,
		);
	}

	/** Checks the attributes of a request (genl_family_rcv_msg_attrs_parse). */
	#info(
		registered: KernelFamily,
		{ policy, validate }: GenlSplitOp,
		lenient: number,
		skb: SkBuff,
		message: NlMessage,
		extack: NetlinkExtAck,
	): GenlInfo {
		const tb = policy?.table();
		if (policy !== undefined) {
			const strictness = (validate & lenient) !== 0 ? NL_VALIDATE_LIBERAL : NL_VALIDATE_STRICT;
			nlmsgParse(message.view, message.at, GENL_HDRLEN + registered.hdrsize, policy, strictness, extack, tb);
		}
		return new GenlInfo({ registered, sock: this.sock, skb, message, extack, policy, tb });
	}

	#bind(group: number, ctx: Context): void {
		const found = this.#ofGroup(group);
		if (found === undefined) return;
		checkJoin(found.registered.groups[found.index]!, ctx);
		found.registered.family.bind?.(found.index);
	}

	#unbind(group: number): void {
		const found = this.#ofGroup(group);
		found?.registered.family.unbind?.(found.index);
	}

	#ofGroup(group: number): { readonly registered: KernelFamily; readonly index: number } | undefined {
		for (const registered of this.#families.values()) {
			const index = group - registered.mcgrpOffset;
			if (index >= 0 && index < registered.groups.length) return { registered, index };
		}
		return undefined;
	}
}

/** For each object, what writes its attributes. */
function* written(objects: Iterable<NlaInit<NlaRows>>, policy: Policy | undefined): Generator<(skb: SkBuff) => void> {
	for (const attrs of objects) yield skb => policy?.write(skb, attrs);
}

/** Of a new command, what is not understood must not be there (genl_header_check). */
function checkHeader({ family }: RegisteredFamily, message: NlMessage, extack: NetlinkExtAck): void {
	const { view, at, flags } = message;
	if (view.getUint8(at + NLMSG_HDRLEN) < (family.resvStartOp ?? 0)) return;
	if (view.getUint16(at + NLMSG_HDRLEN + 2, true) !== 0) {
		extack.setErrMsg('genlmsghdr.reserved field is not 0');
		throw new Errno('EINVAL');
	}
	const known = (flags & NLM_F_DUMP) === NLM_F_DUMP ? NLM_F_DUMP : 0;
	if ((flags & ~(known | NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO)) !== 0) {
		extack.setErrMsg('ambiguous or reserved bits set in nlmsg_flags');
		throw new Errno('EINVAL');
	}
}

/** What a module makes families with. */
export interface ModuleGenl {
	/** Makes a family known until the module goes; throws what `Genetlink.registerFamily` throws. */
	registerFamily<R extends NlaRows>(family: GenlFamily<R>): GenlFamilyHandle<R>;
}

/** Makes what one module gets. */
export function moduleGenl(genl: Genetlink, module: Module): ModuleGenl {
	return {
		registerFamily(family) {
			const handle = genl.registerFamily(family, module);
			module.undo(() => genl.unregisterFamily(handle));
			return handle;
		},
	};
}
