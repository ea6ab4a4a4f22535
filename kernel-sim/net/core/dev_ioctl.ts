/**
 * dev_ioctl - ioctl(2) of a socket about devices (net/core/dev_ioctl.c, devinet_ioctl of net/ipv4/devinet.c).
 *
 * What programs of old ask for, and what ip(8) falls back to: so all of it is answered here, and nothing of it reaches the devices
 * of the host.
 *
 * Divergence: devices and routes cannot be changed in this way, EOPNOTSUPP where Linux would.
 */

import type { SyscallContext, SyscallHandler } from '../../../src/boundary/syscall.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { decodeName, encodeName } from '../../../src/lib/text.ts';
import { CAP_NET_ADMIN } from '../../../src/uapi/capability.ts';
import { IFNAMSIZ } from '../../../src/uapi/if.ts';
import { sockios } from '../../../src/uapi/sockios.ts';
import type { Inet } from '../ipv4/devinet.ts';
import { mask } from '../ipv4/fib_frontend.ts';
import type { NetDevice, NetDevices } from './dev.ts';
import { AF_INET } from './rtnetlink.ts';

/** Bytes of struct ifreq. */
const IFREQ = 40;

/** What a request asks of a device: writes its answer behind the name. */
type Get = (dev: NetDevice, reply: DataView) => void;

/** Answers ioctl(2): the descriptor is taken for a socket, since no other file has these commands. */
export function devIoctl(devices: NetDevices, inet: Inet): SyscallHandler {
	const first = (dev: NetDevice) => {
		const address = [...inet].find(one => one.dev === dev);
		if (address === undefined) throw new Errno('EADDRNOTAVAIL');
		return address;
	};
	const gets: Readonly<Record<number, Get>> = {
		[sockios.SIOCGIFFLAGS]: ({ userFlags }, reply) => reply.setInt16(IFNAMSIZ, userFlags & 0xffff, true),
		[sockios.SIOCGIFMETRIC]: (_dev, reply) => reply.setInt32(IFNAMSIZ, 0, true),
		[sockios.SIOCGIFMTU]: ({ mtu }, reply) => reply.setInt32(IFNAMSIZ, mtu, true),
		[sockios.SIOCGIFINDEX]: ({ ifindex }, reply) => reply.setInt32(IFNAMSIZ, ifindex, true),
		[sockios.SIOCGIFTXQLEN]: ({ txQueueLen }, reply) => reply.setUint32(IFNAMSIZ, txQueueLen, true),
		[sockios.SIOCGIFADDR]: (dev, reply) => putAddress(reply, first(dev).local),
		[sockios.SIOCGIFBRDADDR]: (dev, reply) => putAddress(reply, first(dev).broadcast),
		[sockios.SIOCGIFNETMASK]: (dev, reply) => putAddress(reply, mask(first(dev).prefixlen)),
		[sockios.SIOCGIFHWADDR]: ({ type, address }, reply) => {
			reply.setUint16(IFNAMSIZ, type, true);
			for (const [i, byte] of address.entries()) reply.setUint8(IFNAMSIZ + 2 + i, byte);
		},
	};
	return ctx => {
		const cmd = Number(ctx.args[1] & 0xffff_ffffn);
		if (cmd === sockios.SIOCGIFCONF) return getConf(inet, ctx);
		if (cmd === sockios.SIOCGIFNAME) return getName(devices, ctx);
		const get = gets[cmd];
		if (get === undefined) return refuse(ctx, cmd);
		const { reply, dev } = request(devices, ctx);
		get(dev, reply);
		ctx.memory.write(ctx.args[2], new Uint8Array(reply.buffer));
		return 0;
	};
}

/** The request, and the device that it names. EFAULT, ENODEV. */
function request(devices: NetDevices, { memory, args }: SyscallContext): { reply: DataView; dev: NetDevice } {
	const bytes = memory.read(args[2], IFREQ).slice();
	const end = bytes.subarray(0, IFNAMSIZ).indexOf(0);
	const name = decodeName(bytes.subarray(0, end < 0 ? IFNAMSIZ - 1 : end)).replace(/:.*/, '');
	const dev = devices.byName(name);
	if (dev === undefined) throw new Errno('ENODEV');
	return { reply: new DataView(bytes.buffer), dev };
}

/** dev_ifname: the name of an index. */
function getName(devices: NetDevices, { memory, args }: SyscallContext): number {
	const bytes = memory.read(args[2], IFREQ).slice();
	const dev = devices.byIndex(new DataView(bytes.buffer).getInt32(IFNAMSIZ, true));
	if (dev === undefined) throw new Errno('ENODEV');
	bytes.fill(0, 0, IFNAMSIZ).set(encodeName(dev.name));
	memory.write(args[2], bytes);
	return 0;
}

/** dev_ifconf: as many addresses as there is room for, or how much room they take. */
function getConf(inet: Inet, { memory, args }: SyscallContext): number {
	const conf = memory.read(args[2], 16).slice();
	const view = new DataView(conf.buffer);
	const room = view.getInt32(0, true);
	const buffer = view.getBigUint64(8, true);
	if (room < 0) throw new Errno('EINVAL');
	const all = [...inet].map(({ label, local }) => {
		const entry = new DataView(new ArrayBuffer(IFREQ));
		new Uint8Array(entry.buffer).set(encodeName(label));
		putAddress(entry, local);
		return new Uint8Array(entry.buffer);
	});
	const given = buffer === 0n ? all : all.slice(0, Math.floor(room / IFREQ));
	if (buffer !== 0n) for (const [i, entry] of given.entries()) memory.write(buffer + BigInt(i * IFREQ), entry);
	view.setInt32(0, given.length * IFREQ, true);
	memory.write(args[2], conf);
	return 0;
}

function putAddress(reply: DataView, address: number): void {
	new Uint8Array(reply.buffer).fill(0, IFNAMSIZ, IFNAMSIZ + 16);
	reply.setUint16(IFNAMSIZ, AF_INET, true);
	reply.setInt32(IFNAMSIZ + 4, address, false);
}

/** Changes take CAP_NET_ADMIN; what no device has of its own is ENOTTY. */
function refuse(ctx: SyscallContext, cmd: number): never {
	if (cmd >= sockios.SIOCDEVPRIVATE) throw new Errno('ENOTTY');
	if (!ctx.capable(CAP_NET_ADMIN)) throw new Errno('EPERM');
	throw new Errno('EOPNOTSUPP');
}
