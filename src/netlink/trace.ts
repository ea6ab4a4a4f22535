/**
 * trace - messages as text, the way strace prints them.
 *
 *     [{nlmsg_len=44, nlmsg_type=RTM_NEWROUTE, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK, nlmsg_seq=7, nlmsg_pid=0}, {rtm_family=AF_INET,
 *     ...}, [[{nla_len=8, nla_type=RTA_DST}, inet_addr("10.0.0.0")], [{nla_len=8, nla_type=RTA_OIF}, 2]]]
 *
 * It takes the bytes as they went over the socket and decodes them by the tables of the protocol; bytes that no table knows, or
 * that are too few, are printed as a string of `\x` numbers. Never throws.
 */

import { errnoName } from '../lib/errno.ts';
import { flagsPrinter, type Printer } from '../lib/names.ts';
import {
	NLA_HDRLEN,
	NLM_F_DUMP,
	NLMSG_DONE,
	NLMSG_ERROR,
	NLMSG_HDRLEN,
	NLMSG_MIN_TYPE,
	nlm_ack_flag,
	nlm_flag,
	nlmsg_type,
} from '../uapi/netlink.ts';
import { nlmsgerrPolicy, tlvsOf } from './ack.ts';
import type { MessageTable, ProtocolTable } from './message.ts';
import { align4 } from './message_buffer.ts';
import { type NlaType, nla_kind, type Policy } from './nla_type.ts';
import { formatBytes } from './nlattr.ts';
import { NlMessage, nlmsgEndOf, viewOf } from './nlmsg.ts';
import { nlaForEach } from './policy.ts';

const commonFlags = flagsPrinter(nlm_flag);
const ackFlags = flagsPrinter({ ...nlm_flag, ...nlm_ack_flag });
const commonTypes = new Map<number, string>(Object.entries(nlmsg_type).map(([name, type]) => [type, name]));
/** The flags that every type has are in the lowest byte. */
const COMMON_FLAGS = 0xff;

/** Prints datagrams of one protocol. */
export class NetlinkTrace {
	readonly #protocol: ProtocolTable | undefined;
	readonly #types: ReadonlyMap<number, string>;
	readonly #flags = new Map<number, Printer>();

	/** Without a protocol, only headers and what all protocols have in common are understood. */
	constructor(protocol?: ProtocolTable) {
		this.#protocol = protocol;
		this.#types = new Map(Object.entries(protocol?.types ?? {}).map(([name, type]) => [type, name]));
	}

	/** One datagram. Several messages stand in brackets. */
	format(bytes: Uint8Array): string {
		const view = viewOf(bytes);
		const parts: string[] = [];
		let at = 0;
		for (;;) {
			const end = nlmsgEndOf(view, at);
			if (end === undefined) break;
			parts.push(this.#message(new NlMessage(view, at, end)));
			at = align4(end);
		}
		if (at < bytes.length) parts.push(this.#rest(view, at));
		return parts.length === 1 ? parts[0]! : `[${parts.join(', ')}]`;
	}

	/** What ends the datagram: a header that says something impossible, or too few bytes for one. */
	#rest(view: DataView, at: number): string {
		const { byteLength } = view;
		return byteLength - at >= NLMSG_HDRLEN ? this.#header(view, at) : bytesAt(view, at, byteLength);
	}

	#message(message: NlMessage): string {
		const { view, at, end } = message;
		const header = this.#header(view, at);
		if (end - at === NLMSG_HDRLEN) return header;
		return `[${[header, ...this.#body(message)].join(', ')}]`;
	}

