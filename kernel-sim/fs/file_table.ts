/**
 * file_table - how many files are open, and may be (fs/file_table.c).
 */

import type { Context } from '../../src/boundary/vfs.ts';
import { Errno } from '../../src/lib/errno.ts';
import { CAP_SYS_ADMIN } from '../../src/uapi/capability.ts';
import type { Pr } from '../kernel/printk.ts';

/** Files that may always be open (NR_FILE). */
const NR_FILE = 8192n;
/** Bytes of memory for one open file: it is reckoned with 1 KiB, and may take a tenth of all. */
const MEMORY_PER_FILE = 10 * 1024;

/** The open files of one kernel (struct files_stat_struct). */
export class FilesStat {
	/** Files that are open. */
	nr = 0;
	/** Descriptors that a task may have at the most (fs.nr_open). */
	nrOpen = 1024 * 1024;
	readonly #pr: Pr;
	#max!: bigint;
	/** The same, to compare with: a bigint takes longer than all else here. */
	#most!: number;
	/** How many there were when the log was last told that there are too many. */
	#oldMax = 0;

	/** `memory` is that of the machine in bytes. */
	constructor(memory: number, pr: Pr) {
		const files = BigInt(Math.floor(memory / MEMORY_PER_FILE));
		this.max = files > NR_FILE ? files : NR_FILE;
		this.#pr = pr;
	}

	/** Files that may be (fs.file-max). */
	get max(): bigint {
		return this.#max;
	}

	set max(max: bigint) {
		this.#max = max;
		this.#most = Number(max);
	}

	/** Counts one more. ENFILE where there are as many as may be, unless the task has CAP_SYS_ADMIN (alloc_empty_file). */
	get(ctx: Context): void {
		if (this.nr >= this.#most && !ctx.capable(CAP_SYS_ADMIN)) {
			if (this.nr > this.#oldMax) this.#pr.info('VFS: file-max limit %lu reached\n', this.max);
			this.#oldMax = Math.max(this.#oldMax, this.nr);
			throw new Errno('ENFILE');
		}
		this.nr++;
	}

	/** One was closed. */
	put(): void {
		this.nr--;
	}
}
