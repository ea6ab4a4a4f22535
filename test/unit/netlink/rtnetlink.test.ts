/**
 * rtnetlink.test - two thousand datagrams about links, addresses and routes get from our rtnetlink what they get from Linux's, and
 * who listens hears the same of what they change.
 *
 * The real one is asked in a network namespace with the links and addresses of a machine. What cannot be the same is a rule with
 * its reason: which datagrams are not sent, and what is left out of answers.
 */

import t from 'tap';
import { nlmsgs } from '../../../src/netlink/nlmsg.ts';
import { rtnetlinkProtocol } from '../../../src/netlink/rtnetlink.ts';
import { NetlinkTrace } from '../../../src/netlink/trace.ts';
import { NETLINK_ROUTE } from '../../../src/uapi/netlink.ts';
import { cannotAsk, cannotMakeDevices, compare, type Outcome } from './ask.ts';
import { rtnetlinkDatagrams } from './fuzz_rtnetlink.ts';
import { isOfOthers, leftOut, normal } from './rtnetlink_rules.ts';

const COUNT = 2000;
const SEED = Number(process.env.SEED ?? 6);
/** RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE. */
const GROUPS = [1, 5, 7];

const trace = new NetlinkTrace(rtnetlinkProtocol);

/** What came, as text. */
function described({ result, answers, heard }: Outcome): string[] {
	const lines = (datagrams: readonly Uint8Array[]) =>
		datagrams.flatMap(bytes =>
			[...nlmsgs(bytes)].filter(message => !isOfOthers(message)).map(message => normal(trace, message)),
		);
	return [`${result}`, ...lines(answers), ...lines(heard).map(line => `heard ${line}`)];
}

t.test('rtnetlink: what Linux answers, whatever it is sent', { skip: cannotAsk() || cannotMakeDevices() }, async t => {
	const all = [...rtnetlinkDatagrams(SEED, 2 * COUNT)]
		.filter(datagram => leftOut(datagram) === undefined)
		.slice(0, COUNT);
	t.equal(all.length, COUNT);
	const asked = { protocol: NETLINK_ROUTE, groups: GROUPS, devices: true };
	const linux = compare(t, asked, all, { described, trace });
	t.ok(linux.filter(({ heard }) => heard.length > 0).length > COUNT / 20, 'and some change something');
});
