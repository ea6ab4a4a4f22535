/**
 * contract_sleep - a file whose readers sleep, in /proc/contract_sleep. The likeness of test/oracle/contract_sleep.c.
 */

import { defineModule, Errno, O_NONBLOCK, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from 'ring3/kernel';

export default defineModule({
	name: 'contract_sleep',
	license: 'GPL',
	description: 'A file whose readers sleep',
	state: () => ({ data: new Uint8Array(0), waiters: 0 }),
	init({ proc, state, waitQueueHead }) {
		const arrived = waitQueueHead();
		const dir = proc.mkdir('contract_sleep');
		proc.create(
			'data',
			0o666,
			{
				async read(file, count, _pos, ctx) {
					while (state.data.length === 0) {
						if (file.flags & O_NONBLOCK) throw new Errno('EAGAIN');
						state.waiters++;
						try {
							await arrived.waitEventInterruptible(() => state.data.length > 0, ctx.signal);
						} finally {
							state.waiters--;
						}
					}
					const taken = state.data.slice(0, count);
					state.data = state.data.slice(count);
					return taken;
				},
				write(_file, data) {
					state.data = new Uint8Array([...state.data, ...data]);
					arrived.wakeUp();
					return data.length;
				},
				poll(_file, table) {
					table.wait(arrived);
					return POLLOUT | POLLWRNORM | (state.data.length > 0 ? POLLIN | POLLRDNORM : 0);
				},
			},
			dir,
		);
		proc.createSingle('waiters', 0o444, m => m.printf('%d\n', state.waiters), dir);
	},
});
