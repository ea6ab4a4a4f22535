/**
 * run - `ring3 run [--name N] [--module ...]... -- CMD`
 *
 *   this process   launcher: a thread with a mount namespace of its own starts the command (mount/run)
 *   the machine    another process: one that runs already, or one that is started here and ends with its last run
 *
 * They are joined by the control connection, which stays open for as long as the command runs.
 */

import { endLike, Launch, LaunchError, runHere } from '../../mount/run/launch.ts';
import { isErrno } from '../lib/errno.ts';
import type { ControlClient } from '../machine/control_client.ts';
import { connectIfAlive, meantMachine } from '../machine/find.ts';
import { type ModuleRequest, parseModule } from '../machine/module_request.ts';
import { RuntimeDir } from '../machine/runtime_dir.ts';
import { spawnMachine } from '../machine/spawn.ts';
import type { MachineStatus } from '../machine/status.ts';
import { attempt, Failure } from './failure.ts';
import { insmodMeanings } from './insmod.ts';
import { promptEnvironment } from './prompt.ts';

/** Set in the environment of what runs inside: the machine's name. */
const insideVariable = 'RING3_MACHINE';

/** Options of the command. */
export interface RunOptions {
	readonly name?: string;
	readonly module: readonly string[];
}

/** Runs a command inside a machine, and ends this process as the command ends. */
export async function run(command: string, args: readonly string[], { name, module }: RunOptions): Promise<never> {
	const outer = process.env[insideVariable];
	if (outer !== undefined) return runNested(command, args, outer, name);
	const launch = new Launch();
	const [namespace, dir] = await attempt('run', () => Promise.all([launch.namespace(), RuntimeDir.open()]), {
		EPERM: 'needs root (CAP_SYS_ADMIN): only root can make a mount namespace',
	});
	const machine = await attempt(
		'run',
		() => joinOrStart(dir, name, module.map(parseModule), namespace),
		insmodMeanings,
	);
	const env = { ...process.env, ...promptEnvironment(command, process.env), [insideVariable]: machine.name };
	return standFor(command, () => launch.run({ dir: machine.dir, command, args, env }));
}

/** Inside a machine already: its /proc is where it should be, and the command only has to be started. */
function runNested(command: string, args: readonly string[], outer: string, name: string | undefined): Promise<never> {
	if (name !== undefined && name !== outer) throw new Failure('run', `this is the inside of ${outer}, leave it first`);
	return standFor(command, () => runHere(command, args));
}

async function standFor(command: string, start: () => ReturnType<Launch['run']>): Promise<never> {
	try {
		endLike(await start());
	} catch (error) {
		if (!(error instanceof LaunchError)) throw error;
		if (error.step === 'spawn' && error.code === 'ENOENT')
			throw new Failure(`run ${command}`, 'command not found', 127);
		if (error.step === 'spawn') throw new Failure(`run ${command}`, 'cannot be executed', 126);
		throw new Failure('run', error.message);
	}
}

async function joinOrStart(
	dir: RuntimeDir,
	name: string | undefined,
	modules: readonly ModuleRequest[],
	namespace: string,
): Promise<MachineStatus> {
	const running = await meantMachine(dir, name);
	const joined = running && (await joinUnlessGone(running, namespace));
	if (joined !== undefined) {
		for (const request of modules) await loadUnlessLoaded(running!, request);
		return joined;
	}
	const { status } = await spawnMachine({ ...(name === undefined ? {} : { name }), modules, ephemeral: true });
	const started = await connectIfAlive(dir, status.name);
	const machine = started && (await joinUnlessGone(started, namespace));
	if (machine === undefined) throw new Failure('run', `machine ${status.name} has gone again`);
	return machine;
}

/** Undefined where the machine ends at this very moment, as one does whose last run has just ended. */
async function joinUnlessGone(machine: ControlClient, namespace: string): Promise<MachineStatus | undefined> {
	return new Promise((resolve, reject) => {
		const onItem = ({ joined }: { joined: MachineStatus }) => resolve(joined);
		machine.request('run-join', { namespace }, { onItem }).then(
			() => resolve(undefined),
			error => (isErrno(error) && error.code === 'ECONNRESET' ? resolve(undefined) : reject(error)),
		);
	});
}

async function loadUnlessLoaded(machine: ControlClient, request: ModuleRequest): Promise<void> {
	try {
		await machine.request('insmod', { ...request });
	} catch (error) {
		if (!isErrno(error) || error.code !== 'EEXIST') throw error;
	}
}
