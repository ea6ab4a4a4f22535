/**
 * find - which machines run, and the one that is meant.
 */

import { Errno, isErrno } from '../lib/errno.ts';
import { ControlClient } from './control_client.ts';
import { obituaries } from './obituary.ts';
import type { RuntimeDir } from './runtime_dir.ts';
import type { MachineStatus } from './status.ts';

/** Bound: a machine that says nothing for so long, in milliseconds, is shown as hung. */
const patience = 2000;

/** A machine that has a socket and a process behind it. */
export interface Found {
	readonly name: string;
	/** Undefined for one that does not answer. */
	readonly status: MachineStatus | undefined;
}

/** The machines that run, by name. */
export async function runningMachines(dir: RuntimeDir): Promise<Found[]> {
	const found = await Promise.all(dir.names().map(name => probe(dir, name)));
	return found.filter(machine => machine !== undefined);
}

async function probe(dir: RuntimeDir, name: string): Promise<Found | undefined> {
	const client = await connectIfAlive(dir, name);
	if (client === undefined) return undefined;
	try {
		return { name, status: await client.request('status', {}, { timeout: patience }) };
	} catch (error) {
		if (!isErrno(error)) throw error;
		return error.code === 'ETIMEDOUT' ? { name, status: undefined } : undefined;
	} finally {
		client.close();
	}
}

/** A connection to the machine of that name; undefined when none runs. Rejects with EINVAL for what is no name. */
export async function connectIfAlive(dir: RuntimeDir, name: string): Promise<ControlClient | undefined> {
	try {
		return await ControlClient.connect(dir.socket(name));
	} catch (error) {
		if (isErrno(error) && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')) return undefined;
		throw error;
	}
}

/**
 * A connection to the machine that is meant: the named one, or without a name the only one. Undefined when there is none.
 * Rejects with E2BIG, its message listing them, when the choice is not clear.
 */
export async function meantMachine(dir: RuntimeDir, name?: string): Promise<ControlClient | undefined> {
	if (name !== undefined) return connectIfAlive(dir, name);
	const clients: ControlClient[] = [];
	const names: string[] = [];
	for (const candidate of dir.names()) {
		const client = await connectIfAlive(dir, candidate);
		if (client === undefined) continue;
		clients.push(client);
		names.push(candidate);
	}
	if (clients.length <= 1) return clients[0];
	for (const client of clients) client.close();
	throw new Errno('E2BIG', `several machines run: choose with --name ${names.join(', --name ')}`);
}

/** As `meantMachine`, but rejects with ESRCH when there is none; its message says why, if one was killed. */
export async function requireMachine(dir: RuntimeDir, name?: string): Promise<ControlClient> {
	const client = await meantMachine(dir, name);
	if (client !== undefined) return client;
	const none = name === undefined ? 'no machine is running' : `no machine named ${name} is running`;
	throw new Errno('ESRCH', [none, ...obituaries(dir.path, { name })].join('; '));
}
