/**
 * af_netlink - the protocol family AF_NETLINK (net/netlink/af_netlink.c).
 *
 *     af_netlink      the protocols, and who owns each           table      ports, groups, unicast and multicast
 *     netlink_sock    one socket                                 options    SOL_NETLINK
 *     rcv             requests and acknowledgements              dump       answers that are made while they are read
 *     kernel_sock     the kernel's end, for who owns a protocol  groups     memberships
 *
 * A number that nobody owns cannot be opened: EPROTONOSUPPORT. There is one network namespace.
 */

import type { Context } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { MAX_LINKS, NETLINK_USERSOCK } from '../../../src/uapi/netlink.ts';
import { AF_NETLINK, SOCK_DGRAM, SOCK_RAW } from '../../../src/uapi/socket.ts';
import type { Module } from '../../kernel/module.ts';
import type { Time } from '../../kernel/time.ts';
import type { SockMem } from '../core/sock.ts';
import { NetlinkKernelSock } from './kernel_sock.ts';
import { NetlinkSock } from './netlink_sock.ts';
import { type NetlinkKernelCfg, NetlinkTable, NL_CFG_F_NONROOT_SEND } from './table.ts';

/** What netlink needs of its kernel. */
export interface NetlinkKernel {
	readonly time: Time;
	readonly host: { random(bytes: Uint8Array): void };
	readonly panic: { oops(error: unknown, where: string): void };
}

/** The netlink of one kernel. */
export class Netlink {
	readonly #kernel: NetlinkKernel;
	readonly #sockMem: SockMem;
	readonly #nextIno: () => number;
	readonly #tables: readonly NetlinkTable[];
	readonly #listeners: ((protocol: number, owned: boolean) => void)[] = [];

	/** Sockets go by `sockMem`, and `nextIno` gives the numbers of their inodes. */
	constructor(kernel: NetlinkKernel, sockMem: SockMem, nextIno: () => number) {
		this.#kernel = kernel;
		this.#sockMem = sockMem;
		this.#nextIno = nextIno;
		const random = () => {
			const bytes = new Uint8Array(4);
			kernel.host.random(bytes);
			return new DataView(bytes.buffer).getUint32(0, true);
		};
		this.#tables = Array.from({ length: MAX_LINKS }, (_, protocol) => new NetlinkTable(protocol, random));
		const usersock = this.#tables[NETLINK_USERSOCK]!;
		usersock.registered = true;
		usersock.flags = NL_CFG_F_NONROOT_SEND;
	}

	/** The protocols, by number. */
	get tables(): readonly NetlinkTable[] {
		return this.#tables;
	}

	/** Calls `listener` for each protocol that somebody owns, now and when it changes. */
	onOwner(listener: (protocol: number, owned: boolean) => void): void {
		this.#listeners.push(listener);
		for (const { protocol, registered } of this.#tables) if (registered) listener(protocol, true);
	}

	/** Logs a mistake of whoever owns a protocol. */
	oops(error: unknown, where: string): void {
		this.#kernel.panic.oops(error, where);
	}

	/** Makes the socket of a program (netlink_create). ESOCKTNOSUPPORT, EPROTONOSUPPORT. */
	create(type: number, protocol: number, ctx: Context): NetlinkSock {
		if (type !== SOCK_RAW && type !== SOCK_DGRAM) throw new Errno('ESOCKTNOSUPPORT');
		const table = this.#tables[protocol];
		if (table?.registered !== true || table.module?.tryGet() === false) throw new Errno('EPROTONOSUPPORT');
		return this.#sock(table, type, ctx);
	}

	/**
	 * Takes a protocol number for the kernel, or for `module`, which then stays while anybody has a socket of it
	 * (netlink_kernel_create). EINVAL for a number that there is not, EADDRINUSE for one that is taken.
	 */
	kernelCreate(protocol: number, config: NetlinkKernelCfg = {}, module?: Module): NetlinkKernelSock {
		const table = this.#tables[protocol];
		if (table === undefined) throw new Errno('EINVAL', `netlink protocol ${protocol}`);
		const sock = this.#sock(table, SOCK_DGRAM, undefined);
		table.insert(sock, 0);
		sock.netlinkRcv = config.input;
		table.kernelSock = sock;
		if (!table.registered) {
			table.registered = true;
			table.groups = Math.max(config.groups ?? 0, 32);
			table.flags = config.flags ?? 0;
			table.config = config;
			table.module = module;
			this.#tell(protocol, true);
		}
		return new NetlinkKernelSock(table, sock, () => this.#release(table, sock));
	}

	#tell(protocol: number, owned: boolean): void {
		for (const listener of this.#listeners) listener(protocol, owned);
	}

	/** Safe to call for one that was released. */
	#release(table: NetlinkTable, sock: NetlinkSock): void {
		if (table.kernelSock !== sock) return;
		sock.release();
		table.kernelSock = undefined;
		if (table.protocol === NETLINK_USERSOCK) return;
		table.reset();
		this.#tell(table.protocol, false);
	}

	#sock(table: NetlinkTable, type: number, opener: Context | undefined): NetlinkSock {
		const { protocol } = table;
		const { time } = this.#kernel;
		const init = { time, mem: this.#sockMem, family: AF_NETLINK, type, protocol, ino: this.#nextIno() };
		return new NetlinkSock(this, table, init, opener);
	}
}
