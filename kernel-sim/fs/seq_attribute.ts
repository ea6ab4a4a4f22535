/**
 * seq_attribute - whole tables of operations out of what prints a file (the macros of include/linux/seq_file.h).
 */

import type { FileOperations } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import {
	SEQ_START_TOKEN,
	type SeqFile,
	type SeqOperations,
	type Shown,
	seqLseek,
	seqOpen,
	seqRead,
	seqRelease,
} from './seq_file.ts';

/** Operations of a file of records; `m.private` is what the file was made with (DEFINE_SEQ_ATTRIBUTE). */
export function defineSeqAttribute<T, P>(ops: SeqOperations<T, P>): FileOperations {
	return {
		open: (_inode, file) => seqOpen(file, ops, file.privateData as P),
		read: seqRead,
		llseek: seqLseek,
		release: seqRelease,
	};
}

/** Operations of a file of one record, that `show` prints anew for each read at its beginning (DEFINE_SHOW_ATTRIBUTE). */
export function defineShowAttribute<P>(show: (m: SeqFile<P>) => Awaitable<Shown>): FileOperations {
	return defineSeqAttribute<typeof SEQ_START_TOKEN, P>({
		start: (_m, pos) => (pos === 0 ? SEQ_START_TOKEN : undefined),
		next: () => undefined,
		show,
	});
}
