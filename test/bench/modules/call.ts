/** call - a system call of its own, which has nothing to do. */

import { defineModule } from 'ring3/kernel';

const NUMBER = 600;

export default defineModule({
	name: 'call',
	license: 'GPL',
	description: 'A system call to be timed',

	init({ registerSyscall }) {
		registerSyscall(NUMBER, () => 0);
	},
});
