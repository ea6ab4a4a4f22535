/**
 * sockdev - /dev/netlink: netlink's sockets as character devices, major 36, the minor number being the protocol.
 *
 *     cat /dev/netlink/uevent            ring3 run has AF_NETLINK; whoever only has the mounted tree has these
 *
 * One open file is one socket: a write sends one datagram, a read receives one, of which what does not fit is lost. It binds when
 * it first sends or is told to, and what else a socket can do is done by ioctl (src/netlink/device.ts). Files of protocols
 * that nobody owns are not there, and cannot be opened by number: ENXIO.
 *
 * Simulates the device files of Linux 2.4 (net/netlink/netlink_dev.c), which later kernels have not.
 */

import type { KernelSocket } from '../../../src/boundary/socket.ts';
import type { FileOperations, File as VfsFile } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno, isErrno } from '../../../src/lib/errno.ts';
import {
	NETLINK_MAJOR,
	NLDEV_BIND,
	NLDEV_CONNECT,
	NLDEV_GETSOCKNAME,
	NLDEV_GETSOCKOPT,
	NLDEV_SETSOCKOPT,
	netlink_dev_option,
} from '../../../src/netlink/device.ts';
import { MAX_LINKS, netlink_protocol, sockaddr_nl } from '../../../src/uapi/netlink.ts';
import { AF_NETLINK, SOCK_RAW } from '../../../src/uapi/socket.ts';
import { MINOR, MKDEV } from '../../../src/uapi/stat.ts';
import { streamOpen } from '../../fs/open.ts';
import type { Kernel } from '../../kernel.ts';
import { waitFlags } from '../socket.ts';

/** Everybody may open them: what he may send, the protocol decides. */
const NODE_MODE = 0o666;

/** Names of the files: of protocols that have one, without their prefix; of others, the number. */
const names = new Map<number, string>([
	...Object.entries(netlink_protocol).map(
		([name, protocol]) => [protocol, name.replace(/^NETLINK_(KOBJECT_)?/, '').toLowerCase()] as const,
	),
]);

function socketOf({ privateData }: VfsFile): KernelSocket {
	return privateData as KernelSocket;
}

/** Operations of the files of one kernel. */
function operations({ net }: Kernel): FileOperations {
	return {
		open(inode, file, ctx) {
			try {
				file.privateData = net.sockets.create(AF_NETLINK, SOCK_RAW, MINOR(inode.rdev), ctx);
			} catch (error) {
				if (isErrno(error) && error.code === 'EPROTONOSUPPORT') throw new Errno('ENXIO');
				throw error;
			}
			streamOpen(file);
		},
		release: (_inode, file) => socketOf(file).release(),
		read: (file, count, _pos, ctx) =>
			chain(socketOf(file).recvmsg(count, waitFlags(file), ctx), ({ bytes }) => bytes.subarray(0, count)),
		write: (file, data, _pos, ctx) => socketOf(file).sendmsg({ bytes: data.slice(), flags: waitFlags(file) }, ctx),
		poll: (file, table) => socketOf(file).poll(table),
		ioctl: (file, cmd, arg, ctx) => {
			const command = commands.get(cmd);
			if (command === undefined) throw new Errno('ENOTTY');
			return chain(command(socketOf(file), arg, ctx), () => 0);
		},
	};
}

type Command = (
	socket: KernelSocket,
	arg: bigint,
	ctx: Parameters<NonNullable<FileOperations['ioctl']>>[3],
) => Awaitable<void>;

const commands: ReadonlyMap<number, Command> = new Map<number, Command>([
	[NLDEV_BIND, (socket, arg, ctx) => socket.bind(ctx.memory.read(arg, sockaddr_nl.size), ctx)],
	[NLDEV_CONNECT, (socket, arg, ctx) => socket.connect(ctx.memory.read(arg, sockaddr_nl.size), ctx)],
	[NLDEV_GETSOCKNAME, (socket, arg, ctx) => ctx.memory.write(arg, socket.getsockname())],
	[
		NLDEV_SETSOCKOPT,
		(socket, arg, ctx) => {
			const bytes = ctx.memory.read(arg, netlink_dev_option.size);
			const { level, option } = netlink_dev_option.decode(viewOf(bytes), 0);
			socket.setsockopt(level, option, bytes.subarray(netlink_dev_option.offsetof.value), ctx);
		},
	],
	[
		NLDEV_GETSOCKOPT,
		(socket, arg, ctx) => {
			const bytes = ctx.memory.read(arg, netlink_dev_option.size);
			const { level, option } = netlink_dev_option.decode(viewOf(bytes), 0);
			const { value } = netlink_dev_option.offsetof;
			ctx.memory.write(arg + BigInt(value), socket.getsockopt(level, option, 4, ctx));
		},
	],
]);

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
	return new DataView(buffer, byteOffset, byteLength);
}

/** Makes the devices, and a node for each protocol as long as somebody owns it. */
export function netlinkDevInit(kernel: Kernel): void {
	const { chrdevs, devtmpfs, net } = kernel;
	chrdevs.registerRegion(MKDEV(NETLINK_MAJOR, 0), MAX_LINKS, 'netlink');
	chrdevs.cdevAdd(MKDEV(NETLINK_MAJOR, 0), MAX_LINKS, operations(kernel));
	net.netlink.onOwner((protocol, owned) => {
		const path = `netlink/${names.get(protocol) ?? protocol}`;
		if (owned) devtmpfs.createNode(path, MKDEV(NETLINK_MAJOR, protocol), NODE_MODE);
		else devtmpfs.deleteNode(path, MKDEV(NETLINK_MAJOR, protocol));
	});
}
