/**
 * pid - process ids, and the tasks of this process that have them (kernel/pid.c).
 */

import { Errno } from '../../src/lib/errno.ts';
import type { TaskStruct } from '../fs/task.ts';

/** Ids are below this number (kernel.pid_max). */
const PID_MAX = 32768;
/** Where counting begins again once the ids are used up (RESERVED_PIDS). */
const RESERVED_PIDS = 300;

/** The tasks of one kernel. Programs of the host have ids of the host, and are asked for through it. */
export class Pids {
	readonly #tasks = new Map<number, TaskStruct>();
	#last = 0;
	#total = 0;

	/** Tasks of this process since boot. */
	get total(): number {
		return this.#total;
	}

	/** The id that was given out last, as /proc/loadavg shows it. */
	get last(): number {
		return this.#last;
	}

	/** The tasks, in rising order of their ids. */
	list(): readonly TaskStruct[] {
		return [...this.#tasks.values()].sort((a, b) => a.pid - b.pid);
	}

	/** Undefined where no task of this process has the id. */
	find(pid: number): TaskStruct | undefined {
		return this.#tasks.get(pid);
	}

	/** Makes a task with the next free id. EAGAIN when there is none. */
	add<T extends TaskStruct>(make: (pid: number) => T): T {
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
		for (let tried = 0; tried < PID_MAX; tried++) {
			this.#last = this.#last + 1 < PID_MAX ? this.#last + 1 : RESERVED_PIDS;
			if (!this.#tasks.has(this.#last)) return this.#last;
		}
		throw new Errno('EAGAIN');
	}
}
