/**
 * route_batch - `ring3 route batch FILE`: a change of routes on each line, `-` for the standard input.
 *
 *     # comment
 *     add 10.1.0.0/16 via 192.168.0.2
 *     route del 10.2.0.0/16            as for ip -batch
 *
 * Many requests are under way at once; the kernel does them in the order of the lines. On a terminal a bar shows how far it is.
 */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { attempt, Failure } from './failure.ts';
import { type Change, changes, type RouteClient } from './route_client.ts';
import { parseRoute } from './route_grammar.ts';

/** Bound: lines that are read ahead of the kernel's answers. */
const AHEAD = 256;
/** Characters of the bar. */
const WIDTH = 40;

/** Does what each line says; stops at the first that is refused, unless `force`. Rejects with a Failure that names the line. */
export async function batch(
	what: string,
	client: RouteClient,
	words: readonly string[],
	force: boolean,
): Promise<void> {
	const [file, ...more] = words;
	if (file === undefined || more.length > 0) throw new Failure(what, 'say one FILE, or -', 2);
	const size = file === '-' ? 0 : (await attempt(`${what}: ${file}`, () => stat(file))).size;
	const bar = new Bar(size);
	const work = new Work(force);
	let number = 0;
	const input = file === '-' ? process.stdin : createReadStream(file);
	for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
		number += 1;
		bar.advance(Buffer.byteLength(line) + 1);
		if (work.stopped) break;
		await work.begin(() => one(`${what}: ${file}:${number}`, client, line));
	}
	await work.end();
	bar.finish();
	if (work.failed > 0) throw new Failure(what, `${work.failed} of ${number} lines were refused`);
}

/** One line. */
async function one(where: string, client: RouteClient, line: string): Promise<void> {
	const words = line
		.replace(/#.*/, '')
		.split(/\s+/)
		.filter(word => word !== '');
	if (words[0] === 'route') words.shift();
	const [command, ...rest] = words;
	if (command === undefined) return;
	const change = command === 'delete' ? 'del' : command;
	if (!(change in changes)) throw new Failure(where, `${command}: known are ${Object.keys(changes).join(', ')}`, 2);
	await client.change(where, change as Change, parseRoute(where, rest));
}

/** Changes that are under way. */
class Work {
	readonly #force: boolean;
	readonly #running = new Set<Promise<void>>();
	#error: Failure | undefined;
	failed = 0;

	constructor(force: boolean) {
		this.#force = force;
	}

	get stopped(): boolean {
		return this.#error !== undefined;
	}

	/** Begins one, once there is room for it. */
	async begin(change: () => Promise<void>): Promise<void> {
		const running: Promise<void> = change()
			.catch(error => this.#refused(error))
			.finally(() => this.#running.delete(running));
		this.#running.add(running);
		if (this.#running.size >= AHEAD) await Promise.race(this.#running);
	}

	/** Waits for all. Rejects with the first refusal, unless it was to go on. */
	async end(): Promise<void> {
		await Promise.all(this.#running);
		if (this.#error !== undefined) throw this.#error;
	}

	#refused(error: unknown): void {
		if (!(error instanceof Failure)) throw error;
		if (!this.#force) this.#error ??= error;
		else {
			this.failed += 1;
			process.stderr.write(`ring3: ${error.message}\n`);
		}
	}
}

/** How far it is, where somebody looks. */
class Bar {
	readonly #size: number;
	readonly #shown: boolean;
	#done = 0;
	#cells = -1;

	constructor(size: number) {
		this.#size = size;
		this.#shown = size > 0 && process.stderr.isTTY === true;
	}

	advance(bytes: number): void {
		this.#done += bytes;
		const cells = Math.min(WIDTH, Math.floor((WIDTH * this.#done) / this.#size));
		if (!this.#shown || cells === this.#cells) return;
		this.#cells = cells;
		const percent = Math.min(100, Math.floor((100 * this.#done) / this.#size));
		process.stderr.write(`\r[${'#'.repeat(cells)}${' '.repeat(WIDTH - cells)}] ${percent}%`);
	}

	finish(): void {
		if (this.#shown) process.stderr.write('\n');
	}
}
