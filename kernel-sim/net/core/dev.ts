/**
 * dev - the network devices of a machine, what may be changed of them, and who is told of it (net/core/dev.c).
 *
 *     who changes a device -> setMtu, changeFlags ... -> notifiers: the rest of the network
 *                                                     -> watchers: who tells programs
 *
 * Whoever shows devices shows these: rtnetlink, /sys/class/net, /proc/net/dev, ioctls.
 *
 * Divergence: a device carries no packets; it is what routes lead to and what tables name.
 */

import { Errno } from '../../../src/lib/errno.ts';
import {
	IF_OPER_DOWN,
	IF_OPER_UNKNOWN,
	IF_OPER_UP,
	IFALIASZ,
	IFF_ALLMULTI,
	IFF_AUTOMEDIA,
	IFF_BROADCAST,
	IFF_DEBUG,
	IFF_DYNAMIC,
	IFF_LOOPBACK,
	IFF_LOWER_UP,
	IFF_MULTICAST,
	IFF_NOARP,
	IFF_NOTRAILERS,
	IFF_PORTSEL,
	IFF_PROMISC,
	IFF_RUNNING,
	IFF_UP,
	IFNAMSIZ,
} from '../../../src/uapi/if.ts';
import { ARPHRD_ETHER } from '../../../src/uapi/if_arp.ts';
import type { Pr } from '../../kernel/printk.ts';
import {
	type LinkStats,
	linkStats,
	type NetDeviceInit,
	type NetDeviceListener,
	type NetdevEvent,
} from './netdevice.ts';

/** What programs may set in `flags`, besides whether the device is up and what it receives. */
const SETTABLE = IFF_DEBUG | IFF_NOTRAILERS | IFF_NOARP | IFF_DYNAMIC | IFF_MULTICAST | IFF_PORTSEL | IFF_AUTOMEDIA;
const RECEIVES = IFF_PROMISC | IFF_ALLMULTI;
const UINT_MAX = 0xffff_ffffn;
/** Bounds of an Ethernet device that has none of its own. */
const ETH_MIN_MTU = 68;
const ETH_DATA_LEN = 1500;
const DEFAULT_TX_QUEUE_LEN = 1000;
const NET_NAME_ENUM = 1;
const ETH_ALEN = 6;

/** A network device. */
export class NetDevice {
	readonly ifindex: number;
	readonly name: string;
	readonly address: Uint8Array;
	readonly type: number;
	readonly minMtu: number;
	readonly maxMtu: number;
	readonly nameAssignType: number;
	readonly noQueue: boolean;
	/** Divergence: all 0, since no packets are carried. */
	readonly stats: LinkStats = Object.fromEntries(linkStats.map(name => [name, 0])) as LinkStats;
	/** Times that the wire has come and gone. */
	readonly carrierCounts = { up: 0, down: 0 };
	/** Who wants to hear what is for others: all packets, all multicast ones. */
	readonly receives = { promiscuity: 0, allmulti: 0 };
	/** For the network's own use; `userFlags` are what programs see. */
	flags: number;
	mtu: number;
	txQueueLen = DEFAULT_TX_QUEUE_LEN;
	/** Number of the group that it is in. */
	group = 0;
	/** Empty for none. */
	alias = '';
	/** Of IF_OPER_*. */
	operstate: number = IF_OPER_UNKNOWN;
	carrier: boolean;
	/** Nanoseconds, and interrupts, that packets may wait to be joined. */
	groFlushTimeout = 0n;
	napiDeferHardIrqs = 0;
	/** What programs have asked it to receive, of IFF_PROMISC and IFF_ALLMULTI. */
	#gflags = 0;
	/** True while it goes up or down, and once its wire has come or gone and nobody was told. */
	#opening = false;
	#carrierChanged = false;
	readonly #init: NetDeviceInit;
	readonly #listener: NetDeviceListener;

	/** For `NetDevices.register`. */
	constructor(ifindex: number, init: NetDeviceInit, listener: NetDeviceListener) {
		this.ifindex = ifindex;
		this.name = init.name;
		this.address = init.address;
		this.type = init.type ?? ARPHRD_ETHER;
		this.minMtu = init.minMtu ?? ETH_MIN_MTU;
		this.maxMtu = init.maxMtu ?? ETH_DATA_LEN;
		this.nameAssignType = init.nameAssignType ?? NET_NAME_ENUM;
		this.noQueue = init.noQueue ?? false;
		this.flags = init.flags;
		this.mtu = init.mtu;
		this.carrier = init.carrier ?? true;
		this.#init = init;
		this.#listener = listener;
	}

