/**
 * main - `npm run bench [-- --quick]`: races ring3 against a C server, fuse-native and the real kernel.
 *
 * Must be root, for the mounts and to make the kernel forget what it has cached. Who cannot take part is said so and left out.
 * A full run writes docs/performance.md and takes less than six minutes; a quick one, of 20 seconds, only shows that all is well.
 * However it ends, the mounts and processes that it started end with it.
 */

import { mkdtempSync, realpathSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Devres } from '../../src/lib/devres.ts';
import { compile } from './compile.ts';
import { describeComputer } from './computer.ts';
import { type Contender, favour, residentMemory, startC, startFuseNative, startRing3 } from './contenders.ts';
import { startKernel } from './kernel_files.ts';
import { contenderTitles } from './measures.ts';
import { placements, race } from './race.ts';
import { type Memory, page } from './report.ts';
import { raceRoutes } from './routes.ts';
import { raceStart } from './start.ts';
import { raceSyscalls } from './syscalls.ts';

const NICE = -10;

const quick = process.argv.includes('--quick');
const pace = quick ? { rounds: 1, ms: 20, seconds: 0, fewest: 1 } : { rounds: 7, ms: 200, seconds: 240, fewest: 5 };
const target = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url));

const undo = new Devres();
const missing: string[] = [];

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

function leaveOut(line: string): void {
	missing.push(line);
	say(`left out: ${line}`);
}

async function assemble(dir: string): Promise<Contender[]> {
	const contenders: Contender[] = [];
	for (const [name, start] of [
		['ring3', () => startRing3({ dir, undo })],
		['c', () => startC({ dir, undo })],
		['fuse-native', () => startFuseNative({ dir, undo })],
		['kernel', () => startKernel(undo, leaveOut)],
	] as const) {
		try {
			contenders.push(await start());
		} catch (error) {
			leaveOut(`${contenderTitles[name]}: ${error instanceof Error ? error.message : error}`);
		}
	}
	return contenders;
}

async function bench(): Promise<void> {
	favour(process.pid, NICE, undo);
	const dir = mkdtempSync(join(realpathSync(tmpdir()), 'ring3-bench-'));
	undo.add(() => rmdirSync(dir));
	const computer = describeComputer();
	await raceStart(pace.rounds, undo, say);
	const program = compile('syscalls.c', dir, undo);
	raceSyscalls({ program, supervisor: compile('supervisor.c', dir, undo) }, undo, say);
	await raceRoutes(say);
	const client = compile('client.c', dir, undo);
	const contenders = await assemble(dir);
	if (placements().length === 1) leaveOut('client and server on two CPUs: there is one');
	const servers = contenders.filter(({ pid }) => pid !== 0);
	for (const { pid } of servers) favour(pid, NICE, undo);
	const before = servers.map(({ pid }) => residentMemory(pid));
	const progress = (round: number) => say(`round ${round} of ${pace.rounds}`);
	const { results, rounds } = await race({ client, contenders, progress, ...pace });
	const memory: Memory[] = servers.map(({ name, pid }, i) => ({
		contender: name,
		before: before[i]!,
		after: residentMemory(pid),
	}));
	const text = page({ results, placements: placements(), memory, computer, missing, ms: pace.ms, rounds });
	say(`\n${text}`);
	if (!quick) writeFileSync(target, text);
}

function undoAll(): void {
	undo.releaseAll(error => say(`while undoing: ${error instanceof Error ? error.message : error}`));
}

process.on('exit', undoAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
await bench();
undoAll();
