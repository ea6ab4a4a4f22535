/**
 * netlink.test - datagrams of the real generic netlink: printed, damaged, and answered by our kernel byte for byte.
 *
 * In netlink_*.hex, `>` is a datagram to the kernel, sent on a socket with NETLINK_EXT_ACK, and `<` is what came back.
 */

import t from 'tap';
import { Kernel } from '../../kernel-sim/kernel.ts';
import { nodeHost } from '../../src/machine/host.ts';
import { readAck } from '../../src/netlink/ack.ts';
import { genericProtocol } from '../../src/netlink/genetlink.ts';
import { nlmsgs } from '../../src/netlink/nlmsg.ts';
import { NetlinkTrace } from '../../src/netlink/trace.ts';
import { NETLINK_EXT_ACK, NETLINK_GENERIC } from '../../src/uapi/netlink.ts';
import { AF_NETLINK, SOCK_RAW, SOL_NETLINK } from '../../src/uapi/socket.ts';
import { capturedFiles } from './hex.ts';

const trace = new NetlinkTrace(genericProtocol());

/** Without the ports of the sockets. */
function portless(datagram: Uint8Array): string {
	const bytes = datagram.slice();
	for (const { view, at } of nlmsgs(bytes)) view.setUint32(at + 12, 0, true);
	return Buffer.from(bytes).toString('hex');
}

for (const [file, captured] of capturedFiles('netlink')) {
	t.test(`${file}: the trace says what it said`, async t => {
		for (const { bytes, text } of captured) t.equal(trace.format(bytes), text);
	});

	t.test(`${file}: every truncation is printed, and read as an answer`, async t => {
		for (const { bytes } of captured) {
			for (let length = 0; length < bytes.length; length++) {
				const cut = bytes.slice(0, length);
				if (length >= 4) new DataView(cut.buffer).setUint32(0, length, true);
				t.type(trace.format(cut), 'string');
				for (const message of nlmsgs(cut)) t.type(readAck(message).error, 'number');
			}
		}
	});

	t.test(`${file}: our kernel gives the same bytes`, async t => {
		const kernel = Kernel.boot(nodeHost());
		t.teardown(() => kernel.shutdown());
		const task = kernel.task();
		const fd = task.socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
		task.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, new Uint8Array([1, 0, 0, 0]));
		for (const { fromKernel, bytes } of captured) {
			if (fromKernel) await task.sendmsg(fd, bytes);
			else t.equal(portless(task.tryRecvmsg(fd, 65536)!.bytes), portless(bytes));
		}
		t.equal(task.tryRecvmsg(fd, 65536), undefined);
	});
}
