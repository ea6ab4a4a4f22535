/**
 * tcp_sysctl - /proc/sys/net/ipv4/tcp_* and udp_* (the larger part of net/ipv4/sysctl_net_ipv4.c).
 *
 * Divergence: kept and shown, for the network to go by.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { ref } from '../../../src/lib/ref.ts';
import type { CtlEntry, CtlTable } from '../../kernel/sysctl/ctl_table.ts';
import { procDostring } from '../../kernel/sysctl/dostring.ts';
import {
	int,
	ints,
	kept,
	milliseconds,
	readOnly,
	seconds,
	string,
	u8,
	uint,
	ulong,
	ulongs,
} from '../../kernel/sysctl/kept.ts';
import { HZ } from '../../kernel/time.ts';
import type { Kernel } from '../../kernel.ts';

const CA_NAME_MAX = 16;
const CA_BUF_MAX = 2048;
/** Ways of avoiding congestion that there are without a module. */
const congestion = ['reno', 'cubic'];
const bit = { max: 1 };

/** One name, or several with blanks between them, of ways that there are; ENOENT for others. */
function congestionControl(value: string, maxlen: number): CtlEntry<never> {
	const control = { names: value };
	return {
		mode: 0o644,
		handler(_table, call) {
			const wanted = { names: control.names };
			procDostring({ mode: 0o644, data: ref(wanted, 'names'), maxlen }, call);
			if (!call.write) return;
			const names = wanted.names.split(' ').filter(name => name !== '');
			if (names.length === 0 || names.some(name => !congestion.includes(name))) throw new Errno('ENOENT');
			control.names = names.join(' ');
		},
	};
}

/** Three limits in pages, of which the middle one is an eighth of the memory (tcp_init_mem, udp_init). */
function memory(pages: number): bigint[] {
	const limit = Math.max(Math.floor(pages / 16), 128);
	return [Math.floor(limit / 4) * 3, limit, Math.floor(limit / 4) * 3 * 2].map(BigInt);
}

/** The files. */
export function tcpTable({ mm }: Kernel): CtlTable {
	const hash = Math.max(2 ** Math.floor(Math.log2(mm.totalram / 32)), 16);
	return {
		...kept({
			tcp_low_latency: int(0),
			tcp_ecn: u8(2, { max: 2 }),
			tcp_ecn_fallback: u8(1, bit),
			udp_early_demux: u8(1),
			tcp_early_demux: u8(1),
			tcp_fwmark_accept: u8(0),
			tcp_l3mdev_accept: u8(0, bit),
			tcp_mtu_probing: u8(0),
			tcp_base_mss: int(1024),
			tcp_min_snd_mss: int(48, { min: 48, max: 65_535 }),
			tcp_mtu_probe_floor: int(48, { min: 48, max: 65_535 }),
			tcp_probe_threshold: int(8),
			tcp_probe_interval: uint(600, { max: 42_949_672 }),
			tcp_keepalive_time: seconds(7200 * HZ),
			tcp_keepalive_probes: u8(9),
			tcp_keepalive_intvl: seconds(75 * HZ),
			tcp_syn_retries: u8(6, { min: 1, max: 127 }),
			tcp_synack_retries: u8(5),
			tcp_syncookies: u8(1),
			tcp_migrate_req: u8(0, bit),
			tcp_reordering: int(3),
			tcp_retries1: u8(3, { max: 255 }),
			tcp_retries2: u8(15),
			tcp_orphan_retries: u8(0),
			tcp_fin_timeout: seconds(60 * HZ),
			tcp_notsent_lowat: uint(4_294_967_295),
			tcp_tw_reuse: u8(2, { max: 2 }),
			tcp_fastopen: int(1),
			udp_l3mdev_accept: u8(0, bit),
			tcp_sack: u8(1),
			tcp_window_scaling: u8(1),
			tcp_timestamps: u8(1),
			tcp_early_retrans: u8(3, { max: 4 }),
			tcp_recovery: u8(1),
			tcp_thin_linear_timeouts: u8(0),
			tcp_slow_start_after_idle: u8(1),
			tcp_retrans_collapse: u8(1),
			tcp_stdurg: u8(0),
			tcp_rfc1337: u8(0),
			tcp_abort_on_overflow: u8(0),
			tcp_fack: u8(0),
			tcp_max_reordering: int(300),
			tcp_dsack: u8(1),
			tcp_app_win: u8(31, { max: 31 }),
			tcp_adv_win_scale: int(1, { min: -31, max: 31 }),
			tcp_frto: u8(2),
			tcp_no_metrics_save: u8(0),
			tcp_no_ssthresh_metrics_save: u8(1, bit),
			tcp_moderate_rcvbuf: u8(1),
			tcp_tso_win_divisor: u8(3),
			tcp_workaround_signed_windows: u8(0),
			tcp_limit_output_bytes: int(1_048_576),
			tcp_challenge_ack_limit: int(2_147_483_647),
			tcp_min_tso_segs: u8(2, { min: 1 }),
			tcp_tso_rtt_log: u8(9),
			tcp_min_rtt_wlen: int(300, { min: 0, max: 86_400 }),
			tcp_autocorking: u8(1, bit),
			tcp_invalid_ratelimit: milliseconds(50),
			tcp_pacing_ss_ratio: int(200, { min: 0, max: 1000 }),
			tcp_pacing_ca_ratio: int(120, { min: 0, max: 1000 }),
			tcp_wmem: ints([4096, 16_384, 3_978_432], { min: 1 }),
			tcp_rmem: ints([4096, 131_072, 3_978_432], { min: 1 }),
			tcp_comp_sack_delay_ns: ulong(1_000_000n),
			tcp_comp_sack_slack_ns: ulong(100_000n),
			tcp_comp_sack_nr: u8(44),
			tcp_backlog_ack_defer: u8(1, bit),
			tcp_reflect_tos: u8(0, bit),
			tcp_child_ehash_entries: uint(0, { max: 16_777_216 }),
			udp_child_hash_entries: uint(0, { max: 65_536 }),
			udp_rmem_min: int(4096, { min: 1 }),
			udp_wmem_min: int(4096, { min: 1 }),
			tcp_plb_enabled: u8(0, bit),
			tcp_plb_idle_rehash_rounds: u8(3, { max: 31 }),
			tcp_plb_rehash_rounds: u8(12, { max: 31 }),
			tcp_plb_suspend_rto_sec: u8(60),
			tcp_plb_cong_thresh: int(128, { min: 0, max: 256 }),
			tcp_syn_linear_timeouts: u8(4, { max: 127 }),
			tcp_shrink_window: u8(0, bit),
			tcp_pingpong_thresh: u8(1, { min: 1 }),
			tcp_rto_min_us: int(200_000, { min: 1 }),
			tcp_mem: ulongs(memory(mm.totalram)),
			udp_mem: ulongs(memory(2 * mm.totalram)),
			tcp_max_orphans: int(hash),
			tcp_max_tw_buckets: int(hash),
			tcp_max_syn_backlog: int(Math.max(128, hash / 256)),
			tcp_ehash_entries: readOnly(int(hash)),
			udp_hash_entries: readOnly(int(hash / 8)),
			tcp_available_ulp: readOnly(string('', CA_BUF_MAX)),
			tcp_available_congestion_control: readOnly(string(congestion.join(' '), CA_BUF_MAX)),
			tcp_fastopen_blackhole_timeout_sec: int(0, { min: 0 }),
		}),
		tcp_congestion_control: congestionControl('cubic', CA_NAME_MAX),
		tcp_allowed_congestion_control: congestionControl('reno cubic', CA_BUF_MAX),
	};
}
