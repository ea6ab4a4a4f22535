/**
 * syslog - the kernel's log for programs that do not read /dev/kmsg: syslog(2), and /proc/kmsg (fs/proc/kmsg.ts).
 *
 * Simulates do_syslog of kernel/printk/printk.c. All who read by SYSLOG_ACTION_READ, by whichever way, share one place in the log:
 * what one has read the others do not get.
 */

import type { SyscallContext, SyscallHandler } from '../../src/boundary/syscall.ts';
import type { Context } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../src/lib/awaitable.ts';
import { Errno, isErrno } from '../../src/lib/errno.ts';
import { encodeName } from '../../src/lib/text.ts';
import { CAP_SYSLOG } from '../../src/uapi/capability.ts';
import { type Printk, type PrintkRecord, recordPrintText } from './printk.ts';

/** What is asked for (include/linux/syslog.h). */
export const syslogAction = {
	CLOSE: 0,
	OPEN: 1,
	READ: 2,
	READ_ALL: 3,
	READ_CLEAR: 4,
	CLEAR: 5,
	CONSOLE_OFF: 6,
	CONSOLE_ON: 7,
	CONSOLE_LEVEL: 8,
	SIZE_UNREAD: 9,
	SIZE_BUFFER: 10,
} as const;

const action = syslogAction;

/** The most that SYSLOG_ACTION_CONSOLE_LEVEL takes, and the least; kernel.printk says what is set at the least. */
const MOST_LEVEL = 8;
const LEAST_LEVEL = 1;

/**
 * EPERM for who may not do that without CAP_SYSLOG: anybody may read the whole log, unless kernel.dmesg_restrict is 1
 * (check_syslog_permissions).
 */
export function checkSyslogPermissions(type: number, ctx: Context, { dmesgRestrict }: Printk): void {
	if (dmesgRestrict === 0 && (type === action.READ_ALL || type === action.SIZE_BUFFER)) return;
	if (!ctx.capable(CAP_SYSLOG)) throw new Errno('EPERM');
}

/** The log, as syslog(2) reads it. */
export class Syslog {
	readonly #printk: Printk;
	/** Next record for SYSLOG_ACTION_READ, how many bytes of it were read, and whether times are shown in it. */
	#seq = 0;
	#partial = 0;
	#time = true;
	/** The console's level while the console is off. */
	#savedLevel: number | undefined;

	constructor(printk: Printk) {
		this.#printk = printk;
	}

