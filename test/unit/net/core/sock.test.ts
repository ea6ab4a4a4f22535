/** sock - what a socket has for receiving and for sending. */

import t from 'tap';
import { O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { AF_NETLINK, SO_RCVBUF, SO_SNDBUF, SOCK_DGRAM, SOL_SOCKET } from '../../../../src/uapi/socket.ts';
import { Booted } from '../../fs/proc/booted.ts';

const USERSOCK = 2;
const int = (value: number) => {
	const bytes = Buffer.alloc(4);
	bytes.writeInt32LE(value);
	return bytes;
};

t.test('net.core: a new socket has what is the default then, and may ask for no more than the most', async t => {
	const booted = new Booted(t);
	const { task } = booted;
	const knob = (name: string) => `/proc/sys/net/core/${name}`;
	const write = async (name: string, text: string) => {
		const fd = await task.open(knob(name), O_WRONLY);
		try {
			await task.write(fd, text);
		} finally {
			await task.close(fd);
		}
	};
	const get = async (fd: number, option: number) =>
		Buffer.from(await task.getsockopt(fd, SOL_SOCKET, option, 4)).readInt32LE();
	const before = await task.socket(AF_NETLINK, SOCK_DGRAM, USERSOCK);
	t.same([await get(before, SO_RCVBUF), await get(before, SO_SNDBUF)], [212_992, 212_992]);
	await write('rmem_default', '5000');
	await write('wmem_default', '6000');
	t.equal(await get(before, SO_RCVBUF), 212_992, 'it keeps what it has');
	const after = await task.socket(AF_NETLINK, SOCK_DGRAM, USERSOCK);
	t.same([await get(after, SO_RCVBUF), await get(after, SO_SNDBUF)], [5000, 6000]);
	await write('rmem_max', '3000');
	await write('wmem_max', '4608');
	for (const fd of [before, after]) {
		await task.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, int(100_000));
		await task.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, int(100_000));
		t.same([await get(fd, SO_RCVBUF), await get(fd, SO_SNDBUF)], [6000, 9216]);
	}
	for (const [name, least] of [
		['rmem_max', 2304],
		['rmem_default', 2304],
		['wmem_max', 4608],
		['wmem_default', 4608],
	] as const) {
		await t.rejects(write(name, `${least - 1}`), { code: 'EINVAL' }, name);
		await write(name, `${least}`);
		t.equal(await booted.read(knob(name)), `${least}\n`);
	}
});
