/**
 * net_sysfs - the network devices in /sys/class/net (net/core/net-sysfs.c).
 *
 * Every file shows and changes the device that rtnetlink, /proc/net/dev and ioctls show as well.
 *
 * Divergence: gro_flush_timeout and napi_defer_hard_irqs are kept and shown; there are no packets that could wait.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { kstrtoul } from '../../../src/lib/kstrto.ts';
import { CAP_NET_ADMIN } from '../../../src/uapi/capability.ts';
import { IF_OPER_DOWN, if_oper } from '../../../src/uapi/if.ts';
import { Class } from '../../drivers/base/class.ts';
import { Device } from '../../drivers/base/core.ts';
import { attrRo, attrRw, type Value } from '../../fs/sysfs/attr.ts';
import type { Attribute } from '../../fs/sysfs/file.ts';
import type { AttributeGroup } from '../../fs/sysfs/group.ts';
import type { Kernel } from '../../kernel.ts';
import type { NetDevice } from './dev.ts';
import { NetdevQueues } from './net_sysfs_queues.ts';
import { linkStats } from './netdevice.ts';

const S32_MAX = 0x7fff_ffffn;
/** What ethtool(8) says of a link of which nothing is known. */
const SPEED_UNKNOWN = -1;

/** A network device as a device of its class. */
class NetClassDevice extends Device {
	readonly netdev: NetDevice;
	readonly queues: NetdevQueues;

	constructor(cls: Class, netdev: NetDevice, cpus: number) {
		super(netdev.name, { class: cls });
		this.netdev = netdev;
		this.queues = new NetdevQueues(netdev, cpus);
	}
}

type Show = (dev: NetDevice) => Value;

const readOnly = (show: Show): Attribute<NetClassDevice> => attrRo(({ netdev }) => show(netdev));

/** EINVAL while the device is down. */
const whileRunning = (show: Show): Attribute<NetClassDevice> =>
	readOnly(dev => {
		if (!dev.running) throw new Errno('EINVAL');
		return show(dev);
	});

/** EPERM without CAP_NET_ADMIN, EINVAL and ERANGE for what is no unsigned long, and what `set` refuses with (netdev_store). */
const readWrite = (show: Show, set: (dev: NetDevice, value: bigint) => void): Attribute<NetClassDevice> =>
	attrRw(
		({ netdev }) => show(netdev),
		({ netdev }, buf, { ctx }) => {
			if (!ctx.capable(CAP_NET_ADMIN)) throw new Errno('EPERM');
			set(netdev, kstrtoul(buf, 0));
		},
	);

/** What only drivers of other devices can do. */
function refuse(): never {
	throw new Errno('EOPNOTSUPP');
}

const toInt = (value: bigint): number => Number(BigInt.asIntN(32, value));
const hex = (flags: number): string => `0x${(flags >>> 0).toString(16)}`;
const mac = (address: Uint8Array): string => Array.from(address, byte => byte.toString(16).padStart(2, '0')).join(':');

const operstates = new Map<number, string>(
	Object.entries(if_oper).map(([name, state]) => [state, name.replace('IF_OPER_', '').toLowerCase()]),
);

/** Of what speed the link is, and whether both sides may speak at once: a device without ethtool operations knows nothing. */
const linkSetting = (value: number | string) =>
	readOnly(dev => {
		if (dev.loopback || !dev.running) throw new Errno('EINVAL');
		return value;
	});

const carrier: Attribute<NetClassDevice> = {
	...whileRunning(dev => Number(dev.carrier)),
	mode: 0o644,
	store: refuse,
};

const ifalias: Attribute<NetClassDevice> = {
	mode: 0o644,
	show: ({ netdev: { alias } }) => (alias === '' ? '' : `${alias}\n`),
	store({ netdev }, buf, { ctx, count }) {
		if (!ctx.capable(CAP_NET_ADMIN)) throw new Errno('EPERM');
		const newline = buf.endsWith('\n') && buf.length === count;
		netdev.setAlias(newline ? buf.slice(0, -1) : buf, count - Number(newline));
	},
};

