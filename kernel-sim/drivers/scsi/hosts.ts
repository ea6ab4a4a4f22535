/**
 * hosts - a SCSI host (drivers/scsi/hosts.c, and its attributes of drivers/scsi/scsi_sysfs.c).
 *
 *     <parent>/host0                     the host, on the bus `scsi`
 *     <parent>/host0/scsi_host/host0     the same in the class `scsi_host`, with the attributes
 *
 * `echo '- - -' > /sys/class/scsi_host/host0/scan` looks for all devices there can be.
 *
 * Divergence: it has no errors to recover from and nothing that can be reset.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { simpleStrtoull } from '../../../src/lib/kstrto.ts';
import { sysfsStreq } from '../../../src/lib/string_helpers.ts';
import { attrRo, type Value } from '../../fs/sysfs/attr.ts';
import type { Attribute } from '../../fs/sysfs/file.ts';
import { Mutex } from '../../kernel/mutex.ts';
import type { Bus } from '../base/bus.ts';
import { Class, type ClassType } from '../base/class.ts';
import { Device, type DeviceType, type DriverCore } from '../base/core.ts';
import type { Scsi } from './scsi.ts';

/** Requests that the host takes at once. */
export const CAN_QUEUE = 64;
/** Targets of the one channel that a host has, and units of a target. */
const MAX_ID = 8;
const MAX_LUN = 8;
/** Pieces of memory of a request. */
const SG_TABLESIZE = 128;
/** As a channel or a target: all of them. */
const SCAN_WILD_CARD = 0xffff_ffffn;

/** What a host may be, and what it may become after that. */
const nextStates = {
	created: ['running', 'cancel'],
	running: ['recovery', 'cancel'],
	cancel: ['deleted', 'cancel/recovery'],
	deleted: [],
	recovery: ['running', 'cancel/recovery'],
	'cancel/recovery': ['cancel', 'deleted/recovery'],
	'deleted/recovery': ['deleted'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type HostState = keyof typeof nextStates;

const scsiHostType: DeviceType = { name: 'scsi_host' };

/** A place that is looked at; undefined for all there are. */
export type ScsiPlace = readonly [channel: bigint | undefined, id: bigint | undefined, lun: bigint | undefined];

/** A place, by a channel and a target whose lower 32 bits count. */
export function scsiPlace(channel?: bigint, id?: bigint, lun?: bigint): ScsiPlace {
	return [numberOf(channel), numberOf(id), lun];
}

function numberOf(value = SCAN_WILD_CARD): bigint | undefined {
	const low = BigInt.asUintN(32, value);
	return low === SCAN_WILD_CARD ? undefined : low;
}

/** A host (struct Scsi_Host). */
export class ScsiHost extends Device {
	readonly scsi: Scsi;
	/** The host in its class. */
	readonly classDevice: Device;
	/** Held while devices are looked for or taken away (scan_mutex). */
	readonly scanMutex = new Mutex();
	#state: HostState = 'running';

	constructor(scsi: Scsi, bus: Bus, cls: Class, parent: Device) {
		super('host0', { bus, parent, type: scsiHostType });
		this.scsi = scsi;
		this.classDevice = new HostClassDevice(cls, this);
	}

	get state(): HostState {
		return this.#state;
	}

	/** EINVAL for what it cannot become (scsi_host_set_state). */
	setState(state: HostState): void {
		const possible: readonly HostState[] = nextStates[this.#state];
		if (state !== this.#state && !possible.includes(state)) throw new Errno('EINVAL');
		this.#state = state;
	}

	/** True while devices may be looked for (scsi_host_scan_allowed). */
	get scanAllowed(): boolean {
		return this.#state === 'running' || this.#state === 'recovery';
	}

	/** True where there can be a device; EINVAL for a place that the host has not (scsi_scan_host_selected). */
	hasPlace([channel = 0n, id = 0n, lun = 0n]: ScsiPlace): boolean {
		if (channel > 0n || id >= MAX_ID || lun >= MAX_LUN) throw new Errno('EINVAL');
		return id === 0n && lun === 0n;
	}
}

/** A host in its class. */
class HostClassDevice extends Device {
	readonly host: ScsiHost;

	constructor(cls: Class, host: ScsiHost) {
		super(host.name, { class: cls, parent: host, later: true });
		this.host = host;
	}
}

function readOnly(show: (host: ScsiHost) => Value): Attribute<HostClassDevice> {
	return attrRo(({ host }) => show(host));
}

/** Three words, each a number or `-` for all; a word that is too long is more than one (scsi_scan). */
function placeIn(text: string): ScsiPlace {
	let rest = text;
	const words = [10, 10, 16].map(width => {
		const trimmed = rest.trimStart();
		const word = /^\S*/.exec(trimmed)![0].slice(0, width);
		rest = trimmed.slice(word.length);
		return word;
	});
	if (rest.trim() !== '') throw new Errno('EINVAL');
	const [channel, id, lun] = words.map(numberOrAll);
	return scsiPlace(channel, id, lun);
}

/** check_set. */
function numberOrAll(word: string): bigint | undefined {
	if (word === '-') return undefined;
	const { value, end } = simpleStrtoull(word, 0);
	if (word === '' || end !== word.length) throw new Errno('EINVAL');
	return value;
}

const state: Attribute<HostClassDevice> = {
	...readOnly(host => host.state),
	mode: 0o644,
	store({ host }, buf) {
		const wanted = (Object.keys(nextStates) as HostState[]).find(name => buf.startsWith(`${name}\n`));
		if (wanted === undefined) throw new Errno('EINVAL');
		host.setState(wanted);
	},
};

/** How long a recovery may take: as long as it does, since the host cannot be reset after that. */
const ehDeadline: Attribute<HostClassDevice> = {
	...readOnly(() => 'off'),
	mode: 0o644,
	store() {
		throw new Errno('EINVAL');
	},
};

const hostReset: Attribute<HostClassDevice> = {
	mode: 0o200,
	store(_device, buf) {
		throw new Errno(['adapter', 'firmware'].some(type => sysfsStreq(buf, type)) ? 'EOPNOTSUPP' : 'EINVAL');
	},
};

const scan: Attribute<HostClassDevice> = {
	mode: 0o200,
	store: ({ host }, buf) => host.scsi.scanHost(placeIn(buf)),
};

const attrs: Readonly<Record<string, Attribute<HostClassDevice>>> = {
	...{ use_blk_mq: readOnly(() => 1), unique_id: readOnly(() => 0), host_busy: readOnly(() => 0) },
	...{ cmd_per_lun: readOnly(() => CAN_QUEUE), can_queue: readOnly(() => CAN_QUEUE) },
	...{ sg_tablesize: readOnly(() => SG_TABLESIZE), sg_prot_tablesize: readOnly(() => 0) },
	...{ proc_name: readOnly(() => 'ring3_scsi'), scan, state },
	...{ supported_mode: readOnly(() => 'Initiator'), active_mode: readOnly(() => 'Initiator') },
	...{ prot_capabilities: readOnly(() => 0), prot_guard_type: readOnly(() => 0) },
	...{ host_reset: hostReset, eh_deadline: ehDeadline, nr_hw_queues: readOnly(() => 1) },
};

const hostClassType: ClassType<HostClassDevice> = { name: 'scsi_host', devGroups: [{ attrs }] };

/** Makes the class (scsi_init_hosts). */
export function scsiHostClass(core: DriverCore): Class {
	return new Class(core, hostClassType as ClassType);
}
