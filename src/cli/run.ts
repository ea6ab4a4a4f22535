/**
 * run - `ring3 run [--name N] [--module ...]... -- CMD`
 *
 *   this process   launcher: a thread with a mount namespace of its own starts the command, or for others than root a child with
 *                  a user namespace of its own becomes it (mount/run)
 *   the machine    another process: one that runs already, or one that is started here and ends with its last run
 *
 * They are joined by the control connection, which stays open for as long as the command runs.
 */

import { writeSync } from 'node:fs';
import { Launch, LaunchError, runHere } from '../../mount/run/launch.ts';
import type { Program } from '../../mount/run/zygote.ts';
import { isErrno } from '../lib/errno.ts';
import type { ControlClient } from '../machine/control_client.ts';
import { connectIfAlive, meantMachine } from '../machine/find.ts';
import { type ModuleRequest, parseModule } from '../machine/module_request.ts';
import { obituaryPath } from '../machine/obituary.ts';
import { RuntimeDir } from '../machine/runtime_dir.ts';
import type { MachineStatus } from '../machine/status.ts';
import { findTask } from '../machine/tasks.ts';
import { CAP_SYS_ADMIN } from '../uapi/capability.ts';
import { attempt, Failure, reason } from './failure.ts';
import { insmodMeanings } from './insmod.ts';
import { parsePort } from './inspect.ts';
import { promptEnvironment } from './prompt.ts';

/** Set in the environment of what runs inside: the machine's name. */
const insideVariable = 'RING3_MACHINE';

/** Options of the command. */
export interface RunOptions {
	readonly name?: string;
	readonly module?: readonly string[];
	/** A port, or empty. */
	readonly inspect?: string;
}

/**
 * Runs a command inside a machine, and ends this process as the command ends. Absent `launch`: one is begun when it is needed.
 */
export async function run(
	command: string,
	args: readonly string[],
	{ name, module = [], inspect }: RunOptions,
	launch?: Launch,
): Promise<never> {
	const outer = process.env[insideVariable];
	if (outer !== undefined) return runNested(command, args, outer, name);
	const runtime = await attempt('run', () => RuntimeDir.open());
	const joined = await attempt('run', () => joinOrStart(runtime, name, module.map(parseModule)), insmodMeanings);
	const { machine, control } = joined;
	if (inspect !== undefined) await letDebuggerIn(control, parsePort('run', inspect));
	const enter = (namespace: string) => attempt('run', () => control.request('run-enter', { namespace }));
	const env = {
		...process.env,
		...promptEnvironment(command, process.env),
		[insideVariable]: machine.name,
		RING3_RUNTIME_DIR: runtime.path,
	};
	const lastWords = obituaryPath(runtime.path, machine.name);
	const program = { dir: machine.dir, command, args, env, lastWords };
	return attemptLaunch(command, () => (mayUnshare() ? runAsRoot(program, enter, launch) : runAsUser(program, enter)));
}

/** Opens the port for a debugger, and says where: on the standard error, for the other one is the command's. */
async function letDebuggerIn(control: ControlClient, port: number): Promise<void> {
	const { url } = await attempt('run', () => control.request('inspect', { port }));
	writeSync(2, `ring3: debugger at ${url}\n`);
}

/** Tells the machine of a mount namespace whose programs are inside. */
type Enter = (namespace: string) => Promise<unknown>;

async function runAsRoot(program: Program, enter: Enter, launch = new Launch()): Promise<never> {
	await enter(await launch.unshare());
	return launch.run(program);
}

async function runAsUser(program: Program, enter: Enter): Promise<never> {
	const { runInUserNamespace } = await import('../../mount/run/user_namespace.ts');
	return runInUserNamespace(program, enter);
}

function mayUnshare(): boolean {
	const capabilities = findTask(process.pid)?.capEff ?? 0n;
	return (capabilities & (1n << BigInt(CAP_SYS_ADMIN))) !== 0n;
}

/** Inside a machine already: its /proc is where it should be, and the command only has to be started. */
async function runNested(command: string, args: readonly string[], outer: string, name?: string): Promise<never> {
	if (name !== undefined && name !== outer) throw new Failure('run', `this is the inside of ${outer}, leave it first`);
	return attemptLaunch(command, () => runHere(command, args));
}

async function attemptLaunch<T>(command: string, step: () => Promise<T>): Promise<T> {
	try {
		return await step();
	} catch (error) {
		throw error instanceof LaunchError ? launchFailure(command, error) : error;
	}
}

/** Why a launch failed, with the exit status that a shell would give it. */
function launchFailure(command: string, error: LaunchError): Failure {
	const { step, code } = error;
	if (step === 'spawn' && code === 'ENOENT') return new Failure(`run ${command}`, 'command not found', 127);
	if (step === 'spawn') return new Failure(`run ${command}`, 'cannot be executed', 126);
	return new Failure('run', reason(error));
}

/** A machine that will not end before we do: its session is held by the connection. */
interface Joined {
	readonly machine: MachineStatus;
	readonly control: ControlClient;
}

/** Joins the machine that is meant, or one that is started for it. */
async function joinOrStart(
	dir: RuntimeDir,
	name: string | undefined,
	modules: readonly ModuleRequest[],
): Promise<Joined> {
	const joined = await joinIfThere(await meantMachine(dir, name));
	if (joined !== undefined) {
		for (const request of modules) await loadUnlessLoaded(joined.control, request);
		return joined;
	}
	const { spawnMachine } = await import('../machine/spawn.ts');
	const { status } = await spawnMachine({ ...(name === undefined ? {} : { name }), modules, ephemeral: true });
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
