/**
 * oracle_modules - the kernel modules of test/oracle, loaded into and removed from a real kernel by kmod's programs.
 */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Errno, type ErrnoName } from '../../src/lib/errno.ts';

const run = promisify(execFile);

/** What insmod(8) and rmmod(8) say, where they have the words and not the number. */
const meanings: readonly (readonly [RegExp, ErrnoName])[] = [
	[/is in use/, 'EAGAIN'],
	[/is not currently loaded/, 'ENOENT'],
	[/File exists/, 'EEXIST'],
	[/Invalid parameters|Invalid argument/, 'EINVAL'],
	[/Numerical result out of range/, 'ERANGE'],
	[/No space left on device/, 'ENOSPC'],
	[/No such device/, 'ENODEV'],
	[/Unknown symbol in module/, 'ENOENT'],
	[/Numerical argument out of domain/, 'EDOM'],
];

/** Modules of a directory. */
export class OracleModules {
	readonly #dir: string;
	/** Those that were loaded here, the last first. */
	readonly #loaded: string[] = [];

	private constructor(dir: string) {
		this.#dir = dir;
	}

	/** Undefined where there is no machine that is there for the test alone. */
	static open(): OracleModules | undefined {
		const { RING3_ORACLE_MODULES: dir } = process.env;
		return dir === undefined ? undefined : new OracleModules(dir);
	}

	/** True if there is such a module. */
	has(name: string): boolean {
		return existsSync(this.#file(name));
	}

	/** Rejects with the Errno that insmod(8) tells of. */
	async insmod(name: string, params: readonly string[] = []): Promise<void> {
		await tell(run('insmod', [this.#file(name), ...params]));
		this.#loaded.unshift(name);
	}

	/** Rejects with the Errno that rmmod(8) tells of. */
	async rmmod(name: string): Promise<void> {
		await tell(run('rmmod', [name]));
		this.#loaded.splice(this.#loaded.indexOf(name), 1);
	}

	/** Removes what is left of what was loaded here. */
	async removeAll(): Promise<void> {
		for (const name of [...this.#loaded]) await this.rmmod(name);
	}

	/** The kernel's log. */
	async dmesg(): Promise<string> {
		return (await run('dmesg', [])).stdout;
	}

	#file(name: string): string {
		return join(this.#dir, `${name}.ko`);
	}
}

async function tell(running: Promise<unknown>): Promise<void> {
	try {
		await running;
	} catch (error) {
		const { message } = error as Error;
		const code = meanings.find(([words]) => words.test(message))?.[1];
		throw code === undefined ? error : new Errno(code, message);
	}
}
