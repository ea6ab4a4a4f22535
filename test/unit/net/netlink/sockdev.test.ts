/**
 * sockdev.test - kernel-sim/net/netlink/sockdev.ts: what a socket can do by bind(2) and its like, a file of /dev/netlink can by ioctl.
 */

import t, { type Test } from 'tap';
import type { Task } from '../../../../kernel-sim/fs/syscalls.ts';
import rtManager from '../../../../kernel-sim/samples/rt_manager.ts';
import {
	NETLINK_MAJOR,
	NLDEV_BIND,
	NLDEV_CONNECT,
	NLDEV_GETSOCKNAME,
	NLDEV_GETSOCKOPT,
	NLDEV_SETSOCKOPT,
	netlink_dev_option,
} from '../../../../src/netlink/device.ts';
import { O_NONBLOCK, O_RDWR } from '../../../../src/uapi/fcntl.ts';
import { NETLINK_EXT_ACK, NETLINK_NO_ENOBUFS, sockaddr_nl } from '../../../../src/uapi/netlink.ts';
import { AF_NETLINK, SO_RCVBUF, SO_TYPE, SOCK_RAW, SOL_NETLINK, SOL_SOCKET } from '../../../../src/uapi/socket.ts';
import { makedev, S_IFCHR } from '../../../../src/uapi/stat.ts';
import { Booted } from '../../fs/proc/booted.ts';

const USERSOCK = '/dev/netlink/usersock';

function boot(t: Test) {
	const machine = new Booted(t);
	const { kernel, task } = machine;
	const open = (path = USERSOCK, by: Task = task) => by.open(path, O_RDWR | O_NONBLOCK) as number;
	return { kernel, task, open };
}

const address = (nl_pid: number, nl_groups = 0, nl_family: number = AF_NETLINK) => {
	const bytes = new Uint8Array(sockaddr_nl.size);
	sockaddr_nl.encode(new DataView(bytes.buffer), 0, { nl_family, nl_pid, nl_groups });
	return bytes;
};

const option = (level: number, name: number, value = 0) => {
	const bytes = new Uint8Array(netlink_dev_option.size);
	netlink_dev_option.encode(new DataView(bytes.buffer), 0, { level, option: name, value });
	return bytes;
};

/** Port and groups of a file. */
function nameOf(task: Task, fd: number) {
	const bytes = address(0);
	task.ioctl(fd, NLDEV_GETSOCKNAME, bytes);
	const { nl_family, nl_pid, nl_groups } = sockaddr_nl.decode(new DataView(bytes.buffer), 0);
	return { nl_family, nl_pid, nl_groups };
}

function get(task: Task, fd: number, level: number, name: number): number {
	const bytes = option(level, name);
	task.ioctl(fd, NLDEV_GETSOCKOPT, bytes);
	return netlink_dev_option.decode(new DataView(bytes.buffer), 0).value;
}

const text = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString();

t.test('NLDEV_BIND, NLDEV_GETSOCKNAME: a port and groups, refused as bind(2) refuses', async t => {
	const { task, open } = boot(t);
	const [one, two] = [open(), open()];
	t.same(nameOf(task, one), { nl_family: AF_NETLINK, nl_pid: 0, nl_groups: 0 });
	task.ioctl(one, NLDEV_BIND, address(4711, 0b101));
	t.same(nameOf(task, one), { nl_family: AF_NETLINK, nl_pid: 4711, nl_groups: 0b101 });
	const refused: readonly (readonly [fd: number, address: Uint8Array | bigint, code: string])[] = [
		[two, address(4711), 'EADDRINUSE'],
		[one, address(4712), 'EINVAL'],
		[two, address(1, 0, 2), 'EINVAL'],
		[two, 8n, 'EFAULT'],
	];
	for (const [fd, where, code] of refused) t.throws(() => task.ioctl(fd, NLDEV_BIND, where), { code });
	t.throws(() => task.ioctl(one, NLDEV_GETSOCKNAME, 8n), { code: 'EFAULT' });
	await task.close(one);
	task.ioctl(open(), NLDEV_BIND, address(4711));
});

