/**
 * probes - what can be found out about this computer, for those who explain why something does not work (requirements.ts).
 *
 * Everything that an explanation hangs on comes through here, so that a test can make up any computer.
 */

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../src/lib/errno.ts';

/** How a program ended that was tried. */
export interface Trial {
	/** 0 where it did what it was to do; undefined where it could not even be started. */
	readonly status: number | undefined;
	/** What it had to say, one line. */
	readonly message: string;
}

/** Looks, and changes nothing. */
export interface Probes {
	/** Effective user. */
	readonly uid: number;
	/** The text of a file; undefined where there is none, or it may not be read. */
	read(path: string): string | undefined;
	/** Owner and mode bits; undefined where there is no such file. */
	stat(path: string): { readonly uid: number; readonly mode: number } | undefined;
	/** Opens a file for reading and writing; what open(2) says where it refuses. */
	open(path: string): string | undefined;
	/** Where a program is: one of `first`, or the first in PATH; undefined where there is none. */
	find(program: string, ...first: readonly string[]): string | undefined;
	/** Runs a program that does no harm, for a few seconds at most. */
	run(command: string, ...args: readonly string[]): Trial;
}

/** Bound: how long a program may take that is only tried, in milliseconds. */
const patience = 5000;

/** This computer, as this process sees it. */
export function hostProbes(env: NodeJS.ProcessEnv = process.env): Probes {
	return {
		uid: process.geteuid?.() ?? 0,
		read: path => unlessRefused(() => readFileSync(path, 'utf8')),
		stat: path => unlessRefused(() => statSync(path)),
		open: path => {
			try {
				closeSync(openSync(path, 'r+'));
				return undefined;
			} catch (error) {
				if (isErrno(error)) return error.code;
				throw error;
			}
		},
		find: (program, ...first) => {
			const places = (env.PATH ?? '').split(':').map(dir => join(dir, program));
			return [...first, ...places].find(path => existsSync(path));
		},
		run: (command, ...args) => {
			const { status, stderr, error } = spawnSync(command, args, { cwd: '/', encoding: 'utf8', timeout: patience });
			const message = (error?.message ?? stderr).trim().split('\n', 1)[0]!;
			return { status: status ?? undefined, message };
		},
	};
}

function unlessRefused<T>(look: () => T): T | undefined {
	try {
		return look();
	} catch (error) {
		if (isErrno(error)) return undefined;
		throw error;
	}
}
