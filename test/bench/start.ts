/**
 * start - how long a machine takes to start, and what a run costs beyond its command.
 *
 * Every figure is the median of rounds that take turns, beside the start of node alone on the same computer at the same time.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Devres } from '../../src/lib/devres.ts';
import { cli } from '../runner/programs.ts';
import { median } from './statistics.ts';

const MODULES = ['--module', 'procfs', '--module', 'seqfile'];

/** Something that is timed, and how long it may take in milliseconds, given the time of node alone. */
interface Figure {
	readonly title: string;
	readonly target: (bare: number) => number;
	readonly measure: () => Promise<number>;
}

/** A place for machines that start and stop. */
class Place {
	readonly #dir: string;
	readonly #env: NodeJS.ProcessEnv;

	constructor(undo: Devres) {
		const work = mkdtempSync(join(tmpdir(), 'ring3-start-'));
		undo.add(() => rmSync(work, { recursive: true }));
		this.#dir = join(work, 'mnt');
		this.#env = { ...process.env, RING3_RUNTIME_DIR: join(work, 'run') };
		mkdirSync(this.#dir);
		undo.add(() => void spawnSync(process.execPath, [cli, 'umount', this.#dir], { env: this.#env }));
	}

	async foreground(): Promise<number> {
		const start = performance.now();
		const child = spawn(process.execPath, [cli, 'mount', this.#dir, ...MODULES], { env: this.#env, stdio: 'ignore' });
		const ended = once(child, 'exit');
		while (!existsSync(join(this.#dir, 'proc/version'))) await delay(1);
		const time = performance.now() - start;
		child.kill();
		await ended;
		return time;
	}

	async daemon(): Promise<number> {
		const time = timed(() => this.#start());
		this.#ring3('umount', this.#dir);
		return time;
	}

	async cold(): Promise<number> {
		return timed(() => this.#ring3('run', '--', 'true'));
	}

	async run(): Promise<number> {
		this.#start();
		const time = timed(() => this.#ring3('run', '--', 'true'));
		this.#ring3('umount', this.#dir);
		return time;
	}

	#start(): void {
		this.#ring3('mount', '--daemon', this.#dir, ...MODULES);
		readFileSync(join(this.#dir, 'proc/version'));
	}

	#ring3(...args: string[]): void {
		const { status, stderr } = spawnSync(process.execPath, [cli, ...args], { env: this.#env, encoding: 'utf8' });
		if (status !== 0) throw new Error(`ring3 ${args.join(' ')}: ${stderr}`);
	}
}

/** Milliseconds that something takes. */
function timed(action: () => unknown): number {
	const start = performance.now();
	action();
	return performance.now() - start;
}

/** Times machines that start, in `rounds` turns, and says how each figure stands to its target. */
export async function raceStart(rounds: number, undo: Devres, say: (line: string) => void): Promise<void> {
	const place = new Place(undo);
	const figures: readonly Figure[] = [
		{ title: 'ring3 mount to a readable tree', target: () => 300, measure: () => place.foreground() },
		{ title: 'ring3 mount --daemon to a readable tree', target: () => 300, measure: () => place.daemon() },
		{ title: 'ring3 run -- true, and a machine for it', target: () => 300, measure: () => place.cold() },
		{ title: 'ring3 run -- true in a machine', target: bare => bare + 80, measure: () => place.run() },
	];
	// The first of each compiles its code, and keeps that for all others: machines in which something has run.
	await place.foreground();
	await place.cold();
	await place.run();
	const bare: number[] = [];
	const times = figures.map((): number[] => []);
	for (let round = 0; round < rounds; round++) {
		bare.push(timed(() => spawnSync(process.execPath, ['-e', '0'])));
		for (const [i, { measure }] of figures.entries()) times[i]!.push(await measure());
	}
	const alone = median(bare)!;
	say(`node -e 0: ${alone.toFixed(0)} ms`);
	for (const [i, { title, target }] of figures.entries()) {
		const time = median(times[i]!)!;
		const limit = target(alone);
		const verdict = time <= limit ? 'met' : 'missed';
		const starts = `${(time / alone).toFixed(1)} times that`;
		say(`${title}: ${time.toFixed(0)} ms (${starts}), at most ${limit.toFixed(0)}: ${verdict}`);
	}
}
