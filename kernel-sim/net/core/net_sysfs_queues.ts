/**
 * net_sysfs_queues - the queues of a network device: /sys/class/net/<dev>/queues (rx_queue_* and netdev_queue_* of
 * net/core/net-sysfs.c).
 *
 * A device has one for what it receives and one for what it sends.
 *
 * Divergence: what is set of them is kept and shown; no packets go through them.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { kstrtouint, kstrtoul } from '../../../src/lib/kstrto.ts';
import { sysfsStreq } from '../../../src/lib/string_helpers.ts';
import { CAP_NET_ADMIN } from '../../../src/uapi/capability.ts';
import type { Attribute, AttributeCall } from '../../fs/sysfs/file.ts';
import { type AttributeGroup, sysfsCreateGroup } from '../../fs/sysfs/group.ts';
import { HZ } from '../../kernel/time.ts';
import { bitmapParse, bitmapString } from '../../lib/bitmap.ts';
import { Kobject, type KobjType, type Kset, ksetCreateAndAdd } from '../../lib/kobject.ts';
import { kobjectUevent } from '../../lib/kobject_uevent.ts';
import type { NetDevice } from './dev.ts';

const MSEC_PER_TICK = 1000 / HZ;
/** Most bytes that may be under way (DQL_MAX_LIMIT). */
const DQL_MAX_LIMIT = Math.floor(0xffff_ffff / 2) - Math.floor(0xffff_ffff / 16);
/** Ticks in which a stall may be found: the history is two words long. */
const STALL_MIN = 4;
const STALL_MAX = 128;

function mustBeAdmin({ ctx }: AttributeCall): void {
	if (!ctx.capable(CAP_NET_ADMIN)) throw new Errno('EPERM');
}

/** A queue of what is received (struct netdev_rx_queue). */
class RxQueue extends Kobject {
	readonly cpus: number;
	/** Processors that packets are spread over. */
	rpsCpus = 0n;
	rpsFlowCnt = 0n;

	constructor(cpus: number) {
		super(rxQueueKtype as KobjType);
		this.cpus = cpus;
	}
}

const rxQueueKtype: KobjType<RxQueue> = {
	later: true,
	groups: [
		{
			attrs: {
				rps_cpus: {
					mode: 0o644,
					show: ({ rpsCpus, cpus }) => `${bitmapString(rpsCpus, cpus)}\n`,
					store(queue, buf, call) {
						mustBeAdmin(call);
						queue.rpsCpus = bitmapParse(buf, queue.cpus);
					},
				},
				rps_flow_cnt: {
					mode: 0o644,
					show: ({ rpsFlowCnt }) => `${rpsFlowCnt}\n`,
					store(queue, buf, call) {
						mustBeAdmin(call);
						const count = kstrtoul(buf, 0);
						const size = count === 0n ? 0n : 1n << BigInt((count - 1n).toString(2).replace(/^0$/, '').length);
						if (size > 1n << 32n) throw new Errno('EINVAL');
						queue.rpsFlowCnt = size;
					},
				},
			},
		},
	],
};

/** A queue of what is sent (struct netdev_queue), with how many bytes may be under way (struct dql). */
class TxQueue extends Kobject {
	limit = 0;
	limitMax = DQL_MAX_LIMIT;
	limitMin = 0;
	/** In ticks. */
	holdTime = HZ;
	stallThrs = 0;
	/** Queues of what is received whose packets are answered by this one. */
	xpsRxqs = 0n;

	constructor() {
		super(netdevQueueKtype as KobjType);
	}
}

function missing(): never {
	throw new Errno('ENOENT');
}

/** The files of who has several queues are there, and refuse. */
const netdevQueueKtype: KobjType<TxQueue> = {
	later: true,
	groups: [
		{
			attrs: {
				tx_timeout: { mode: 0o444, show: () => '0\n' },
				traffic_class: { mode: 0o444, show: missing },
				xps_cpus: { mode: 0o644, show: missing, store: missing },
				xps_rxqs: {
					mode: 0o644,
					show: ({ xpsRxqs }) => `${xpsRxqs}\n`,
					store(queue, buf, call) {
						mustBeAdmin(call);
						queue.xpsRxqs = bitmapParse(buf, 1);
					},
				},
				tx_maxrate: {
					mode: 0o644,
					show: () => '0\n',
					store(_queue, _buf, call) {
						mustBeAdmin(call);
						throw new Errno('EOPNOTSUPP');
					},
				},
			},
		},
	],
};

function bqlLimit(name: 'limit' | 'limitMax' | 'limitMin'): Attribute<TxQueue> {
	return {
		mode: 0o644,
		show: queue => `${queue[name]}\n`,
		store(queue, buf) {
			const value = sysfsStreq(buf, 'max') ? DQL_MAX_LIMIT : kstrtouint(buf, 10);
			if (value > DQL_MAX_LIMIT) throw new Errno('EINVAL');
			queue[name] = value;
		},
	};
}

/** Milliseconds as ticks, the last begun one as well (msecs_to_jiffies). */
const ticks = (buf: string): number => Math.ceil(kstrtouint(buf, 10) / MSEC_PER_TICK);

/** Of who has no queue of his own, there is nothing under way. */
const dqlGroup: AttributeGroup<TxQueue> = {
	name: 'byte_queue_limits',
	attrs: {
		limit: bqlLimit('limit'),
		limit_max: bqlLimit('limitMax'),
		limit_min: bqlLimit('limitMin'),
		hold_time: {
			mode: 0o644,
			show: ({ holdTime }) => `${holdTime * MSEC_PER_TICK}\n`,
			store(queue, buf) {
				queue.holdTime = ticks(buf);
			},
		},
		inflight: { mode: 0o444, show: () => '0\n' },
		stall_thrs: {
			mode: 0o644,
			show: ({ stallThrs }) => `${stallThrs * MSEC_PER_TICK}\n`,
			store(queue, buf) {
				const value = ticks(buf);
				if (value !== 0 && (value < STALL_MIN || value > STALL_MAX)) throw new Errno('ERANGE');
				queue.stallThrs = value;
			},
		},
		stall_cnt: { mode: 0o444, show: () => '0\n' },
		stall_max: { mode: 0o644, show: () => '0\n', store: () => {} },
	},
	later: true,
};

/** The directory `queues` of a device. */
export class NetdevQueues {
	readonly #netdev: NetDevice;
	readonly #cpus: number;
	#kset: Kset | undefined;

	constructor(netdev: NetDevice, cpus: number) {
		this.#netdev = netdev;
		this.#cpus = cpus;
	}

	/** Makes it, and tells of each queue (register_queue_kobjects). */
	add(parent: Kobject): void {
		const kset = ksetCreateAndAdd('queues', parent);
		this.#kset = kset;
		this.#addQueue(kset, 'rx-0', new RxQueue(this.#cpus));
		const tx = new TxQueue();
		this.#addQueue(kset, 'tx-0', tx, this.#netdev.noQueue ? undefined : dqlGroup);
	}

	/** Takes it away, its queues first (remove_queue_kobjects). */
	remove(): void {
		for (const queue of [...(this.#kset?.list ?? [])]) queue.put();
		this.#kset?.put();
		this.#kset = undefined;
	}

	#addQueue<T extends Kobject>(kset: Kset, name: string, queue: T, group?: AttributeGroup<T>): void {
		queue.kset = kset;
		queue.add(undefined, name);
		if (group !== undefined) sysfsCreateGroup(queue, group);
		kobjectUevent(queue, 'add');
	}
}
