/**
 * run - `ring3 run [--name N] [--module ...]... [--no-mount | --no-filter] -- CMD`
 *
 *   this process   launcher: gives itself a mount namespace and starts the command, or for others than root a child with a user
 *                  namespace of its own becomes it (mount/run)
 *   the machine    another process: one that runs already, or one that is started here and ends with its last run
 *
 * They are joined by the control connection, which stays open for as long as the command runs.
 */

import { closeSync, writeSync } from 'node:fs';
import { hostProbes } from '../../mount/probes.ts';
import { lackOfOtherMemory, lackText } from '../../mount/requirements.ts';
import {
	coverTrees,
	type Entered,
	enterNamespace,
	filterHere,
	LaunchError,
	type Program,
	runHere,
	type Surroundings,
} from '../../mount/run/launch.ts';
import { lentNames } from '../../mount/run/lent_devices.ts';
import { isErrno } from '../lib/errno.ts';
import type { ControlClient } from '../machine/control_client.ts';
import type { MachineOptions } from '../machine/daemon.ts';
import { connectIfAlive, meantMachine } from '../machine/find.ts';
import { type ModuleRequest, parseModule } from '../machine/module_request.ts';
import { obituaryPath } from '../machine/obituary.ts';
import type { JoinedMachine } from '../machine/protocol.ts';
import { RuntimeDir } from '../machine/runtime_dir.ts';
import { findTask } from '../machine/tasks.ts';
import { CAP_SYS_ADMIN } from '../uapi/capability.ts';
import { type BootFlags, parseBootFlags } from './boot_flags.ts';
import { attempt, Failure, reason } from './failure.ts';
import { insmodMeanings } from './insmod.ts';
import { parsePort } from './inspect.ts';
import { promptEnvironment } from './prompt.ts';

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
	if (outer !== undefined) return runNested(command, args, outer, name);
	if (!mount && !filter) throw new Failure('run', '--no-mount --no-filter: nothing of the machine would be left', 2);
	const runtime = await attempt('run', () => RuntimeDir.open());
	const start = {
		...(name === undefined ? {} : { name }),
		...parseBootFlags('run', boot),
		modules: module.map(parseModule),
		unmounted: !mount,
	};
	const { machine, control } = await attempt('run', () => joinOrStart(runtime, start), insmodMeanings);
	if (mount && machine.dir === '') throw new Failure('run', `${machine.name} is not mounted; try: --no-mount`);
	const flush = trace ? printTrace(control) : undefined;
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
	const place = { machine, control, program, ...(flush === undefined ? {} : { flush }) };
	return attemptLaunch(command, () => {
		if (!mount) return runUnmounted(place);
		return mayUnshare() ? runAsRoot(place, filter) : runAsUser(place, filter);
	});
}

/** Opens the port for a debugger, and says where: on the standard error, for the other one is the command's. */
async function letDebuggerIn(control: ControlClient, port: number): Promise<void> {
	const { url } = await attempt('run', () => control.request('inspect', { port }));
	writeSync(2, `ring3: debugger at ${url}\n`);
}

/** What is to run, and the machine in which. */
interface Place extends Joined {
	readonly program: Program;
	/** What is waited for when it has ended. Absent: nothing. */
	flush?(): Promise<unknown>;
}

/** Prints each line of what the machine answers. What is returned resolves when all lines are printed that there are. */
function printTrace(control: ControlClient): () => Promise<unknown> {
	const print = ({ line }: { line: string }) => writeSync(2, `${line}\n`);
	// It goes on until the connection ends, with this process.
	control.request('trace-calls', {}, { onItem: print }).catch(() => {});
	return () => control.request('status', {}).catch(() => {});
}

async function runAsRoot(place: Place, filter: boolean): Promise<never> {
	const { machine, program } = place;
	const { dir, pid, taken, dev } = machine;
	const surroundings: Surroundings = { dir, dev, lent: lentNames() };
	const entered = enterNamespace(surroundings);
	await enter(place, entered, surroundings).finally(() => entered.dev && closeSync(entered.dev.fd));
	coverTrees(surroundings);
	if (filter) await supervise(place, filterHere(pid, taken));
	return runHere(program, place.flush);
}

async function runAsUser(place: Place, filter: boolean): Promise<never> {
	const { machine, program } = place;
	const { runInUserNamespace } = await import('../../mount/run/user_namespace.ts');
	const { dir, pid, taken, dev } = machine;
	if (filter) await supervise(place, filterHere(pid, taken));
	const surroundings: Surroundings = { dir, dev, lent: lentNames() };
	return runInUserNamespace(surroundings, program, entered => enter(place, entered, surroundings), place.flush);
}

async function runUnmounted(place: Place): Promise<never> {
	const { machine, program } = place;
	const lack = lackOfOtherMemory(hostProbes());
	if (lack !== undefined) throw new Failure('run', lackText(lack));
	await supervise(place, filterHere(machine.pid, machine.taken));
	return runHere(program, place.flush);
}

/** Tells the machine of the mount namespace whose programs are inside, and hands the connection for /dev over. */
async function enter({ control }: Joined, { namespace, pid, dev }: Entered, { lent }: Surroundings): Promise<void> {
	await attempt('run', async () => {
		const entered = control.request('run-enter', { namespace, launcher: process.pid });
		await Promise.all([entered, dev && control.request('run-dev', { pid, ...dev, lent })]);
	});
}

/** Hands the listener over. Ours is closed: otherwise programs would wait for an answer after the machine has died. */
async function supervise({ control }: Joined, fd: number): Promise<void> {
	try {
		await attempt('run', () => control.request('run-supervise', { pid: process.pid, fd }));
	} finally {
		closeSync(fd);
	}
}

function mayUnshare(): boolean {
	const capabilities = findTask(process.pid)?.capEff ?? 0n;
	return (capabilities & (1n << BigInt(CAP_SYS_ADMIN))) !== 0n;
}

/** Inside a machine already: its /proc is where it should be, and the command only has to be started. */
async function runNested(command: string, args: readonly string[], outer: string, name?: string): Promise<never> {
	if (name !== undefined && name !== outer) throw new Failure('run', `this is the inside of ${outer}, leave it first`);
	return attemptLaunch(command, () => runHere({ command, args, env: process.env }));
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
	if (step === 'filter') return new Failure('run', `${reason(error)}; try: ring3 run --no-filter`);
	return new Failure('run', reason(error));
}

/** A machine that will not end before we do: its session is held by the connection. */
interface Joined {
	readonly machine: JoinedMachine;
	readonly control: ControlClient;
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
	const { spawnMachine } = await import('../machine/spawn.ts');
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
