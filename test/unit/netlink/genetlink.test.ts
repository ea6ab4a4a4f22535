/**
 * genetlink.test - two thousand datagrams, most of them damaged, get from our generic netlink what they get from Linux's.
 *
 * Ports differ, and so do the families that there are:
 * ports are taken out, and of dumps only what is said of the controller is compared.
 */

import t from 'tap';
import { genericProtocol } from '../../../src/netlink/genetlink.ts';
import { nlmsgs } from '../../../src/netlink/nlmsg.ts';
import { nlaForEach } from '../../../src/netlink/policy.ts';
import { NetlinkTrace } from '../../../src/netlink/trace.ts';
import { ctrl_attr, GENL_HDRLEN, GENL_ID_CTRL, GENL_MAX_ID } from '../../../src/uapi/genetlink.ts';
import { NETLINK_GENERIC, NLA_HDRLEN, NLMSG_HDRLEN } from '../../../src/uapi/netlink.ts';
import { cannotAsk, compare, type Datagram, type Outcome } from './ask.ts';
import { datagrams } from './fuzz.ts';

const COUNT = 2000;
const SEED = 20;

/** Ids of families that Linux may have, and we have not. */
const isOther = (id: number) => id > GENL_ID_CTRL && id <= GENL_MAX_ID;

/** True for a datagram that is to one of them, or asks for one. */
function isAboutOthers({ bytes }: Datagram): boolean {
	return [...nlmsgs(bytes)].some(({ view, at, end, type }) => {
		let other = isOther(type);
		nlaForEach(view, at + NLMSG_HDRLEN + GENL_HDRLEN, end, (nla, number, length) => {
			if (number === ctrl_attr.CTRL_ATTR_FAMILY_ID && length >= 2) {
				other ||= isOther(view.getUint16(nla + NLA_HDRLEN, true));
			}
		});
		return other;
	});
}

const trace = new NetlinkTrace(genericProtocol());

/** The messages as text, without ports and without families other than the controller, whatever datagrams they came in. */
function described({ result, answers }: Outcome): string[] {
	const lines = answers.flatMap(bytes =>
		[...nlmsgs(bytes)].map(({ view, at, end }) => {
			const one = new Uint8Array(view.buffer, view.byteOffset + at, end - at).slice();
			new DataView(one.buffer).setUint32(12, 0, true);
			return trace.format(one);
		}),
	);
	const others = /CTRL_CMD_NEWFAMILY.*CTRL_ATTR_FAMILY_NAME}, "(?!nlctrl")/;
	return [`${result}`, ...lines.filter(line => !others.test(line))];
}

t.test('generic netlink: what Linux answers, whatever it is sent', { skip: cannotAsk() }, async t => {
	const all = [...datagrams(SEED, 2 * COUNT)].filter(datagram => !isAboutOthers(datagram)).slice(0, COUNT);
	t.equal(all.length, COUNT);
	const asked = { protocol: NETLINK_GENERIC };
	compare(t, asked, all, { described, trace });
});
