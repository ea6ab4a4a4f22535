/**
 * doctor_probes - what `ring3 doctor` finds out about this computer and this copy of ring3.
 */

import { accessSync, constants, existsSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { hostProbes, type Probes } from '../../mount/probes.ts';
import { isErrno } from '../lib/errno.ts';
import { RuntimeDir } from '../machine/runtime_dir.ts';
import { reason } from './failure.ts';

/** Looks, and changes nothing. */
export interface DoctorProbes extends Probes {
	/** As process.platform has it. */
	readonly platform: string;
	/** Version of the kernel. */
	readonly release: string;
	/** Version of Node, without a `v`. */
	readonly node: string;
	/** What is wrong with koffi; undefined where it loads. */
	koffi(): Promise<string | undefined>;
	/** Where machines leave their sockets, or what is wrong with it. */
	runtimeDir(): { readonly path: string } | { readonly wrong: string };
	/** Where mounts of ring3 are whose machine has gone. */
	staleMounts(): Promise<readonly string[]>;
}

/** This computer, as this process sees it. */
export function realProbes(env: NodeJS.ProcessEnv = process.env): DoctorProbes {
	return {
		...hostProbes(env),
		platform: process.platform,
		release: release(),
		node: process.versions.node,
		koffi,
		runtimeDir: () => runtimeDir(env),
		staleMounts,
	};
}

async function koffi(): Promise<string | undefined> {
	try {
		(await import('../../mount/libc.ts')).loadLibc();
		return undefined;
	} catch (error) {
		return String(error instanceof Error ? error.message : error).split('\n', 1)[0]!;
	}
}

function runtimeDir(env: NodeJS.ProcessEnv): { readonly path: string } | { readonly wrong: string } {
	try {
		const { path } = RuntimeDir.open(env);
		let there = path;
		while (!existsSync(there)) there = dirname(there);
		accessSync(there, constants.W_OK | constants.X_OK);
		return { path };
	} catch (error) {
		if (isErrno(error)) return { wrong: reason(error) };
		throw error;
	}
}

async function staleMounts(): Promise<readonly string[]> {
	// What reads mounts can undo them as well, and so needs koffi.
	if ((await koffi()) !== undefined) return [];
	const [{ isAlive, ownerOf }, { readMountInfo }] = await Promise.all([
		import('../../mount/mountpoint.ts'),
		import('../../mount/mountinfo.ts'),
	]);
	return readMountInfo().flatMap(mount => {
		const owner = ownerOf(mount);
		return owner === undefined || isAlive(owner) ? [] : mount.mountPoint;
	});
}
