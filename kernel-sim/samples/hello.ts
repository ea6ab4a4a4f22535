/**
 * hello - a module with parameters, and something to say when it comes and goes.
 *
 *     insmod hello whom=world howmany=3
 *     dmesg | tail
 */

import { defineModule, Errno, param } from '../index.ts';

export default defineModule({
	name: 'hello',
	license: 'Dual BSD/GPL',
	description: 'Say hello, as often as asked',
	params: {
		whom: param.charp('Mom', 0o444, 'whom to greet'),
		howmany: param.int(1, 0o644, 'how many times'),
	},

	init({ params, pr }) {
		if (params.howmany < 0) throw new Errno('EINVAL');
		for (let i = 0; i < params.howmany; i++) pr.info('(%d) Hello, %s\n', i, params.whom);
	},

	exit({ pr }) {
		pr.info('Goodbye, cruel world\n');
	},
});
