/**
 * genl_info - a request of generic netlink, as its command gets it (struct genl_info).
 */

import { Errno } from '../../../src/lib/errno.ts';
import type { NetlinkExtAck } from '../../../src/netlink/ext_ack.ts';
import type { AttrTable, NlaAttrs, NlaInit, NlaRows, Policy } from '../../../src/netlink/nla_type.ts';
import type { NlMessage } from '../../../src/netlink/nlmsg.ts';
import { CAP_NET_ADMIN } from '../../../src/uapi/capability.ts';
import { GENL_HDRLEN } from '../../../src/uapi/genetlink.ts';
import { NLM_F_ECHO, NLM_F_MULTI, NLMSG_HDRLEN } from '../../../src/uapi/netlink.ts';
import { SkBuff } from '../core/skbuff.ts';
import type { GenlFamily, RegisteredFamily } from './genl_family.ts';
import type { NetlinkKernelSock } from './kernel_sock.ts';

/** What may be said of a message besides its command and its attributes. */
export interface GenlMessageInit {
	/** Absent: that of the request. */
	readonly seq?: number;
	/** What nlmsg_pid says. Absent: the port of who asked; 0 in a notification. */
	readonly portid?: number;
	readonly flags?: number;
	/** The family's own header. Absent: zeros. */
	readonly userhdr?: Uint8Array;
}

/** Writes a whole message of a family (genlmsg_put). EMSGSIZE, with nothing written. */
export function genlmsgPut(
	skb: SkBuff,
	{ id, version, hdrsize }: Pick<RegisteredFamily, 'id' | 'version' | 'hdrsize'>,
	cmd: number,
	{ seq = 0, portid = 0, flags = 0, userhdr }: GenlMessageInit,
	body: (skb: SkBuff) => void,
): void {
	const start = skb.length;
	try {
		const nlh = skb.nlmsgPut(portid, seq, id, GENL_HDRLEN + hdrsize, flags);
		skb.view.setUint8(nlh + NLMSG_HDRLEN, cmd);
		skb.view.setUint8(nlh + NLMSG_HDRLEN + 1, version);
		if (userhdr !== undefined) skb.bytes.set(userhdr.subarray(0, hdrsize), nlh + NLMSG_HDRLEN + GENL_HDRLEN);
		body(skb);
		skb.nlmsgEnd(nlh);
	} catch (error) {
		skb.trim(start);
		throw error;
	}
}

/** What a request is made of. */
export interface GenlInfoInit {
	readonly registered: RegisteredFamily;
	readonly sock: NetlinkKernelSock;
	readonly skb: SkBuff;
	readonly message: NlMessage;
	readonly extack: NetlinkExtAck;
	readonly policy: Policy | undefined;
	/** Where its attributes are; undefined where nobody has looked. */
	readonly tb: AttrTable | undefined;
}

/** A request. `R` are the attributes that its command understands. */
export class GenlInfo<R extends NlaRows = NlaRows> {
	/** Sequence number and port of who asked. */
	readonly sndSeq: number;
	readonly sndPortid: number;
	readonly cmd: number;
	/** What the sender says that he speaks; nobody checks it. */
	readonly version: number;
	readonly flags: number;
	/** What a refusal, or a warning, says in words. */
	extack: NetlinkExtAck;
	/** For pre_doit, doit and post_doit to share. */
	userPtr: unknown;
	readonly #init: GenlInfoInit;
	#attrs: NlaAttrs<R> | undefined;

	constructor(init: GenlInfoInit) {
		const { message, skb, extack } = init;
		this.sndSeq = message.seq;
		this.sndPortid = skb.portid;
		this.flags = message.flags;
		this.cmd = message.view.getUint8(message.at + NLMSG_HDRLEN);
		this.version = message.view.getUint8(message.at + NLMSG_HDRLEN + 1);
		this.extack = extack;
		this.#init = init;
	}

	/** The attributes of the request, which were found valid; undefined for those that are not there. */
	get attrs(): NlaAttrs<R> {
		const { policy, tb, message } = this.#init;
		this.#attrs ??= (policy === undefined || tb === undefined ? {} : policy.read(message.view, tb)) as NlaAttrs<R>;
		return this.#attrs;
	}

