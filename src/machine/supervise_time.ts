/**
 * supervise_time - adjtimex(2) and clock_adjtime(2) of programs under `ring3 run`.
 *
 * They read the clock, or change it. A program's clock is the host's, which it reads without a system call: it may look, and nobody
 * inside may change it, as in a kernel whose CAP_SYS_TIME nobody has. settimeofday(2) and clock_settime(2) are refused by the filter.
 * kernel/time/timekeeping.c: timekeeping_validate_timex.
 */

import type { Answer, Handler, SupervisedCall } from '../../mount/run/supervised_call.ts';
import { Errno } from '../lib/errno.ts';

/** ADJ_OFFSET_SS_READ: reads, too (include/uapi/linux/timex.h). */
const ADJ_OFFSET_SS_READ = 0xa001;

/** The handlers. */
export const timeCalls: Readonly<Record<'adjtimex' | 'clock_adjtime', Handler>> = {
	adjtimex: call => readOnly(call, call.args[0]),
	clock_adjtime: call => readOnly(call, call.args[1]),
};

/** EFAULT, EPERM for a change; the host tells the rest. `modes` is the first member of struct timex. */
function readOnly({ memory }: SupervisedCall, timex: bigint): Answer {
	const bytes = memory.read(timex, 4);
	const modes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
	if (modes !== 0 && modes !== ADJ_OFFSET_SS_READ) throw new Errno('EPERM');
	return 'host';
}
