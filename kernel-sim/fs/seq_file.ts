/**
 * seq_file - virtual files made of records.
 *
 * Simulates fs/seq_file.c. A file is a sequence of records that an iterator prints one by one into a buffer of one page:
 *
 *     read(2)   start(pos) show next show next ... stop      one session: records until one more does not fit
 *     read(2)   start(pos) show next ...                     the next session begins with the record that did not fit
 *
 * A session holds whole records only, so a read of many short records returns a little less than a page. What the caller had
 * no room for stays in the buffer and is what the next read begins with. A record larger than the buffer doubles it, for the
 * rest of this open, and is shown again. Reading elsewhere than where the last read ended runs the iterator from the first
 * record and throws away what comes before.
 *
 * The algorithm is written as generators that yield only where an operation sleeps; `drive` runs one to its end in the same turn
 * when none does. A single record that is read from its beginning to its end, as nearly all are, goes without.
 * The lock of an open file is held through a whole read or seek.
 */

import type { Context, File, Inode } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain, isPromise } from '../../src/lib/awaitable.ts';
import { copyOf, join } from '../../src/lib/bytes.ts';
import { Errno, isErrno } from '../../src/lib/errno.ts';
import { SEEK_CUR, SEEK_SET } from '../../src/uapi/fcntl.ts';
import { FMODE_PWRITE } from '../../src/uapi/fs.ts';
import { Mutex } from '../kernel/mutex.ts';
import type { Time } from '../kernel/time.ts';
import { drive, type Steps } from '../lib/steps.ts';
import { MAX_RW_COUNT } from './read_write.ts';
import { SeqBuf } from './seq_buf.ts';
import type { SuperBlock } from './super.ts';

const PAGE_SIZE = 4096;
/** Bound: pages that are kept for files that are opened next. What was read is a copy, and none of them. */
const PAGES_MAX = 16;
/** Elements that an iterator goes through before others get their turn. */
const BATCH = 1 << 16;
const NOTHING = new Uint8Array(0);

/** What `show` returns to have its record left out, with whatever it has printed of it. */
export const SEQ_SKIP: unique symbol = Symbol.for('SEQ_SKIP');

/** What `start` returns for position 0 where the first record is a heading and not an element. */
export const SEQ_START_TOKEN: unique symbol = Symbol.for('SEQ_START_TOKEN');

/** What a show operation gives back: nothing, or SEQ_SKIP. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is the result of a function that need not return anything
export type Shown = void | typeof SEQ_SKIP;

/**
 * The iterator (struct seq_operations). `T` is an element, `P` is what `m.private` holds. Each operation may sleep. An Errno
 * that `start`, `next` or `show` throws ends the session: the caller gets the records before it first, and the error by its
 * next read.
 */
export interface SeqOperations<T, P = unknown> {
	/** The element at `pos`; undefined past the last one. Begins a session. */
	start(m: SeqFile<P>, pos: number): Awaitable<T | undefined>;
	/**
	 * The element after `v`; undefined where there is none. `pos` is its position, already counted; an iterator whose
	 * positions have gaps sets `m.index` to a greater one.
	 */
	next(m: SeqFile<P>, v: T, pos: number): Awaitable<T | undefined>;
	/** Prints `v`. To print nothing yields no record and is not the end. */
	show(m: SeqFile<P>, v: T): Awaitable<Shown>;
	/** Ends a session; `v` is where it stopped, undefined at the end or after an error. Absent: nothing to undo. */
	stop?(m: SeqFile<P>, v: T | undefined): Awaitable<void>;
}

/** An error where an element was expected (ERR_PTR). */
class ErrPtr {
	readonly error: unknown;

	constructor(error: unknown) {
		this.error = error;
	}
}

/** The first record of a session needs a larger buffer. */
const OVERFLOW = Symbol('OVERFLOW');

type Ended = ErrPtr | typeof OVERFLOW | undefined;

/** An open file made of records (struct seq_file): what its iterator prints into. */
export class SeqFile<P = unknown> extends SeqBuf {
	readonly file: File;
	/** For the iterator. */
	private: P;
	/** Position of the element that is shown next. */
	index = 0;
	/** Whose read or seek it is that runs the iterator. */
	ctx!: Context;
	/** Lets others run while an iterator goes through very many elements. Absent: nobody can. */
	time: Time | undefined;

	/** Held through a whole read or seek. */
	readonly lock = new Mutex();

	readonly #op: SeqOperations<unknown, P>;
	/** Where the bytes begin that nobody has read. */
	#from = 0;
	/** Where the last read ended. */
	#readPos = 0;
	/** Elements that the session under way has gone through. */
	#steps = 0;

	constructor(file: File, op: SeqOperations<unknown, P>, priv: P) {
		super();
		this.file = file;
		this.#op = op;
		this.private = priv;
	}

