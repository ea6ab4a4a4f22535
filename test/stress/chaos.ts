/**
 * chaos - programs and the machine itself are interrupted, frozen and killed in random places: nobody hangs, nothing is lost.
 *
 * It goes in lives. In each, a machine is used by shells, which are killed, interrupted, stopped and continued, and replaced by
 * new ones; the machine's process is stopped and continued. Then all shells are killed where they are, and what the machine
 * holds is compared with what the shells noted elsewhere. After that new shells come and the machine is ended in one of many
 * ways: they must end by themselves, and the next machine must find nothing in its way.
 */

import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadLibc } from '../../mount/libc.ts';
import { readMountInfo } from '../../mount/mountinfo.ts';
import { unsharePrivate } from '../../mount/run/namespace.ts';
import type { Machine } from '../../src/testing/machine.ts';
import { Client, kinds, remains } from './clients.ts';
import { dropCaches, startMachine } from './operations.ts';
import { Random } from './random.ts';

/** How much there is to be. */
export interface ChaosOptions {
	readonly seed: number;
	/** About how long. */
	readonly seconds: number;
	/** How many shells at once. */
	readonly clients: number;
}

/** What came of it. */
export interface ChaosOutcome {
	/** What hung, was lost or was left. */
	readonly failures: readonly string[];
	readonly lives: number;
	/** How often each thing was done. */
	readonly done: Readonly<Record<string, number>>;
}

/** Bound: how long processes that must end may take, in milliseconds. */
const PATIENCE = 15_000;
/** How the machine may end. */
const ends = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL', 'SIGKILL', 'stopped, then SIGKILL', 'stop'] as const;

/** Makes chaos in mounts of this thread's own. */
export async function makeChaos({ seed, seconds, clients }: ChaosOptions): Promise<ChaosOutcome> {
	// Any machine that starts clears away what it sees, also what is left here.
	unsharePrivate(loadLibc());
	const chaos = new Chaos(new Random(seed), clients);
	const until = performance.now() + seconds * 1000;
	while (performance.now() < until && chaos.failures.length === 0) await chaos.live(until);
	await chaos.end();
	return { failures: chaos.failures, lives: chaos.lives, done: Object.fromEntries(chaos.done) };
}

class Chaos {
	readonly failures: string[] = [];
	readonly done = new Map<string, number>();
	lives = 0;
	readonly #random: Random;
	readonly #count: number;
	readonly #notes = mkdtempSync(join(realpathSync(tmpdir()), 'ring3-chaos-'));
	/** Where machines were mounted before. */
	readonly #before: string[] = [];
	#machine!: Machine;
	/** Those of this life. */
	#clients: Client[] = [];
	#lastClient = 0;

	constructor(random: Random, count: number) {
		this.#random = random;
		this.#count = count;
	}

	/** One machine, from its start to its end. */
	async live(until: number): Promise<void> {
		this.lives++;
		this.#machine = await startMachine(1);
		this.#check(this.#stillMounted(), 'mounts of machines that are gone');
		this.#clients = [];
		this.#spawn();
		const stop = Math.min(until, performance.now() + this.#random.between(1000, 5000));
		while (performance.now() < stop) await this.#act();
		await this.#stopClients();
		await this.#settle();
		this.#spawn();
		await delay(this.#random.between(20, 300));
		await this.#endMachine();
	}

	/** Starts a last machine, which clears away what the one before has left. */
	async end(): Promise<void> {
		await using _machine = await startMachine(1);
		this.#check(this.#stillMounted(), 'mounts in the end');
		rmSync(this.#notes, { recursive: true });
	}

	#check(found: readonly string[], what: string): void {
		if (found.length > 0) this.failures.push(`life ${this.lives}, ${what}: ${found.join(', ')}`);
	}

	#note(what: string, count = 1): void {
		this.done.set(what, (this.done.get(what) ?? 0) + count);
	}

	/** As many shells as there should be. */
	#spawn(): void {
		for (let alive = this.#clients.filter(client => client.alive).length; alive < this.#count; alive++) {
			const kind = this.#random.pick(kinds);
			this.#clients.push(new Client(kind, ++this.#lastClient, this.#machine, this.#notes));
			this.#note('clients');
		}
	}

