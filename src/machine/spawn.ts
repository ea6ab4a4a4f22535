/**
 * spawn - starts a machine in a process of its own, in the background.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Errno, type ErrnoName, errno } from '../lib/errno.ts';
import { ownFile } from '../lib/own_files.ts';
import type { MachineOptions } from './daemon.ts';
import type { Background, Ready } from './main.ts';
import { obituaries } from './obituary.ts';
import { parseObject } from './protocol.ts';
import { RuntimeDir } from './runtime_dir.ts';
import type { MachineStatus } from './status.ts';

/** How the process is bound to this one. */
export interface SpawnOptions {
	/** The machine ends when this process does, and its errors come out here. Absent: it lives on by itself. */
	readonly tethered?: boolean;
	/** Absent: the environment of this process. */
	readonly env?: NodeJS.ProcessEnv;
}

/** A machine in the background. */
export interface Spawned {
	readonly status: MachineStatus;
	/** Its process; closing the standard input of a tethered one ends it. It does not keep this process alive. */
	readonly child: ChildProcess;
}

/**
 * Starts a machine and resolves when its tree can be read. Rejects with what `Daemon.start` rejects with, and with EIO when the
 * process died before it could say why.
 */
export async function spawnMachine(
	options: MachineOptions,
	{ tethered = false, env = process.env }: SpawnOptions = {},
): Promise<Spawned> {
	const background: Background = { options, tethered };
	const { path } = RuntimeDir.open(env);
	// The other process has another working directory.
	const absolute = { ...env, RING3_RUNTIME_DIR: path };
	const since = Date.now();
	const purpose = options.ephemeral ? 'run' : 'mount';
	const program = [fileURLToPath(ownFile('src/machine/main')), purpose, JSON.stringify(background)];
	const child = spawn(process.execPath, program, {
		cwd: '/',
		detached: true,
		env: absolute,
		stdio: [tethered ? 'pipe' : 'ignore', 'ignore', tethered ? 'inherit' : 'ignore', 'pipe'],
	});
	const ready = parseObject(await readAll(child.stdio[3] as Readable)) as Ready | undefined;
	child.unref();
	(child.stdin as { unref?(): void } | null)?.unref?.();
	if (ready === undefined) {
		const killed = obituaries(path, { since });
		throw new Errno('EIO', ['the process of the machine died while it started', ...killed].join('; '));
	}
	if ('ok' in ready) return { status: ready.ok, child };
	const { code, message } = ready.error;
	throw new Errno(code in errno ? (code as ErrnoName) : 'EIO', message === '' ? undefined : message);
}

async function readAll(stream: Readable): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks).toString();
}
