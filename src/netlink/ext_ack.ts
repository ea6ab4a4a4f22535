/**
 * ext_ack - what an answer says beyond its number (struct netlink_ext_ack).
 *
 * Whoever refuses a request fills one in; what it holds goes out as attributes behind the NLMSG_ERROR or NLMSG_DONE, to sockets
 * that asked for it (NETLINK_EXT_ACK).
 */

import type { NlaType } from './nla_type.ts';

/** Offsets are those of the buffer that the request lies in; -1 is none. */
export class NetlinkExtAck {
	/** A sentence. May go with a success, too, as a warning. */
	msg: string | undefined;
	/** Where the attribute begins that is to blame. */
	badAttr = -1;
	/** What that attribute should have been. */
	policy: NlaType | undefined;
	/** Up to 20 bytes that the family and its clients understand. */
	cookie: Uint8Array | undefined;
	/** Type of an attribute that is missing, 0 for none. */
	missType = 0;
	/** Where the nest begins that it is missing from; -1 at the top. */
	missNest = -1;

	/** NL_SET_ERR_MSG. */
	setErrMsg(msg: string): void {
		this.msg = msg;
	}

	/** NL_SET_BAD_ATTR. */
	setBadAttr(at: number): void {
		this.badAttr = at;
		this.policy = undefined;
	}

	/** NL_SET_ERR_MSG_ATTR_POL; without `policy`, NL_SET_ERR_MSG_ATTR. */
	setErrMsgAttr(msg: string, at: number, policy?: NlaType): void {
		this.msg = msg;
		this.badAttr = at;
		this.policy = policy;
	}

	/** NL_SET_ERR_ATTR_MISS. */
	setErrAttrMiss(nest: number, type: number): void {
		this.missNest = nest;
		this.missType = type;
	}

	/** Says nothing, as at first. */
	clear(): void {
		this.msg = undefined;
		this.badAttr = -1;
		this.policy = undefined;
		this.cookie = undefined;
		this.missType = 0;
		this.missNest = -1;
	}
}
