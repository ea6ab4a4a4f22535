/**
 * tiny_mount - a tiny tree on a real mount, and programs that use it.
 *
 * The tree is served by a child process (tiny_server.ts). Every program runs under a time limit, and every mount is
 * registered to be undone before anybody uses it.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { loadLibc } from '../../../mount/libc.ts';
import { findMount } from '../../../mount/mountinfo.ts';
import { abortConnection, detach } from '../../../mount/mountpoint.ts';

const libc = loadLibc();
/** Why nothing can be mounted here; false, if it can. */
export const skip = !existsSync('/dev/fuse')
	? 'no /dev/fuse here'
	: process.geteuid?.() !== 0
		? 'only root may mount'
		: false;

export const noPerl = existsSync('/usr/bin/perl') ? false : 'no perl here';

/** A server, and what it says. */
export class Server {
	readonly path: string;
	readonly child: ChildProcess;
	readonly #lines: string[] = [];
	#told = () => {};

	constructor(t: Test, path: string) {
		this.path = path;
		const program = fileURLToPath(new URL('tiny_server.js', import.meta.url));
		this.child = spawn(process.execPath, [program, path], { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
		t.teardown(() => this.#undo());
		createInterface({ input: this.child.stdout! }).on('line', line => {
			this.#lines.push(line);
			this.#told();
		});
	}

	static async start(t: Test, path: string): Promise<Server> {
		const server = new Server(t, path);
		await server.said(/^ready/);
		return server;
	}

	/** Settles with the first line that matches and has not been taken. */
	async said(pattern: RegExp): Promise<string> {
		for (;;) {
			const line = this.#lines.find(line => pattern.test(line));
			if (line !== undefined) return line;
			await new Promise<void>(resolve => {
				this.#told = resolve;
			});
		}
	}

	/** Gives a command, and settles when every client sees what it changed. */
	async command(line: string): Promise<void> {
		await this.ask(line);
		this.take();
	}

	/** The same, with what the command answers; the lines so far stay. */
	async ask(line: string): Promise<unknown> {
		this.child.stdin!.write(`${line}\n`);
		const start = `done ${line} `;
		const done = await this.said(new RegExp(`^${start}`));
		return JSON.parse(done.slice(start.length));
	}

	/** The lines so far, which are then forgotten. */
	take(): string[] {
		return this.#lines.splice(0);
	}

	/** What the kernel asked for and waited for in the lines so far. */
	roundTrips(): string[] {
		const opcodes = this.take().flatMap(line => /^> \d+ (\w+)/.exec(line)?.[1] ?? []);
		return opcodes.filter(opcode => !['RELEASE', 'RELEASEDIR', 'FORGET', 'BATCH_FORGET'].includes(opcode));
	}

	/** Unmounts; gives the last line. */
	async stop(): Promise<string> {
		this.child.stdin!.write('stop\n');
		const line = await this.said(/^closed/);
		if (this.child.exitCode === null) await once(this.child, 'exit');
		return line;
	}

	#undo(): void {
		const mount = findMount(this.path);
		if (mount) abortConnection(libc, mount.minor);
		detach(libc, this.path);
		this.child.kill('SIGKILL');
	}
}

/** How a program ended, and what it printed. */
export interface Result {
	readonly out: string;
	readonly err: string;
	/** Exit status, or the name of the signal. */
	readonly status: number | string;
}

/** Runs a program for five seconds at most. */
export function run(command: string, ...args: string[]): Promise<Result> {
	return new Promise(resolve => {
		const options = { cwd: '/', encoding: 'utf8', timeout: 5000, killSignal: 'SIGKILL' } as const;
		execFile(command, args, options, (error, out, err) => {
			resolve({ out, err, status: error ? (error.signal ?? error.code ?? -1) : 0 });
		});
	});
}

/** Runs a script of the shell. */
export const shell = (script: string, ...args: string[]) => run('/bin/sh', '-c', script, 'sh', ...args);
