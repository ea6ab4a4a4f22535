/**
 * neighbour_sysctl - /proc/sys/net/ipv4/neigh/NAME: how neighbours are found and forgotten (the tables of net/core/neighbour.c).
 *
 * Divergence: kept and shown.
 */

import { ref } from '../../../src/lib/ref.ts';
import type { CtlEntry, CtlTable } from '../../kernel/sysctl/ctl_table.ts';
import {
	procDointvecJiffies,
	procDointvecMinmax,
	procDointvecMsJiffies,
	procDointvecMsJiffiesMinmax,
	procDointvecUserhzJiffies,
} from '../../kernel/sysctl/dointvec.ts';
import { centiseconds, int, type Kept, kept, seconds } from '../../kernel/sysctl/kept.ts';
import { HZ } from '../../kernel/time.ts';

/** Bytes that a packet of the usual size takes in a queue (SKB_TRUESIZE(ETH_FRAME_LEN)). */
const PACKET = 1514 + 256 + 320;
const MAX_PACKETS = Math.floor(0x7fff_ffff / PACKET);

/** The length of a queue in packets, kept in bytes (proc_unres_qlen). */
function unresQlen(queue: { bytes: number }): CtlEntry<never> {
	return {
		mode: 0o644,
		handler(_table, call) {
			const packets = { count: Math.floor(queue.bytes / PACKET) };
			procDointvecMinmax({ min: 0, max: MAX_PACKETS })({ mode: 0o644, data: ref(packets, 'count') }, call);
			if (call.write) queue.bytes = packets.count * PACKET;
		},
	};
}

const positiveMilliseconds = (ticks: number): Kept<number> => ({
	value: ticks,
	handler: procDointvecMsJiffiesMinmax({ min: 1 }),
});

const count = (value: number): Kept<number> => int(value, { min: 0 });

/** The files of one device, or those of `default`, which has those of the whole table as well. */
export function neighTable(isDefault: boolean): CtlTable {
	const queue = { bytes: 212_992 };
	const time = { retrans: HZ, reachable: 30 * HZ };
	return {
		...kept({
			mcast_solicit: count(3),
			ucast_solicit: count(3),
			app_solicit: count(0),
			mcast_resolicit: count(0),
			delay_first_probe_time: seconds(5 * HZ),
			interval_probe_time_ms: positiveMilliseconds(5 * HZ),
			gc_stale_time: seconds(60 * HZ),
			proxy_qlen: count(64),
			anycast_delay: centiseconds(HZ),
			proxy_delay: centiseconds(0.8 * HZ),
			locktime: centiseconds(HZ),
		}),
		unres_qlen_bytes: { data: ref(queue, 'bytes'), mode: 0o644, handler: procDointvecMinmax({ min: 0 }) },
		unres_qlen: unresQlen(queue),
		retrans_time: { data: ref(time, 'retrans'), mode: 0o644, handler: procDointvecUserhzJiffies },
		retrans_time_ms: { data: ref(time, 'retrans'), mode: 0o644, handler: procDointvecMsJiffies },
		base_reachable_time: { data: ref(time, 'reachable'), mode: 0o644, handler: procDointvecJiffies },
		base_reachable_time_ms: { data: ref(time, 'reachable'), mode: 0o644, handler: procDointvecMsJiffies },
		...(isDefault ? ofTheTable() : {}),
	};
}

const ofTheTable = (): CtlTable =>
	kept({ gc_interval: seconds(30 * HZ), gc_thresh1: count(128), gc_thresh2: count(512), gc_thresh3: count(1024) });
