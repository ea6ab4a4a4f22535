/**
 * terminal - a program on a pseudo-terminal, by script(1) of util-linux.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { plain, type Sandbox } from './sandbox.ts';

/** Bound: how long a program may be silent that is expected to print, in milliseconds. */
const patience = 10_000;

/** How a shell is told to run ring3 with these arguments. */
export const commandLine = (box: Sandbox, ...args: readonly string[]): string =>
	[process.execPath, ...box.command(args)].map(word => `'${word}'`).join(' ');

/** A user at a terminal: types, and reads what appears. */
export class Terminal {
	readonly #child: ChildProcess;
	readonly #closed: Promise<unknown>;
	#unread = '';

	/** Starts a shell command line on a terminal of its own. */
	constructor(box: Sandbox, line: string) {
		const env = { ...box.env, TERM: 'dumb', SHELL: '/bin/sh' };
		const script = ['script', '-qefc', line, '/dev/null'];
		this.#child = spawn('env', [...plain, ...script], { cwd: box.dir, env, timeout: 20_000 });
		this.#closed = once(this.#child, 'close');
		this.#child.stdin!.on('error', () => {});
		this.#child.stdout!.setEncoding('utf8').on('data', chunk => {
			this.#unread += chunk;
		});
	}

	/** Types characters; `\n` is the Enter key, `\x03` Ctrl-C, `\x1a` Ctrl-Z. */
	type(text: string): void {
		this.#child.stdin!.write(text);
	}

	/** Waits until the pattern appears in what was not read yet, and counts it as read. Rejects when it does not. */
	async expect(pattern: RegExp): Promise<string> {
		const late = AbortSignal.timeout(patience);
		for (;;) {
			const match = pattern.exec(this.#unread);
			if (match !== null) {
				this.#unread = this.#unread.slice(match.index + match[0].length);
				return match[0];
			}
			const data = once(this.#child.stdout!, 'data', { signal: late });
			try {
				await Promise.race([data, this.#closed.then(() => Promise.reject(new Error('ended')))]);
			} catch (error) {
				throw new Error(`no ${pattern} in ${JSON.stringify(this.#unread)}: ${(error as Error).message}`);
			}
		}
	}

	/**
	 * Waits for a shell that stands at its prompt. It is asked again with the Enter key: what is typed while a shell takes the
	 * terminal back from a job may be lost.
	 */
	async prompt(pattern: RegExp): Promise<void> {
		const keys = setInterval(() => this.type('\n'), 1000);
		try {
			await this.expect(pattern);
			this.type('\n');
			await this.expect(pattern);
		} finally {
			clearInterval(keys);
		}
	}

	/** Waits for the end, and resolves with the exit status. */
	async ended(): Promise<number | null> {
		await this.#closed;
		return this.#child.exitCode;
	}
}
