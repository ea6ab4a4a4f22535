/**
 * route_proc - /proc/net/route: the routes of the table main (fib_route_seq_ops of net/ipv4/fib_trie.c).
 *
 * Each line has 127 characters before its end. Addresses are numbers in the order of the wire, read as this machine does.
 */

import { rt_table, rtn } from '../../../src/uapi/rtnetlink.ts';
import type { Proc } from '../../fs/proc/proc_fs.ts';
import { SEQ_START_TOKEN, type SeqFile, type SeqOperations } from '../../fs/seq_file.ts';
import { type Fib, mask } from './fib_frontend.ts';
import type { FibRoute } from './fib_lookup.ts';

const WIDTH = 127;
const HEADING = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';

/** Flags of a route (include/uapi/linux/route.h). */
const RTF_UP = 1;
const RTF_GATEWAY = 2;
const RTF_HOST = 4;
const RTF_REJECT = 0x200;

/** The routes of one network address, or the heading. */
type Entry = typeof SEQ_START_TOKEN | { readonly key: number; readonly routes: readonly FibRoute[] };

/** Where one open file stands: which entry has which position. */
interface Place {
	pos: number;
	key: number;
}

/** Makes the file in a directory. */
export function procRouteInit(fib: Fib, proc: Proc, directory: string): void {
	const main = fib.table(rt_table.RT_TABLE_MAIN)!;
	const entryFrom = (m: SeqFile<Place>, key: number, pos: number): Entry | undefined => {
		const routes = key > 0xffff_ffff ? undefined : main.from(key);
		if (routes === undefined) return undefined;
		Object.assign(m.private, { pos, key: routes[0]!.dst >>> 0 });
		return { key: m.private.key, routes };
	};
	const operations: SeqOperations<Entry, Place> = {
		start(m, pos) {
			if (pos === 0) return SEQ_START_TOKEN;
			const { private: place } = m;
			let entry = place.pos > 0 && place.pos <= pos ? entryFrom(m, place.key, place.pos) : entryFrom(m, 0, 1);
			while (entry !== undefined && place.pos < pos) entry = entryFrom(m, place.key + 1, place.pos + 1);
			return entry;
		},
		next: (m, entry, pos) => entryFrom(m, entry === SEQ_START_TOKEN ? 0 : entry.key + 1, pos),
		show(m, entry) {
			if (entry === SEQ_START_TOKEN) m.printf(`%-${WIDTH}s\n`, HEADING);
			else for (const route of entry.routes) showRoute(m, route);
		},
	};
	proc.createSeqPrivate(`${directory}/route`, 0o444, operations, () => ({ pos: 0, key: 0 }));
}

function showRoute(m: SeqFile<Place>, { dst, dstLen, info }: FibRoute): void {
	const { type, nh, priority } = info;
	if (type === rtn.RTN_BROADCAST || type === rtn.RTN_MULTICAST) return;
	m.setWidth(WIDTH);
	m.printf('%s\t%08X\t%08X\t%04X\t', nh.dev?.name ?? '*', swab32(dst), swab32(nh.gw), flagsOf(type, dstLen, nh.gw));
	m.printf('%d\t%u\t%d\t%08X\t%d\t%u\t%u', 0, 0, priority, swab32(mask(dstLen)), 0, 0, 0);
	m.pad('\n');
}

/** fib_flag_trans. */
function flagsOf(type: number, dstLen: number, gw: number): number {
	const rejects = type === rtn.RTN_UNREACHABLE || type === rtn.RTN_PROHIBIT;
	return RTF_UP | (rejects ? RTF_REJECT : 0) | (gw === 0 ? 0 : RTF_GATEWAY) | (dstLen === 32 ? RTF_HOST : 0);
}

function swab32(value: number): number {
	return ((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}
