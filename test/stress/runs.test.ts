/** runs.test - programs under `ring3 run` that are killed for twenty seconds; `npm run stress` goes on for longer. */

import t from 'tap';
import { cannotMount } from '../runner/mount.ts';
import { cannotRun, makeRuns } from './runs.ts';

const seed = Number(process.env.RING3_SEED ?? Date.now() % 1_000_000);

t.test(
	'nobody waits for ever, and nothing is left',
	{ skip: cannotMount() ?? cannotRun(), timeout: 200_000 },
	async t => {
		t.comment(`RING3_SEED=${seed}`);
		const { failures, lives, done } = await makeRuns({ seed, seconds: 20, clients: 8 });
		t.same(failures, []);
		t.comment(`${lives} machines: ${JSON.stringify(done)}`);
	},
);
