/**
 * ack - NLMSG_ERROR and NLMSG_DONE: writing the attributes behind them, and reading all of it.
 *
 *     | nlmsghdr | error | nlmsghdr of the request | its payload, unless NLM_F_CAPPED | attributes, if NLM_F_ACK_TLVS |
 *     | nlmsghdr | error | attributes, if NLM_F_ACK_TLVS |                                          of a dump that is done
 */

import { errnoName } from '../lib/errno.ts';
import { NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_DONE, NLMSG_HDRLEN, nlmsgerr_attr } from '../uapi/netlink.ts';
import type { NetlinkExtAck } from './ext_ack.ts';
import { align4, type MessageBuffer } from './message_buffer.ts';
import { NLA_BINARY, NLA_NUL_STRING, NLA_U32 } from './nlattr.ts';
import { type NlMessage, nlmsgEndOf } from './nlmsg.ts';
import { NLA_NESTED, nlaPolicy } from './policy.ts';
import { policyTypePolicy, writePolicyAttr } from './policy_dump.ts';
import { NL_VALIDATE_LIBERAL, nlaParse } from './validate.ts';

const { NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS, NLMSGERR_ATTR_COOKIE } = nlmsgerr_attr;
const { NLMSGERR_ATTR_POLICY, NLMSGERR_ATTR_MISS_TYPE, NLMSGERR_ATTR_MISS_NEST } = nlmsgerr_attr;

/** The attributes behind an answer. */
export const nlmsgerrPolicy = nlaPolicy({
	NLMSGERR_ATTR_MSG: [NLMSGERR_ATTR_MSG, NLA_NUL_STRING()],
	NLMSGERR_ATTR_OFFS: [NLMSGERR_ATTR_OFFS, NLA_U32],
	NLMSGERR_ATTR_COOKIE: [NLMSGERR_ATTR_COOKIE, NLA_BINARY()],
	NLMSGERR_ATTR_POLICY: [NLMSGERR_ATTR_POLICY, NLA_NESTED(policyTypePolicy)],
	NLMSGERR_ATTR_MISS_TYPE: [NLMSGERR_ATTR_MISS_TYPE, NLA_U32],
	NLMSGERR_ATTR_MISS_NEST: [NLMSGERR_ATTR_MISS_NEST, NLA_U32],
});

/** Bytes of `error` and the header of the request. */
const NLMSGERR_SIZE = 4 + NLMSG_HDRLEN;

/** True where an answer has attributes behind it: of a success, only a sentence and a cookie. */
export function hasAckTlvs(extack: NetlinkExtAck, failed: boolean): boolean {
	if (extack.msg !== undefined || extack.cookie !== undefined) return true;
	return (
		failed && (extack.badAttr >= 0 || extack.policy !== undefined || extack.missType !== 0 || extack.missNest >= 0)
	);
}

/** Writes them (netlink_ack_tlv_fill). `nlh` is where the request begins, from which offsets count. EMSGSIZE. */
export function putAckTlvs(buffer: MessageBuffer, extack: NetlinkExtAck, failed: boolean, nlh: number): void {
	const { msg, cookie, badAttr, policy, missType, missNest } = extack;
	if (msg !== undefined) buffer.nlaPutString(NLMSGERR_ATTR_MSG, msg);
	if (cookie !== undefined) buffer.nlaPut(NLMSGERR_ATTR_COOKIE, cookie);
	if (!failed) return;
	if (badAttr >= 0) buffer.nlaPutU32(NLMSGERR_ATTR_OFFS, badAttr - nlh);
	if (policy !== undefined) writePolicyAttr(buffer, policy, NLMSGERR_ATTR_POLICY);
	if (missType !== 0) buffer.nlaPutU32(NLMSGERR_ATTR_MISS_TYPE, missType);
	if (missNest >= 0) buffer.nlaPutU32(NLMSGERR_ATTR_MISS_NEST, missNest - nlh);
}

/** An answer that has been read. */
export interface Ack {
	/** 0, or the negative error number. */
	readonly error: number;
	/** Name of the error, as `'ENOENT'`; undefined for 0. */
	readonly code: string | undefined;
	/** What the kernel says in words. */
	readonly msg: string | undefined;
	/** Offset in the request of the attribute to blame. */
	readonly offset: number | undefined;
	/** Type of an attribute that is missing. */
	readonly missing: number | undefined;
	readonly cookie: Uint8Array | undefined;
}

/** Reads an NLMSG_ERROR or NLMSG_DONE; what it is too short for is as if absent. */
export function readAck(message: NlMessage): Ack {
	const { view, at, end } = message;
	const body = at + NLMSG_HDRLEN;
	const error = end - body >= 4 ? view.getInt32(body, true) : 0;
	const tb = nlmsgerrPolicy.table().fill(-1);
	const tlvs = (message.flags & NLM_F_ACK_TLVS) === 0 ? end : tlvsOf(message);
	try {
		nlaParse(view, tlvs, end, nlmsgerrPolicy, NL_VALIDATE_LIBERAL, undefined, tb);
	} catch {
		tb.fill(-1); // a peer that writes its attributes wrongly has written none
	}
	const attrs = nlmsgerrPolicy.read(view, tb);
	return {
		error,
		code: error === 0 ? undefined : (errnoName(error) ?? 'EIO'),
		msg: attrs.NLMSGERR_ATTR_MSG,
		offset: attrs.NLMSGERR_ATTR_OFFS,
		missing: attrs.NLMSGERR_ATTR_MISS_TYPE,
		cookie: attrs.NLMSGERR_ATTR_COOKIE,
	};
}

/** Where the attributes of an answer begin, if it has any. */
export function tlvsOf({ view, at, end, type, flags }: NlMessage): number {
	const body = at + NLMSG_HDRLEN;
	if (type === NLMSG_DONE) return Math.min(body + 4, end);
	if ((flags & NLM_F_CAPPED) !== 0) return Math.min(body + NLMSGERR_SIZE, end);
	const request = nlmsgEndOf(view, body + 4, end);
	return request === undefined ? end : Math.min(align4(request), end);
}
