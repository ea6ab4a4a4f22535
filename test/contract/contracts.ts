/**
 * contracts - all of them, in the order in which they run.
 */

import type { Contract } from '../runner/contract.ts';
import { procCreate } from './proc_create.ts';
import { procInode } from './proc_inode.ts';
import { procReaddir } from './proc_readdir.ts';
import { procSelf } from './proc_self.ts';
import { seqLseek } from './seq_lseek.ts';
import { seqRead } from './seq_read.ts';

export const contracts: readonly Contract[] = [
	...seqRead,
	...seqLseek,
	...procCreate,
	...procInode,
	...procReaddir,
	...procSelf,
];
