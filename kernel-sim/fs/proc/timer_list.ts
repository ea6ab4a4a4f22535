/**
 * timer_list - /proc/timer_list: the timers of each processor, the next first (kernel/time/timer_list.c).
 */

import { timerListCpu, timerListHeader } from '../../kernel/timer_list.ts';
import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/timer_list: the heading is a record, and each processor. */
export function procTimerListInit({ time, host: { hardware } }: Kernel, proc: Proc): void {
	proc.createSeqPrivate(
		'timer_list',
		0o400,
		{
			start(m, pos) {
				if (pos === 0) m.private.now = time.ktimeGet();
				return pos <= hardware.cpus ? pos : undefined;
			},
			next: (_m, _v, pos) => (pos <= hardware.cpus ? pos : undefined),
			show: (m, v: number) =>
				m.puts(v === 0 ? timerListHeader(m.private.now) : timerListCpu(time, v - 1, m.private.now)),
		},
		() => ({ now: 0 }),
	);
}
