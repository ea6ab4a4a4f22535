/**
 * scsi_proc - /proc/scsi/scsi: the SCSI devices (drivers/scsi/scsi_proc.c).
 *
 * Linux: the heading comes with the first device, so that a file without devices is empty (scsi_seq_show).
 *
 * Divergence: there is no SCSI host, and so no device can be found or removed.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { decodeName } from '../../../src/lib/text.ts';
import type { Kernel } from '../../kernel.ts';
import { PAGE_SIZE } from '../../mm/show_mem.ts';
import { seqLseek, seqRead, seqRelease, singleOpen } from '../seq_file.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/scsi. */
export function procScsiInit(_kernel: Kernel, proc: Proc): void {
	proc.mkdir('scsi');
	proc.create('scsi/scsi', 0, {
		open: (_inode, file) => singleOpen(file, () => {}),
		read: seqRead,
		lseek: seqLseek,
		release: seqRelease,
		write: (_file, data) => procScsiWrite(data),
	});
}

/** `scsi add-single-device HOST CHANNEL ID LUN` and `scsi remove-single-device ...`: ENXIO, and EINVAL for all else. */
function procScsiWrite(data: Uint8Array): never {
	const command = data.length < PAGE_SIZE ? decodeName(data) : '';
	throw new Errno(/^scsi (add|remove)-single-device/.test(command) ? 'ENXIO' : 'EINVAL');
}