	/** seq_read_iter. */
	read(count: number, pos: number, ctx: Context): Awaitable<Uint8Array> {
		if (count === 0) return NOTHING;
		return this.lock.run(() => {
			this.ctx = ctx;
			const single = this.#op.start === singleStart;
			if (single && pos === 0) return this.#showSingle(count);
			if (single && pos === this.#readPos && this.count === 0) return NOTHING;
			return drive(this.#readSteps(count, pos));
		});
	}

	/** What #readSteps comes to at the beginning of a single record, as most files are. Behind it there is nothing. */
	#showSingle(count: number): Awaitable<Uint8Array> {
		this.index = 0;
		this.count = 0;
		this.#from = 0;
		this.#readPos = 0;
		this.#needBuffer();
		return chain(this.#show(SEQ_START_TOKEN), shown => {
			if (shown === SEQ_SKIP || shown instanceof ErrPtr) this.count = 0;
			if (shown instanceof ErrPtr) throw shown.error;
			if (this.hasOverflowed() && this.#hasGrown(OVERFLOW)) return this.#showSingle(count);
			this.index = 1;
			return this.#advance(this.#take(count));
		});
	}

	/** seq_lseek: EINVAL for a negative position, and for a whence other than SEEK_SET and SEEK_CUR. */
	llseek(offset: number, whence: number, ctx: Context): Awaitable<number> {
		return this.lock.run(() => {
			this.ctx = ctx;
			if (whence !== SEEK_SET && whence !== SEEK_CUR) throw new Errno('EINVAL');
			const pos = whence === SEEK_CUR ? this.file.pos + offset : offset;
			if (pos < 0) throw new Errno('EINVAL');
			return pos === this.#readPos ? pos : drive(this.#llseekSteps(pos));
		});
	}

	*#readSteps(count: number, pos: number): Steps<Uint8Array> {
		if (pos === 0) {
			this.index = 0;
			this.count = 0;
		}
		if (pos !== this.#readPos) yield* this.#seek(pos);
		this.#needBuffer();

		const leftOver = this.#take(count);
		if (this.count > 0) return this.#advance(leftOver);

		const room = count - leftOver.length;
		let ended: Ended;
		do ended = yield* this.#session(room);
		while (this.#hasGrown(ended));
		const bytes = join(leftOver, this.#take(room));
		if (bytes.length === 0 && ended !== undefined) throw ended.error;
		return this.#advance(bytes);
	}

	*#llseekSteps(pos: number): Steps<number> {
		try {
			yield* this.#seek(pos);
			return pos;
		} catch (error) {
			this.file.pos = 0;
			throw error;
		}
	}

	/** Goes to byte `pos`. After an error the file stands at its beginning. */
	*#seek(pos: number): Steps<void> {
		let ended: Ended;
		do ended = yield* this.#traverse(pos);
		while (this.#hasGrown(ended));
		this.#readPos = pos;
		if (ended === undefined) return;
		this.#readPos = 0;
		this.index = 0;
		this.count = 0;
		throw ended.error;
	}

	/** Fills the empty buffer with a record that is not empty, and with as many more as fit until there are `room` bytes. */
	*#session(room: number): Steps<Ended> {
		this.#from = 0;
		const first = this.#start();
		let v = isPromise(first) ? yield first : first;
		try {
			for (;;) {
				if (v === undefined || v instanceof ErrPtr) {
					this.count = 0;
					return v;
				}
				const result = this.#show(v);
				const shown = isPromise(result) ? yield result : result;
				if (shown instanceof ErrPtr) {
					this.count = 0;
					return shown;
				}
				if (shown === SEQ_SKIP) this.count = 0;
				if (this.hasOverflowed()) return OVERFLOW;
				if (this.count > 0) break;
				const next = this.#next(v);
				v = isPromise(next) ? yield next : next;
			}
			for (;;) {
				const whole = this.count;
				const next = this.#next(v);
				v = isPromise(next) ? yield next : next;
				if (v === undefined || v instanceof ErrPtr || this.count >= room) return undefined;
				const result = this.#show(v);
				const shown = isPromise(result) ? yield result : result;
				if (shown === SEQ_SKIP) this.count = whole;
				else if (shown instanceof ErrPtr || this.hasOverflowed()) {
					this.count = whole;
					return undefined;
				}
			}
		} finally {
			const stopped = this.#stop(v);
			if (isPromise(stopped)) yield stopped;
		}
	}

	/** Runs the iterator from the first record until byte `offset` is the next one in the buffer, or that of the next record. */
	*#traverse(offset: number): Steps<Ended> {
		this.index = 0;
		this.count = 0;
		this.#from = 0;
		if (offset === 0) return undefined;
		this.#needBuffer();

		let pos = 0;
		const first = this.#start();
		let v = isPromise(first) ? yield first : first;
		try {
			while (v !== undefined) {
				if (v instanceof ErrPtr) return v;
				const result = this.#show(v);
				const shown = isPromise(result) ? yield result : result;
				if (shown instanceof ErrPtr) return shown;
				if (shown === SEQ_SKIP) this.count = 0;
				if (this.hasOverflowed()) return OVERFLOW;
				const next = this.#next(v);
				v = isPromise(next) ? yield next : next;
				if (pos + this.count > offset) {
					this.#from = offset - pos;
					this.count -= this.#from;
					return undefined;
				}
				pos += this.count;
				this.count = 0;
				if (pos === offset) return undefined;
			}
			return undefined;
		} finally {
			const stopped = this.#stop(v);
			if (isPromise(stopped)) yield stopped;
		}
	}

