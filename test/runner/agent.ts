/**
 * agent - a task in a process of its own, for runners that make real system calls.
 *
 * Starts syscall_agent.ts and offers it as `Sys`. A call that has not returned after `LIMIT` kills the process and rejects, so
 * that a test fails instead of hanging. Agents that have ended a contract well are kept and used again: starting one costs a
 * tenth of a second.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { Errno } from '../../src/lib/errno.ts';
import type { Sys } from './sys.ts';

/** One call, by the name it has in `Calls`. */
export interface Request {
	readonly id: number;
	readonly name: string;
	readonly args: readonly unknown[];
}

/** What became of it: a value, an error number, or a mistake of the agent's own. */
export interface Answer {
	readonly id: number;
	readonly value?: unknown;
	readonly errno?: number;
	readonly failure?: string;
}

/** The first answer of an agent, to no request: it is ready. */
export interface Hello {
	readonly pid: number;
	/** The calls that it can make. */
	readonly names: readonly string[];
}

/** Bound: how long a call may take, in milliseconds. The longest sleep that a contract asks for is far below. */
const LIMIT = 10_000;
/** The same for its start, which a machine that does much else can make long. */
const START_LIMIT = 60_000;

interface Pending {
	resolve(value: unknown): void;
	reject(error: Error): void;
	readonly timer: NodeJS.Timeout;
}

/** The process and the calls that it has not answered. */
class Agent {
	readonly uid: number;
	pid = 0;
	/** The calls it can make. */
	names: readonly string[] = [];
	readonly #child: ChildProcess;
	readonly #pending = new Map<number, Pending>();
	#next = 0;

	private constructor(uid: number) {
		this.uid = uid;
		const program = new URL('./syscall_agent.js', import.meta.url);
		this.#child = fork(program, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
		this.#child.on('message', answer => this.#settle(answer as Answer));
		this.#child.on('exit', (code, signal) => this.#ended(`agent ${this.pid} ended: ${signal ?? code}`));
	}

	static async start(uid: number): Promise<Agent> {
		const agent = new Agent(uid);
		const hello = (await agent.#expect(agent.#next++, 'start', START_LIMIT)) as Hello;
		agent.pid = hello.pid;
		agent.names = hello.names;
		if (uid !== 0) await agent.call('become', [uid]);
		return agent;
	}

	get busy(): boolean {
		return this.#pending.size > 0;
	}

	get alive(): boolean {
		return this.#child.exitCode === null && this.#child.signalCode === null;
	}

	async call(name: string, args: readonly unknown[]): Promise<unknown> {
		if (!this.alive) throw new Error(`agent ${this.pid} has ended`);
		const id = this.#next++;
		const result = this.#expect(id, name);
		this.#child.send({ id, name, args } satisfies Request);
		return result;
	}

	kill(signal: NodeJS.Signals): void {
		this.#child.kill(signal);
	}

	/** Ends the process; resolves when it is gone, and rejects if even SIGKILL does not end it. */
	async end(): Promise<void> {
		if (!this.alive) return;
		const gone = new Promise<void>(resolve => this.#child.once('exit', () => resolve()));
		this.#child.kill('SIGKILL');
		await within(gone, `agent ${this.pid} cannot be killed`);
	}

	#expect(id: number, name: string, limit = LIMIT): Promise<unknown> {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.#child.kill('SIGKILL');
				this.#ended(`${name} did not return in ${limit / 1000} s`);
			}, limit);
			this.#pending.set(id, { resolve, reject, timer });
		});
	}

	#settle({ id, value, errno, failure }: Answer): void {
		const pending = this.#pending.get(id);
		if (pending === undefined) return;
		this.#pending.delete(id);
		clearTimeout(pending.timer);
		if (failure !== undefined) pending.reject(new Error(failure));
		else if (errno !== undefined) pending.reject(Errno.of(errno));
		else pending.resolve(value);
	}

	#ended(why: string): void {
		for (const { reject, timer } of this.#pending.values()) {
			clearTimeout(timer);
			reject(new Error(why));
		}
		this.#pending.clear();
	}
}

async function within(promise: Promise<void>, why: string): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(why)), LIMIT);
	});
	await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Agents of one test file: those at work, and those that wait to be used again. */
export class Agents {
	readonly #idle: Agent[] = [];
	readonly #working = new Set<Agent>();

	/** A task of user `uid` with no file open. */
	async task(uid: number): Promise<Sys> {
		const at = this.#idle.findIndex(agent => agent.uid === uid);
		const agent = at < 0 ? await Agent.start(uid) : this.#idle.splice(at, 1)[0]!;
		this.#working.add(agent);
		return this.#sys(agent);
	}

	/** Ends the work of all tasks: their files are closed, and those that still sleep in a call are killed. */
	async release(): Promise<void> {
		for (const agent of this.#working) {
			if (agent.busy) await agent.end();
			if (!agent.alive) continue;
			await agent.call('closeAll', []);
			this.#idle.push(agent);
		}
		this.#working.clear();
	}

	/** Ends every process. */
	async end(): Promise<void> {
		const all = [...this.#working, ...this.#idle.splice(0)];
		this.#working.clear();
		await Promise.all(all.map(agent => agent.end()));
	}

	#sys(agent: Agent): Sys {
		const calls = agent.names.map(name => [name, (...args: unknown[]) => agent.call(name, args)]);
		return {
			...(Object.fromEntries(calls) as Sys),
			pid: agent.pid,
			fork: (uid = 0) => this.task(uid),
			interrupt: async () => agent.kill('SIGUSR2'),
			exit: () => agent.end(),
		};
	}
}
