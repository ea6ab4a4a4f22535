/**
 * main - the long forms of the tests in this folder, for a record.
 *
 *     npm run stress                          all
 *     npm run stress -- operations [SEED]     50,000 operations of 16 processes
 */

import { runOperations } from './operations.ts';

const [only, ...words] = process.argv.slice(2);
const seed = Number(words[0] ?? Date.now() % 1_000_000);

async function operations(): Promise<boolean> {
	const { failures, before, after, rate } = await runOperations({
		seed,
		workers: 16,
		operations: 50_000,
		warm: 10_000,
	});
	const growth = ((after.heap - before.heap) / before.heap) * 100;
	console.log(`operations: seed ${seed}, 50,000 of 16 processes, ${rate.toFixed()}/s`);
	console.log(`  differences from the model: ${failures.length}`);
	for (const failure of failures) console.log(`  ${failure}`);
	console.log(`  nodes ${after.nodes}, lookups ${after.lookups}, files ${after.files}, requests ${after.requests}`);
	console.log(`  heap ${before.heap} -> ${after.heap} bytes (${growth.toFixed(1)} %)`);
	return failures.length === 0 && growth < 5;
}

if (only === undefined || only === 'operations') await operations();
