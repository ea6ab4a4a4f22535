/**
 * machine - a machine for a test: a kernel in a process of its own, mounted, addressed by path.
 *
 *     await using machine = await Machine.start();
 *     await machine.insmod('./hello.ts', { whom: 'world' });
 *     await readFile(machine.path('/proc/hello'), 'utf8');
 *
 * A test may use its files with synchronous calls, since another process serves them. If the test dies, its machine ends as
 * well and leaves nothing: it holds the other end of a pipe.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Awaitable } from '../lib/awaitable.ts';
import { ownFile } from '../lib/own_files.ts';
import { ControlClient } from '../machine/control_client.ts';
import type { MachineOptions } from '../machine/daemon.ts';
import { parseModule, sourceOf } from '../machine/module_request.ts';
import { RuntimeDir, removeIfEmpty } from '../machine/runtime_dir.ts';
import { spawnMachine } from '../machine/spawn.ts';
import type { MachineStatus, MachineUsage } from '../machine/status.ts';

/** What a test's machine is started with. */
export interface StartOptions
	extends Pick<
		MachineOptions,
		'backend' | 'commandLine' | 'config' | 'hardware' | 'mount' | 'mounts' | 'sysctl' | 'trace'
	> {
	/** Loaded before the tree is mounted: each a file or the name of a sample, with parameters as `FILE,name=value`. */
	readonly modules?: readonly string[];
}

/** How a command ended, and all that it printed. */
export interface Completed {
	readonly status: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** What `run` may be told. */
export interface RunOptions {
	/** The command's standard input. Absent: empty. */
	readonly input?: string;
}

const cli = fileURLToPath(ownFile('src/cli/ring3'));

/** A running machine. */
export class Machine implements AsyncDisposable {
	/** Where its tree is mounted. */
	readonly dir: string;
	readonly name: string;
	/** The process that serves it. */
	readonly pid: number;
	/** Holds its control socket; for RING3_RUNTIME_DIR of a `ring3` that is to find this machine. */
	readonly runtimeDir: string;
	readonly #socket: string;
	readonly #child: ChildProcess;
	readonly #exited: Promise<unknown>;
	readonly #control: ControlClient;

	private constructor({ dir, name, pid }: MachineStatus, socket: string, child: ChildProcess, control: ControlClient) {
		this.dir = dir;
		this.name = name;
		this.pid = pid;
		this.runtimeDir = dirname(socket);
		this.#socket = socket;
		this.#child = child;
		this.#exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();
		this.#control = control;
	}

	/** Starts a machine and resolves when its tree can be read. Rejects as `ring3 mount` fails. */
	static async start({ modules = [], ...options }: StartOptions = {}): Promise<Machine> {
		const runtimeDir = mkdtempSync(join(realpathSync(tmpdir()), 'ring3-test-'));
		const env = { ...process.env, RING3_RUNTIME_DIR: runtimeDir };
		const all = { dir: join(runtimeDir, 'mnt'), modules: modules.map(parseModule), ...options };
		const { status, child } = await spawnMachine(all, { tethered: true, env }).catch(error => {
			removeIfEmpty(runtimeDir);
			throw error;
		});
		const socket = RuntimeDir.open(env).socket(status.name);
		return new Machine(status, socket, child, await ControlClient.connect(socket));
	}

	/** The path of a file of the machine: `machine.path('/proc/version')`. */
	path(file: string): string {
		return join(this.dir, file);
	}

	/**
	 * Loads a module, a file or a sample, with parameters by name or as `name=value`. Rejects with the Errno that it refuses
	 * with.
	 */
	async insmod(
		word: string,
		params: Readonly<Record<string, string | number | boolean>> | readonly string[] = {},
	): Promise<void> {
		const isList = (given: typeof params): given is readonly string[] => Array.isArray(given);
		const list = isList(params) ? params : Object.entries(params).map(([name, value]) => `${name}=${value}`);
		await this.#control.request('insmod', { source: sourceOf(word), params: list });
	}

	/** Unloads a module. Rejects with the Errno that it refuses with. */
	async rmmod(name: string): Promise<void> {
		await this.#control.request('rmmod', { name });
	}

	/** The kernel log, as dmesg(1) prints it. */
	async dmesg(): Promise<string> {
		const lines: string[] = [];
		await this.#control.request('dmesg', { follow: false }, { onItem: ({ line }) => lines.push(`${line}\n`) });
		return lines.join('');
	}

	/** What the machine holds now: nodes and lookups that the host knows, open files, sleeping requests, bytes of memory. */
	usage(): Promise<MachineUsage> {
		return this.#control.request('usage', {});
	}

	/**
	 * The lines of the trace while `body` runs: a request and its reply are two. Rejects with EINVAL for a machine that was
	 * started without `trace`.
	 */
	async trace(body: () => Awaitable<unknown>): Promise<string[]> {
		const lines: string[] = [];
		const control = await ControlClient.connect(this.#socket);
		try {
			const tracing = control.request('trace', {}, { onItem: ({ line }) => lines.push(line) });
			// What is asked on one connection is begun in that order: after an answer, all lines before it have arrived.
			await Promise.race([tracing, control.request('status', {})]);
			tracing.catch(() => {});
			await body();
			await control.request('status', {});
			return lines;
		} finally {
			control.close();
		}
	}

	/** Runs a command that sees this machine at /proc, to its end. */
	async run(command: string, args: readonly string[] = [], { input = '' }: RunOptions = {}): Promise<Completed> {
		const env = { ...process.env, RING3_RUNTIME_DIR: this.runtimeDir };
		const child = spawn(process.execPath, [cli, 'run', '--name', this.name, '--', command, ...args], { env });
		child.stdin.on('error', () => {});
		child.stdin.end(input);
		const closed = once(child, 'close');
		const [stdout, stderr] = await Promise.all([readAll(child.stdout), readAll(child.stderr)]);
		await closed;
		return { status: child.exitCode, signal: child.signalCode, stdout, stderr };
	}

	/** Ends the machine and waits until nothing of it is left. Safe to call again. */
	async stop(): Promise<void> {
		this.#control.close();
		this.#child.ref();
		this.#child.stdin?.destroy();
		await this.#exited;
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.stop();
	}
}

async function readAll(stream: Readable): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks).toString();
}