	/** True while it is up (netif_running). */
	get running(): boolean {
		return (this.flags & IFF_UP) !== 0;
	}

	get loopback(): boolean {
		return (this.flags & IFF_LOOPBACK) !== 0;
	}

	/** How its packets are queued: not at all while it is down. */
	get qdisc(): string {
		if (this.noQueue) return this.running ? 'noqueue' : 'noop';
		return this.running ? 'pfifo_fast' : 'noop';
	}

	/** Where packets for all go. */
	get broadcast(): Uint8Array {
		return new Uint8Array(ETH_ALEN).fill((this.flags & IFF_BROADCAST) === 0 ? 0 : 0xff);
	}

	/** `flags` as programs see them: with what they have asked it to receive, and the state of the link (dev_get_flags). */
	get userFlags(): number {
		const flags = (this.flags & ~RECEIVES) | this.#gflags;
		if (!this.running) return flags;
		const oper = this.operstate === IF_OPER_UP || this.operstate === IF_OPER_UNKNOWN ? IFF_RUNNING : 0;
		return flags | oper | (this.carrier ? IFF_LOWER_UP : 0);
	}

	/** EINVAL for less or more than it can carry; the log says which (dev_set_mtu). */
	setMtu(mtu: number): void {
		if (mtu === this.mtu) return;
		if (mtu < 0 || mtu < this.minMtu) this.#refuseMtu('mtu less than device minimum');
		if (this.maxMtu > 0 && mtu > this.maxMtu) this.#refuseMtu('mtu greater than device maximum');
		this.mtu = mtu;
		this.#listener.event('changemtu', this);
		this.#listener.changed(this, 0);
	}

	/** ERANGE for more than 32 bits (dev_change_tx_queue_len). */
	changeTxQueueLen(length: bigint): void {
		if (length > UINT_MAX) throw new Errno('ERANGE');
		if (Number(length) === this.txQueueLen) return;
		this.txQueueLen = Number(length);
		this.#listener.event('change_tx_queue_len', this);
		this.#listener.changed(this, 0);
	}

	/** EINVAL for 256 bytes and more (dev_set_alias). */
	setAlias(alias: string, bytes: number): void {
		if (bytes >= IFALIASZ) throw new Errno('EINVAL');
		this.alias = alias;
		this.#stateChange();
	}

	/**
	 * Sets of `flags` what programs may set: the device goes up or down, and receives what is for others
	 * (dev_change_flags). What refuses to go up is thrown, and the rest is done.
	 */
	changeFlags(flags: number): void {
		const before = this.flags;
		const asked = this.#gflags;
		this.flags = (flags & SETTABLE) | (before & ~SETTABLE);
		try {
			if (((before ^ flags) & IFF_UP) !== 0) this.#open((flags & IFF_UP) !== 0);
		} finally {
			this.#receive(flags, IFF_PROMISC, 'promiscuity', 'promiscuous');
			this.#receive(flags, IFF_ALLMULTI, 'allmulti', 'allmulticast');
			this.#notifyFlags(before, (before ^ this.flags) | (asked ^ this.#gflags));
			this.#linkwatch();
		}
	}

	/** The wire is there (netif_carrier_on). */
	carrierOn(): void {
		this.#setCarrier(true, 'up');
	}

	/** The wire is gone (netif_carrier_off). */
	carrierOff(): void {
		this.#setCarrier(false, 'down');
	}

	#setCarrier(carrier: boolean, count: 'up' | 'down'): void {
		if (this.carrier === carrier) return;
		this.carrier = carrier;
		this.carrierCounts[count] += 1;
		this.#carrierChanged = true;
		if (!this.#opening) this.#linkwatch();
	}

	/** Tells what has become of the link; while the device goes up or down, once that is told (linkwatch_do_dev). */
	#linkwatch(): void {
		if (!this.#carrierChanged) return;
		this.#carrierChanged = false;
		this.operstate = this.carrier ? IF_OPER_UP : IF_OPER_DOWN;
		this.#stateChange();
	}

