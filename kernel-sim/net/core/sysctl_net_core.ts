/**
 * sysctl_net_core - /proc/sys/net/core (net/core/sysctl_net_core.c).
 *
 * rmem_default and wmem_default are what a new socket has for receiving and for sending, rmem_max and wmem_max what it may ask for.
 *
 * Divergence: the others are kept and shown, for whoever makes sockets and devices to go by: `sysctl.data('net/core/somaxconn')`.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { ref } from '../../../src/lib/ref.ts';
import type { CtlEntry, CtlTable } from '../../kernel/sysctl/ctl_table.ts';
import { procDointvecMinmax } from '../../kernel/sysctl/dointvec.ts';
import { procDostring } from '../../kernel/sysctl/dostring.ts';
import { flag, int, kept, readOnly, seconds, string, u8, uint, withMode } from '../../kernel/sysctl/kept.ts';
import { HZ } from '../../kernel/time.ts';
import type { Kernel } from '../../kernel.ts';
import { SOCK_MIN_RCVBUF, SOCK_MIN_SNDBUF, type SockMem } from './sock.ts';

const IFNAMSIZ = 16;
const MAX_SKB_FRAGS = 17;
/** Pages that each processor keeps for sockets: 1 MiB. */
const MEM_PCPU_RESERVE = 256;
const RSS_KEY_LEN = 52;
/** A tick of 1/100 s in microseconds. */
const USEC_PER_TICK = 10_000;
/** Queueing disciplines that there are without a module. */
const qdiscs = ['pfifo_fast', 'pfifo', 'bfifo', 'noqueue', 'fq_codel'];

/** The name of a queueing discipline. ENOENT for one that there is not (set_default_qdisc). */
function defaultQdisc(): CtlEntry<never> {
	const qdisc = { id: 'pfifo_fast' };
	return {
		mode: 0o644,
		handler(_table, call) {
			const text = { id: qdisc.id };
			procDostring({ mode: 0o644, data: ref(text, 'id'), maxlen: IFNAMSIZ }, call);
			if (!call.write) return;
			if (!qdiscs.includes(text.id)) throw new Errno('ENOENT');
			qdisc.id = text.id;
		},
	};
}

/** A number of bytes that sockets go by, of at least `min`. */
function memory(sockMem: SockMem, which: keyof SockMem, min: number): CtlEntry<number> {
	return { data: ref(sockMem, which), mode: 0o644, handler: procDointvecMinmax({ min }) };
}

/** The files. */
export function netCoreTable({ net: { sockMem } }: Kernel): CtlTable {
	return {
		...kept({
			mem_pcpu_rsv: int(MEM_PCPU_RESERVE, { min: MEM_PCPU_RESERVE }),
			dev_weight: int(64, { min: 1 }),
			dev_weight_rx_bias: int(1, { min: 1 }),
			dev_weight_tx_bias: int(1, { min: 1 }),
			netdev_max_backlog: int(1000),
			netdev_rss_key: readOnly(string(Array(RSS_KEY_LEN).fill('00').join(':'), RSS_KEY_LEN * 3)),
			bpf_jit_enable: int(1, { min: 0, max: 2 }),
			bpf_jit_harden: withMode(0o600, int(0, { min: 0, max: 2 })),
			bpf_jit_kallsyms: withMode(0o600, flag(1)),
			netdev_tstamp_prequeue: int(1),
			message_cost: seconds(5 * HZ),
			message_burst: int(10),
			tstamp_allow_data: flag(1),
			busy_poll: int(0, { min: 0 }),
			busy_read: int(0, { min: 0 }),
			netdev_budget: int(300),
			netdev_budget_usecs: int(2 * USEC_PER_TICK, { min: 2 * USEC_PER_TICK }),
			warnings: int(0),
			max_skb_frags: int(MAX_SKB_FRAGS, { min: 1, max: MAX_SKB_FRAGS }),
			fb_tunnels_only_for_init_net: int(0, { min: 0, max: 2 }),
			devconf_inherit_init_net: int(0, { min: 0, max: 3 }),
			high_order_alloc_disable: flag(0),
			gro_normal_batch: int(8, { min: 1 }),
			netdev_unregister_timeout_secs: int(10, { min: 1, max: 3600 }),
			skb_defer_max: int(64, { min: 0 }),
			somaxconn: int(4096, { min: 0 }),
			optmem_max: int(131_072, { min: 0 }),
			txrehash: u8(1, { max: 1 }),
			flow_limit_table_len: uint(4096),
		}),
		wmem_max: memory(sockMem, 'wmemMax', SOCK_MIN_SNDBUF),
		rmem_max: memory(sockMem, 'rmemMax', SOCK_MIN_RCVBUF),
		wmem_default: memory(sockMem, 'wmemDefault', SOCK_MIN_SNDBUF),
		rmem_default: memory(sockMem, 'rmemDefault', SOCK_MIN_RCVBUF),
		default_qdisc: defaultQdisc(),
	};
}
