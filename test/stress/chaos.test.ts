/** chaos.test - programs and machines that are killed and frozen for twenty seconds; `npm run stress` goes on for longer. */

import t from 'tap';
import { cannotMount } from '../runner/mount.ts';
import { makeChaos } from './chaos.ts';

const seed = Number(process.env.RING3_SEED ?? Date.now() % 1_000_000);

t.test(
	'nobody hangs, nothing is lost, nothing is left',
	{ skip: cannotMount() ?? false, timeout: 100_000 },
	async t => {
		t.comment(`RING3_SEED=${seed}`);
		const { failures, lives, done } = await makeChaos({ seed, seconds: 20, clients: 8 });
		t.same(failures, []);
		t.comment(`${lives} machines: ${JSON.stringify(done)}`);
		t.ok(lives > 1);
	},
);
