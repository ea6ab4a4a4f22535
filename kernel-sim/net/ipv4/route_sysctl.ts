/**
 * route_sysctl - /proc/sys/net/ipv4/route (the tables of net/ipv4/route.c).
 *
 * `flush` takes whatever is written, and has no cache to empty.
 *
 * Divergence: the others are kept and shown.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { ref } from '../../../src/lib/ref.ts';
import type { CtlEntry, CtlTable } from '../../kernel/sysctl/ctl_table.ts';
import { procDointvecJiffies, procDointvecMsJiffies } from '../../kernel/sysctl/dointvec.ts';
import { int, kept, seconds } from '../../kernel/sysctl/kept.ts';
import { HZ } from '../../kernel/time.ts';

/** Smallest packet that every host takes, and its headers. */
const MIN_VALID_PMTU = 68;

const flush: CtlEntry<never> = {
	mode: 0o200,
	handler(_table, call) {
		if (!call.write) throw new Errno('EINVAL');
	},
};

/** The files. */
export function ipv4RouteTable(): CtlTable {
	const gc = { minInterval: HZ / 2 };
	return {
		...kept({
			gc_thresh: int(-1),
			max_size: int(2_147_483_647),
			gc_timeout: seconds(300 * HZ),
			gc_interval: seconds(60 * HZ),
			redirect_load: int(HZ / 50),
			redirect_number: int(9),
			redirect_silence: int((HZ / 50) * 1024),
			error_cost: int(HZ),
			error_burst: int(5 * HZ),
			gc_elasticity: int(8),
			min_pmtu: int(552, { min: MIN_VALID_PMTU }),
			mtu_expires: seconds(600 * HZ),
			min_adv_mss: int(256),
		}),
		gc_min_interval: { data: ref(gc, 'minInterval'), mode: 0o644, handler: procDointvecJiffies },
		gc_min_interval_ms: { data: ref(gc, 'minInterval'), mode: 0o644, handler: procDointvecMsJiffies },
		flush,
	};
}
