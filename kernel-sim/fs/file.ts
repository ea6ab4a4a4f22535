/**
 * file - descriptors and the open files behind them (fs/file.c, fs/file_table.c).
 */

import { Errno } from '../../src/lib/errno.ts';
import type { File } from './open.ts';

/** Descriptors that a task may have (RLIMIT_NOFILE). */
const RLIMIT_NOFILE = 1024;

interface Descriptor {
	readonly file: File;
	closeOnExec: boolean;
}

/** The descriptors of a task (struct files_struct). */
export class FilesStruct {
	readonly #release: (file: File) => void;
	readonly #nrOpen: () => number;
	readonly #descriptors: (Descriptor | undefined)[] = [];

	/** `release` is called for a file that nothing refers to any more; `nrOpen` tells how many descriptors any task may have. */
	constructor(release: (file: File) => void, nrOpen: () => number) {
		this.#release = release;
		this.#nrOpen = nrOpen;
	}

	/** Numbers of the open descriptors, in rising order. */
	get fds(): readonly number[] {
		return [...this.#descriptors.keys()].filter(fd => this.#descriptors[fd] !== undefined);
	}

	/** The open file of a descriptor; undefined where it is not open. */
	find(fd: number): File | undefined {
		return this.#descriptors[fd]?.file;
	}

	/** EBADF where it is not open. */
	get(fd: number): File {
		return this.#get(fd).file;
	}

	/** Installs a file, whose reference it takes over, at the lowest free descriptor from `from` on. EMFILE. */
	install(file: File, closeOnExec: boolean, from = 0): number {
		let fd = from;
		while (this.#descriptors[fd] !== undefined) fd += 1;
		if (fd >= Math.min(RLIMIT_NOFILE, this.#nrOpen())) throw new Errno('EMFILE');
		this.#descriptors[fd] = { file, closeOnExec };
		return fd;
	}

	/** Another descriptor of the same open file (F_DUPFD). EBADF, EMFILE; EINVAL for `from` out of range. */
	dup(fd: number, closeOnExec: boolean, from = 0): number {
		const file = this.get(fd);
		if (from < 0 || from >= RLIMIT_NOFILE) throw new Errno('EINVAL');
		const copy = this.install(file, closeOnExec, from);
		file.count += 1;
		return copy;
	}

	/** Makes `to` a descriptor of the same open file, closing what it was before (dup2). EBADF. */
	dup2(fd: number, to: number): number {
		const file = this.get(fd);
		if (to < 0 || to >= RLIMIT_NOFILE) throw new Errno('EBADF');
		if (fd === to) return to;
		const old = this.#descriptors[to]?.file;
		file.count += 1;
		this.#descriptors[to] = { file, closeOnExec: false };
		if (old !== undefined) this.put(old);
		return to;
	}

	/** Takes a descriptor away and gives its reference to the caller, who `put`s it. EBADF. */
	remove(fd: number): File {
		const { file } = this.#get(fd);
		this.#descriptors[fd] = undefined;
		return file;
	}

	/** Gives a reference back; the last one releases the file. */
	put(file: File): void {
		file.count -= 1;
		if (file.count === 0) this.#release(file);
	}

	/** FD_CLOEXEC of a descriptor. EBADF. */
	closeOnExec(fd: number): boolean {
		return this.#get(fd).closeOnExec;
	}

	/** Sets FD_CLOEXEC. EBADF. */
	setCloseOnExec(fd: number, on: boolean): void {
		this.#get(fd).closeOnExec = on;
	}

	#get(fd: number): Descriptor {
		const descriptor = this.#descriptors[fd];
		if (descriptor === undefined) throw new Errno('EBADF');
		return descriptor;
	}
}
