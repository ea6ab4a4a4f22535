/**
 * socket - protocol families, and sockets as open files (net/socket.c).
 *
 * A socket of a task in this process is a file of sockfs: reading receives and writing sends a datagram. A program under
 * `ring3 run` has the same KernelSocket behind a descriptor of the host.
 */

import type { KernelSocket, Sockets } from '../../src/boundary/socket.ts';
import type { Context, FileOperations, File as VfsFile } from '../../src/boundary/vfs.ts';
import { chain } from '../../src/lib/awaitable.ts';
import { Copies } from '../../src/lib/bytes.ts';
import { Errno } from '../../src/lib/errno.ts';
import { O_NONBLOCK, O_RDWR } from '../../src/uapi/fcntl.ts';
import {
	FMODE_CAN_READ,
	FMODE_CAN_WRITE,
	FMODE_OPENED,
	FMODE_READ,
	FMODE_STREAM,
	FMODE_WRITE,
} from '../../src/uapi/fs.ts';
import { SOCKFS_MAGIC } from '../../src/uapi/magic.ts';
import { MSG_DONTWAIT } from '../../src/uapi/socket.ts';
import { S_IFSOCK, S_IRWXUGO } from '../../src/uapi/stat.ts';
import { Inode } from '../fs/inode.ts';
import { File } from '../fs/open.ts';
import { SuperBlock } from '../fs/super.ts';
import type { Time } from '../kernel/time.ts';

/** A protocol family (struct net_proto_family). */
export interface NetProtoFamily {
	readonly family: number;
	/** Throws ESOCKTNOSUPPORT, EPROTONOSUPPORT. */
	create(type: number, protocol: number, ctx: Context): KernelSocket & { readonly ino: number };
}

/** The greatest number of a family, and of a type. */
const AF_MAX = 46;
const SOCK_MAX = 11;

/** The inode of a socket. */
class SocketInode extends Inode {
	readonly socket: KernelSocket;

	constructor(socket: KernelSocket, sb: SuperBlock, ino: number, time: Time, ctx: Context) {
		super({
			sb,
			ino,
			mode: S_IFSOCK | S_IRWXUGO,
			uid: ctx.uid,
			gid: ctx.gid,
			op: {},
			fop: socketFileOps,
			time: time.now(),
		});
		this.socket = socket;
	}
}

/** The families of one kernel, and its sockfs. */
export class SocketFamilies implements Sockets {
	readonly #time: Time;
	readonly #sockfs: SuperBlock;
	readonly #families = new Map<number, NetProtoFamily>();
	/** For what is received: each reader gets bytes of his own. */
	readonly copies = new Copies();

	/** `dev` is the device number of sockfs. */
	constructor(time: Time, dev: number) {
		this.#time = time;
		this.#sockfs = new SuperBlock({ type: 'sockfs', magic: SOCKFS_MAGIC, dev });
	}

	/** A number for the inode of a socket. */
	nextIno(): number {
		return this.#sockfs.nextIno();
	}

	/** Makes a family known until the returned function is called (sock_register). EEXIST. */
	register(family: NetProtoFamily): () => void {
		if (this.#families.has(family.family)) throw new Errno('EEXIST');
		this.#families.set(family.family, family);
		return () => {
			this.#families.delete(family.family);
		};
	}

	has(family: number): boolean {
		return this.#families.has(family);
	}

	create(family: number, type: number, protocol: number, ctx: Context): KernelSocket & { readonly ino: number } {
		if (family < 0 || family >= AF_MAX) throw new Errno('EAFNOSUPPORT');
		if (type < 0 || type >= SOCK_MAX) throw new Errno('EINVAL');
		const found = this.#families.get(family);
		if (found === undefined) throw new Errno('EAFNOSUPPORT');
		return found.create(type, protocol, ctx);
	}

	/** An open file of a new socket (sock_alloc_file). `flags` may hold O_NONBLOCK. */
	open(family: number, type: number, protocol: number, flags: number, ctx: Context): File {
		const socket = this.create(family, type, protocol, ctx);
		const inode = new SocketInode(socket, this.#sockfs, socket.ino, this.#time, ctx);
		const mode = FMODE_READ | FMODE_WRITE | FMODE_CAN_READ | FMODE_CAN_WRITE | FMODE_OPENED | FMODE_STREAM;
		return new File(inode, O_RDWR | flags, mode);
	}
}

/** The socket of an open file. ENOTSOCK (sock_from_file). */
export function socketOf({ inode }: VfsFile): KernelSocket {
	if (!(inode instanceof SocketInode)) throw new Errno('ENOTSOCK');
	return inode.socket;
}

/** MSG_DONTWAIT for a file that does not wait. */
export function waitFlags({ flags }: VfsFile): number {
	return (flags & O_NONBLOCK) !== 0 ? MSG_DONTWAIT : 0;
}

/** socket_file_ops. An ioctl that the family has not is ENOTTY. */
const socketFileOps: FileOperations = {
	read: (file, count, _pos, ctx) => {
		if (count === 0) return new Uint8Array(0);
		return chain(socketOf(file).recvmsg(count, waitFlags(file), ctx), ({ bytes }) => bytes.slice(0, count));
	},
	write: (file, data, _pos, ctx) => socketOf(file).sendmsg({ bytes: data.slice(), flags: waitFlags(file) }, ctx),
	poll: (file, table) => socketOf(file).poll(table),
	release: inode => (inode as SocketInode).socket.release(),
};
