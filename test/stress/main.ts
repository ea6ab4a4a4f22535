/**
 * main - the long forms of the tests in this folder, for a record.
 *
 *     npm run stress                            all
 *     npm run stress -- operations [SEED]       50,000 operations of 16 processes, compared with a model
 *     npm run stress -- crowd                   directories of 100,000 entries
 *     npm run stress -- chaos [SEED [SECONDS]]  programs and machines killed and frozen, for five minutes
 *     npm run stress -- runs [SEED [SECONDS]]   programs under `ring3 run`, their launchers, threads and machines killed
 */

import { type ChaosOutcome, makeChaos } from './chaos.ts';
import { measureCrowds } from './crowd.ts';
import { runOperations } from './operations.ts';
import { makeRuns } from './runs.ts';

const [only, ...words] = process.argv.slice(2);
const seed = Number(words[0] ?? Date.now() % 1_000_000);
const seconds = Number(words[1] ?? 300);

const MOST_GROWTH = 5;
const MOST_BYTES = 300;

/** Each prints what it found, and says whether that is as it must be. */
const parts: Readonly<Record<string, () => Promise<boolean>>> = { operations, crowd, chaos, runs };

async function operations(): Promise<boolean> {
	const amount = { seed, workers: 16, operations: 50_000, warm: 20_000 };
	const { failures, before, after, rate } = await runOperations(amount);
	const growth = ((after.heap - before.heap) / before.heap) * 100;
	print(`operations, seed ${seed}: 50,000 of 16 processes, ${rate.toFixed()} in a second`);
	print(`  ${failures.length} differ from the model`, ...failures);
	print(`  kept: ${after.nodes} nodes, ${after.lookups} lookups, ${after.files} files, ${after.requests} requests`);
	print(`  heap: ${before.heap} bytes, in the end ${after.heap} (${growth.toFixed(1)} %)`);
	const kept = after.nodes + after.lookups + after.files + after.requests;
	return failures.length === 0 && kept === 0 && growth <= MOST_GROWTH;
}

async function crowd(): Promise<boolean> {
	const crowds = await measureCrowds(100_000);
	for (const { type, listed, first, best, heap } of crowds) {
		print(`crowd, ${type}: ${listed} entries of ${heap.toFixed()} bytes`);
		print(`  listed in ${first.toFixed()} ms, then in ${best.toFixed()} ms`);
	}
	return crowds.every(({ first, heap }) => first < 1000 && heap <= MOST_BYTES);
}

async function chaos(): Promise<boolean> {
	return report('chaos', await makeChaos({ seed, seconds, clients: 12 }));
}

async function runs(): Promise<boolean> {
	return report('runs', await makeRuns({ seed, seconds, clients: 8 }));
}

function report(title: string, { failures, lives, done }: ChaosOutcome): boolean {
	print(`${title}, seed ${seed}: ${seconds} s, ${lives} machines`);
	for (const [what, count] of Object.entries(done)) print(`  ${count} ${what}`);
	print(`  ${failures.length} failures`, ...failures);
	return failures.length === 0;
}

function print(...lines: readonly string[]): void {
	for (const line of lines) process.stdout.write(`${line}\n`);
}

for (const [name, part] of Object.entries(parts)) {
	if (only !== undefined && only !== name) continue;
	if (!(await part())) process.exitCode = 1;
}
