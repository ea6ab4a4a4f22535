/**
 * docs.test - what README.md, CONTRIBUTING.md and docs say is what happens.
 *
 * Fenced blocks whose first line has one of these words are executed, those of one page in their order, by one shell that
 * begins in an empty directory and finds no machine running:
 *
 *     sh run          commands; each must succeed
 *     console run     `$ ` lines are commands, the lines after one are what it prints; `...` stands for anything
 *     ts file=NAME    is written to the file NAME
 *     ts same=PATH    must be the text of that sample, which imports its neighbour where a user imports `ring3/kernel`
 *
 * `npx ring3` is this build, and so is the package `ring3` that a file imports.
 */

import { spawnSync } from 'node:child_process';
import {
	chmodSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { cannotMountFuseNative } from '../runner/fuse_native.ts';
import { cannotMount } from '../runner/mount.ts';
import { cli } from '../runner/programs.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const MARK = '=== ring3 docs test ===';
/** Milliseconds for a page. */
const LIMIT = 60_000;

interface Block {
	/** The words after the three backticks. */
	readonly words: readonly string[];
	readonly text: string;
}

/** One command and, where it is told, what it prints. */
interface Step {
	readonly command: string;
	readonly output?: string;
}

function blocksOf(page: string): Block[] {
	const fences = page.matchAll(/^```(\S.*)\n([\s\S]*?)^```$/gm);
	return [...fences].map(([, info, text]) => ({ words: info!.split(/\s+/), text: text! }));
}

/** The value of a `key=value` word. */
function option({ words }: Block, key: string): string | undefined {
	return words.find(word => word.startsWith(`${key}=`))?.slice(key.length + 1);
}

function stepsOf({ words, text }: Block): Step[] {
	if (!words.includes('run')) return [];
	if (words[0] === 'sh') return [{ command: text }];
	return text
		.split(/^\$ /m)
		.slice(1)
		.map(piece => {
			const end = piece.indexOf('\n');
			return { command: piece.slice(0, end), output: piece.slice(end + 1) };
		});
}

/** Text in which `...` stands for anything, as a pattern. */
function pattern(output: string): RegExp {
	const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
	return new RegExp(`^${output.split('...').map(literal).join('[\\s\\S]*?')}$`);
}

/** Stops the machines that a page has left, as it does when one of its commands fails. */
function stopMachines(env: NodeJS.ProcessEnv): void {
	const ring3 = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { env, encoding: 'utf8' }).stdout;
	const [, ...rows] = ring3('ps').trimEnd().split('\n');
	for (const row of rows) ring3('umount', row.split(' ')[0]!);
}

/** Runs the steps in one shell: what each printed, and its status. */
function runSteps(steps: readonly Step[], cwd: string): { readonly output: string; readonly status: number }[] {
	const bin = join(cwd, '.bin');
	mkdirSync(bin);
	writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec ${process.execPath} ${cli} "$@"\n`);
	chmodSync(join(bin, 'npx'), 0o755);
	writeFileSync(join(cwd, 'package.json'), '{}');
	mkdirSync(join(cwd, 'node_modules'));
	symlinkSync(project, join(cwd, 'node_modules/ring3'));
	const script = steps.map(({ command }) => `{\n${command}\n} < /dev/null\necho "${MARK} $?"\n`).join('');
	const env = {
		...process.env,
		PATH: `${bin}:${process.env.PATH}`,
		RING3_RUNTIME_DIR: join(cwd, '.machines'),
		TMPDIR: cwd,
	};
	mkdirSync(env.RING3_RUNTIME_DIR, { mode: 0o700 });
	const { stdout } = spawnSync('bash', ['-c', `exec 2>&1\n${script}`], { cwd, env, encoding: 'utf8', timeout: LIMIT });
	stopMachines(env);
	return [...stdout.matchAll(new RegExp(`([\\s\\S]*?)${MARK} (\\d+)\n`, 'g'))].map(([, output, status]) => ({
		output: output!,
		status: Number(status),
	}));
}

function sample(path: string): string {
	return readFileSync(join(project, path), 'utf8').replace("'../index.ts'", "'ring3/kernel'");
}

function checkPage(t: Test, page: string): void {
	const blocks = blocksOf(readFileSync(join(project, page), 'utf8'));
	// Not in t.testdir, whose path would be too long for a socket in it.
	const cwd = mkdtempSync(join(tmpdir(), 'ring3-docs-'));
	t.teardown(() => rmSync(cwd, { recursive: true }));
	for (const block of blocks) {
		const file = option(block, 'file');
		if (file !== undefined) {
			mkdirSync(dirname(join(cwd, file)), { recursive: true });
			writeFileSync(join(cwd, file), block.text);
		}
		const same = option(block, 'same');
		if (same !== undefined) t.equal(block.text, sample(same), `the text of ${same}`);
	}
	const steps = blocks.flatMap(stepsOf);
	const results = runSteps(steps, cwd);
	for (const [index, { command, output }] of steps.entries()) {
		const result = results[index];
		if (output === undefined) t.equal(result?.status, 0, `${command}\n${result?.output}`);
		else t.match(result?.output, pattern(output), command);
	}
}

const docs = readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' }).filter(name =>
	name.endsWith('.md'),
);
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.map(name => `docs/${name}`)];

/** Why a page cannot be tried here, for the options of its test. */
async function skipped(page: string): Promise<string | false> {
	return (page === 'docs/backends.md' ? await cannotMountFuseNative() : cannotMount()) ?? false;
}

t.setTimeout(5 * LIMIT);
for (const page of pages) {
	t.test(`${page}: its commands and files are true`, { skip: await skipped(page) }, async t => checkPage(t, page));
}
