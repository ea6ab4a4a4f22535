/**
 * timer_list - what is to happen when, as text: for /proc/timer_list and for sysrq (kernel/time/timer_list.c).
 *
 * All timers of this kernel are on the monotonic clock of the first processor. What stands for an address tells one from another and
 * no more, as the hashes do that Linux shows.
 *
 * Divergence: nothing of ticks and of devices that make them, of which there are none.
 */

import { sprintf } from '../../src/lib/printf.ts';
import { type Time, timespec } from './time.ts';

/** Clocks that timers may be on, on each processor; the second four are those that fire in softirqs. */
const clocks = ['ktime_get', 'ktime_get_real', 'ktime_get_boottime', 'ktime_get_clocktai'] as const;
const HRTIMER_MAX_CLOCK_BASES = 2 * clocks.length;
/** What stands for the address of the first clock; timers come before. */
const FIRST_BASE = 0x1_0000_0000;
const NSEC = 1_000_000_000n;

/** What is shown in the beginning (timer_list_header). */
export function timerListHeader(now: number): string {
	return `Timer List Version: v0.10\nHRTIMER_MAX_CLOCK_BASES: ${HRTIMER_MAX_CLOCK_BASES}\nnow at ${now} nsecs\n\n`;
}

/** What is shown of a processor (print_cpu). */
export function timerListCpu(time: Time, cpu: number, now: number): string {
	const boot = timespec(time.ktimeGetReal() - BigInt(time.ktimeGet()));
	const realOffset = BigInt(boot.sec) * NSEC + BigInt(boot.nsec);
	const timers = cpu === 0 ? time.timers : [];
	let text = `cpu: ${cpu}\n`;
	for (let index = 0; index < HRTIMER_MAX_CLOCK_BASES; index++) {
		const clock = clocks[index % clocks.length]!;
		const isReal = clock === 'ktime_get_real' || clock === 'ktime_get_clocktai';
		text += sprintf(' clock %d:\n', index);
		text += sprintf('  .base:       %016llx\n', FIRST_BASE + cpu * HRTIMER_MAX_CLOCK_BASES + index);
		text += sprintf('  .index:      %d\n  .resolution: 1 nsecs\n  .get_time:   %s\n', index, clock);
		text += sprintf('  .offset:     %llu nsecs\nactive timers:\n', isReal ? realOffset : 0n);
		if (index > 0) continue;
		for (const [i, { id, expires, name }] of timers.entries()) {
			text += sprintf(' #%d: <%016llx>, %s, S:01\n', i, id, name === '' ? 'anonymous' : name);
			text += sprintf(
				' # expires at %llu-%llu nsecs [in %d to %d nsecs]\n',
				expires,
				expires,
				expires - now,
				expires - now,
			);
		}
	}
	const counts = {
		expires_next: `${timers[0]?.expires ?? '9223372036854775807'} nsecs`,
		hres_active: 1,
		nr_events: cpu === 0 ? time.expiredTimers : 0,
		nr_retries: 0,
		nr_hangs: 0,
		max_hang_time: 0,
	};
	for (const [name, count] of Object.entries(counts)) text += `  .${name.padEnd(15)}: ${count}\n`;
	return `${text}\n`;
}
