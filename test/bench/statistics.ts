/**
 * statistics - numbers out of samples: medians, ratios, and whether a target was met.
 */

import type { ContenderName, Placement, Target } from './measures.ts';
import type { Results, Sample } from './race.ts';

/** The middle one; undefined of none. */
export function median(values: readonly number[]): number | undefined {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] : sorted.length === 0 ? undefined : mean(sorted, middle);
}

function mean(sorted: readonly number[], middle: number): number {
	return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What is read off a sample: microseconds for one operation, or a ratio. */
export const values = {
	time: ({ ns }: Sample) => ns / 1000,
	cpu: ({ cpu, ops }: Sample) => cpu / ops / 1000,
	spread: ({ fastest = 0, slowest = 0 }: Sample) => fastest / slowest,
} as const;

/** Median, lowest and highest of one contender at one measure; undefined where it took no part. */
export interface Summary {
	readonly median: number;
	readonly least: number;
	readonly most: number;
}

export function summary(
	results: Results,
	placement: Placement,
	measure: string,
	contender: ContenderName,
	value: keyof typeof values = 'time',
): Summary | undefined {
	const all = results.get(placement, measure, contender).map(values[value]);
	const middle = median(all);
	return middle === undefined ? undefined : { median: middle, least: Math.min(...all), most: Math.max(...all) };
}

/** A median divided by another's, ring3's if `of` is absent; undefined where one of them took no part. */
export function ratio(
	results: Results,
	placement: Placement,
	measure: string,
	against: ContenderName,
	value: keyof typeof values = 'time',
	of: ContenderName = 'ring3',
): number | undefined {
	const ours = summary(results, placement, measure, of, value);
	const theirs = summary(results, placement, measure, against, value);
	return ours && theirs && ours.median / theirs.median;
}

/** What ring3, or `of`, reached of a target; undefined where it was not measured. */
export function reached(
	results: Results,
	placement: Placement,
	target: Target,
	of: ContenderName = 'ring3',
): number | undefined {
	const { measure, value, against } = target;
	if (against !== undefined) return ratio(results, placement, measure, against, value, of);
	return summary(results, placement, measure, of, value)?.median;
}
