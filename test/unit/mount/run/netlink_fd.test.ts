/** netlink_fd.test - pairs of sockets that read as netlink's, and strangers who connect to where they come from. */

import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { check, F_GETFL, loadLibc, SOCK } from '../../../../mount/libc.ts';
import { Endpoint, NetlinkListeners } from '../../../../mount/run/netlink_fd.ts';
import type { KernelSocket } from '../../../../src/boundary/socket.ts';
import { Errno } from '../../../../src/lib/errno.ts';
import { O_NONBLOCK } from '../../../../src/uapi/fcntl.ts';
import { POLLIN } from '../../../../src/uapi/poll.ts';
import { AF_UNIX } from '../../../../src/uapi/socket.ts';

const libc = loadLibc();

t.test('pair: what one end sends the other receives, with or without a wait', async t => {
	const listeners = new NetlinkListeners(libc);
	for (const nonblocking of [true, false]) {
		const { theirs, ours } = listeners.pair(0, nonblocking);
		t.equal((libc.fcntl(theirs, F_GETFL, 0) & O_NONBLOCK) !== 0, nonblocking);
		t.equal(libc.send(ours, Buffer.from('down'), 4, 0), 4);
		const buffer = Buffer.alloc(8);
		t.equal(libc.recv(theirs, buffer, 8, 0), 4);
		t.equal(libc.send(theirs, Buffer.from('up'), 2, 0), 2);
		t.equal(libc.recv(ours, buffer, 8, 0), 2);
		for (const fd of [theirs, ours]) closeSync(fd);
	}
	listeners.close();
});

t.test('pair: two machines of one network namespace, and two kinds of addresses', async t => {
	const machines = [new NetlinkListeners(libc), new NetlinkListeners(libc)];
	const pairs = machines.flatMap(listeners => [listeners.pair(0, true), listeners.pair(1, true)]);
	for (const [i, { ours }] of pairs.entries()) libc.send(ours, Buffer.from([i]), 1, 0);
	for (const [i, { theirs }] of pairs.entries()) {
		const buffer = Buffer.alloc(2);
		t.equal(libc.recv(theirs, buffer, 2, 0), 1);
		t.equal(buffer[0], i);
	}
	for (const { theirs, ours } of pairs) for (const fd of [theirs, ours]) closeSync(fd);
	for (const listeners of machines) listeners.close();
});

t.test('pair: others who fill the queue of the listener keep nobody out', async t => {
	const listeners = new NetlinkListeners(libc);
	const first = listeners.pair(0, true);
	const address = new Uint8Array(12);
	address[0] = AF_UNIX;
	const strangers: number[] = [];
	for (let k = 0; k < 256; k++) {
		address[3] = k;
		for (;;) {
			const fd = check(libc, libc.socket(AF_UNIX, SOCK.SEQPACKET | SOCK.NONBLOCK | SOCK.CLOEXEC, 0), 'socket');
			strangers.push(fd);
			if (libc.connect(fd, address, address.length) < 0) break;
		}
	}
	const { theirs, ours } = listeners.pair(0, true);
	libc.send(ours, Buffer.from('x'), 1, 0);
	t.equal(libc.recv(theirs, Buffer.alloc(2), 2, 0), 1);
	for (const fd of [...strangers, first.theirs, first.ours, theirs, ours]) closeSync(fd);
	listeners.close();
});

/** A kernel's socket that has these messages for its program. */
function socketWith(messages: readonly string[]): KernelSocket {
	const left = messages.map(text => Buffer.from(text));
	const refuse = () => {
		throw new Errno('EOPNOTSUPP');
	};
	return {
		...{ bind: refuse, connect: refuse, getsockname: refuse, getpeername: refuse },
		...{ setsockopt: refuse, getsockopt: refuse, sendmsg: refuse },
		recvmsg: () => ({ bytes: left.shift()!, name: new Uint8Array(12), control: [] }),
		poll: () => (left.length > 0 ? POLLIN : 0),
		addWaiter: () => () => {},
		release: () => {},
	};
}

t.test('endpoint: it ends with the last descriptor of the program, whatever the program has left unread', async t => {
	const listeners = new NetlinkListeners(libc);
	for (const messages of [[], ['one'], Array.from({ length: 100 }, (_, i) => `${i}`)]) {
		const { theirs, ours } = listeners.pair(0, true);
		const closed = new Promise<void>(resolve => {
			const socket = socketWith(messages);
			const rest = { inode: 0, protocol: 31, type: 3, exact: false, senderOf: () => t.fail('sent'), oops: t.error };
			const endpoint = new Endpoint({ ...rest, libc, socket, fd: ours, closed: resolve } as never, () => {});
			endpoint.pump();
		});
		await delay(10);
		closeSync(theirs);
		const over = new AbortController();
		const late = delay(5000, 'late', { signal: over.signal }).catch(() => {});
		t.equal(await Promise.race([closed, late]), undefined, `${messages.length} messages`);
		over.abort();
	}
	listeners.close();
});
