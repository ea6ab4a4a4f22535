/**
 * trace.test - datagrams of this machine's kernel and its programs, printed as strace 6.1 printed them.
 */

import t from 'tap';
import { genericProtocol, nlctrl } from '../../../src/netlink/genetlink.ts';
import { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import { NetlinkTrace } from '../../../src/netlink/trace.ts';
import { CTRL_CMD_GETFAMILY, GENL_ID_CTRL } from '../../../src/uapi/genetlink.ts';
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from '../../../src/uapi/netlink.ts';
import { bytesOf } from './hex.ts';

const trace = new NetlinkTrace(genericProtocol());

const printed: readonly (readonly [title: string, hex: string, text: string])[] = [
	[
		'the end of a dump',
		'14000000 0300 0200 c5b9006b 130d0000 00000000',
		'[{nlmsg_len=20, nlmsg_type=NLMSG_DONE, nlmsg_flags=NLM_F_MULTI, nlmsg_seq=1795209669, nlmsg_pid=3347}, 0]',
	],
	[
		'a header alone',
		'10000000 0100 0100 07000000 00000000',
		'{nlmsg_len=16, nlmsg_type=NLMSG_NOOP, nlmsg_flags=NLM_F_REQUEST, nlmsg_seq=7, nlmsg_pid=0}',
	],
	[
		'a header alone, and a tail of zeros',
		'10000000 0100 0100 07000000 00000000 00000000 00000000 00000000 00000000',
		'[{nlmsg_len=16, nlmsg_type=NLMSG_NOOP, nlmsg_flags=NLM_F_REQUEST, nlmsg_seq=7, nlmsg_pid=0}, ' +
			'{nlmsg_len=0, nlmsg_type=0 /* NLMSG_??? */, nlmsg_flags=0, nlmsg_seq=0, nlmsg_pid=0}]',
	],
	[
		'an acknowledgement',
		'24000000 0200 0001 07000000 1b0d0000 00000000 10000000 1000 0500 07000000 00000000',
		'[{nlmsg_len=36, nlmsg_type=NLMSG_ERROR, nlmsg_flags=NLM_F_CAPPED, nlmsg_seq=7, nlmsg_pid=3355}, {error=0, ' +
			'msg={nlmsg_len=16, nlmsg_type=nlctrl, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK, nlmsg_seq=7, nlmsg_pid=0}}]',
	],
	[
		'a refusal with the request',
		'34000000 0200 0000 05000000 de3e4bbc feffffff 20000000 1000 0500 05000000 00000000 ' +
			'03000000 0b000200 6e6f7375 63680000',
		'[{nlmsg_len=52, nlmsg_type=NLMSG_ERROR, nlmsg_flags=0, nlmsg_seq=5, nlmsg_pid=-1135919394}, {error=-ENOENT, ' +
			'msg=[{nlmsg_len=32, nlmsg_type=nlctrl, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK, nlmsg_seq=5, nlmsg_pid=0}, ' +
			'{cmd=CTRL_CMD_GETFAMILY, version=0}, [{nla_len=11, nla_type=CTRL_ATTR_FAMILY_NAME}, "nosuch"]]}]',
	],
];

for (const [title, hex, text] of printed) {
	t.test(`trace: ${title}`, async t => t.equal(trace.format(bytesOf(hex)), text));
}

t.test('trace: a request of the controller', async t => {
	const buffer = new MessageBuffer();
	const nlh = { type: GENL_ID_CTRL, flags: NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP, seq: 1 };
	nlctrl.build(buffer, nlh, { cmd: CTRL_CMD_GETFAMILY, version: 1 }, { CTRL_ATTR_FAMILY_NAME: 'nlctrl' });
	t.equal(
		trace.format(buffer.finish()),
		'[{nlmsg_len=32, nlmsg_type=nlctrl, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK|NLM_F_DUMP, nlmsg_seq=1, nlmsg_pid=0}, ' +
			'{cmd=CTRL_CMD_GETFAMILY, version=1}, [{nla_len=11, nla_type=CTRL_ATTR_FAMILY_NAME}, "nlctrl"]]',
	);
});

t.test('trace: of what no table knows, the bytes', async t => {
	const unknown = new NetlinkTrace();
	t.equal(
		unknown.format(bytesOf('11000000 3412 0300 01000000 02000000 ff')),
		'[{nlmsg_len=17, nlmsg_type=0x1234, nlmsg_flags=NLM_F_REQUEST|NLM_F_MULTI, nlmsg_seq=1, nlmsg_pid=2}, "\\xff"]',
	);
	t.equal(unknown.format(bytesOf('0102')), '"\\x01\\x02"');
	t.equal(unknown.format(new Uint8Array(0)), '[]');
});

t.test('trace: every truncation is printed', async t => {
	for (const [, hex] of printed) {
		const bytes = bytesOf(hex);
		for (let length = 0; length <= bytes.length; length++) {
			t.type(trace.format(bytes.subarray(0, length)), 'string');
			const claimed = bytes.slice(0, length);
			if (length >= 4) new DataView(claimed.buffer).setUint32(0, length, true);
			t.type(trace.format(claimed), 'string');
		}
	}
});
