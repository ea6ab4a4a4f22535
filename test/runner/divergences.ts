/**
 * divergences - where a runner differs from Linux, row by row.
 *
 * A row skips one contract in one runner and prints why. A row whose title no contract has is a failure, so that rows do not
 * outlive what they excuse.
 */

import type { RunnerName } from './contract.ts';

/** One known difference. */
export interface Divergence {
	readonly runner: RunnerName;
	/** The contract's title, whole. */
	readonly title: string;
	/** What happens instead, and who decides it. */
	readonly reason: string;
}

export const divergences: readonly Divergence[] = [];
