/**
 * seq_reader - a file of records under test: what its iterator is asked, and what its reader gets.
 */

import {
	SEQ_SKIP,
	type SeqOperations,
	seqLseek,
	seqOpen,
	seqRead,
	seqRelease,
} from '../../../kernel-sim/fs/seq_file.ts';
import type { Context, File, Inode } from '../../../src/boundary/vfs.ts';
import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno, type ErrnoName } from '../../../src/lib/errno.ts';
import { FMODE_LSEEK, FMODE_PREAD, FMODE_PWRITE, FMODE_READ } from '../../../src/uapi/fs.ts';

/** What one record does: prints so many bytes (and is skipped all the same), or refuses. */
export type Record = number | { readonly skip: number } | { readonly error: ErrnoName };

/** The text of record `i` when it is `length` bytes long: no two bytes near each other are alike, so that a shift shows. */
export function recordText(i: number, length: number): string {
	let text = '';
	for (let j = 0; j < length; j++) text += String.fromCharCode(33 + ((i * 31 + j * 7 + (j >> 5)) % 90));
	return text;
}

/** An iterator over `records` that writes each call into `calls`; `sleep` stands before each answer. */
export function recording(
	records: readonly Record[],
	calls: string[],
	sleep?: () => Promise<void>,
): SeqOperations<number> {
	const answer = <T>(value: () => T): Awaitable<T> => (sleep === undefined ? value() : sleep().then(value));
	const at = (pos: number) => (pos < records.length ? pos : undefined);
	return {
		start(_m, pos) {
			calls.push(`start(${pos})`);
			return answer(() => at(pos));
		},
		next(_m, v, pos) {
			calls.push(`next(${v})`);
			return answer(() => at(pos));
		},
		show(m, v) {
			calls.push(`show(${v})`);
			return answer(() => {
				const record = records[v]!;
				if (typeof record === 'number') m.puts(recordText(v, record));
				else if ('error' in record) throw new Errno(record.error);
				else m.puts(recordText(v, record.skip));
				if (m.hasOverflowed()) calls.push('[overflow]');
				return typeof record === 'object' && 'skip' in record ? SEQ_SKIP : undefined;
			});
		},
		stop(_m, v) {
			calls.push(`stop(${v ?? 'NULL'})`);
			return answer(() => undefined);
		},
	};
}

const ctx = { signal: new AbortController().signal } as Context;

/** An open file, read and seeked as the system calls do it: a read moves the position, a pread does not. */
export class SeqReader {
	readonly file: File;

	/** `pages` are those that files have given back. */
	constructor(ops: SeqOperations<unknown>, pages: Uint8Array[] = []) {
		const inode = { fop: {}, sb: { pages } } as unknown as Inode;
		const mode = FMODE_READ | FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
		this.file = { inode, op: inode.fop, flags: 0, mode, pos: 0, privateData: undefined };
		seqOpen(this.file, ops);
	}

	/** The bytes as latin1. */
	async pread(count: number, pos: number): Promise<string> {
		return Buffer.from(await seqRead(this.file, count, pos, ctx)).toString('latin1');
	}

	async read(count: number): Promise<string> {
		const text = await this.pread(count, this.file.pos);
		this.file.pos += text.length;
		return text;
	}

	release(): void {
		seqRelease(this.file.inode, this.file);
	}

	async lseek(offset: number, whence: number): Promise<number> {
		const pos = await seqLseek(this.file, offset, whence, ctx);
		this.file.pos = pos;
		return pos;
	}
}
