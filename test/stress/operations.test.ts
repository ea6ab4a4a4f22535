/** operations.test - random calls of eight processes, compared with a model; `npm run stress` makes more of them. */

import t from 'tap';
import { cannotMount } from '../runner/mount.ts';
import { runOperations } from './operations.ts';

const seed = Number(process.env.RING3_SEED ?? Date.now() % 1_000_000);

t.test('no outcome differs from the model, and nothing is kept', { skip: cannotMount() ?? false }, async t => {
	t.comment(`RING3_SEED=${seed}`);
	const { failures, before, after } = await runOperations({ seed, workers: 8, operations: 12_000, warm: 6000 });
	t.same(failures, []);
	t.match(after, { nodes: before.nodes, lookups: before.lookups, files: 0, requests: 0 });
	t.ok(after.heap < before.heap * 1.05, `${before.heap} bytes before, ${after.heap} after`);
});
