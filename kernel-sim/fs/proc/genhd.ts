/**
 * genhd - /proc/partitions and /proc/diskstats: the disks (the seq_operations of block/genhd.c).
 */

import { MAJOR, MINOR } from '../../../src/uapi/stat.ts';
import { type BlockDevice, STAT_FIELDS } from '../../block/bdev.ts';
import type { Gendisk } from '../../block/genhd.ts';
import type { Kernel } from '../../kernel.ts';
import type { SeqFile, SeqOperations } from '../seq_file.ts';
import type { Proc } from './proc_fs.ts';

/** A record for each disk; `start` prints what stands before the first. */
function eachDisk(kernel: Kernel, show: (m: SeqFile, bdev: BlockDevice) => void, heading = ''): SeqOperations<Gendisk> {
	const at = (pos: number) => [...kernel.block.disks][pos];
	return {
		start(m, pos) {
			const disk = at(pos);
			if (pos === 0 && disk !== undefined) m.puts(heading);
			return disk;
		},
		next: (_m, _disk, pos) => at(pos),
		show(m, { partTbl }) {
			for (const bdev of partTbl.values()) show(m, bdev);
		},
	};
}

/** show_partition: what has no size is left out. */
function showPartition(m: SeqFile, { devt, nrSectors, name }: BlockDevice): void {
	if (nrSectors === 0) return;
	m.printf('%4d  %7d %10llu %s\n', MAJOR(devt), MINOR(devt), Math.floor(nrSectors / 2), name);
}

const noStatistics = ' 0'.repeat(STAT_FIELDS);

/** diskstats_show. */
function showDiskstats(m: SeqFile, { devt, name }: BlockDevice): void {
	m.printf('%4d %7d %s%s\n', MAJOR(devt), MINOR(devt), name, noStatistics);
}

/** Makes /proc/partitions and /proc/diskstats. */
export function procGenhdInit(kernel: Kernel, proc: Proc): void {
	proc.createSeq('partitions', 0, eachDisk(kernel, showPartition, 'major minor  #blocks  name\n\n'));
	proc.createSeq('diskstats', 0, eachDisk(kernel, showDiskstats));
}