const netClassAttrs: Readonly<Record<string, Attribute<NetClassDevice>>> = {
	netdev_group: readWrite(
		dev => dev.group,
		(dev, value) => {
			dev.group = toInt(value);
		},
	),
	type: readOnly(dev => dev.type),
	dev_id: readOnly(() => hex(0)),
	dev_port: readOnly(() => 0),
	iflink: readOnly(dev => dev.ifindex),
	ifindex: readOnly(dev => dev.ifindex),
	name_assign_type: readOnly(dev => dev.nameAssignType),
	addr_assign_type: readOnly(() => 0),
	addr_len: readOnly(dev => dev.address.length),
	link_mode: readOnly(() => 0),
	address: readOnly(dev => mac(dev.address)),
	broadcast: readOnly(dev => mac(dev.broadcast)),
	speed: linkSetting(SPEED_UNKNOWN),
	duplex: linkSetting('unknown'),
	dormant: whileRunning(() => 0),
	testing: whileRunning(() => 0),
	operstate: readOnly(dev => operstates.get(dev.running ? dev.operstate : IF_OPER_DOWN)!),
	carrier_changes: readOnly(({ carrierCounts: { up, down } }) => up + down),
	ifalias,
	carrier,
	mtu: readWrite(
		dev => dev.mtu,
		(dev, value) => dev.setMtu(toInt(value)),
	),
	flags: readWrite(
		dev => hex(dev.flags),
		(dev, value) => dev.changeFlags(toInt(value)),
	),
	tx_queue_len: readWrite(
		dev => dev.txQueueLen | 0,
		(dev, value) => dev.changeTxQueueLen(value),
	),
	gro_flush_timeout: readWrite(
		dev => dev.groFlushTimeout,
		(dev, value) => {
			dev.groFlushTimeout = value;
		},
	),
	napi_defer_hard_irqs: readWrite(
		dev => dev.napiDeferHardIrqs,
		(dev, value) => {
			if (value > S32_MAX) throw new Errno('ERANGE');
			dev.napiDeferHardIrqs = Number(value);
		},
	),
	phys_port_id: readOnly(refuse),
	phys_port_name: readOnly(refuse),
	phys_switch_id: readOnly(refuse),
	proto_down: readWrite(() => 0, refuse),
	carrier_up_count: readOnly(({ carrierCounts }) => carrierCounts.up),
	carrier_down_count: readOnly(({ carrierCounts }) => carrierCounts.down),
	threaded: readWrite(() => 0, refuse),
};

const netstatGroup: AttributeGroup<NetClassDevice> = {
	name: 'statistics',
	attrs: Object.fromEntries(linkStats.map(name => [name, readOnly(({ stats }) => stats[name])])),
	later: true,
};

/** Makes the class, and has each device be in it for as long as it is registered (netdev_kobject_init). */
export function netdevKobjectInit({ driverCore, net: { devices }, host: { hardware } }: Kernel): void {
	const cls = new Class(driverCore, {
		name: 'net',
		devGroups: [{ attrs: netClassAttrs, later: true }, netstatGroup],
		devUevent: (dev, env) => {
			const { name, ifindex } = (dev as NetClassDevice).netdev;
			env.add(`INTERFACE=${name}`);
			env.add(`IFINDEX=${ifindex}`);
		},
	});
	const known = new Map<NetDevice, NetClassDevice>();
	/** netdev_register_kobject, netdev_unregister_kobject. */
	const add = (netdev: NetDevice) => {
		const dev = new NetClassDevice(cls, netdev, hardware.cpus);
		known.set(netdev, dev);
		driverCore.add(dev);
		dev.queues.add(dev);
	};
	const remove = (netdev: NetDevice) => {
		const dev = known.get(netdev)!;
		known.delete(netdev);
		dev.queues.remove();
		driverCore.unregister(dev);
	};
	for (const dev of devices) add(dev);
	devices.notify((event, dev) => {
		if (event === 'register') add(dev);
		else if (event === 'unregister') remove(dev);
	});
}
