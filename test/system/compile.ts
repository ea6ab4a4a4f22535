/**
 * compile - programs of a test, built when it runs.
 */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from './sandbox.ts';

/** The sources stay where they are; only TypeScript is built into dist. */
const sources = fileURLToPath(new URL('../../../test/system/programs/', import.meta.url));

/** Bound: how long a compiler may take, in milliseconds. */
const patience = 100_000;

/** Compiles a source of C into the sandbox, and answers the path of the program. Throws with what the compiler says. */
export function compileC(box: Pick<Sandbox, 'dir'>, source: string, ...flags: readonly string[]): string {
	const program = join(box.dir, source.replace(/\.c$/, ''));
	execFileSync('cc', ['-O1', '-Wall', '-o', program, join(sources, source), ...flags], {
		stdio: ['ignore', 'inherit', 'inherit'],
		timeout: patience,
	});
	return program;
}

/** Compiles a static program of Go, with the packages that Debian installs. */
export function compileGo(box: Sandbox, source: string): string {
	const program = join(box.dir, source.replace(/\.go$/, ''));
	const env = {
		...process.env,
		CGO_ENABLED: '0',
		GO111MODULE: 'off',
		GOPATH: '/usr/share/gocode',
		GOCACHE: join(box.dir, 'go-cache'),
	};
	execFileSync('go', ['build', '-o', program, join(sources, source)], {
		env,
		stdio: ['ignore', 'inherit', 'inherit'],
		timeout: patience,
	});
	return program;
}
