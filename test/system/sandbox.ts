/**
 * sandbox - a place where a test runs the real command line, and from which nothing gets away.
 *
 * Each sandbox has a runtime directory of its own, so that its machines are nobody else's. All that was started in it carries
 * that directory in its environment, which is how what is left is found in the end: the test fails, and it is killed.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Test } from 'tap';
import { loadLibc } from '../../mount/libc.ts';
import { readMountInfo } from '../../mount/mountinfo.ts';
import { detach } from '../../mount/mountpoint.ts';
import { isErrno } from '../../src/lib/errno.ts';
import { cli } from '../runner/programs.ts';

/** Arguments of env(1) for a command without what a test runner has node load into each of its children. */
export const plain = ['-u', 'NODE_OPTIONS'] as const;

/** Bound: how long a command may take before it is killed, in milliseconds. */
const patience = 60_000;

/** How a command ended, and what it printed. */
export interface Completed {
	readonly status: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** A command that still runs. */
export interface Running {
	readonly child: ChildProcess;
	/** Resolves when its standard output matches, with the match; rejects when it ends before. */
	printed(pattern: RegExp): Promise<RegExpExecArray>;
	/** The same for its standard error. */
	complained(pattern: RegExp): Promise<RegExpExecArray>;
	readonly ended: Promise<Completed>;
}

/** What a command may be told. */
export interface CommandOptions {
	readonly input?: string;
	readonly env?: NodeJS.ProcessEnv;
	readonly cwd?: string;
}

/** Where one test works. */
export class Sandbox {
	/** A directory to put files in. */
	readonly dir: string;
	readonly env: NodeJS.ProcessEnv;
	readonly #runtimeDir: string;

	/** Makes a sandbox that is checked and removed at the end of the test. */
	constructor(t: Test) {
		this.dir = mkdtempSync(join(realpathSync(tmpdir()), 'ring3-system-'));
		this.#runtimeDir = join(this.dir, 'run');
		const tmp = join(this.dir, 'tmp');
		mkdirSync(tmp);
		const { RING3_MACHINE: _, ...outer } = process.env;
		this.env = { ...outer, RING3_RUNTIME_DIR: this.#runtimeDir, TMPDIR: tmp };
		t.teardown(() => this.#cleanUp());
	}

	/** Arguments with which node runs `ring3` with these arguments. */
	command(args: readonly string[]): string[] {
		return [cli, ...args];
	}

	/** Starts `ring3` with these arguments. */
	ring3Running(args: readonly string[], options: CommandOptions = {}): Running {
		return this.start(process.execPath, this.command(args), options);
	}

	/** Runs `ring3` with these arguments to its end. */
	ring3(args: readonly string[], options: CommandOptions = {}): Promise<Completed> {
		return this.ring3Running(args, options).ended;
	}

	/** Starts a command, whose standard input is `options.input` and ends. */
	start(
		command: string,
		args: readonly string[],
		{ input = '', env = {}, cwd = this.dir }: CommandOptions = {},
	): Running {
		const options = { cwd, env: { ...this.env, ...env }, timeout: patience, killSignal: 'SIGKILL' } as const;
		const child = spawn('env', [...plain, command, ...args], options);
		child.stdin.on('error', () => {});
		child.stdin.end(input);
		const stdout = new Output(child.stdout);
		const stderr = new Output(child.stderr);
		const ended = once(child, 'close').then(() => {
			const { exitCode: status, signalCode: signal } = child;
			return { status, signal, stdout: stdout.text, stderr: stderr.text };
		});
		return {
			child,
			ended,
			printed: pattern => stdout.match(pattern, () => stderr.text),
			complained: pattern => stderr.match(pattern, () => stdout.text),
		};
	}

	/** Starts `ring3 mount` in the foreground and resolves when its tree can be read. */
	async mount(args: readonly string[] = []): Promise<Running & { readonly dir: string; readonly name: string }> {
		const running = this.ring3Running(['mount', ...args]);
		const [, name = '', dir = ''] = await running.printed(/^(\S+): mounted on (.*)\n/);
		return { ...running, name, dir };
	}

	/** Mount points of ring3 in this sandbox. */
	mounts(): string[] {
		const mounts = readMountInfo().map(mount => mount.mountPoint);
		return mounts.filter(path => path.startsWith(`${this.dir}/`));
	}

	/** Processes that were started in this sandbox and are still there. */
	processes(): number[] {
		const mark = `RING3_RUNTIME_DIR=${this.#runtimeDir}\0`;
		const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name) && readProc(name, 'environ').includes(mark));
		return pids.map(Number);
	}

	/** Kills a machine and, before, the process that would clear away what it leaves. */
	killForGood(pid: number): void {
		for (const child of this.processes()) {
			if (new RegExp(`^PPid:\\t${pid}$`, 'm').test(readProc(child, 'status'))) kill(child, 'SIGKILL');
		}
		kill(pid, 'SIGKILL');
	}

	/** Resolves when no process of this sandbox is left; rejects when there still is one after ten seconds. */
	async quiet(): Promise<void> {
		const deadline = Date.now() + 10_000;
		// A process that is becoming another program has no environment for a moment.
		for (let quiet = 0; quiet < 3; quiet = this.processes().length > 0 ? 0 : quiet + 1) {
			if (Date.now() > deadline) throw new Error(`still running: ${this.processes().map(describe).join('; ')}`);
			await new Promise(resolve => setTimeout(resolve, 5));
		}
	}

	/** What is in the runtime directory and in $TMPDIR, and was left there by machines. */
	leftovers(): string[] {
		return [this.#runtimeDir, join(this.dir, 'tmp')].flatMap(dir => {
			try {
				return readdirSync(dir).map(name => join(dir, name));
			} catch {
				return [];
			}
		});
	}

	async #cleanUp(): Promise<void> {
		const found: string[] = [];
		for (const pid of this.processes()) kill(pid, 'SIGTERM');
		await this.quiet().catch(error => {
			found.push(error.message);
			for (const pid of this.processes()) kill(pid, 'SIGKILL');
		});
		for (const path of this.mounts().reverse()) {
			found.push(`still mounted: ${path}`);
			detach(loadLibc(), path);
		}
		rmSync(this.dir, { recursive: true, force: true });
		if (found.length > 0) throw new Error(found.join('; '));
	}
}

/** What a stream has given so far. */
class Output {
	text = '';
	readonly #stream: Readable;

	constructor(stream: Readable) {
		this.#stream = stream;
		stream.setEncoding('utf8').on('data', chunk => {
			this.text += chunk;
		});
	}

	async match(pattern: RegExp, explain: () => string): Promise<RegExpExecArray> {
		for (;;) {
			const match = pattern.exec(this.text);
			if (match !== null) return match;
			if (this.#stream.closed || this.#stream.readableEnded) break;
			await Promise.race([once(this.#stream, 'data'), once(this.#stream, 'close')]);
		}
		throw new Error(`ended without ${pattern}, after ${JSON.stringify(this.text)} and ${JSON.stringify(explain())}`);
	}
}

/** Sends a signal to a process that may just have ended. */
function kill(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(pid, signal);
	} catch (error) {
		if (!isErrno(error)) throw error;
	}
}

/** A file of a process; empty where there is none. */
function readProc(pid: string | number, file: 'environ' | 'status'): string {
	try {
		return readFileSync(`/proc/${pid}/${file}`, 'latin1');
	} catch {
		return '';
	}
}

function describe(pid: number): string {
	try {
		const state = /^State:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
		return `${pid} ${state} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`;
	} catch {
		return `${pid} gone`;
	}
}
