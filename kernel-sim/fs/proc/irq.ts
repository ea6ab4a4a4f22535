/**
 * irq - /proc/irq: which processors get which interrupt (kernel/irq/proc.c).
 *
 *     default_smp_affinity             of numbers that are asked for from now on
 *     N/smp_affinity, ..._list         of one; as a mask in hex and as ranges
 *     N/effective_affinity, ..._list   the processor that gets it
 *     N/NAME/                          an empty directory for each who handles it
 */

import { decodeName } from '../../../src/lib/text.ts';
import type { IrqAction, IrqDesc } from '../../kernel/irq.ts';
import { HZ } from '../../kernel/time.ts';
import type { Kernel } from '../../kernel.ts';
import { bitmapListString, bitmapParse, bitmapParselist, bitmapString } from '../../lib/bitmap.ts';
import { type SeqFile, seqLseek, seqRead, seqRelease, singleOpen } from '../seq_file.ts';
import type { ProcDirEntry, ProcOps } from './internal.ts';
import type { Proc } from './proc_fs.ts';

const MSEC_PER_TICK = 1000 / HZ;

/** A file that is a set of processors. */
function maskOps(show: () => string, store: (text: string) => void): ProcOps {
	return {
		read: seqRead,
		lseek: seqLseek,
		release: seqRelease,
		open: (_inode, file) => singleOpen(file, m => m.puts(`${show()}\n`)),
		write(_file, data) {
			store(decodeName(data));
			return data.length;
		},
	};
}

/** Makes the directory, and in it one for each number. */
export function procIrqInit({ irqs, host: { hardware } }: Kernel, proc: Proc): void {
	const { cpus } = hardware;
	const hex = (set: bigint) => bitmapString(set, cpus);
	const root = proc.mkdir('irq');
	const directories = new Map<IrqDesc, ProcDirEntry>();
	const handlers = new Map<IrqAction, ProcDirEntry>();

	const registerIrqProc = (desc: IrqDesc) => {
		const dir = proc.mkdir(`${desc.irq}`, root);
		const set = (cpus: bigint) => irqs.setAffinity(desc, cpus);
		const effective = () => 1n << BigInt(desc.cpu);
		directories.set(desc, dir);
		const byMask = maskOps(
			() => hex(desc.affinity),
			text => set(bitmapParse(text, cpus)),
		);
		const byList = maskOps(
			() => bitmapListString(desc.affinity),
			text => set(bitmapParselist(text, cpus)),
		);
		proc.create('smp_affinity', 0o644, byMask, dir);
		proc.createSingle('affinity_hint', 0o444, m => m.puts(`${hex(0n)}\n`), dir);
		proc.create('smp_affinity_list', 0o644, byList, dir);
		proc.createSingle('node', 0o444, m => m.puts('0\n'), dir);
		proc.createSingle('effective_affinity', 0o444, m => m.puts(`${hex(effective())}\n`), dir);
		proc.createSingle('effective_affinity_list', 0o444, m => m.puts(`${bitmapListString(effective())}\n`), dir);
		proc.createSingle('spurious', 0o444, m => showSpurious(m, desc), dir);
	};

	const defaults = maskOps(
		() => hex(irqs.defaultAffinity),
		text => irqs.setDefaultAffinity(bitmapParse(text, cpus)),
	);
	proc.create('default_smp_affinity', 0o644, defaults, root);
	for (const desc of irqs) registerIrqProc(desc);

	/** Names that are taken, or cannot be one, have no directory (register_handler_proc). */
	irqs.onAction((desc, action, here) => {
		const dir = directories.get(desc)!;
		const isName = action.name !== '' && !action.name.includes('/') && !/^\.{1,2}$/.test(action.name);
		if (here && isName && dir.subdir.find(action.name) === undefined) {
			handlers.set(action, proc.mkdir(action.name, dir));
		}
		const handler = handlers.get(action);
		if (here || handler === undefined) return;
		handlers.delete(action);
		proc.remove(handler);
	});
}

/** irq_spurious_proc_show. */
function showSpurious(m: SeqFile, { count, unhandled, lastUnhandled }: IrqDesc): void {
	m.printf('count %u\nunhandled %u\nlast_unhandled %u ms\n', count, unhandled, lastUnhandled * MSEC_PER_TICK);
}
