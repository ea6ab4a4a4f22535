/**
 * legacy - files in /proc that are one page: read_proc and write_proc.
 *
 * Simulates what fs/proc/generic.c of Linux 3.9 and before had under create_proc_entry: __proc_file_read, proc_file_write and
 * proc_file_lseek. One read(2) calls read_proc again and again, each time for what is still wanted, until it says that this was
 * all, gives nothing, or gives nothing beyond the position. What `start` is afterwards says what the page holds:
 *
 *     undefined, 0     the file from its beginning; what lies behind the position is taken
 *     part of the page the bytes at the position; it advances by what is taken
 *     a number         the page holds one block, which is taken whole; the position advances by that number, whatever it counts
 *
 * Divergence: a block that is longer than what the reader has room for is cut; Linux wrote it behind the reader's buffer.
 */

import type { File, ReadResult } from '../../../src/boundary/vfs.ts';
import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno, isErrno } from '../../../src/lib/errno.ts';
import { type Ref, ref } from '../../../src/lib/ref.ts';
import { SEEK_CUR, SEEK_SET } from '../../../src/uapi/fcntl.ts';
import type { Pr } from '../../kernel/printk.ts';
import { drive, type Steps, step } from '../../lib/steps.ts';
import { MAX_NON_LFS } from '../read_write.ts';
import { PDE, type ProcDirEntry, type ProcOps, procSb } from './internal.ts';

const PAGE_SIZE = 4096;
/** The most that read_proc is asked for at once; the rest of the page is for those that do not look. */
const PROC_BLOCK_SIZE = PAGE_SIZE - 1024;

/** What the page holds: see above. */
export type Start = Uint8Array | number | undefined;

/**
 * Fills the page and gives the number of bytes in it; 0 is the end of the file. `off` and `count` say what is wanted, and need
 * not be looked at. `start` is undefined and `eof` false at first. May sleep, and refuses by throwing an Errno, which the reader
 * is told at once, or at its next read where it has got bytes from an earlier call.
 */
export type ReadProc<T> = (
	page: Uint8Array,
	start: Ref<Start>,
	off: number,
	count: number,
	eof: Ref<boolean>,
	data: T,
) => Awaitable<number>;

/** Takes what was written, and gives the number of bytes taken. */
export type WriteProc<T> = (file: File, buffer: Uint8Array, data: T) => Awaitable<number>;

/** An entry whose operations may be set as long as it is there. */
export interface LegacyEntry<T> extends ProcDirEntry {
	/** Handed to both; undefined until it is set. */
	data: T;
	/** Absent: the file is empty. */
	readProc?: ReadProc<T>;
	/** Absent: EIO. */
	writeProc?: WriteProc<T>;
}

/** What one call of read_proc gave: bytes for the reader, none at the end, and by how much the position advances. */
interface Taken {
	readonly bytes: Uint8Array;
	readonly advance: number;
}

const NOTHING: Taken = { bytes: new Uint8Array(0), advance: 0 };

/** What the n bytes that read_proc says it has put into the page mean to a reader at `pos` who has room for `room`. */
function take(page: Uint8Array, start: Start, n: number, pos: number, room: number, pr: Pr): Taken {
	const count = Math.min(PROC_BLOCK_SIZE, room);
	const memory = start instanceof Uint8Array ? start : page;
	if (n > memory.length) pr.err('proc_file_read: Apparent buffer overflow!\n');
	const filled = memory.subarray(0, n);
	if (start === undefined || start === 0) {
		const bytes = filled.slice(pos, pos + count);
		return { bytes, advance: bytes.length };
	}
	if (typeof start === 'number') {
		if (filled.length > count) pr.warn('proc_file_read: Read count exceeded\n');
		return { bytes: filled.slice(0, room), advance: start };
	}
	const bytes = filled.slice(0, count);
	return { bytes, advance: bytes.length };
}

function* readSteps(entry: LegacyEntry<unknown>, count: number, from: number, pr: Pr): Steps<ReadResult> {
	const page = new Uint8Array(PAGE_SIZE);
	const parts: Uint8Array[] = [];
	let pos = from;
	let room = Math.min(count, MAX_NON_LFS - pos);
	const out = { start: undefined as Start, eof: false };
	while (room > 0 && !out.eof && entry.readProc !== undefined) {
		out.start = undefined;
		const asked = Math.min(PROC_BLOCK_SIZE, room);
		let n: number;
		try {
			n = yield* step(entry.readProc(page, ref(out, 'start'), pos, asked, ref(out, 'eof'), entry.data));
		} catch (error) {
			if (parts.length === 0 || !isErrno(error)) throw error;
			break;
		}
		const { bytes, advance } = n > 0 ? take(page, out.start, n, pos, room, pr) : NOTHING;
		if (bytes.length === 0) break;
		parts.push(bytes);
		room -= bytes.length;
		pos += advance;
	}
	return { bytes: concat(parts), pos };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
	if (parts.length === 1) return parts[0]!;
	const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

/** What a legacy entry does (proc_file_operations). */
export const legacyProcOps: ProcOps = {
	read(file, count, pos) {
		const entry = PDE(file.inode) as LegacyEntry<unknown>;
		return drive(readSteps(entry, count, pos, procSb(file.inode).kernel.pr));
	},

	write(file, data) {
		const entry = PDE(file.inode) as LegacyEntry<unknown>;
		if (entry.writeProc === undefined) throw new Errno('EIO');
		return entry.writeProc(file, data, entry.data);
	},

	lseek(file, offset, whence) {
		const pos = whence === SEEK_CUR ? file.pos + offset : offset;
		if ((whence !== SEEK_SET && whence !== SEEK_CUR) || pos < 0 || pos > MAX_NON_LFS) throw new Errno('EINVAL');
		return pos;
	},
};