	/** The family's own header. */
	get userhdr(): Uint8Array {
		const { registered, message } = this.#init;
		return message.payload.subarray(GENL_HDRLEN, GENL_HDRLEN + registered.hdrsize);
	}

	/** Where an attribute begins, for `extack.setErrMsgAttr`; -1 for one that is not there. */
	offsetOf(number: number): number {
		return this.#init.tb?.[number] ?? -1;
	}

	/** Says that an attribute is missing, and throws EINVAL (GENL_REQ_ATTR_CHECK). */
	missing(number: number): never {
		this.extack.setErrAttrMiss(-1, number);
		throw new Errno('EINVAL');
	}

	/** The message itself. */
	get request(): NlMessage {
		return this.#init.message;
	}

	/** True if who asked holds a capability (netlink_capable). */
	capable(cap: number = CAP_NET_ADMIN): boolean {
		return this.#init.skb.capable(cap);
	}

	/** Answers (genlmsg_reply). ECONNREFUSED, EAGAIN where the answer cannot be delivered. */
	reply(cmd: number, attrs: NlaInit<R>, init: GenlMessageInit = {}): void {
		this.replyWith(cmd, skb => this.#init.registered.policy?.write(skb, attrs as NlaInit<NlaRows>), init);
	}

	/** The same, with attributes that `body` writes. */
	replyWith(cmd: number, body: (skb: SkBuff) => void, init: GenlMessageInit = {}): void {
		const { registered, sock } = this.#init;
		const skb = new SkBuff();
		genlmsgPut(skb, registered, cmd, { seq: this.sndSeq, portid: this.sndPortid, ...init }, body);
		sock.nlmsgUnicast(skb, this.sndPortid);
	}

	/** Writes one message of a dump. EMSGSIZE. */
	fill(skb: SkBuff, cmd: number, body: (skb: SkBuff) => void): void {
		const { registered } = this.#init;
		genlmsgPut(skb, registered, cmd, { seq: this.sndSeq, portid: this.sndPortid, flags: NLM_F_MULTI }, body);
	}

	/** Tells a group of the family, by its index, of a change that this request made; and who asked, if he wants that (genl_notify). */
	notify(group: number, cmd: number, attrs: NlaInit<R>): void {
		const { registered, sock } = this.#init;
		if (group >= registered.groups.length) throw new Errno('EINVAL');
		const skb = new SkBuff();
		const write = () => registered.policy?.write(skb, attrs as NlaInit<NlaRows>);
		genlmsgPut(skb, registered, cmd, { seq: this.sndSeq, portid: this.sndPortid }, write);
		const report = (this.flags & NLM_F_ECHO) !== 0;
		sock.nlmsgNotify(skb, this.sndPortid, registered.mcgrpOffset + group, report);
	}
}

/** A family that a kernel has, for who registered it. */
export class GenlFamilyHandle<R extends NlaRows = NlaRows> {
	readonly #registered: RegisteredFamily;
	readonly #sock: NetlinkKernelSock;

	constructor(registered: RegisteredFamily, sock: NetlinkKernelSock) {
		this.#registered = registered;
		this.#sock = sock;
	}

	/** What nlmsg_type says in its messages. */
	get id(): number {
		return this.#registered.id;
	}

	get definition(): GenlFamily {
		return this.#registered.family;
	}

	/** True while anybody is in a group, by its index. */
	hasListeners(group: number): boolean {
		return this.#sock.hasListeners(this.#registered.mcgrpOffset + group);
	}

	/** Tells a group, by its index (genlmsg_multicast). False where nobody was there to hear it. EINVAL for no group. */
	multicast(group: number, cmd: number, attrs: NlaInit<R>, init: GenlMessageInit = {}): boolean {
		const { policy, groups, mcgrpOffset } = this.#registered;
		if (group < 0 || group >= groups.length) throw new Errno('EINVAL');
		const skb = new SkBuff();
		genlmsgPut(skb, this.#registered, cmd, init, () => policy?.write(skb, attrs as NlaInit<NlaRows>));
		return this.#sock.nlmsgMulticast(skb, init.portid ?? 0, mcgrpOffset + group) === undefined;
	}
}
