/**
 * race - every contender through every measure, round by round.
 *
 * Within a round the contenders take turns at each measure, and every other round in reverse, so that whatever else goes on in
 * the computer meets all of them alike.
 */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Contender } from './contenders.ts';
import { type ContenderName, type Measure, measures, type Placement } from './measures.ts';

/** What one run of the client measured, in nanoseconds: `ns` for one operation, `cpu` for all. */
export interface Sample {
	readonly ops: number;
	readonly ns: number;
	/** Processor time of the server for all operations. */
	readonly cpu: number;
	/** Operations of the slowest and of the fastest of many readers. */
	readonly slowest?: number;
	readonly fastest?: number;
}

/** The samples of a race. */
export class Results {
	readonly #samples = new Map<string, Sample[]>();

	add(placement: Placement, measure: string, contender: ContenderName, sample: Sample): void {
		const key = `${placement} ${measure} ${contender}`;
		const samples = this.#samples.get(key);
		if (samples) samples.push(sample);
		else this.#samples.set(key, [sample]);
	}

	/** Those of one contender at one measure, a round each; none where it took no part. */
	get(placement: Placement, measure: string, contender: ContenderName): readonly Sample[] {
		return this.#samples.get(`${placement} ${measure} ${contender}`) ?? [];
	}
}

/** How a race is run. */
export interface RaceOptions {
	readonly client: string;
	readonly contenders: readonly Contender[];
	readonly rounds: number;
	/** How long each measure runs for, in milliseconds. */
	readonly ms: number;
	/** No further round begins once so many seconds have passed and `fewest` rounds are done. */
	readonly seconds: number;
	readonly fewest: number;
	/** Told at the end of each round. */
	readonly progress: (round: number) => void;
}

/** The processors to run on: the client's, and the server's in each placement. */
interface Processors {
	readonly client: number;
	readonly server: Readonly<Partial<Record<Placement, number>>>;
}

/** The placements that this computer has processors for. */
export function placements(): Placement[] {
	return Object.keys(processors().server) as Placement[];
}

function processors(): Processors {
	const [, list = '0'] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
	const numbers = list.split(/[,-]/).map(Number);
	const [first, last] = [numbers[0]!, numbers.at(-1)!];
	return { client: first, server: first === last ? { same: first } : { same: first, apart: last } };
}

/** What came of a race. */
export interface Race {
	readonly results: Results;
	/** Rounds that count. */
	readonly rounds: number;
}

/** Runs one round that does not count, so that everything is warm, and then those that do. */
export async function race(options: RaceOptions): Promise<Race> {
	const { rounds, seconds, fewest } = options;
	const end = performance.now() + seconds * 1000;
	await round(options, new Results(), 0);
	const results = new Results();
	let number = 0;
	while (number < rounds && (number < fewest || performance.now() < end)) {
		number++;
		await round(options, results, number);
		options.progress(number);
	}
	return { results, rounds: number };
}

async function round({ client, contenders, ms }: RaceOptions, results: Results, number: number): Promise<void> {
	const { client: cpu, server } = processors();
	const order = number % 2 === 0 ? contenders : contenders.toReversed();
	for (const placement of placements()) {
		for (const measure of measures) {
			for (const contender of order) {
				const sample = await runClient(client, measure, contender, { ms, cpu, serverCpu: server[placement]! });
				if (sample) results.add(placement, measure.id, contender.name, sample);
			}
		}
	}
}

interface ClientOptions {
	readonly ms: number;
	readonly cpu: number;
	readonly serverCpu: number;
}

/** Bound: a client that takes longer, in milliseconds, hangs. */
const PATIENCE = 60_000;

async function runClient(
	program: string,
	{ mode, subject }: Measure,
	{ pid, places }: Contender,
	{ ms, cpu, serverCpu }: ClientOptions,
): Promise<Sample | undefined> {
	const place = places[subject];
	if (!place) return undefined;
	const args = [mode, place.dir, place.name, ...[ms, cpu, pid, serverCpu].map(String)];
	const { stdout } = await promisify(execFile)(program, args, { timeout: PATIENCE, killSignal: 'SIGKILL' });
	return JSON.parse(stdout);
}
