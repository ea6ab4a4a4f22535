/**
 * message - a type of message: its header struct and the policy of its attributes.
 *
 *     export const rtm_route = message('rtmsg', rtmsg, { RTA_DST: [1, NLA_IN_ADDR], RTA_OIF: [4, NLA_U32] });
 *
 * The same table parses, builds and prints. A protocol is a table of them, by nlmsg_type.
 */

import type { Struct } from '../lib/struct.ts';
import { NLMSG_HDRLEN } from '../uapi/netlink.ts';
import type { NetlinkExtAck } from './ext_ack.ts';
import { align4, type MessageBuffer } from './message_buffer.ts';
import type { AttrTable, NlaAttrs, NlaInit, NlaRows, Policy } from './nla_type.ts';
import { nlmsgParse } from './nlmsg.ts';
import { nlaPolicy } from './policy.ts';

/** A type of message. `H` is its header, `R` its attributes, `I` what the header is written from. */
export interface MessageTable<H = unknown, R extends NlaRows = NlaRows, I = never> {
	readonly name: string;
	readonly header: Struct<H, I>;
	readonly policy: Policy<R>;
	/** Header and attributes of the message at `at`, and where these are. Throws what `nlmsgParse` throws. */
	parse(
		view: DataView,
		at: number,
		validate: number,
		extack?: NetlinkExtAck,
	): { header: H; attrs: NlaAttrs<R>; tb: AttrTable };
	/** Writes a whole message, and returns where it begins. EMSGSIZE, with nothing written. */
	build(buffer: MessageBuffer, nlh: NlmsgInit, header: I, attrs: NlaInit<R>): number;
}

/** The header of a message to be written. */
export interface NlmsgInit {
	readonly type: number;
	readonly flags?: number;
	readonly seq?: number;
	readonly portid?: number;
}

/** Makes a type of message. */
export function message<H, I, const R extends NlaRows>(
	name: string,
	header: Struct<H, I>,
	rows: R,
	strictStartType = 0,
): MessageTable<H, R, I> {
	const policy = nlaPolicy(rows, strictStartType);
	const size = align4(header.size);
	return {
		name,
		header,
		policy,
		parse(view, at, validate, extack) {
			const tb = policy.table();
			nlmsgParse(view, at, header.size, policy as unknown as Policy, validate, extack, tb);
			return { header: header.decode(view, at + NLMSG_HDRLEN), attrs: policy.read(view, tb), tb };
		},
		build(buffer, { type, flags = 0, seq = 0, portid = 0 }, init, attrs) {
			const at = buffer.length;
			try {
				buffer.nlmsgPut(portid, seq, type, size, flags);
				header.encode(buffer.view, at + NLMSG_HDRLEN, init);
				policy.write(buffer, attrs);
				buffer.nlmsgEnd(at);
			} catch (error) {
				buffer.trim(at);
				throw error;
			}
			return at;
		},
	};
}

/** What a protocol's messages are, for who prints them. */
export interface ProtocolTable {
	/** Names of the types of messages. */
	readonly types: Readonly<Record<string, number>>;
	/** Names of the flags from 0x100 on that a type has. Absent: none has any. */
	flags?(type: number): Readonly<Record<string, number>>;
	/** What the message at `at` is; undefined for one that nothing is known of. */
	message(type: number, view: DataView, at: number, end: number): MessageTable | undefined;
	/** Name of a type that is known only while the kernel runs, as a family of generic netlink. Absent: none. */
	typeName?(type: number): string | undefined;
}
