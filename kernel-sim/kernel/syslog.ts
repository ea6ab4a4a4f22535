/**
 * syslog - syslog(2): the kernel's log for programs that do not read /dev/kmsg.
 *
 * Simulates do_syslog of kernel/printk/printk.c. All readers of SYSLOG_ACTION_READ share one place in the log.
 */

import type { SyscallContext, SyscallHandler } from '../../src/boundary/syscall.ts';
import { type Awaitable, chain } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { encodeName } from '../../src/lib/text.ts';
import { CAP_SYS_ADMIN, CAP_SYSLOG } from '../../src/uapi/capability.ts';
import { type Printk, type PrintkRecord, recordPrintText } from './printk.ts';

/** What is asked for (include/linux/syslog.h). */
const action = {
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

/** The most that SYSLOG_ACTION_CONSOLE_LEVEL takes, and the least; kernel.printk says what is set at the least. */
const MOST_LEVEL = 8;
const LEAST_LEVEL = 1;

/** The log, as syslog(2) reads it. */
export class Syslog {
	readonly #printk: Printk;
	/** Next record for SYSLOG_ACTION_READ, and how many bytes of it were read. */
	#seq = 0;
	#partial = 0;
	/** The console's level while the console is off. */
	#savedLevel: number | undefined;

	constructor(printk: Printk) {
		this.#printk = printk;
	}

	/** The call, by its name. */
	get calls(): Readonly<Record<'syslog', SyscallHandler>> {
		return { syslog: ctx => this.#call(ctx) };
	}

	#call(ctx: SyscallContext): Awaitable<number> {
		const type = Number(BigInt.asIntN(32, ctx.args[0]));
		const length = Number(BigInt.asIntN(32, ctx.args[2]));
		mustBeAllowed(type, ctx, this.#printk);
		switch (type) {
			case action.CLOSE:
			case action.OPEN:
				return 0;
			case action.READ:
				return hasRoom(ctx, length) ? this.#read(ctx, length) : 0;
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
				return this.#unread();
			case action.SIZE_BUFFER:
				return this.#printk.bufferLength;
			default:
				throw new Errno('EINVAL');
		}
	}

	/** As much as there is, after a wait for the first (syslog_print). */
	#read(ctx: SyscallContext, room: number): Awaitable<number> {
		return chain(this.#printk.waitFor(this.#seq, ctx.signal), () => {
			let count = 0;
			while (count < room) {
				const record = this.#printk.get(this.#seq);
				if (record === undefined) break;
				if (record.seq !== this.#seq) this.#advance(record.seq);
				const text = this.#textOf(record);
				const part = text.subarray(this.#partial, this.#partial + room - count);
				// A record that does not fit whole is left for the next read, unless nothing else has been read.
				if (this.#partial === 0 && part.length < text.length && count > 0) break;
				ctx.memory.write(ctx.args[1] + BigInt(count), part);
				count += part.length;
				this.#partial += part.length;
				if (this.#partial === text.length) this.#advance(record.seq + 1);
			}
			return count;
		});
	}

	#advance(seq: number): void {
		this.#seq = seq;
		this.#partial = 0;
	}

	/** The newest records since the last clear that fit whole (syslog_print_all). */
	#readAll(ctx: SyscallContext, room: number, clear: boolean): number {
		const texts = [...this.#printk.records(Math.max(this.#printk.clearSeq, this.#printk.firstSeq))].map(record =>
			this.#textOf(record),
		);
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
	#unread(): number {
		let size = -this.#partial;
		for (const record of this.#printk.records(Math.max(this.#seq, this.#printk.firstSeq)))
			size += this.#textOf(record).length;
		return Math.max(size, 0);
	}

	#textOf(record: PrintkRecord): Uint8Array {
		const { time } = this.#printk.parameters;
		return encodeName(recordPrintText(record, { syslog: true, time }));
	}
}

/** Anybody may read the whole log, unless kernel.dmesg_restrict is 1; the rest takes a capability, EPERM. */
function mustBeAllowed(type: number, ctx: SyscallContext, { dmesgRestrict }: Printk): void {
	if (dmesgRestrict === 0 && (type === action.READ_ALL || type === action.SIZE_BUFFER)) return;
	if (!ctx.capable(CAP_SYSLOG) && !ctx.capable(CAP_SYS_ADMIN)) throw new Errno('EPERM');
}

/** False for a buffer of no bytes. EINVAL for no buffer, and a negative length. */
function hasRoom(ctx: SyscallContext, length: number): boolean {
	if (ctx.args[1] === 0n || length < 0) throw new Errno('EINVAL');
	return length > 0;
}
