/**
 * pid - process ids, and the tasks of this process that have them (kernel/pid.c).
 */

import { Errno } from '../../src/lib/errno.ts';
import type { TaskStruct } from '../fs/task.ts';

/** The most that kernel.pid_max may be (PID_MAX_LIMIT). */
export const PID_MAX_LIMIT = 4 * 1024 * 1024;
/** Where counting begins again once the ids are used up. */
export const RESERVED_PIDS = 300;

/** The tasks of one kernel. Programs of the host have ids of the host, and are asked for through it. */
export class Pids {
	/** Ids are below this number (kernel.pid_max). */
	pidMax = 32_768;
	/** Tasks that there may be (kernel.threads-max). */
	maxThreads: number;
	/** The id that was given out last, as /proc/loadavg shows it; the next one is above it. */
	last = 0;
	readonly #tasks = new Map<number, TaskStruct>();
	#total = 0;

	constructor(maxThreads: number) {
		this.maxThreads = maxThreads;
	}

	/** Tasks of this process since boot. */
	get total(): number {
		return this.#total;
	}

	/** Tasks that there are. */
	get size(): number {
		return this.#tasks.size;
	}

	/** The tasks, in rising order of their ids. */
	list(): readonly TaskStruct[] {
		return [...this.#tasks.values()].sort((a, b) => a.pid - b.pid);
	}

	/** Undefined where no task of this process has the id. */
	find(pid: number): TaskStruct | undefined {
		return this.#tasks.get(pid);
	}

	/** Makes a task with the next free id. EAGAIN when there is none, or as many tasks as there may be. */
	add<T extends TaskStruct>(make: (pid: number) => T): T {
		if (this.#tasks.size >= this.maxThreads) throw new Errno('EAGAIN');
		const task = make(this.#allocate());
		this.#tasks.set(task.pid, task);
		this.#total += 1;
		return task;
	}

	/** A task has ended. */
	remove(task: TaskStruct): void {
		this.#tasks.delete(task.pid);
	}

	#allocate(): number {
		for (let tried = 0; tried < this.pidMax; tried++) {
			this.last = this.last + 1 < this.pidMax ? this.last + 1 : RESERVED_PIDS;
			if (!this.#tasks.has(this.last)) return this.last;
		}
		throw new Errno('EAGAIN');
	}
}
