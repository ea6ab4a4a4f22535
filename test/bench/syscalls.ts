/**
 * syscalls - what system calls cost a program under `ring3 run`: those that are handed over, and all the others.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Devres } from '../../src/lib/devres.ts';
import { cli } from '../runner/programs.ts';

/** What is timed, and the most that it may take in nanoseconds, given what the host takes. */
const figures: readonly {
	readonly name: string;
	readonly title: string;
	readonly target?: (native: number) => number;
}[] = [
	{ name: 'getppid', title: 'a call that is not handed over', target: native => native * 1.2 },
	{ name: 'write', title: 'write to a file', target: native => native * 1.2 },
	{ name: 'sendto', title: 'a call whose descriptor the filter looks at' },
	{ name: 'own', title: 'a call that is handed over', target: () => 15_000 },
	{ name: 'netlink', title: 'a netlink request and its answer' },
	{ name: 'socket', title: 'a netlink socket, opened and closed' },
];

/** A module whose system call `program` makes. */
const call = fileURLToPath(new URL('./modules/call.js', import.meta.url));

/** The programs that take part: test/bench/syscalls.c and test/bench/supervisor.c. */
export interface SyscallPrograms {
	readonly program: string;
	readonly supervisor: string;
}

/** Times the calls of `program`, and says how each figure stands to its target. */
export function raceSyscalls(
	{ program, supervisor }: SyscallPrograms,
	undo: Devres,
	say: (line: string) => void,
): void {
	const dir = mkdtempSync(join(tmpdir(), 'ring3-syscalls-'));
	undo.add(() => rmSync(dir, { recursive: true, force: true }));
	const env = { ...process.env, RING3_RUNTIME_DIR: join(dir, 'run') };
	const native = timesOf(execFileSync(program, { encoding: 'utf8' }));
	const run = spawnSync(process.execPath, [cli, 'run', '--module', call, '--', program], { env, encoding: 'utf8' });
	if (run.status !== 0) throw new Error(`ring3 run: ${run.stderr}`);
	const inside = timesOf(run.stdout);
	for (const { name, title, target } of figures) {
		const [ours = 0, theirs = 0] = [inside.get(name), native.get(name)];
		const limit = target?.(theirs);
		const verdict = limit === undefined ? '' : `, at most ${micro(limit)}: ${ours <= limit ? 'met' : 'missed'}`;
		say(`${title}: ${micro(ours)}, on the host ${micro(theirs)}${verdict}`);
	}
	const c = timesOf(execFileSync(supervisor, { encoding: 'utf8' })).get('c') ?? 0;
	say(`a call that is handed over, to a program in C that does nothing else: ${micro(c)}`);
}

function timesOf(text: string): ReadonlyMap<string, number> {
	return new Map([...text.matchAll(/^(\w+) ([\d.]+)$/gm)].map(([, name, time]) => [name!, Number(time)]));
}

function micro(nanoseconds: number): string {
	return `${(nanoseconds / 1000).toFixed(nanoseconds < 10_000 ? 3 : 1)} us`;
}
