/**
 * mount - `ring3 mount [DIR] [-o ro,...] [--module ...]... [--daemon] [--name N] [--trace] [--backend B]`, which starts a machine;
 * with --type it is mount_type.ts
 */

import { resolve } from 'node:path';
import { type Backend, backends } from '../../mount/options.ts';
import { keepCode } from '../machine/code_cache.ts';
import type { MachineOptions } from '../machine/daemon.ts';
import { parseModule } from '../machine/module_request.ts';
import { spawnMachine } from '../machine/spawn.ts';
import type { MachineStatus } from '../machine/status.ts';
import { type BootFlags, parseBootFlags } from './boot_flags.ts';
import { attempt, Failure, insmodMeanings } from './failure.ts';
import { parsePort } from './inspect.ts';
import { parseMountFlags } from './mount_flags.ts';
import { goOnUnheard } from './unheard.ts';

/** Options of the command. */
export interface MountOptions extends BootFlags {
	readonly module?: readonly string[];
	readonly daemon?: boolean;
	readonly name?: string;
	readonly trace?: boolean;
	/** One of `backends`, if it is right. */
	readonly backend?: string;
	/** Seconds, as it was typed. */
	readonly watchdog?: string;
	/** A port, or empty. */
	readonly inspect?: string;
	/** As mount(8) takes it. */
	readonly o?: readonly string[];
}

/** Boots a machine: in this process until it is told to end, or in the background, back when its tree can be read. */
export async function mount(
	dir: string | undefined,
	{ module = [], daemon, name, trace = false, o = [], watchdog, inspect, backend, ...boot }: MountOptions,
): Promise<void> {
	const { flags, rest } = parseMountFlags(o.join(','));
	if (rest.length > 0) throw new Failure('mount', `-o ${rest[0]}: no such option`, 2);
	if (daemon && trace) throw new Failure('mount', 'a trace is printed in the foreground only, not with --daemon', 2);
	const options: MachineOptions = {
		...(name === undefined ? {} : { name }),
		...(dir === undefined ? {} : { dir: resolve(dir) }),
		...(watchdog === undefined ? {} : { watchdog: parseSeconds(watchdog) }),
		...(inspect === undefined ? {} : { inspect: parsePort('mount', inspect) }),
		...(backend === undefined ? {} : { backend: parseBackend(backend) }),
		...parseBootFlags('mount', boot),
		mount: flags,
		modules: module.map(parseModule),
		trace,
	};
	const what = dir === undefined ? 'mount' : `mount ${dir}`;
	if (daemon) await attempt(what, () => background(options), insmodMeanings);
	else process.exit(await attempt(what, () => foreground(options), insmodMeanings));
}

/** Throws a Failure of status 2 for what is no back end. */
function parseBackend(word: string): Backend {
	const backend = backends.find(name => name === word);
	if (backend !== undefined) return backend;
	throw new Failure('mount', `--backend ${word}: there are ${backends.join(' and ')}`, 2);
}

/** Throws a Failure of status 2 for what is no number of seconds. */
function parseSeconds(text: string): number {
	const seconds = Number(text);
	if (/^\d+(\.\d+)?$/.test(text) && seconds <= 86_400) return seconds;
	throw new Failure('mount', `--watchdog ${text}: not a number of seconds`, 2);
}

async function background(options: MachineOptions): Promise<void> {
	const { status } = await spawnMachine(options);
	announce(status);
	if (status.inspector !== undefined) process.stdout.write(`${status.name}: debugger at ${status.inspector}\n`);
	keepCode();
}

async function foreground(options: MachineOptions): Promise<number> {
	const { serve } = await import('../machine/serve.ts');
	goOnUnheard();
	const print = (line: string) => process.stderr.write(`${line}\n`);
	return serve(options, { console: print, trace: print, onReady: announce });
}

function announce({ name, dir }: MachineStatus): void {
	process.stdout.write(`${name}: mounted on ${dir}\n`);
}
