/**
 * umount - `ring3 umount DIR|NAME`
 */

import { isErrno } from '../lib/errno.ts';
import type { ControlClient } from '../machine/control_client.ts';
import { connectIfAlive, requireMachine, runningMachines } from '../machine/find.ts';
import { canonical, clearStale } from '../machine/mount_dir.ts';
import { RuntimeDir } from '../machine/runtime_dir.ts';
import { attempt, Failure } from './failure.ts';
import { withMachine } from './with_machine.ts';

/** Bound: how long a machine may take to undo itself, in milliseconds. */
const patience = 5000;

/**
 * Stops the machine of that name, or the one that is mounted there; undoes the mount there of a single file system; detaches one
 * whose machine was killed.
 */
export async function umount(which: string): Promise<void> {
	await attempt(`umount ${which}`, async () => {
		const dir = RuntimeDir.open();
		const named = which.includes('/') ? undefined : await connectIfAlive(dir, which);
		if (named !== undefined) return stop(named);
		const path = canonical(which);
		const machines = await runningMachines(dir);
		const whole = machines.find(({ status }) => status?.dir === path);
		if (whole !== undefined) return stop(await requireMachine(dir, whole.name));
		const part = machines.find(({ status }) => status?.mounts.includes(path));
		if (part !== undefined) return withMachine(`umount ${which}`, part.name, machine => umountPart(machine, path));
		return detachLeftover(which);
	});
}

async function umountPart(machine: ControlClient, dir: string): Promise<void> {
	await machine.request('umount', { dir }, { timeout: patience });
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