	#start(): Awaitable<unknown> {
		this.#steps = 0;
		try {
			return this.#settled(this.#op.start(this, this.index));
		} catch (error) {
			return this.#refused(error);
		}
	}

	/**
	 * Divergence: a seek far into an endless file, which Linux is busy with until it is done, lets others run, and is EINTR once
	 * its caller is interrupted.
	 */
	#next(v: unknown): Awaitable<unknown> {
		this.#steps++;
		if (this.#steps % BATCH !== 0 || this.time === undefined) return this.#nextElement(v);
		return this.#settled(chain(this.time.sleep(1, this.ctx.signal), () => this.#nextElement(v)));
	}

	#nextElement(v: unknown): Awaitable<unknown> {
		this.index++;
		try {
			return this.#settled(this.#op.next(this, v, this.index));
		} catch (error) {
			return this.#refused(error);
		}
	}

	#show(v: unknown): Awaitable<unknown> {
		try {
			return this.#settled(this.#op.show(this, v));
		} catch (error) {
			return this.#refused(error);
		}
	}

	#stop(v: unknown): Awaitable<void> {
		return this.#op.stop?.(this, v instanceof ErrPtr ? undefined : v);
	}

	#settled(result: Awaitable<unknown>): Awaitable<unknown> {
		return isPromise(result) ? result.catch(error => this.#refused(error)) : result;
	}

	/** An Errno is an answer; a mistake of the iterator's author ends the read at once, and leaves nothing in the buffer. */
	#refused(error: unknown): ErrPtr {
		if (isErrno(error)) return new ErrPtr(error);
		this.count = 0;
		throw error;
	}

	/** Gives the page back for the next file of records, unless somebody still prints into it. No read may follow. */
	release(): void {
		if (this.lock.locked || this.buf.length !== PAGE_SIZE) return;
		const pages = sparePages(this.file);
		if (pages.length < PAGES_MAX) pages.push(this.buf);
		this.buf = NOTHING;
		this.count = 0;
	}

	#needBuffer(): void {
		if (this.buf.length === 0) this.buf = sparePages(this.file).pop() ?? new Uint8Array(PAGE_SIZE);
	}

	/** True where a record needs a larger buffer, which there is now; it is to be shown again. */
	#hasGrown(ended: Ended): ended is typeof OVERFLOW {
		if (ended !== OVERFLOW) return false;
		const size = this.buf.length * 2;
		if (size > MAX_RW_COUNT) throw new Errno('ENOMEM');
		this.buf = new Uint8Array(size);
		this.count = 0;
		return true;
	}

	/** Takes up to `count` bytes out of the buffer. */
	#take(count: number): Uint8Array {
		const n = Math.min(count, this.count);
		const bytes = copyOf(this.buf, this.#from, n);
		this.#from += n;
		this.count -= n;
		return bytes;
	}

	#advance(bytes: Uint8Array): Uint8Array {
		this.#readPos += bytes.length;
		return bytes;
	}
}

/** Pages of its file system that no file needs just now. */
const sparePages = ({ inode }: File): Uint8Array[] => (inode.sb as Partial<SuperBlock>).pages ?? [];

/** seq_open: makes `file` one of records. It is read at any position, but pwrite(2) is ESPIPE from now on. */
export function seqOpen<T>(file: File, op: SeqOperations<T>): void;
/** seq_open_private: with `priv` in `m.private`. */
export function seqOpen<T, P>(file: File, op: SeqOperations<T, P>, priv: P): void;
export function seqOpen(file: File, op: SeqOperations<unknown>, priv?: unknown): void {
	file.privateData = new SeqFile(file, op, priv);
	file.mode &= ~FMODE_PWRITE;
}

/**
 * single_open: makes `file` a single record, of any length, that is shown anew by each read at its beginning. `priv` is its
 * `m.private`.
 */
export function singleOpen(file: File, show: (m: SeqFile) => Awaitable<Shown>, priv?: unknown): void {
	seqOpen(file, { start: singleStart, next: singleNext, show }, priv);
}

const singleStart: SeqOperations<unknown>['start'] = (_m, pos) => (pos === 0 ? SEQ_START_TOKEN : undefined);
const singleNext: SeqOperations<unknown>['next'] = () => undefined;

/** The `read` of a file that seqOpen or singleOpen has opened. */
export function seqRead(file: File, count: number, pos: number, ctx: Context): Awaitable<Uint8Array> {
	return (file.privateData as SeqFile).read(count, pos, ctx);
}

/** The `llseek` of such a file. */
export function seqLseek(file: File, offset: number, whence: number, ctx: Context): Awaitable<number> {
	return (file.privateData as SeqFile).llseek(offset, whence, ctx);
}

/** The `release` of such a file: lets go of its buffer. */
export function seqRelease(_inode: Inode, file: File): void {
	(file.privateData as SeqFile | undefined)?.release();
	file.privateData = undefined;
}
