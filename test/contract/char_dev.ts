/**
 * char_dev - opening character devices: those of drivers/char/mem.c, nodes without a driver, and drivers of modules.
 */

import type { Contract } from '../runner/contract.ts';

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_APPEND = 0o2000;
const O_NONBLOCK = 0o4000;
const O_TRUNC = 0o1000;
const S_IFCHR = 0o020000;
const POLLIN = 1;
const POLLOUT = 4;
const TCGETS = 0x5401;
const mkdev = (major: number, minor: number) => major * 256 + minor;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

const needs = ['devices'] as const;
const modules = ['contract_chrdev'];

export const charDev: readonly Contract[] = [
	{
		title: 'mem: /dev/null takes all and has nothing, zero has zeros, full has no room',
		needs,
		async run(t, { sys, root }) {
			const open = (name: string) => sys.open(`${root}/dev/${name}`, O_RDWR | O_TRUNC | O_APPEND);
			const [nothing, zero, full] = [await open('null'), await open('zero'), await open('full')];
			t.equal(await sys.write(nothing, 'hello'), 5);
			t.same(await sys.read(nothing, 10), new Uint8Array(0));
			t.same(await sys.read(zero, 5), new Uint8Array(5));
			t.equal(await sys.write(zero, 'hello'), 5);
			t.same(await sys.read(full, 3), new Uint8Array(3));
			await t.rejects(sys.write(full, 'x'), { code: 'ENOSPC' });
			t.equal((await sys.read(await open('urandom'), 16)).length, 16);
		},
	},
	{
		title: 'mem: a device is looked at without being opened, and says what it is',
		async run(t, { sys, root }) {
			for (const [name, minor] of [
				['null', 3],
				['zero', 5],
				['full', 7],
			] as const) {
				const { mode, rdev, size } = await sys.stat(`${root}/dev/${name}`);
				t.same({ mode, rdev, size }, { mode: S_IFCHR | 0o666, rdev: mkdev(1, minor), size: 0 });
			}
		},
	},
	{
		title: 'chrdev_open: a node without a driver is ENXIO, and can be made, looked at and removed all the same',
		needs,
		async run(t, { sys, root }) {
			const path = `${root}/dev/contract_node`;
			await sys.mknod(path, S_IFCHR | 0o600, mkdev(240, 7));
			const { mode, rdev } = await sys.stat(path);
			t.same({ mode, rdev }, { mode: S_IFCHR | 0o600, rdev: mkdev(240, 7) });
			await t.rejects(sys.open(path, O_RDONLY), { code: 'ENXIO' });
			await t.rejects(sys.mknod(path, S_IFCHR | 0o600, mkdev(240, 7)), { code: 'EEXIST' });
			await sys.unlink(path);
			await t.rejects(sys.open(path, O_RDONLY), { code: 'ENOENT' });
		},
	},
	{
		title:
			'register_chrdev: opening the node reaches the driver of the module, and what it lacks is the answer of the VFS',
		needs,
		modules,
		async run(t, { sys, root }) {
			const path = `${root}/dev/contract_chrdev`;
			const fd = await sys.open(path, O_RDWR);
			t.equal(text(await sys.read(fd, 100)), 'nothing\n');
			t.equal(await sys.write(fd, 'something'), 9);
			const again = await sys.open(path, O_RDONLY);
			t.equal(text(await sys.read(again, 100)), 'something');
			t.equal(await sys.poll(fd, POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
			await t.rejects(sys.ioctl(fd, TCGETS, 60), { code: 'ENOTTY' });
			await t.rejects(sys.getdents(fd), { code: 'ENOTDIR' });
			const writer = await sys.open(path, O_WRONLY | O_NONBLOCK);
			await t.rejects(sys.read(writer, 1), { code: 'EBADF' });
			for (const each of [fd, again, writer]) await sys.close(each);
		},
	},
	{
		title: 'register_chrdev: a module whose device is open cannot be removed; then its node is gone',
		needs: ['devices', 'insmod'],
		async run(t, { sys, root, insmod, rmmod }) {
			await insmod('contract_chrdev');
			const path = `${root}/dev/contract_chrdev`;
			const fd = await sys.open(path, O_RDONLY);
			await t.rejects(rmmod('contract_chrdev'), { code: 'EAGAIN' });
			await sys.close(fd);
			// The release of a file of a mount comes after its close.
			for (let tries = 0; tries < 50; tries++) {
				const gone = await rmmod('contract_chrdev').then(
					() => true,
					() => false,
				);
				if (gone) break;
				await new Promise(resolve => setTimeout(resolve, 20));
			}
			await t.rejects(sys.stat(path), { code: 'ENOENT' });
		},
	},
	{
		title: '/dev/netlink: a file is a socket; a write sends a message and reads receive the answers',
		needs,
		async run(t, { sys, root }) {
			const node = await sys.stat(`${root}/dev/netlink/generic`);
			t.same([node.mode, node.rdev], [S_IFCHR | 0o666, mkdev(36, 16)]);
			const fd = await sys.open(`${root}/dev/netlink/generic`, O_RDWR | O_NONBLOCK);
			await t.rejects(sys.read(fd, 100), { code: 'EAGAIN' });
			t.equal(await sys.poll(fd, POLLIN | POLLOUT, 0), POLLOUT);
			const request = '\x14\0\0\0\x10\0\x05\0\x07\0\0\0\0\0\0\0\x63\x01\0\0'; // command 99 of the controller
			t.equal(await sys.write(fd, request), 20);
			t.equal(await sys.poll(fd, POLLIN, -1), POLLIN);
			const answer = Buffer.from(await sys.read(fd, 4096));
			t.equal(answer.length, 40);
			t.equal(answer.readInt32LE(16), -95);
			t.equal(answer.toString('latin1', 20), request);
			await t.rejects(sys.lseek(fd, 0, 0), { code: 'ESPIPE' });
			await sys.close(fd);
		},
	},
	{
		title: '/dev/netlink: ioctl binds, and tells the port; unknown commands are ENOTTY',
		needs,
		async run(t, { sys, root }) {
			const NLDEV_GETSOCKNAME = 0x800c4e81;
			const fd = await sys.open(`${root}/dev/netlink/usersock`, O_RDWR);
			const { data } = await sys.ioctl(fd, NLDEV_GETSOCKNAME, 12);
			t.same([...data], [16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
			await t.rejects(sys.ioctl(fd, TCGETS, 60), { code: 'ENOTTY' });
			await sys.close(fd);
			await t.rejects(sys.open(`${root}/dev/netlink/31`, O_RDWR), { code: 'ENOENT' });
		},
	},
];
