/**
 * umount - `ring3 umount DIR|NAME`
 */

import { isErrno } from '../lib/errno.ts';
import type { ControlClient } from '../machine/control_client.ts';
import { connectIfAlive, runningMachines } from '../machine/find.ts';
import { canonical, clearStale } from '../machine/mount_dir.ts';
import { RuntimeDir } from '../machine/runtime_dir.ts';
import { attempt, Failure } from './failure.ts';

/** Bound: how long a machine may take to undo itself, in milliseconds. */
const patience = 5000;

/** Stops the machine of that name, or the one that is mounted there; a mount whose machine was killed is detached. */
export async function umount(which: string): Promise<void> {
	await attempt(`umount ${which}`, async () => {
		const dir = RuntimeDir.open();
		const machine = which.includes('/') ? undefined : await connectIfAlive(dir, which);
		const found = machine ?? (await machineAt(dir, canonical(which)));
		if (found !== undefined) await stop(found);
		else await detachLeftover(which);
	});
}

async function machineAt(dir: RuntimeDir, path: string): Promise<ControlClient | undefined> {
	const machines = await runningMachines(dir);
	const there = machines.find(({ status }) => status?.dir === path);
	return there && connectIfAlive(dir, there.name);
}

async function stop(machine: ControlClient): Promise<void> {
	try {
		await machine.request('stop', {}, { timeout: patience });
	} catch (error) {
		if (!isErrno(error) || error.code !== 'ECONNRESET') throw error;
	} finally {
		machine.close();
	}
}

async function detachLeftover(which: string): Promise<void> {
	const { loadLibc } = await import('../../mount/libc.ts');
	if (clearStale(loadLibc()).includes(canonical(which))) return;
	throw new Failure(`umount ${which}`, 'no machine of that name, and none is mounted there');
}
