/**
 * contenders - who takes part: each is started, told where its files are, and ended.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { loadLibc } from '../../mount/libc.ts';
import { detach } from '../../mount/mountpoint.ts';
import type { Devres } from '../../src/lib/devres.ts';
import { bundled } from '../runner/programs.ts';
import { compile } from './compile.ts';
import type { ContenderName, Subject } from './measures.ts';

/** A file by the directory it is looked up from and its name there. */
export interface Place {
	readonly dir: string;
	readonly name: string;
}

/** Somebody who is ready. */
export interface Contender {
	readonly name: ContenderName;
	/** The serving process; 0 for the kernel itself. */
	readonly pid: number;
	readonly places: Readonly<Partial<Record<Subject, Place>>>;
}

/** What a contender is started with. */
export interface Start {
	/** A directory for its mount and its program. */
	readonly dir: string;
	/** Gets what ends it, which must also do while the process exits. */
	readonly undo: Devres;
}

const tree = fileURLToPath(new URL('./modules/tree.js', import.meta.url));

/** ring3 as anyone starts it: a machine of its own with two modules loaded. */
export async function startRing3({ undo }: Start): Promise<Contender> {
	const { Machine } = await bundled<typeof import('../../src/testing/machine.ts')>('src/testing/machine');
	const machine = await Machine.start({ modules: [tree, 'configfs_sample'] });
	undo.add(() => void machine.stop());
	const items = { dir: machine.path('/sys/kernel/config'), name: '02-simple-children' };
	return { name: 'ring3', pid: machine.pid, places: { ...places(machine.path('/proc/bench')), items } };
}

/** The same kernel with the same module behind the other back end. */
export async function startFuseNative({ dir, undo }: Start): Promise<Contender> {
	const mnt = mountDir(dir, 'fuse-native', undo);
	const program = fileURLToPath(new URL('./serve_fuse_native.js', import.meta.url));
	const { pid } = await startServer(process.execPath, [program, mnt, tree], undo);
	return { name: 'fuse-native', pid, places: places(join(mnt, 'proc/bench')) };
}

/** The C server. Throws where it cannot be built. */
export async function startC({ dir, undo }: Start): Promise<Contender> {
	const program = compile('server.c', dir, undo, 'fuse3');
	const mnt = mountDir(dir, 'c', undo);
	const { pid } = await startServer(program, [mnt, '-f', '-o', 'default_permissions,allow_other'], undo);
	return { name: 'c', pid, places: { ...places(mnt), whole: { dir: mnt, name: 'whole' } } };
}

function places(dir: string): Contender['places'] {
	return { attr: { dir, name: 'attr' }, files: { dir, name: 'files' }, records: { dir, name: 'records' } };
}

function mountDir(dir: string, name: string, undo: Devres): string {
	const mnt = join(dir, name);
	mkdirSync(mnt);
	undo.add(() => {
		detach(loadLibc(), mnt);
		rmdirSync(mnt);
	});
	return mnt;
}

/**
 * Starts a program that prints `ready` when it is, and ends when it gets SIGTERM or its input ends. Rejects with what it
 * printed where it ends before.
 */
export async function startServer(program: string, args: readonly string[], undo: Devres): Promise<{ pid: number }> {
	// In a session of its own, as ring3's is: the kernel may share processors out by sessions first (sched_autogroup).
	const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
	undo.add(() => void child.kill());
	const errors = collect(child.stderr);
	await Promise.race([isReady(child), died(child, program, errors)]);
	return { pid: child.pid! };
}

async function isReady({ stdout }: ChildProcess): Promise<void> {
	for await (const line of createInterface({ input: stdout! })) if (line === 'ready') return;
	await new Promise(() => {});
}

async function died(child: ChildProcess, program: string, errors: () => string): Promise<never> {
	await once(child, 'close');
	throw new Error(`${program} ended: ${errors().trim() || `status ${child.exitCode ?? child.signalCode}`}`);
}

function collect(stream: Readable): () => string {
	const chunks: Buffer[] = [];
	stream.on('data', chunk => chunks.push(chunk));
	return () => Buffer.concat(chunks).toString();
}

/** Gives a process and its session more of the processors than others get, until `undo` gives the session what it had. */
export function favour(pid: number, nice: number, undo: Devres): void {
	setPriority(pid, nice);
	const group = `/proc/${pid}/autogroup`;
	if (!existsSync(group)) return;
	const [, before = '0'] = /nice (-?\d+)/.exec(readFileSync(group, 'utf8')) ?? [];
	writeFileSync(group, `${nice}`);
	undo.add(() => existsSync(group) && writeFileSync(group, before));
}

/** Resident memory of a process in bytes. */
export function residentMemory(pid: number): number {
	const [, kilobytes] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
	return Number(kilobytes) * 1024;
}
