/**
 * devices - /proc/devices: which major numbers are taken (fs/proc/devices.c).
 */

import type { Kernel } from '../../kernel.ts';
import type { SeqFile } from '../seq_file.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/devices. */
export function procDevicesInit(kernel: Kernel, proc: Proc): void {
	proc.createSingle('devices', 0, (m: SeqFile) => {
		m.puts('Character devices:\n');
		for (const { major, name } of kernel.chrdevs) m.printf('%3d %s\n', major, name);
		m.puts('\nBlock devices:\n');
		for (const [major, name] of kernel.block.majors) m.printf('%3d %s\n', major, name);
	});
}