	#header(view: DataView, at: number): string {
		const type = view.getUint16(at + 4, true);
		const members = [
			`nlmsg_len=${view.getUint32(at, true)}`,
			`nlmsg_type=${this.#typeName(type)}`,
			`nlmsg_flags=${this.#flagNames(type, view.getUint16(at + 6, true))}`,
			`nlmsg_seq=${view.getUint32(at + 8, true)}`,
			`nlmsg_pid=${view.getInt32(at + 12, true)}`,
		];
		return `{${members.join(', ')}}`;
	}

	#typeName(type: number): string {
		const name = commonTypes.get(type) ?? this.#types.get(type) ?? this.#protocol?.typeName?.(type);
		return name ?? (type < NLMSG_MIN_TYPE ? `${type} /* NLMSG_??? */` : hex(type));
	}

	#flagNames(type: number, value: number): string {
		if (type === NLMSG_ERROR || type === NLMSG_DONE) return ackFlags(value);
		const own = this.#protocol?.flags?.(type);
		if (own === undefined) return commonFlags(value);
		const dump = 'NLM_F_ROOT' in own && (value & NLM_F_DUMP) === NLM_F_DUMP;
		const printer = this.#flags.get(type) ?? flagsPrinter(own);
		this.#flags.set(type, printer);
		const rest = value & ~COMMON_FLAGS & ~(dump ? NLM_F_DUMP : 0);
		const common = value & COMMON_FLAGS;
		const parts = [common !== 0 && commonFlags(common), dump && 'NLM_F_DUMP', rest !== 0 && printer(rest)];
		return parts.filter(Boolean).join('|') || '0';
	}

	#body(message: NlMessage): string[] {
		const { view, at, end, type } = message;
		const body = at + NLMSG_HDRLEN;
		if (type === NLMSG_ERROR) return this.#error(message);
		if (type === NLMSG_DONE)
			return end - body < 4 ? [bytesAt(view, body, end)] : [...done(view, body), ...tlvs(message)];
		const table = this.#protocol?.message(type, view, at, end);
		if (table === undefined || end - body < table.header.size) return [bytesAt(view, body, end)];
		return formatBody(table, view, body, end);
	}

	#error(message: NlMessage): string[] {
		const { view, at, end } = message;
		const body = at + NLMSG_HDRLEN;
		if (end - body < 4) return [bytesAt(view, body, end)];
		const error = `error=${errorText(view.getInt32(body, true))}`;
		const request = body + 4;
		if (end - request < NLMSG_HDRLEN) {
			return [end === request ? `{${error}}` : `{${error}, msg=${bytesAt(view, request, end)}}`];
		}
		const whole = nlmsgEndOf(view, request, end);
		const msg = whole === undefined ? this.#header(view, request) : this.#message(new NlMessage(view, request, whole));
		return [`{${error}, msg=${msg}}`, ...tlvs(message)];
	}
}

function formatBody(table: MessageTable, view: DataView, body: number, end: number): string[] {
	const { header, policy } = table;
	const parts = [header.format(header.decode(view, body))];
	const attrs = body + align4(header.size);
	if (attrs < end) parts.push(formatAttrs(view, attrs, end, byPolicy(policy)));
	return parts;
}

function done(view: DataView, at: number): string[] {
	return [errorText(view.getInt32(at, true))];
}

function tlvs(message: NlMessage): string[] {
	const at = tlvsOf(message);
	return at < message.end ? [formatAttrs(message.view, at, message.end, byPolicy(nlmsgerrPolicy))] : [];
}

/** What a number means in a list of attributes. */
type Meaning = (number: number) => { readonly name: string; readonly type: NlaType | undefined };

const byPolicy =
	({ names, types }: Pick<Policy, 'names' | 'types'>): Meaning =>
	number => ({ name: names[number] ?? hex(number), type: types[number] });

/** Each attribute's number is an index, and all are of one type. */
const byIndex =
	(type: NlaType): Meaning =>
	number => ({ name: String(number), type });

/** Attributes: one as it is, several in brackets. A tail that is no attribute is printed as bytes. */
function formatAttrs(view: DataView, start: number, end: number, meaning: Meaning): string {
	const parts: string[] = [];
	const rest = nlaForEach(view, start, end, (at, number, length, nested) => {
		const { name, type } = meaning(number);
		const header = `{nla_len=${length + NLA_HDRLEN}, nla_type=${nested ? 'NLA_F_NESTED|' : ''}${name}}`;
		parts.push(length === 0 ? header : `[${header}, ${formatPayload(view, at + NLA_HDRLEN, length, type)}]`);
	});
	if (rest < end) parts.push(bytesAt(view, rest, end));
	return parts.length === 1 ? parts[0]! : `[${parts.join(', ')}]`;
}

function formatPayload(view: DataView, at: number, length: number, type: NlaType | undefined): string {
	const end = at + length;
	if (type === undefined || !fits(type, length)) return bytesAt(view, at, end);
	if (type.indexed !== undefined) return formatAttrs(view, at, end, byIndex(type.indexed));
	if (type.nested === undefined) return type.format(type.read(view, at, length));
	return formatAttrs(view, at, end, byPolicy(type.nested));
}

/** True for a payload that can be read as what it is said to be. */
function fits({ kind, size, minlen, len }: NlaType, length: number): boolean {
	if (size !== 0) return length === size;
	return length >= (kind === nla_kind.UNSPEC ? len : minlen);
}

const hex = (value: number) => `0x${value.toString(16)}`;

function bytesAt(view: DataView, start: number, end: number): string {
	return formatBytes(new Uint8Array(view.buffer, view.byteOffset + start, end - start));
}

/** `-ENOENT`, or the number where it is no error. */
function errorText(error: number): string {
	const name = error < 0 ? errnoName(error) : undefined;
	return name === undefined ? String(error) : `-${name}`;
}
