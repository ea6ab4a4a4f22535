/**
 * operations - many processes make random calls on one machine: every outcome is what a model says, and nothing is kept.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MachineUsage } from '../../src/machine/status.ts';
import { Machine } from '../../src/testing/machine.ts';
import { NativeTmpfs } from '../unit/tmpfs/native.ts';
import { prepare, settle } from './accounts.ts';
import type { Report, Task } from './worker.ts';

/** How much is done. */
export interface Amount {
	readonly seed: number;
	readonly workers: number;
	/** By all workers together. */
	readonly operations: number;
	/** How many of them come first, so that what is made once is there before anything is measured. */
	readonly warm: number;
}

/** What came of it. */
export interface Outcome {
	/** What differed from the model. */
	readonly failures: readonly string[];
	/** After those that came first, and at the end. */
	readonly before: MachineUsage;
	readonly after: MachineUsage;
	/** Operations in a second. */
	readonly rate: number;
}

/** The source of the module that this needs. */
const stressModule: string = fileURLToPath(new URL('../../../test/stress/stress_module.ts', import.meta.url));

/** A machine with the module. */
export function startMachine(workers: number): Promise<Machine> {
	return Machine.start({ modules: [`${stressModule},workers=${workers}`] });
}

/** Has the host forget all names that nobody uses, so that it gives back what it has looked up. */
export function dropCaches(): void {
	writeFileSync('/proc/sys/vm/drop_caches', '2');
}

/** What a machine holds when nobody uses it. */
export async function idleUsage(machine: Machine): Promise<MachineUsage> {
	dropCaches();
	return machine.usage();
}

/** Runs the operations on a machine of their own. */
export async function runOperations({ seed, workers, operations, warm }: Amount): Promise<Outcome> {
	await using machine = await startMachine(workers);
	const calls = new NativeTmpfs(machine.dir);
	const first = await round(machine, calls, { seed: seed + 1, workers, operations: warm });
	const before = await idleUsage(machine);
	const start = performance.now();
	const second = await round(machine, calls, { seed, workers, operations: operations - warm });
	const rate = ((operations - warm) / (performance.now() - start)) * 1000;
	return { failures: [...first, ...second], before, after: await idleUsage(machine), rate };
}

/** One round from a fresh module and an empty /tmp, which it leaves. */
async function round(
	machine: Machine,
	calls: NativeTmpfs,
	{ seed, workers, operations }: Omit<Amount, 'warm'>,
): Promise<string[]> {
	prepare(calls);
	const count = Math.ceil(operations / workers);
	const tasks = Array.from({ length: workers }, (_, me): Task => ({ dir: machine.dir, me, workers, seed, count }));
	const reports = await Promise.all(tasks.map(task => work(task)));
	const failures = reports.map(({ failure }) => failure).filter(failure => failure !== undefined);
	if (failures.length === 0) failures.push(...settled(calls, reports));
	const log = await machine.dmesg();
	if (/BUG:|WARNING:/.test(log)) failures.push(log);
	await clean(machine, workers);
	return failures;
}

function settled(calls: NativeTmpfs, reports: readonly Report[]): string[] {
	try {
		settle(
			calls,
			reports.map(({ account }) => account),
		);
		return [];
	} catch (error) {
		return [`the accounts: ${error instanceof Error ? error.message : error}`];
	}
}

async function work(task: Task): Promise<Report> {
	const worker: ChildProcess = fork(new URL('./worker.js', import.meta.url), [JSON.stringify(task)]);
	const report = once(worker, 'message');
	const ended = once(worker, 'exit');
	const first = await Promise.race([report, ended.then(() => undefined)]);
	await ended;
	if (first === undefined) throw new Error(`worker ${task.me} ended: ${worker.signalCode ?? worker.exitCode}`);
	return first[0] as Report;
}

async function clean(machine: Machine, workers: number): Promise<void> {
	for (const name of readdirSync(machine.path('/tmp'))) rmSync(machine.path(`/tmp/${name}`), { recursive: true });
	await machine.rmmod('stress');
	await machine.insmod(stressModule, { workers });
}
