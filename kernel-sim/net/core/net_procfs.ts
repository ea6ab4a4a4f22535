/**
 * net_procfs - /proc/net/dev: what has passed through each device (net/core/net-procfs.c).
 */

import type { Proc } from '../../fs/proc/proc_fs.ts';
import { seqEach } from '../../fs/seq_list.ts';
import type { NetDevices } from './dev.ts';
import type { LinkStats } from './netdevice.ts';

const HEADING = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
const RECEIVED = '%7d %7d %4d %4d %4d %5d %10d %9d ';
const SENT = '%8d %7d %4d %4d %4d %5d %7d %10d\n';

/** The columns of what was received (dev_seq_printf_stats). */
function received(stats: LinkStats): readonly number[] {
	const { rx_bytes, rx_packets, rx_errors, rx_dropped, rx_missed_errors, rx_fifo_errors } = stats;
	const frame = stats.rx_length_errors + stats.rx_over_errors + stats.rx_crc_errors + stats.rx_frame_errors;
	const dropped = rx_dropped + rx_missed_errors;
	return [rx_bytes, rx_packets, rx_errors, dropped, rx_fifo_errors, frame, stats.rx_compressed, stats.multicast];
}

/** And of what was sent. */
function sent(stats: LinkStats): readonly number[] {
	const { tx_bytes, tx_packets, tx_errors, tx_dropped, tx_fifo_errors, collisions, tx_compressed } = stats;
	const carrier =
		stats.tx_carrier_errors + stats.tx_aborted_errors + stats.tx_window_errors + stats.tx_heartbeat_errors;
	return [tx_bytes, tx_packets, tx_errors, tx_dropped, tx_fifo_errors, collisions, carrier, tx_compressed];
}

/** Makes the file in a directory. */
export function procNetDevInit(devices: NetDevices, proc: Proc, directory: string): void {
	proc.createSeq(
		`${directory}/dev`,
		0o444,
		seqEach(
			() => devices,
			(m, { name, stats }) => {
				m.printf('%6s: ', name);
				m.printf(RECEIVED, ...received(stats));
				m.printf(SENT, ...sent(stats));
			},
			m => m.puts(HEADING),
		),
	);
}