	/** Does one thing to somebody. */
	async #act(): Promise<void> {
		const { pid } = this.#machine;
		const victim = this.#random.pick(this.#clients);
		const signal = (name: NodeJS.Signals) => () => victim.kill(name);
		const [what, action] = this.#random.weighted<readonly [string, () => unknown]>([
			[20, ['SIGKILL', signal('SIGKILL')]],
			[20, ['SIGINT', signal('SIGINT')]],
			[5, ['SIGTERM', signal('SIGTERM')]],
			[20, ['SIGSTOP', signal('SIGSTOP')]],
			[20, ['SIGCONT', signal('SIGCONT')]],
			[8, ['freezing the machine', () => this.#freeze(pid)]],
			[2, ['forgetting names', dropCaches]],
			[4, ['asking the machine', () => this.#machine.usage()]],
		]);
		await action();
		this.#note(what);
		await delay(this.#random.between(0, 30));
		this.#spawn();
	}

	async #freeze(pid: number): Promise<void> {
		process.kill(pid, 'SIGSTOP');
		try {
			await delay(this.#random.between(1, 300));
			if (this.#random.below(2) === 0) this.#random.pick(this.#clients).kill('SIGKILL');
			await delay(this.#random.between(1, 100));
		} finally {
			process.kill(pid, 'SIGCONT');
		}
	}

	/** Kills all shells where they are. Whoever does not end is told of, with its state. */
	async #stopClients(): Promise<void> {
		for (const client of this.#clients) client.kill('SIGKILL');
		await this.#gone('killed and still there');
	}

	async #gone(what: string): Promise<void> {
		const until = performance.now() + PATIENCE;
		let left = remains(this.#clients);
		while (left.length > 0 && performance.now() < until) {
			await delay(20);
			left = remains(this.#clients);
		}
		this.#check(left, what);
		for (const client of this.#clients) client.kill('SIGKILL');
	}

	/** Nothing is open, nobody sleeps, and all that a shell knows to have done was done, once. */
	async #settle(): Promise<void> {
		await this.#idle();
		const text = (path: string) => readFileSync(this.#machine.path(path), 'utf8');
		const counters = this.#clients.filter(({ kind }) => kind === 'count');
		const acknowledged = counters.reduce((sum, client) => sum + client.acknowledged, 0);
		const counted = Number(text('/proc/stress/counter'));
		this.#note('acknowledged', acknowledged);
		if (counted < acknowledged || counted > acknowledged + counters.length) {
			this.failures.push(`life ${this.lives}: counted ${counted} of ${acknowledged}`);
		}
		// Who lived for a moment alone may not have begun it; that nothing acknowledged is lost is looked at in any case.
		this.#settleLog(existsSync(this.#machine.path('/tmp/log')) ? text('/tmp/log') : '');
		const log = await this.#machine.dmesg();
		if (/BUG:|WARNING:/.test(log)) this.failures.push(`life ${this.lives}: ${log}`);
	}

	/** A record may be there whose shell was killed before it could note it, but only its last one. */
	#settleLog(log: string): void {
		const records = new Map<number, number[]>();
		for (const line of log.split('\n').slice(0, -1)) {
			const [me, n] = line.split(' ').map(Number) as [number, number];
			records.set(me, [...(records.get(me) ?? []), n]);
		}
		for (const client of this.#clients) {
			if (client.kind !== 'log') continue;
			const there = records.get(client.me) ?? [];
			const inOrder = there.every((n, index) => n === index);
			const { acknowledged } = client;
			this.#note('acknowledged', acknowledged);
			if (inOrder && there.length >= acknowledged && there.length <= acknowledged + 1) continue;
			this.failures.push(`life ${this.lives}: ${acknowledged} records of ${client.me}, in the log ${there}`);
		}
	}

	async #idle(): Promise<void> {
		const until = performance.now() + PATIENCE;
		for (;;) {
			dropCaches();
			const { nodes, lookups, files, requests } = await this.#machine.usage();
			if (nodes + lookups + files + requests === 0) return;
			if (performance.now() > until) {
				this.failures.push(`life ${this.lives}: ${JSON.stringify({ nodes, lookups, files, requests })} kept`);
				return;
			}
			await delay(20);
		}
	}

	/** Ends the machine while it is used; whoever uses it must notice. */
	async #endMachine(): Promise<void> {
		const how = this.#random.pick(ends);
		this.#note(`machine: ${how}`);
		const { pid, dir, runtimeDir } = this.#machine;
		if (how === 'stopped, then SIGKILL') {
			process.kill(pid, 'SIGSTOP');
			await delay(50);
			process.kill(pid, 'SIGKILL');
		} else if (how !== 'stop') process.kill(pid, how);
		await this.#machine.stop();
		await this.#gone(`using a machine after ${how}`);
		this.#before.push(dir);
		if (how.endsWith('SIGKILL')) this.#leftovers.push(runtimeDir);
	}
	readonly #leftovers: string[] = [];

	/** The mounts of machines before this one; what they have left besides is removed. */
	#stillMounted(): string[] {
		const mounted = readMountInfo().map(({ mountPoint }) => mountPoint);
		const left = this.#before.filter(dir => mounted.includes(dir));
		if (left.length === 0) for (const dir of this.#leftovers.splice(0)) rmSync(dir, { recursive: true, force: true });
		return left;
	}
}
