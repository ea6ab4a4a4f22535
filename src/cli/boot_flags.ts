/**
 * boot_flags - what a machine boots with, as it was typed: `--sysctl`, `--cmdline`, `--config`.
 */

import { readFileSync } from 'node:fs';
import type { ConfigName } from '../../kernel-sim/kernel/config.ts';
import type { MachineOptions } from '../machine/daemon.ts';
import { Failure } from './failure.ts';

/** Options of a command that boots a machine. */
export interface BootFlags {
	/** Each `name=value`, or a file as /etc/sysctl.conf is. */
	readonly sysctl?: readonly string[];
	/** The kernel's command line. */
	readonly cmdline?: string;
	/** Each `CONFIG_X=y` or `CONFIG_X=n`. */
	readonly config?: readonly string[];
}

type Booted = Pick<MachineOptions, 'sysctl' | 'commandLine' | 'config'>;

/** Absent flags give absent options. Throws a Failure of status 2 for what means nothing, and for a file that cannot be read. */
export function parseBootFlags(command: string, { sysctl = [], cmdline, config = [] }: BootFlags): Booted {
	return {
		...(sysctl.length === 0 ? {} : { sysctl: sysctl.flatMap(word => settings(command, word)) }),
		...(cmdline === undefined ? {} : { commandLine: cmdline }),
		...(config.length === 0 ? {} : { config: Object.fromEntries(config.map(word => option(command, word))) }),
	};
}

/** The lines that a word stands for. */
function settings(command: string, word: string): string[] {
	if (word.includes('=')) return [word];
	try {
		return readFileSync(word, 'utf8').split('\n');
	} catch (error) {
		throw new Failure(command, `--sysctl ${word}: ${(error as Error).message}`, 2);
	}
}

function option(command: string, word: string): readonly [name: ConfigName, on: boolean] {
	const [, name, value] = /^(CONFIG_\w+)=([yn])$/.exec(word) ?? [];
	if (name === undefined) throw new Failure(command, `--config ${word}: neither CONFIG_X=y nor CONFIG_X=n`, 2);
	return [name as ConfigName, value === 'y'];
}
