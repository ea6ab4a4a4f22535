/**
 * handles - open files by the number that the kernel names them by.
 *
 * The kernel on the other side keeps a position of its own for each open file and moves it by the length of each reply. A
 * file of ours may move otherwise (a write to procfs does not move at all), so that each open file remembers where the kernel
 * will go on from and which position stands for that here. A transfer that begins just there is taken for the next of a
 * sequence and begins at ours; any other is a seek, or a pread, and means what it says.
 *
 * Of a file whose reads do not move at all (/dev/kmsg), a read elsewhere is taken for one behind a seek, and the file told of that.
 *
 * Divergence: a pread that begins by chance where the kernel's own position is counts as the next of the sequence, and a
 * pread anywhere else ends it. Both show only on files that have moved otherwise.
 */

import type { File, Kiocb, PollTable, Vfs } from '../../src/boundary/vfs.ts';
import { Errno } from '../../src/lib/errno.ts';
import { FASYNC, O_APPEND, O_DIRECT, O_NOATIME, O_NONBLOCK } from '../../src/uapi/fcntl.ts';

/** Flags that fcntl(F_SETFL) changes while a file is open (fs/fcntl.c: SETFL_MASK). */
const SETFL_MASK = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | FASYNC;

/** An open file and what the connection remembers of it. */
export class OpenFile {
	readonly fh: number;
	readonly file: File;
	/** Where the kernel's next transfer begins if it goes on from the last one, and what that is here. */
	#next = 0;
	#pos = 0;
	/** True once a read has given bytes and left the position where it was. */
	#still = false;
	#unpoll: (() => void)[] = [];

	constructor(fh: number, file: File) {
		this.fh = fh;
		this.file = file;
	}

	/** Takes over the flags that came with a request: they may have been changed since the file was opened. */
	setFlags(flags: number): void {
		this.file.flags = (this.file.flags & ~SETFL_MASK) | (flags & SETFL_MASK);
	}

	/** Begins a transfer that the kernel puts at `offset`. */
	begin(offset: number): Kiocb {
		return { file: this.file, pos: offset === this.#next ? this.#pos : offset };
	}

	/** True where a read at `offset` follows a seek that the file must hear of, because its own position tells nothing of it. */
	sought(offset: number): boolean {
		return this.#still && offset !== this.#next;
	}

	/** Begins a write to a file that is open for appending: the kernel's offset is the size it believes in, not a position. */
	beginAppend(): Kiocb {
		return { file: this.file, pos: this.#pos };
	}

	/** Ends a transfer after which the kernel goes on from `next`. */
	end(next: number, iocb: Kiocb): void {
		this.#next = next;
		this.#pos = iocb.pos;
	}

	/** Ends a read that has given `count` bytes. */
	endRead(offset: number, count: number, iocb: Kiocb): void {
		this.#still = count > 0 && iocb.pos === this.#pos;
		this.end(offset + count, iocb);
	}

	/** What a poll operation registers with, in place of what an earlier poll of this file registered with. */
	pollTable(wake: () => void): PollTable {
		this.endPoll();
		return {
			waiting: true,
			wait: source => {
				const cancel = source.addWaiter(() => {
					this.endPoll();
					wake();
				});
				this.#unpoll.push(cancel);
			},
		};
	}

	/** Waits for events no more. */
	endPoll(): void {
		if (this.#unpoll.length === 0) return;
		for (const cancel of this.#unpoll.splice(0)) cancel();
	}
}

/** The open files of one connection. A handle is a place in a table, taken over and over: the kernel is done with one that it releases. */
export class Handles {
	readonly #vfs: Vfs;
	/** By handle, which begin at 1. */
	readonly #files: (OpenFile | undefined)[] = [undefined];
	readonly #free: number[] = [];

	constructor(vfs: Vfs) {
		this.#vfs = vfs;
	}

	/** How many files are open. */
	get size(): number {
		return this.#files.length - 1 - this.#free.length;
	}

	/** Gives an open file a handle. */
	add(file: File): OpenFile {
		const open = new OpenFile(this.#free.pop() ?? this.#files.length, file);
		this.#files[open.fh] = open;
		return open;
	}

	/** Throws EBADF for a handle that is not in use. */
	get(fh: number): OpenFile {
		const open = this.#files[fh];
		if (!open) throw new Errno('EBADF', `handle ${fh}`);
		return open;
	}

	/** Releases a file. Throws EBADF for a handle that is not in use. */
	release(fh: number): void {
		const open = this.get(fh);
		this.#files[fh] = undefined;
		this.#free.push(fh);
		open.endPoll();
		this.#vfs.release(open.file);
	}

	/** Releases every file: the connection has come to its end. */
	releaseAll(): void {
		for (const open of this.#files) if (open) this.release(open.fh);
	}
}
