/**
 * fib_rules - RTM_GETRULE: in which tables a route is looked up, one after the other, as `ip rule` shows it.
 *
 * Simulates fib_nl_dumprule and fib_nl_fill_rule of net/core/fib_rules.c.
 *
 * Divergence: there are the three rules that Linux begins with; none can be made or removed, EOPNOTSUPP.
 */

import { Errno } from '../../../src/lib/errno.ts';
import type { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import { rtm_rule } from '../../../src/netlink/rtnetlink.ts';
import { fib_rule_hdr, fr_act } from '../../../src/uapi/fib_rules.ts';
import { NLM_F_MULTI } from '../../../src/uapi/netlink.ts';
import { RTM_GETRULE, RTM_NEWRULE, rt_table, rtprot } from '../../../src/uapi/rtnetlink.ts';
import type { NetlinkCallback } from '../netlink/dump.ts';
import { AF_INET, AF_UNSPEC, type Asker, isShorterThan, type Rtnetlink } from './rtnetlink.ts';

/** Routes of every length count. */
const NO_SUPPRESSION = 0xffff_ffff;

/** All go to a table, whatever they are about (struct fib_rule). */
interface FibRule {
	/** Rules are asked in this order. */
	readonly pref: number;
	readonly table: number;
}

/** fib_default_rules_init. */
const defaultRules: readonly FibRule[] = [
	{ pref: 0, table: rt_table.RT_TABLE_LOCAL },
	{ pref: 0x7ffe, table: rt_table.RT_TABLE_MAIN },
	{ pref: 0x7fff, table: rt_table.RT_TABLE_DEFAULT },
];

/** Registers the handler. */
export function fibRulesInit(rtnl: Rtnetlink): void {
	rtnl.register(AF_UNSPEC, RTM_GETRULE, {
		dumpit: () => ({
			objects: rulesFor,
			fill: (skb, rule, cb) => fillRule(skb, rule as FibRule, cb),
			coalesce: true,
		}),
	});
}

/** EINVAL; EAFNOSUPPORT for a family that has no rules. */
function* rulesFor(cb: NetlinkCallback): Generator<FibRule> {
	if (cb.strictCheck) check(cb);
	const family = cb.request.payload[0];
	if (family !== AF_UNSPEC && family !== AF_INET) throw new Errno('EAFNOSUPPORT');
	yield* defaultRules;
}

/** fib_valid_dumprule_req. */
function check({ request }: NetlinkCallback): void {
	const refuse = (what: string): never => {
		throw new Errno('EINVAL', `${what} fib rule dump request`);
	};
	if (isShorterThan(request, fib_rule_hdr)) refuse('Invalid header for');
	const { family: _, ...values } = fib_rule_hdr.decode(request.view, request.body);
	if (Object.values(values).some(value => value !== 0)) refuse('Invalid values in header for');
	if (request.payload.length > fib_rule_hdr.size) refuse('Invalid data after header in');
}

/** fib_nl_fill_rule. EMSGSIZE. */
function fillRule(buffer: MessageBuffer, { pref, table }: FibRule, { portid, seq }: Asker): void {
	rtm_rule.build(
		buffer,
		{ type: RTM_NEWRULE, flags: NLM_F_MULTI, seq, portid },
		{ family: AF_INET, table, action: fr_act.FR_ACT_TO_TBL },
		{
			FRA_TABLE: table,
			FRA_SUPPRESS_PREFIXLEN: NO_SUPPRESSION,
			FRA_PROTOCOL: rtprot.RTPROT_KERNEL,
			FRA_PRIORITY: pref === 0 ? undefined : pref,
		},
	);
}
