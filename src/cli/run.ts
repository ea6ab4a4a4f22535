/**
 * run - `ring3 run [--name N] [--module ...]... [--no-mount | --no-filter] -- CMD`
 *
 *   this process   launcher: starts the command (run_program.ts)
 *   the machine    another process: one that runs already, or one that is started here and ends with its last run
 *
 * They are joined by the control connection, which stays open for as long as the command runs.
 */

import { writeSync } from 'node:fs';
import { isErrno } from '../lib/errno.ts';
import { keepCode } from '../machine/code_cache.ts';
import type { ControlClient } from '../machine/control_client.ts';
import type { MachineOptions } from '../machine/daemon.ts';
import { connectIfAlive, meantMachine } from '../machine/find.ts';
import { type ModuleRequest, parseModule } from '../machine/module_request.ts';
import { obituaryPath } from '../machine/obituary.ts';
import { RuntimeDir } from '../machine/runtime_dir.ts';
import { spawnMachine } from '../machine/spawn.ts';
import { type BootFlags, parseBootFlags } from './boot_flags.ts';
import { attempt, Failure, insmodMeanings } from './failure.ts';
import { parsePort } from './inspect.ts';
import { promptEnvironment } from './prompt.ts';
import type { Joined } from './run_program.ts';

/** Set in the environment of what runs inside: the machine's name. */
const insideVariable = 'RING3_MACHINE';

/** Options of the command. */
export interface RunOptions extends BootFlags {
	readonly name?: string;
	readonly module?: readonly string[];
	/** A port, or empty. */
	readonly inspect?: string;
	/** False: the machine's trees do not lie over the real ones. Absent: true. */
	readonly mount?: boolean;
	/** False: the machine answers no system calls. Absent: true. */
	readonly filter?: boolean;
	/** Prints what the machine answers, to the standard error. */
	readonly trace?: boolean;
}

/** Runs a command inside a machine, and ends this process as the command ends. */
export async function run(
	command: string,
	args: readonly string[],
	{ name, module = [], inspect, mount = true, filter = true, trace = false, ...boot }: RunOptions,
): Promise<never> {
	const outer = process.env[insideVariable];
	if (outer !== undefined) {
		// Its /proc is where it should be, and the command only has to be started.
		if (name !== undefined && name !== outer)
			throw new Failure('run', `this is the inside of ${outer}, leave it first`);
		return (await import('./run_program.ts')).runNested({ command, args, env: process.env });
	}
	if (!mount && !filter) throw new Failure('run', '--no-mount --no-filter: nothing of the machine would be left', 2);
	const runtime = await attempt('run', () => RuntimeDir.open());
	const start = {
		...(name === undefined ? {} : { name }),
		...parseBootFlags('run', boot),
		modules: module.map(parseModule),
		unmounted: !mount,
	};
	const joining = attempt('run', () => joinOrStart(runtime, start), insmodMeanings);
	// What starts the program is loaded while the machine boots or answers, and not before it was asked.
	const loading = new Promise(setImmediate).then(() => import('./run_program.ts'));
	const [{ machine, control }, { runProgram }] = await Promise.all([joining, loading]);
	if (mount && machine.dir === '') throw new Failure('run', `${machine.name} is not mounted; try: --no-mount`);
	const traced = trace ? printTrace(control) : undefined;
	if (inspect !== undefined) await letDebuggerIn(control, parsePort('run', inspect));
	const env = {
		...process.env,
		...promptEnvironment(command, process.env),
		[insideVariable]: machine.name,
		RING3_RUNTIME_DIR: runtime.path,
		// libudev takes a /sys for none that is served by FUSE, unless it is told not to look.
		SYSTEMD_DEVICE_VERIFY_SYSFS: '0',
	};
	const lastWords = obituaryPath(runtime.path, machine.name);
	const program = { command, args, env, lastWords };
	const flush = async () => {
		keepCode();
		await traced?.();
	};
	return runProgram({ machine, control, program, flush }, { mount, filter });
}

/** Opens the port for a debugger, and says where: on the standard error, for the other one is the command's. */
async function letDebuggerIn(control: ControlClient, port: number): Promise<void> {
	const { url } = await attempt('run', () => control.request('inspect', { port }));
	writeSync(2, `ring3: debugger at ${url}\n`);
}

/** Prints each line of what the machine answers. What is returned resolves when all lines are printed that there are. */
function printTrace(control: ControlClient): () => Promise<unknown> {
	const print = ({ line }: { line: string }) => writeSync(2, `${line}\n`);
	// It goes on until the connection ends, with this process.
	control.request('trace-calls', {}, { onItem: print }).catch(() => {});
	return () => control.request('status', {}).catch(() => {});
}

/** What a machine is started with, if none runs that is meant. */
type Start = Pick<MachineOptions, 'name' | 'unmounted' | 'sysctl' | 'commandLine' | 'config'> & {
	readonly modules: readonly ModuleRequest[];
};

/** Joins the machine that is meant, or one that is started for it. */
async function joinOrStart(dir: RuntimeDir, start: Start): Promise<Joined> {
	const joined = await joinIfThere(await meantMachine(dir, start.name));
	if (joined !== undefined) {
		if (start.sysctl ?? start.commandLine ?? start.config) {
			throw new Failure(
				'run',
				`${joined.machine.name} runs already: --sysctl, --cmdline and --config are for one that boots`,
			);
		}
		for (const request of start.modules) await loadUnlessLoaded(joined.control, request);
		return joined;
	}
	const { status } = await spawnMachine({ ...start, ephemeral: true });
	const started = await joinIfThere(await connectIfAlive(dir, status.name));
	if (started === undefined) throw new Failure('run', `machine ${status.name} has gone again`);
	return started;
}

/** Undefined also where the machine ends at this very moment, as one does whose last run has just ended. */
async function joinIfThere(control: ControlClient | undefined): Promise<Joined | undefined> {
	try {
		return control && { machine: await control.request('run-join', {}), control };
	} catch (error) {
		if (isErrno(error) && error.code === 'ECONNRESET') return undefined;
		throw error;
	}
}

async function loadUnlessLoaded(machine: ControlClient, request: ModuleRequest): Promise<void> {
	try {
		await machine.request('insmod', { ...request });
	} catch (error) {
		if (!isErrno(error) || error.code !== 'EEXIST') throw error;
	}
}
