/**
 * uptime - /proc/uptime: seconds since boot, and seconds that the processors were idle (fs/proc/uptime.c).
 */

import { HZ, NSEC_PER_SEC } from '../../kernel/time.ts';
import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/uptime. */
export function procUptimeInit({ time, sched }: Kernel, proc: Proc): void {
	proc.createSingle('uptime', 0, m => {
		const up = Math.floor(time.ktimeGet() / (NSEC_PER_SEC / HZ));
		const idle = sched.cpuTimes().reduce((sum, cpu) => sum + cpu.idle, 0);
		m.printf('%lu.%02lu %lu.%02lu\n', Math.floor(up / HZ), up % HZ, Math.floor(idle / HZ), idle % HZ);
	});
}
