/**
 * tmpfs - what directories of many files cost: `node dist/test/bench/tmpfs.js`.
 */

import { measureCrowd } from '../unit/tmpfs/crowd.ts';

for (const count of [1_000, 10_000, 66_000, 100_000, 131_000, 300_000]) {
	const { heap, create, lookup, list, unlink } = measureCrowd(count);
	const figures = { 'heap bytes': heap, 'create ns': create, 'lstat ns': lookup, 'list ns': list, 'unlink ns': unlink };
	const text = Object.entries(figures).map(([what, value]) => `${what} ${value.toFixed().padStart(5)}`);
	console.log(`${String(count).padStart(7)} files, each: ${text.join('   ')}`);
}
