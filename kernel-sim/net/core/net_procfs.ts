/**
 * net_procfs - /proc/net/dev: what has passed through each device (net/core/net-procfs.c).
 *
 * Divergence: no packets are carried, and all numbers are 0.
 */

import type { Proc } from '../../fs/proc/proc_fs.ts';
import { seqEach } from '../../fs/seq_list.ts';
import type { NetDevices } from './dev.ts';

const HEADING = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
const RECEIVED = '%7d %7d %4d %4d %4d %5d %10d %9d ';
const SENT = '%8d %7d %4d %4d %4d %5d %7d %10d\n';
const NOTHING = [0, 0, 0, 0, 0, 0, 0, 0];

/** Makes the file in a directory. */
export function procNetDevInit(devices: NetDevices, proc: Proc, directory: string): void {
	proc.createSeq(
		`${directory}/dev`,
		0o444,
		seqEach(
			() => devices,
			(m, { name }) => {
				m.printf('%6s: ', name);
				m.printf(RECEIVED, ...NOTHING);
				m.printf(SENT, ...NOTHING);
			},
			m => m.puts(HEADING),
		),
	);
}
