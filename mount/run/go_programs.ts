/**
 * go_programs - which programs were built with Go.
 *
 * golang.org/x/sys/unix refuses what does not come from a sockaddr_nl, down to its family; programs in C look at the port.
 */

import { promises as fs, readlinkSync } from 'node:fs';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { isErrno } from '../../src/lib/errno.ts';

/** Where Go's linker puts a note of its own, in an ELF file. */
const HEAD = 4096;
/** Bound: programs that are remembered. */
const MEMORY = 1000;

/** Remembers what was found out. */
export class GoPrograms {
	readonly #known = new Map<string, boolean>();

	/** True for a program of Go; false also for one that cannot be looked at. */
	isGo(pid: number): Awaitable<boolean> {
		const program = `${pid} ${exeOf(pid)}`;
		return this.#known.get(program) ?? this.#look(pid, program);
	}

	/** Never waits for the file system in this thread, which may be the one that serves the file. */
	async #look(pid: number, program: string): Promise<boolean> {
		const go = (await headOf(`/proc/${pid}/exe`)).includes('Go\0\0');
		if (this.#known.size >= MEMORY) this.#known.clear();
		this.#known.set(program, go);
		return go;
	}
}

function exeOf(pid: number): string {
	try {
		return readlinkSync(`/proc/${pid}/exe`);
	} catch (error) {
		if (isErrno(error)) return '';
		throw error;
	}
}

async function headOf(path: string): Promise<Buffer> {
	try {
		await using file = await fs.open(path, 'r');
		const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
		return buffer.subarray(0, bytesRead);
	} catch (error) {
		if (isErrno(error)) return Buffer.alloc(0);
		throw error;
	}
}
