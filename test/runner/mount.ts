/**
 * mount - contracts against a mounted machine, by real system calls of other processes.
 *
 * One machine serves all contracts of a test file; it is started for the first. Test modules are loaded from their TypeScript
 * sources before a contract and removed after it.
 */

import { accessSync, chmodSync, constants, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno } from '../../src/lib/errno.ts';
import { Machine, type StartOptions } from '../../src/testing/machine.ts';
import { Agents } from './agent.ts';
import type { Booted, Feature, Runner, RunnerName } from './contract.ts';
import { moduleSource } from './modules.ts';

/** Why no machine can be mounted here; undefined where one can, and in CI, where nothing is to be skipped. */
export function cannotMount(): string | undefined {
	if (process.env.CI === 'true') return undefined;
	if (process.getuid?.() !== 0) return 'mounting needs root';
	try {
		accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
		return undefined;
	} catch {
		return 'there is no /dev/fuse';
	}
}

/** How a mount is made and what is missing on it. Absent members: as with the back end that everybody uses. */
export interface MountRunnerOptions {
	readonly name?: RunnerName;
	readonly machine?: StartOptions;
	readonly lacks?: readonly (readonly [Feature, string])[];
	/** True where a file is released some time after it was closed, so that its module may be in use for a moment. */
	readonly lateRelease?: boolean;
}

/** Makes the runner. Starts nothing until it is asked. */
export function mountRunner(options: MountRunnerOptions = {}): Runner {
	const { name = 'mount', machine: machineOptions = {}, lacks = [], lateRelease = false } = options;
	const agents = new Agents();
	let starting: Promise<Machine> | undefined;
	return {
		name,
		lacks: new Map<Feature, string>([
			['mount', "a program outside cannot mount in the machine's own tree"],
			['sockets', "the sockets of a program outside are the host's"],
			...lacks,
		]),
		noModule: () => undefined,
		async boot(modules): Promise<Booted> {
			starting ??= start(machineOptions);
			const machine = await starting;
			const booted = await bootOn(machine, agents, modules, lateRelease);
			const finish = async (oops: boolean) => {
				try {
					await booted.finish(oops);
				} catch (error) {
					// The next contract gets a machine that this one has left nothing in.
					starting = undefined;
					await machine.stop();
					throw error;
				}
			};
			return { ...booted, finish };
		},
		async end() {
			await agents.end();
			const machine = await starting;
			await machine?.stop();
			const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
			if (machine !== undefined && mounts.includes(` ${machine.dir} `))
				throw new Error(`${machine.dir} is still mounted`);
		},
	};
}

async function start(options: StartOptions): Promise<Machine> {
	const machine = await Machine.start(options);
	// Other users are to reach the mount, which lies in here.
	chmodSync(machine.runtimeDir, 0o711);
	return machine;
}

/** Bound: how long a late release is waited for, in milliseconds. */
const PATIENCE = 1000;

/** Unloads a module, once nobody uses it. */
async function unloadUnused(machine: Machine, name: string): Promise<void> {
	for (const end = Date.now() + PATIENCE; ; await delay(5)) {
		try {
			return await machine.rmmod(name);
		} catch (error) {
			if (!isErrno(error) || error.code !== 'EAGAIN' || Date.now() > end) throw error;
		}
	}
}

async function bootOn(
	machine: Machine,
	agents: Agents,
	modules: readonly string[],
	lateRelease: boolean,
): Promise<Booted> {
	const loaded: string[] = [];
	const insmod = async (name: string, params?: readonly string[]) => {
		await machine.insmod(moduleSource(name), params);
		loaded.push(name);
	};
	const rmmod = async (name: string) => {
		await (lateRelease ? unloadUnused(machine, name) : machine.rmmod(name));
		loaded.splice(loaded.indexOf(name), 1);
	};
	const seen = (await machine.dmesg()).length;
	for (const name of modules) await insmod(name);
	return {
		sys: await agents.task(0),
		root: machine.dir,
		insmod,
		rmmod,
		dmesg: () => machine.dmesg(),
		async finish(oops) {
			await agents.release();
			for (const name of [...loaded].reverse()) await rmmod(name);
			const log = (await machine.dmesg()).slice(seen);
			if (!oops && /BUG:|WARNING:/.test(log)) throw new Error(`the kernel stumbled:\n${log}`);
		},
	};
}
