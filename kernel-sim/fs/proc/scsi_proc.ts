/**
 * scsi_proc - /proc/scsi/scsi: the SCSI devices (drivers/scsi/scsi_proc.c).
 *
 * Linux: the heading comes with the first that is on the bus, which is a host, so that it is there without devices (scsi_seq_show).
 */

import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { simpleStrtoull } from '../../../src/lib/kstrto.ts';
import { decodeName } from '../../../src/lib/text.ts';
import type { Device } from '../../drivers/base/core.ts';
import { ScsiDevice } from '../../drivers/scsi/scsi_sysfs.ts';
import type { Kernel } from '../../kernel.ts';
import { PAGE_SIZE } from '../../mm/show_mem.ts';
import { type SeqOperations, seqLseek, seqOpen, seqRead, seqRelease } from '../seq_file.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/scsi. */
export function procScsiInit(kernel: Kernel, proc: Proc): void {
	const onBus = (pos: number) => [...kernel.scsi.bus.devices][pos];
	const scsiSeqOps: SeqOperations<Device> = {
		start: (_m, pos) => onBus(pos),
		next: (_m, _dev, pos) => onBus(pos),
		show(m, dev) {
			if (m.index === 0) m.puts('Attached devices:\n');
			if (dev instanceof ScsiDevice) m.puts(dev.description);
		},
	};
	proc.mkdir('scsi');
	proc.create('scsi/scsi', 0, {
		open: (_inode, file) => seqOpen(file, scsiSeqOps),
		read: seqRead,
		lseek: seqLseek,
		release: seqRelease,
		write: (_file, data) => procScsiWrite(kernel, data),
	});
}

/** `scsi add-single-device HOST CHANNEL ID LUN` and `scsi remove-single-device ...`; EINVAL for all else. */
function procScsiWrite({ scsi }: Kernel, data: Uint8Array): Awaitable<number> {
	const command = data.length < PAGE_SIZE ? decodeName(data) : '';
	const verb = /^scsi (add|remove)-single-device/.exec(command);
	if (verb === null) throw new Errno('EINVAL');
	const [host, channel, id, lun] = numbers(command.slice(verb[0].length + 1)) as [number, number, number, number];
	const done =
		verb[1] === 'add' ? scsi.addSingleDevice(host, channel, id, lun) : scsi.removeSingleDevice(host, channel, id, lun);
	return chain(done, () => data.length);
}

/** Four numbers, each one character behind the one before it; what is not there is 0. */
function numbers(text: string): number[] {
	let rest = text;
	return Array.from({ length: 4 }, () => {
		const { value, end } = simpleStrtoull(rest, 0);
		rest = rest.slice(end + 1);
		return Number(value);
	});
}
