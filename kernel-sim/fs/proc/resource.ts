/**
 * resource - /proc/ioports and /proc/iomem: what lies at which address (kernel/resource.c).
 *
 * Addresses are 0 to who opens the file without CAP_SYS_ADMIN.
 *
 * Divergence: the machine has memory and no devices.
 */

import { CAP_SYS_ADMIN } from '../../../src/uapi/capability.ts';
import type { Kernel } from '../../kernel.ts';
import { type SeqFile, seqLseek, seqOpen, seqRead, seqRelease } from '../seq_file.ts';
import { seqEach } from '../seq_list.ts';
import type { Proc } from './proc_fs.ts';

/** A range of addresses, both ends within (struct resource). */
interface Resource {
	readonly name: string;
	readonly start: number;
	readonly end: number;
}

/** Makes /proc/ioports and /proc/iomem. */
export function procResourceInit({ host: { hardware } }: Kernel, proc: Proc): void {
	create(proc, 'ioports', 4, []);
	create(proc, 'iomem', 8, [{ name: 'System RAM', start: 0, end: hardware.memory - 1 }]);
}

/** Makes a file of a tree whose addresses have at least `width` digits. `m.private` tells whether they are shown. */
function create(proc: Proc, name: string, width: number, resources: readonly Resource[]): void {
	const show = (m: SeqFile<boolean>, { start, end, name }: Resource) => {
		const [from, to] = m.private ? [start, end] : [0, 0];
		return m.printf('%0*llx-%0*llx : %s\n', width, from, width, to, name);
	};
	const operations = seqEach((_m: SeqFile<boolean>) => resources, show);
	proc.create(name, 0, {
		open: (_inode, file, ctx) => seqOpen(file, operations, ctx.capable(CAP_SYS_ADMIN)),
		read: seqRead,
		lseek: seqLseek,
		release: seqRelease,
	});
}
