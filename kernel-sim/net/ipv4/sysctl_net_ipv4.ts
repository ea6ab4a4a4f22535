/**
 * sysctl_net_ipv4 - /proc/sys/net/ipv4: the Internet Protocol, without what tcp_sysctl.ts has (net/ipv4/sysctl_net_ipv4.c,
 * ip_fragment.c).
 *
 * Divergence: kept and shown, for the network to go by.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { ref } from '../../../src/lib/ref.ts';
import { type CtlEntry, type CtlTable, ctlEntry } from '../../kernel/sysctl/ctl_table.ts';
import { procDointvecMinmax } from '../../kernel/sysctl/dointvec.ts';
import { procDoulongvecMinmax } from '../../kernel/sysctl/doulongvec.ts';
import { bitmap, int, kept, milliseconds, seconds, u8, uint } from '../../kernel/sysctl/kept.ts';
import { HZ } from '../../kernel/time.ts';
import type { Kernel } from '../../kernel.ts';

const PORTS = 65_536;
/** Largest group id: -1 is none. */
const GROUP_MAX = 0xffff_fffen;
const bit = { max: 1 };

/** Ports that a socket gets by itself are not privileged: neither file may be written so that they were. */
function ports(): CtlTable {
	const port = { range: [32_768, 60_999], privileged: 1024 };
	return {
		ip_local_port_range: ctlEntry<never>({
			mode: 0o644,
			handler(_table, call) {
				const wanted = { range: [...port.range] };
				procDointvecMinmax({ min: 1, max: PORTS - 1 })({ mode: 0o644, data: ref(wanted, 'range') }, call);
				const [first, last] = wanted.range as [number, number];
				if (last < first || first < port.privileged) throw new Errno('EINVAL');
				port.range = wanted.range;
			},
		}),
		ip_unprivileged_port_start: ctlEntry<never>({
			mode: 0o644,
			handler(_table, call) {
				const wanted = { start: port.privileged };
				procDointvecMinmax({ min: 0, max: PORTS - 1 })({ mode: 0o644, data: ref(wanted, 'start') }, call);
				if (port.range[0]! < wanted.start) throw new Errno('EINVAL');
				port.privileged = wanted.start;
			},
		}),
	};
}

/** Bytes that fragments may take before some are dropped, and after; the first is never below the second. */
function fragments(): CtlTable {
	const thresh = { high: 4_194_304n, low: 3_145_728n };
	return {
		ipfrag_high_thresh: ctlEntry({
			data: ref(thresh, 'high'),
			mode: 0o644,
			handler: (table, call) => procDoulongvecMinmax({ min: thresh.low })(table, call),
		}),
		ipfrag_low_thresh: ctlEntry({
			data: ref(thresh, 'low'),
			mode: 0o644,
			handler: (table, call) => procDoulongvecMinmax({ max: thresh.high })(table, call),
		}),
	};
}

/** Two group ids; where the first is above the second, nobody is meant, which is shown as 1 0 (ipv4_ping_group_range). */
function pingGroupRange(): CtlEntry<never> {
	const groups = { range: [1n, 0n] };
	return {
		mode: 0o644,
		handler(_table, call) {
			const wanted = { range: [...groups.range] };
			procDoulongvecMinmax({ max: GROUP_MAX })({ mode: 0o644, data: ref(wanted, 'range') }, call);
			const [low, high] = wanted.range as [bigint, bigint];
			groups.range = high < low ? [1n, 0n] : [low, high];
		},
	};
}

/** The files. */
export function ipv4Table({ mm }: Kernel): CtlTable {
	return {
		...kept({
			inet_peer_minttl: seconds(120 * HZ),
			inet_peer_maxttl: seconds(600 * HZ),
			fib_sync_mem: uint(524_288, { min: 65_536, max: 67_108_864 }),
			icmp_echo_ignore_all: u8(0, bit),
			icmp_echo_enable_probe: u8(0, bit),
			icmp_echo_ignore_broadcasts: u8(1, bit),
			icmp_ignore_bogus_error_responses: u8(1, bit),
			icmp_errors_use_inbound_ifaddr: u8(0, bit),
			icmp_ratelimit: milliseconds(100),
			icmp_ratemask: int(6168),
			icmp_msgs_per_sec: int(1000, { min: 0 }),
			icmp_msgs_burst: int(50, { min: 0 }),
			raw_l3mdev_accept: u8(1, bit),
			ip_dynaddr: u8(0),
			ip_early_demux: u8(1),
			nexthop_compat_mode: u8(1, bit),
			ip_default_ttl: u8(64, { min: 1, max: 255 }),
			ip_no_pmtu_disc: u8(0),
			ip_forward_use_pmtu: u8(0),
			ip_nonlocal_bind: u8(0),
			ip_autobind_reuse: u8(0, bit),
			fwmark_reflect: u8(0),
			igmp_link_local_mcast_reports: u8(1),
			igmp_max_memberships: int(20),
			igmp_max_msf: int(10),
			igmp_qrv: int(2, { min: 1 }),
			fib_multipath_use_neigh: u8(0, bit),
			fib_notify_on_flag_change: u8(0, { max: 2 }),
			ipfrag_time: seconds(30 * HZ),
			ipfrag_max_dist: int(64, { min: 0 }),
			ipfrag_secret_interval: seconds(0),
			inet_peer_threshold: int(peers(mm.totalram)),
			ip_local_reserved_ports: bitmap(PORTS),
			ip_forward_update_priority: u8(1, bit),
			fib_multipath_hash_policy: u8(0, { max: 3 }),
			fib_multipath_hash_fields: uint(7, { min: 1, max: 0xfff }),
			fib_multipath_hash_seed: uint(0),
		}),
		...fragments(),
		...ports(),
		ping_group_range: pingGroupRange(),
	};
}

/** Peers that are remembered: as many as a thirty-second of the memory holds (inet_initpeers). */
function peers(totalram: number): number {
	return Math.max(Math.floor((totalram * 4096) / 32 / 192), 128);
}
