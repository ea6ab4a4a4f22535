/**
 * devices - /proc/devices: which major numbers are taken (fs/proc/devices.c).
 *
 * Divergence: this kernel has no block devices.
 */

import type { Kernel } from '../../kernel.ts';
import type { SeqFile } from '../seq_file.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/devices. */
export function procDevicesInit({ chrdevs }: Kernel, proc: Proc): void {
	proc.createSingle('devices', 0, (m: SeqFile) => {
		m.puts('Character devices:\n');
		for (const { major, name } of chrdevs) m.printf('%3d %s\n', major, name);
		m.puts('\nBlock devices:\n');
	});
}
