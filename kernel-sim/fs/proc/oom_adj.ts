/**
 * oom_adj - /proc/<pid>/oom_score_adj and oom_adj: how soon a task is to be killed where memory is short (fs/proc/base.c).
 *
 * The second is an older scale for the same number.
 *
 * Divergence: memory is never short, and nobody is killed.
 */

import type { Context, FileOperations, Inode } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { kstrtoint } from '../../../src/lib/kstrto.ts';
import { decodeName, encodeUtf8 } from '../../../src/lib/text.ts';
import { CAP_SYS_RESOURCE } from '../../../src/uapi/capability.ts';
import { simpleReadFromBuffer } from '../libfs.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import type { TaskStruct } from '../task.ts';
import { procSb } from './internal.ts';
import { getProcTask } from './proc_task.ts';

const OOM_SCORE_ADJ_MAX = 1000;
const OOM_ADJUST_MIN = -16;
const OOM_ADJUST_MAX = 15;
/** Of the older scale: never. */
const OOM_DISABLE = -17;
/** Bytes of a number that is written (PROC_NUMBUF, without the NUL). */
const NUMBUF = 12;

/** Operations of a file that is one number of a task. */
function numberOperations(
	show: (task: TaskStruct) => number,
	store: (task: TaskStruct, number: number, ctx: Context) => void,
): FileOperations {
	return {
		llseek: genericFileLlseek(MAX_NON_LFS),
		read: ({ inode }, count, pos) => simpleReadFromBuffer(encodeUtf8(`${show(taskOf(inode))}\n`), count, pos),
		write({ inode }, data, _pos, ctx) {
			const given = data.subarray(0, NUMBUF);
			store(taskOf(inode), kstrtoint(decodeName(given).trim(), 0), ctx);
			return given.length;
		},
	};
}

function taskOf(inode: Inode): TaskStruct {
	return procSb(inode).kernel.pids.find(getProcTask(inode).facts.pid)!;
}

/** EACCES for less than `min` without CAP_SYS_RESOURCE. */
function checkAllowed(number: number, min: number, ctx: Context): void {
	if (number < min && !ctx.capable(CAP_SYS_RESOURCE)) throw new Errno('EACCES');
}

/** proc_oom_score_adj_operations. */
export const procOomScoreAdjOperations = numberOperations(
	({ oom }) => oom.scoreAdj,
	({ oom }, number, ctx) => {
		if (Math.abs(number) > OOM_SCORE_ADJ_MAX) throw new Errno('EINVAL');
		checkAllowed(number, oom.scoreAdjMin, ctx);
		oom.scoreAdj = number;
		if (ctx.capable(CAP_SYS_RESOURCE)) oom.scoreAdjMin = number;
	},
);

/** proc_oom_adj_operations. */
export const procOomAdjOperations = numberOperations(
	({ oom: { scoreAdj } }) =>
		scoreAdj === OOM_SCORE_ADJ_MAX
			? OOM_ADJUST_MAX
			: Math.min(OOM_ADJUST_MAX, Math.trunc((scoreAdj * -OOM_DISABLE) / OOM_SCORE_ADJ_MAX)),
	({ oom }, number, ctx) => {
		if ((number < OOM_ADJUST_MIN || number > OOM_ADJUST_MAX) && number !== OOM_DISABLE) throw new Errno('EINVAL');
		const scaled = Math.trunc((number * OOM_SCORE_ADJ_MAX) / -OOM_DISABLE);
		const scoreAdj = number === OOM_ADJUST_MAX ? OOM_SCORE_ADJ_MAX : scaled;
		checkAllowed(scoreAdj, oom.scoreAdj, ctx);
		oom.scoreAdj = scoreAdj;
	},
);
