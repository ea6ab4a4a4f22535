/**
 * route_client - a program's end of protocol 31: requests about routes, and how routes are printed.
 */

import type { NetlinkConn } from '../netlink/conn.ts';
import type { NlMessage } from '../netlink/nlmsg.ts';
import { rtmgr_route } from '../netlink/rt_manager.ts';
import { NL_VALIDATE_LIBERAL } from '../netlink/validate.ts';
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE } from '../uapi/netlink.ts';
import { RTMGR_DELROUTE, RTMGR_FLUSH, RTMGR_GETROUTE, RTMGR_LOOKUP, RTMGR_NEWROUTE } from '../uapi/rt_manager.ts';
import { rt_scope, rtn, rtnh_f, rtprot } from '../uapi/rtnetlink.ts';
import { attempt, type Meanings } from './failure.ts';
import { addressText, protocolName, type RouteWords, scopeName, typeName } from './route_grammar.ts';

/** What changes routes, and how. */
export const changes = {
	add: { type: RTMGR_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL },
	replace: { type: RTMGR_NEWROUTE, flags: NLM_F_CREATE | NLM_F_REPLACE },
	change: { type: RTMGR_NEWROUTE, flags: NLM_F_REPLACE },
	prepend: { type: RTMGR_NEWROUTE, flags: NLM_F_CREATE },
	append: { type: RTMGR_NEWROUTE, flags: NLM_F_CREATE | NLM_F_APPEND },
	del: { type: RTMGR_DELROUTE, flags: 0 },
} as const;

export type Change = keyof typeof changes;

/** What errors mean here, where their common texts would mislead. */
export const routeMeanings: Meanings = {
	EPROTONOSUPPORT: 'nobody manages routes in this machine; try: ring3 insmod rt_manager',
	ESRCH: 'No such route',
	ENETUNREACH: 'Network is unreachable',
};

/** A connection to the route manager. */
export class RouteClient {
	readonly #conn: NetlinkConn;

	constructor(conn: NetlinkConn) {
		this.#conn = conn;
	}

	/** Changes a route. Rejects with a Failure that opens with `what`. */
	async change(what: string, change: Change, words: RouteWords): Promise<void> {
		const { type, flags } = changes[change];
		await this.#request(what, type, change === 'del' ? words : usual(words), flags);
	}

	/** The routes of the table main. */
	dump(what: string): Promise<readonly NlMessage[]> {
		return this.#request(what, RTMGR_GETROUTE, { dst: 0, dstLen: 0 }, NLM_F_DUMP);
	}

	/** The route that leads to an address. */
	async lookup(what: string, address: number): Promise<NlMessage> {
		const [message] = await this.#request(what, RTMGR_LOOKUP, { dst: address, dstLen: 32 });
		return message!;
	}

	/** Removes all routes, or those of a protocol. */
	async flush(what: string, protocol: number | undefined): Promise<void> {
		await this.#request(what, RTMGR_FLUSH, { dst: 0, dstLen: 0, ...(protocol === undefined ? {} : { protocol }) });
	}

	#request(what: string, type: number, words: RouteWords, flags = 0): Promise<readonly NlMessage[]> {
		return attempt(
			what,
			async () => {
				const answer = await this.#conn.request((buffer, seq) => {
					const { dst, dstLen, type: kind = 0, protocol = 0, scope = 0 } = words;
					rtmgr_route.build(
						buffer,
						{ type, seq },
						{ rtmgr_dst_len: dstLen, rtmgr_type: kind, rtmgr_protocol: protocol, rtmgr_scope: scope },
						{
							RTMGR_A_DST: dst,
							RTMGR_A_GATEWAY: words.via,
							RTMGR_A_IFNAME: words.dev,
							RTMGR_A_PRIORITY: words.metric,
							RTMGR_A_PREFSRC: words.src,
							RTMGR_A_FLAGS: words.onlink === true ? rtnh_f.RTNH_F_ONLINK : undefined,
						},
					);
				}, flags);
				return answer.messages;
			},
			routeMeanings,
		);
	}
}

/** What ip-route(8) takes for what is not said: routes that this command makes, on the link where there is no gateway. */
function usual(words: RouteWords): RouteWords {
	const { type = rtn.RTN_UNICAST, via } = words;
	const near = type === rtn.RTN_UNICAST && via === undefined;
	const scope = near || type === rtn.RTN_BROADCAST ? { scope: rt_scope.RT_SCOPE_LINK } : {};
	const local = type === rtn.RTN_LOCAL ? { scope: rt_scope.RT_SCOPE_HOST } : {};
	return { type, protocol: rtprot.RTPROT_BOOT, ...scope, ...local, ...words };
}

/** A route as ip-route(8) prints it. */
export function routeText({ view, at }: NlMessage): string {
	const { header, attrs } = rtmgr_route.parse(view, at, NL_VALIDATE_LIBERAL);
	const { rtmgr_dst_len = 0, rtmgr_type = 0, rtmgr_protocol = 0, rtmgr_scope = 0 } = header;
	const address = addressText(attrs.RTMGR_A_DST ?? 0);
	const prefix = rtmgr_dst_len === 32 ? address : `${address}/${rtmgr_dst_len}`;
	const words = [rtmgr_dst_len === 0 ? 'default' : prefix];
	if (rtmgr_type !== rtn.RTN_UNICAST) words.unshift(typeName(rtmgr_type));
	if (attrs.RTMGR_A_GATEWAY !== undefined) words.push('via', addressText(attrs.RTMGR_A_GATEWAY));
	if (attrs.RTMGR_A_IFNAME !== undefined) words.push('dev', attrs.RTMGR_A_IFNAME);
	if (rtmgr_protocol !== rtprot.RTPROT_BOOT) words.push('proto', protocolName(rtmgr_protocol));
	if (rtmgr_scope !== rt_scope.RT_SCOPE_UNIVERSE) words.push('scope', scopeName(rtmgr_scope));
	if (attrs.RTMGR_A_PREFSRC !== undefined) words.push('src', addressText(attrs.RTMGR_A_PREFSRC));
	if (attrs.RTMGR_A_PRIORITY !== undefined) words.push('metric', `${attrs.RTMGR_A_PRIORITY}`);
	if (((attrs.RTMGR_A_FLAGS ?? 0) & rtnh_f.RTNH_F_ONLINK) !== 0) words.push('onlink');
	return words.join(' ');
}
