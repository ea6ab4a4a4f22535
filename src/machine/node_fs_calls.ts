/**
 * node_fs_calls - the system calls of a task for functions that cannot wait, with the errors of node:fs.
 *
 * A function that may wait is run by `wait`: the first call of it that has to sleep ends the run, and when the answer has come
 * the function is run again, with the answers that its calls had so far. So it must do nothing but by such calls, and make the
 * same ones each time.
 */

import { getSystemErrorMap } from 'node:util';
import type { Task } from '../../kernel-sim/fs/syscalls.ts';
import { type Awaitable, chain, isPromise } from '../lib/awaitable.ts';
import { type ErrnoName, errno, isErrno } from '../lib/errno.ts';

/** Bytes that are read at once where all are wanted. */
const CHUNK = 65536;

/** The calls of one task. */
export class NodeCalls {
	readonly task: Task;
	#turn: Turn | undefined;

	constructor(task: Task) {
		this.task = task;
	}

	/**
	 * What a call answers. Throws as node:fs does: an Error with `code`, `errno`, `syscall`, and `path` and `dest` if there are
	 * such; EAGAIN for a call that has to sleep, outside of `wait`.
	 */
	do<T>(syscall: string, call: (task: Task) => Awaitable<T>, path?: string, dest?: string): T {
		const { task } = this;
		try {
			return this.#turn === undefined ? task.withoutSleep(() => call(task)) : this.#turn.take(() => call(task));
		} catch (error) {
			throw isErrno(error) ? nodeError(error.code, syscall, path, dest) : error;
		}
	}

	/** What `body` answers at last, however often its calls have to sleep. */
	async wait<T>(body: () => T): Promise<T> {
		const turn = new Turn();
		for (;;) {
			turn.rewind();
			this.#turn = turn;
			try {
				const result = body();
				if (turn.asleep === undefined) return result;
			} catch (error) {
				if (turn.asleep === undefined) throw error;
			} finally {
				this.#turn = undefined;
			}
			await turn.asleep;
		}
	}

	/** A descriptor. One that is opened when nobody waits for it any more is closed. */
	open(path: string, flags: number, mode: number, syscall = 'open'): number {
		const waited = this.#turn !== undefined;
		const opening = (task: Task) => {
			const fd = task.open(path, flags, mode);
			if (isPromise(fd) && !waited) {
				fd.then(
					late => task.close(late),
					() => {},
				);
			}
			return fd;
		};
		return this.do(syscall, opening, path);
	}

	close(fd: number): void {
		this.do('close', task => task.close(fd));
	}

	/** What is read, at the position of the file unless one is given, in memory that no later read fills anew. */
	read(fd: number, count: number, pos?: number): Uint8Array {
		return this.do('read', task =>
			chain(pos === undefined ? task.read(fd, count) : task.pread(fd, count, pos), data => data.slice()),
		);
	}

	/** All that is left to read, whatever the size of the file is said to be. */
	readToEnd(fd: number): Buffer {
		const chunks: Uint8Array[] = [];
		for (;;) {
			const chunk = this.read(fd, CHUNK);
			if (chunk.length === 0) return Buffer.concat(chunks);
			chunks.push(chunk);
		}
	}
}

/** One function under way: what its calls have answered. */
class Turn {
	/** The call that it sleeps in, which settles when there is an answer and never rejects. */
	asleep: Promise<void> | undefined;
	readonly #answers: (() => unknown)[] = [];
	#next = 0;

	rewind(): void {
		this.#next = 0;
		this.asleep = undefined;
	}

	/** The answer of the next call. Throws what nobody gets to see, if there is none yet. */
	take<T>(call: () => Awaitable<T>): T {
		if (this.asleep !== undefined) throw new Error('the function sleeps');
		const index = this.#next++;
		this.#answers[index] ??= this.#ask(index, call);
		return this.#answers[index]() as T;
	}

	#ask<T>(index: number, call: () => Awaitable<T>): () => T {
		let result: Awaitable<T>;
		try {
			result = call();
		} catch (error) {
			return () => raise(error);
		}
		if (!isPromise(result)) {
			const value = result;
			return () => value;
		}
		this.asleep = result.then(
			value => {
				this.#answers[index] = () => value;
			},
			error => {
				this.#answers[index] = () => raise(error);
			},
		);
		return () => raise(new Error('the function sleeps'));
	}
}

/** An error as node:fs makes it of a negative errno. */
export function nodeError(code: string, syscall: string, path?: string, dest?: string): NodeJS.ErrnoException {
	const number = -errno[code as ErrnoName];
	const text = getSystemErrorMap().get(number)?.[1] ?? 'unknown error';
	const names = [path, dest].filter(name => name !== undefined).map(name => `'${name}'`);
	const message = [`${code}: ${text}, ${syscall}`, names.join(' -> ')].filter(part => part !== '').join(' ');
	return Object.assign(new Error(message), {
		errno: number,
		code,
		syscall,
		...(path !== undefined && { path }),
		...(dest !== undefined && { dest }),
	});
}

function raise(error: unknown): never {
	throw error;
}
