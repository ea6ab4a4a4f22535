/**
 * run_program - the program of `ring3 run`, inside a machine: mounts, filter, and the end.
 *
 * This process gives itself a mount namespace and starts the program, or for others than root a child with a user namespace of its
 * own becomes it (mount/run).
 */

import { closeSync } from 'node:fs';
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
import type { ControlClient } from '../machine/control_client.ts';
import type { JoinedMachine } from '../machine/protocol.ts';
import { findTask } from '../machine/tasks.ts';
import { CAP_SYS_ADMIN } from '../uapi/capability.ts';
import { attempt, Failure, reason } from './failure.ts';

/** A machine that will not end before we do: its session is held by the connection. */
export interface Joined {
	readonly machine: JoinedMachine;
	readonly control: ControlClient;
}

/** What is to run, and the machine in which. */
export interface Place extends Joined {
	readonly program: Program;
	/** What is waited for when it has ended. Absent: nothing. */
	flush?(): Promise<unknown>;
}

/** Runs a program in a machine, and ends this process as it ends. `mount`, `filter`: as in the options of `ring3 run`. */
export function runProgram(place: Place, { mount, filter }: Record<'mount' | 'filter', boolean>): Promise<never> {
	return attemptLaunch(place.program, () => {
		if (!mount) return runUnmounted(place);
		return mayUnshare() ? runAsRoot(place, filter) : runAsUser(place, filter);
	});
}

/** The same where this process is inside already. */
export function runNested(program: Program): Promise<never> {
	return attemptLaunch(program, () => runHere(program));
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

async function attemptLaunch<T>({ command }: Program, step: () => Promise<T>): Promise<T> {
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