	/** The call, by its name. */
	get calls(): Readonly<Record<'syslog', SyscallHandler>> {
		return { syslog: ctx => this.#call(ctx) };
	}

	/** Records that nobody has read by `read`. */
	get unread(): number {
		return this.#printk.nextSeq - this.#first();
	}

	/**
	 * Reads at most `room` bytes, of which there is at least one: as much as there is, after a wait for the first record
	 * (syslog_print). `copy` gets each piece, and where it belongs; what it throws is an end, and thrown if there was nothing
	 * before. EINTR once `signal` is aborted.
	 */
	read(room: number, signal: AbortSignal, copy: (bytes: Uint8Array, at: number) => void): Awaitable<number> {
		const seq = this.#first();
		return chain(this.#printk.waitFor(seq, signal), () =>
			this.#seq === seq ? this.#print(room, copy) : this.read(room, signal, copy),
		);
	}

	#call(ctx: SyscallContext): Awaitable<number> {
		const type = Number(BigInt.asIntN(32, ctx.args[0]));
		const length = Number(BigInt.asIntN(32, ctx.args[2]));
		checkSyslogPermissions(type, ctx, this.#printk);
		switch (type) {
			case action.CLOSE:
			case action.OPEN:
				return 0;
			case action.READ:
				if (!hasRoom(ctx, length)) return 0;
				return this.read(length, ctx.signal, (bytes, at) => ctx.memory.write(ctx.args[1] + BigInt(at), bytes));
			case action.READ_ALL:
			case action.READ_CLEAR:
				return hasRoom(ctx, length) ? this.#readAll(ctx, length, type === action.READ_CLEAR) : 0;
			case action.CLEAR:
				this.#printk.clear();
				return 0;
			case action.CONSOLE_OFF:
			case action.CONSOLE_ON:
			case action.CONSOLE_LEVEL:
				return this.#setConsole(type, length);
			case action.SIZE_UNREAD:
				return this.#unreadBytes();
			case action.SIZE_BUFFER:
				return this.#printk.bufferLength;
			default:
				throw new Errno('EINVAL');
		}
	}

	#print(room: number, copy: (bytes: Uint8Array, at: number) => void): number {
		let count = 0;
		while (count < room) {
			const record = this.#printk.get(this.#first());
			if (record === undefined) break;
			if (this.#partial === 0) this.#time = this.#printk.parameters.time;
			const rest = this.#textOf(record, this.#time).subarray(this.#partial);
			// A record that does not fit whole is left for the next read, unless nothing else has been read.
			if (rest.length > room - count && count > 0) break;
			const part = rest.subarray(0, room - count);
			if (part.length === rest.length) this.#advance(record.seq + 1);
			else this.#partial += part.length;
			try {
				copy(part, count);
			} catch (error) {
				if (count === 0 || !isErrno(error)) throw error;
				break;
			}
			count += part.length;
		}
		return count;
	}

	/** The number of the record to read next, or of the oldest where that is gone. */
	#first(): number {
		if (this.#seq < this.#printk.firstSeq) this.#advance(this.#printk.firstSeq);
		return this.#seq;
	}

	#advance(seq: number): void {
		this.#seq = seq;
		this.#partial = 0;
	}

	/** The newest records since the last clear that fit whole (syslog_print_all). */
	#readAll(ctx: SyscallContext, room: number, clear: boolean): number {
		const { clearSeq, firstSeq, parameters } = this.#printk;
		const records = this.#printk.records(Math.max(clearSeq, firstSeq));
		const texts = Array.from(records, record => this.#textOf(record, parameters.time));
		let size = texts.reduce((sum, text) => sum + text.length, 0);
		while (size > room) size -= texts.shift()!.length;
		let count = 0;
		for (const text of texts) {
			ctx.memory.write(ctx.args[1] + BigInt(count), text);
			count += text.length;
		}
		if (clear) this.#printk.clear();
		return count;
	}

	#setConsole(type: number, level: number): number {
		const printk = this.#printk;
		const minimum = printk.consolePrintk[2]!;
		if (type === action.CONSOLE_OFF) {
			this.#savedLevel ??= printk.consoleLoglevel;
			printk.consoleLoglevel = minimum;
		} else if (type === action.CONSOLE_ON) {
			printk.consoleLoglevel = this.#savedLevel ?? printk.consoleLoglevel;
			this.#savedLevel = undefined;
		} else {
			if (level < LEAST_LEVEL || level > MOST_LEVEL) throw new Errno('EINVAL');
			printk.consoleLoglevel = Math.max(level, minimum);
			this.#savedLevel = undefined;
		}
		return 0;
	}

	/** Bytes that SYSLOG_ACTION_READ would give without a wait. */
	#unreadBytes(): number {
		const first = this.#first();
		let size = -this.#partial;
		for (const record of this.#printk.records(first)) {
			const partly = record.seq === first && this.#partial > 0;
			size += this.#textOf(record, partly ? this.#time : this.#printk.parameters.time).length;
		}
		return size;
	}

	#textOf(record: PrintkRecord, time: boolean): Uint8Array {
		return encodeName(recordPrintText(record, { syslog: true, time }));
	}
}

/** False for a buffer of no bytes. EINVAL for no buffer, and a negative length. */
function hasRoom(ctx: SyscallContext, length: number): boolean {
	if (ctx.args[1] === 0n || length < 0) throw new Errno('EINVAL');
	return length > 0;
}
