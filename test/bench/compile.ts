/**
 * compile - the C programs of the benchmark, built from their sources when it starts.
 */

import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Devres } from '../../src/lib/devres.ts';

/** The sources stay where they are; only TypeScript is built into dist. */
const sources = fileURLToPath(new URL('../../../test/bench/', import.meta.url));

/**
 * Compiles one source into `dir` and answers the path of the program, which `undo` removes. `library` is a name of pkg-config.
 * Throws an Error that says why there is no program.
 */
export function compile(source: string, dir: string, undo: Devres, library?: string): string {
	const flags = library === undefined ? [] : run('pkg-config', ['--cflags', '--libs', library]).trim().split(/\s+/);
	const program = join(dir, source.replace(/\.c$/, '-program'));
	undo.add(() => rmSync(program, { force: true }));
	run('cc', ['-O2', '-o', program, join(sources, source), ...flags]);
	return program;
}

/** Runs a command to its end and answers what it printed. Throws an Error with what it said. */
export function run(command: string, args: readonly string[]): string {
	try {
		return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
	} catch (error) {
		const { stderr = '', message } = error as Error & { stderr?: string };
		throw new Error(`${command}: ${stderr.trim() || message}`);
	}
}