	#open(up: boolean): void {
		this.flags = up ? this.flags | IFF_UP : this.flags & ~IFF_UP;
		this.#opening = true;
		try {
			if (up) this.#init.open?.(this);
			else this.#init.stop?.(this);
		} catch (error) {
			this.flags &= ~IFF_UP;
			throw error;
		} finally {
			this.#opening = false;
		}
	}

	/** __dev_set_promiscuity, netif_set_allmulti: each change of what was asked is one more who wants it, or one less. */
	#receive(flags: number, flag: number, count: 'promiscuity' | 'allmulti', mode: string): void {
		if (((flags ^ this.#gflags) & flag) === 0) return;
		this.#gflags ^= flag;
		const before = this.receives[count];
		this.receives[count] = (flags & flag) === 0 ? before - 1 : before + 1;
		this.flags = this.receives[count] === 0 ? this.flags & ~flag : this.flags | flag;
		if (before > 0 !== this.receives[count] > 0) {
			this.#listener.log('info', `${this.name}: ${before > 0 ? 'left' : 'entered'} ${mode} mode`);
		}
	}

	/** __dev_notify_flags. */
	#notifyFlags(before: number, changes: number): void {
		if (changes !== 0) this.#listener.changed(this, changes);
		if (((before ^ this.flags) & IFF_UP) !== 0) this.#listener.event(this.running ? 'up' : 'down', this);
		if (this.running && (changes & ~(IFF_UP | RECEIVES)) !== 0) this.#listener.event('change', this);
	}

	/** netdev_state_change. */
	#stateChange(): void {
		if (!this.running) return;
		this.#listener.event('change', this);
		this.#listener.changed(this, 0);
	}

	#refuseMtu(why: string): never {
		this.#listener.log('err', `${this.name}: ${why}`);
		throw new Errno('EINVAL', why);
	}
}

/** True for a device that is up. */
export function isUp(dev: NetDevice): boolean {
	return dev.running;
}

/** The devices of one kernel, in the order of their indices. */
export class NetDevices implements Iterable<NetDevice> {
	readonly #devices = new Map<number, NetDevice>();
	readonly #notifiers = new Set<NetDeviceListener['event']>();
	readonly #watchers = new Set<NetDeviceListener['changed']>();
	readonly #listener: NetDeviceListener;
	#lastIndex = 0;

	/** `pr` is told what changes of receiving there are, and of refusals. Absent: nobody is. */
	constructor(pr?: Pick<Pr, 'info' | 'err'>) {
		this.#listener = {
			event: (event, dev) => {
				for (const notifier of this.#notifiers) notifier(event, dev);
			},
			changed: (dev, change) => {
				for (const watcher of this.#watchers) watcher(dev, change);
			},
			log: (severity, text) => pr?.[severity]('%s\n', text),
		};
	}

	[Symbol.iterator](): Iterator<NetDevice> {
		return this.#devices.values();
	}

	/** Adds a device (register_netdevice). EINVAL for a bad name, EEXIST for one that is taken. */
	register(init: NetDeviceInit): NetDevice {
		if (!devValidName(init.name)) throw new Errno('EINVAL', `${init.name} is no name for a device`);
		if (this.byName(init.name) !== undefined) throw new Errno('EEXIST', `${init.name} is there already`);
		this.#lastIndex += 1;
		const dev = new NetDevice(this.#lastIndex, init, this.#listener);
		this.#devices.set(dev.ifindex, dev);
		this.#listener.event('register', dev);
		this.#listener.changed(dev, -1);
		return dev;
	}

	/** The first one, lo (net->loopback_dev). */
	get loopback(): NetDevice {
		return this.#devices.get(1)!;
	}

	/** Takes a device down and away (unregister_netdevice). Nothing to do for one that is not there. */
	unregister(dev: NetDevice): void {
		if (this.#devices.get(dev.ifindex) !== dev) return;
		dev.changeFlags(dev.userFlags & ~IFF_UP);
		this.#devices.delete(dev.ifindex);
		this.#listener.event('unregister', dev);
	}

	/** Calls `notifier` whenever something has happened to a device (register_netdevice_notifier). It must not throw. */
	notify(notifier: (event: NetdevEvent, dev: NetDevice) => void): void {
		this.#notifiers.add(notifier);
	}

	/** Calls `watcher` whenever a device is other than it was, with the flags that are among it (rtmsg_ifinfo). */
	watch(watcher: (dev: NetDevice, change: number) => void): void {
		this.#watchers.add(watcher);
	}

	/** dev_get_by_index. */
	byIndex(ifindex: number): NetDevice | undefined {
		return this.#devices.get(ifindex);
	}

	/** dev_get_by_name. */
	byName(name: string): NetDevice | undefined {
		return [...this].find(dev => dev.name === name);
	}
}

/** True for what a device may be called: neither empty nor too long, no dots alone, no slash, colon or blank (dev_valid_name). */
export function devValidName(name: string): boolean {
	return name.length < IFNAMSIZ && /^[^/:\s]+$/.test(name) && name !== '.' && name !== '..';
}
