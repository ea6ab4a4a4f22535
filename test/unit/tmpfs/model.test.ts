/** model - random calls come to the same as on Linux, made through a task. */

import t from 'tap';
import { compareTmpfs } from './model.ts';
import { noNative } from './native.ts';
import { simulatedTmpfs } from './simulated.ts';

t.test('tmpfs: any calls come to the same as on Linux', { skip: noNative }, async () => {
	compareTmpfs({
		ours: simulatedTmpfs,
		options: 'size=24k,nr_inodes=14,mode=777',
		mounted: false,
		runs: Number(process.env.RING3_RUNS ?? 50),
	});
});