t.test('NLDEV_CONNECT: where writes go to, and from whom is read', async t => {
	const { task, open } = boot(t);
	const [one, two, three] = [open(), open(), open()];
	for (const [fd, port] of [
		[one, 1001],
		[two, 1002],
		[three, 1003],
	] as const) {
		task.ioctl(fd, NLDEV_BIND, address(port));
	}
	t.throws(() => task.write(one, 'nowhere'), { code: 'ECONNREFUSED' }, 'to the kernel, which does not listen here');
	task.ioctl(one, NLDEV_CONNECT, address(1002));
	t.equal(task.write(one, 'to two'), 6);
	t.equal(text(task.read(two, 100)), 'to two');
	task.ioctl(three, NLDEV_CONNECT, address(1001));
	t.throws(() => task.write(three, 'x'), { code: 'ECONNREFUSED' }, 'one hears nobody but two');
	t.throws(() => task.ioctl(one, NLDEV_CONNECT, address(1, 0, 2)), { code: 'EINVAL' });
	t.throws(() => task.read(two, 100), { code: 'EAGAIN' });
});

t.test('NLDEV_SETSOCKOPT, NLDEV_GETSOCKOPT: options of both levels', async t => {
	const { task, open } = boot(t);
	const fd = open();
	t.equal(get(task, fd, SOL_NETLINK, NETLINK_EXT_ACK), 0);
	task.ioctl(fd, NLDEV_SETSOCKOPT, option(SOL_NETLINK, NETLINK_EXT_ACK, 7));
	t.equal(get(task, fd, SOL_NETLINK, NETLINK_EXT_ACK), 1);
	task.ioctl(fd, NLDEV_SETSOCKOPT, option(SOL_SOCKET, SO_RCVBUF, 10_000));
	t.equal(get(task, fd, SOL_SOCKET, SO_RCVBUF), 20_000);
	t.equal(get(task, fd, SOL_SOCKET, SO_TYPE), SOCK_RAW);
	for (const number of [NLDEV_SETSOCKOPT, NLDEV_GETSOCKOPT]) {
		t.throws(() => task.ioctl(fd, number, option(SOL_NETLINK, 99)), { code: 'ENOPROTOOPT' });
		t.throws(() => task.ioctl(fd, number, option(6, 1)), { code: 'ENOPROTOOPT' });
		t.throws(() => task.ioctl(fd, number, 8n), { code: 'EFAULT' });
	}
	t.throws(() => task.ioctl(fd, 0x4e85, 0), { code: 'ENOTTY' });
	t.throws(() => task.ioctl(fd, 0x5401, 0), { code: 'ENOTTY' });
});

t.test('a slow reader of a file gets ENOBUFS once, unless he does not want to know', async t => {
	const { task, open } = boot(t);
	const [writer, slow, silent] = [open(), open(), open()];
	for (const fd of [slow, silent]) {
		task.ioctl(fd, NLDEV_BIND, address(0, 1));
		task.ioctl(fd, NLDEV_SETSOCKOPT, option(SOL_SOCKET, SO_RCVBUF, 1152)); // room for two
	}
	task.ioctl(silent, NLDEV_SETSOCKOPT, option(SOL_NETLINK, NETLINK_NO_ENOBUFS, 1));
	task.ioctl(writer, NLDEV_CONNECT, address(0, 1));
	for (let i = 0; i < 4; i++)
		t.throws(() => task.write(writer, `${i}`), { code: 'ECONNREFUSED' }, 'the kernel is no member');
	t.throws(() => task.read(slow, 100), { code: 'ENOBUFS' });
	for (const fd of [slow, silent]) {
		t.equal(text(task.read(fd, 100)), '0');
		t.equal(text(task.read(fd, 100)), '1');
		t.throws(() => task.read(fd, 100), { code: 'EAGAIN' });
	}
});

t.test('a node is there as long as somebody owns the protocol, and opening another number is ENXIO', async t => {
	const { kernel, task, open } = boot(t);
	t.throws(() => task.stat('/dev/netlink/31'), { code: 'ENOENT' });
	await task.mknod('/dev/mine', S_IFCHR | 0o666, Number(makedev(NETLINK_MAJOR, 31)));
	t.throws(() => open('/dev/mine'), { code: 'ENXIO' });
	await kernel.modules.load(rtManager);
	const fd = open('/dev/netlink/31');
	await t.rejects(kernel.modules.unload('rt_manager'), { code: 'EAGAIN' });
	await task.close(fd);
	await task.close(open('/dev/mine'));
	await kernel.modules.unload('rt_manager');
	t.throws(() => task.stat('/dev/netlink/31'), { code: 'ENOENT' });
	const nobody = kernel.task({ uid: 65534 });
	const file = open(USERSOCK, nobody);
	t.throws(() => nobody.ioctl(file, NLDEV_BIND, address(0, 1)), { code: 'EPERM' });
});
