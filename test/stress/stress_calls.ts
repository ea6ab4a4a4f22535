/**
 * stress_calls - system calls of a module, for programs under `ring3 run`: 600 adds one, 601 sleeps for so many milliseconds or
 * until a signal comes.
 */

import { defineModule } from 'ring3/kernel';

export default defineModule({
	name: 'stress_calls',
	license: 'GPL',
	init({ registerSyscall, waitQueueHead }) {
		const never = waitQueueHead();
		registerSyscall(600, ({ args: [number] }) => Number(number) + 1);
		registerSyscall(601, async ({ signal, args: [time] }) => {
			await never.waitEventInterruptibleTimeout(() => false, Number(time) * 1e6, signal);
			return 0;
		});
	},
});
