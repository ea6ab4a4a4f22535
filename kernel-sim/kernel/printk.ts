/**
 * printk - the kernel's log (kernel/printk/printk.c, printk_ringbuffer.c).
 *
 *     first ... next-1        records that can be read, oldest first; the oldest make room for new ones
 *     next                    perhaps a record that is still open: its text did not end with a newline
 *
 * A record that is open is seen by nobody until it ends: by a continuation with a newline (pr.cont), or because another record
 * begins. Readers keep their own place; `readers` is woken at each record that can be read.
 */

import type { Awaitable } from '../../src/lib/awaitable.ts';
import { vsprintf } from '../../src/lib/printf.ts';
import { encodedLength } from '../../src/lib/text.ts';
import { param } from './moduleparam.ts';
import { NSEC_PER_SEC, NSEC_PER_USEC, type Time } from './time.ts';
import { WaitQueueHead } from './wait.ts';

/** Levels, most urgent first (include/linux/kern_levels.h). */
export const loglevel = { EMERG: 0, ALERT: 1, CRIT: 2, ERR: 3, WARNING: 4, NOTICE: 5, INFO: 6, DEBUG: 7 } as const;

/** The level of a record that names none (CONFIG_MESSAGE_LOGLEVEL_DEFAULT). */
const MESSAGE_LOGLEVEL_DEFAULT = loglevel.WARNING;
/** Records less urgent than this are not shown on the console (CONFIG_CONSOLE_LOGLEVEL_DEFAULT). */
export const CONSOLE_LOGLEVEL_DEFAULT = 7;
/** The least that the console's level may be set to. */
const CONSOLE_LOGLEVEL_MIN = 1;
/** Longest text of one record, with the NUL behind it. */
export const PRINTKRB_RECORD_MAX = 1024;
/** Bytes that text may take (CONFIG_LOG_BUF_SHIFT of 17). */
const LOG_BUF_LEN = 1 << 17;
/** One record for this many bytes of the buffer: there is room for 4096 with the default size. */
const PRB_AVG_BYTES = 32;
/** What a record needs beside its text, and what both are rounded up to. */
const BLOCK_HEADER = 8;

/** One entry of the log. */
export interface PrintkRecord {
	readonly seq: number;
	/** 0 for the kernel, 1 for user space (LOG_USER). */
	readonly facility: number;
	readonly level: number;
	/** Nanoseconds since boot. */
	readonly timestamp: number;
	/** Without the newline at its end; there may be others inside. */
	readonly text: string;
	/** It was to continue another record, and could not. */
	readonly cont: boolean;
	/** KEY=value pairs that belong to it. */
	readonly dict: readonly string[];
}

/** What is said of a record beside its text. */
export interface PrintkInfo {
	readonly facility?: number;
	readonly level?: number;
	/** Continue the open record, if there is one. */
	readonly cont?: boolean;
	/** A record with a dictionary never stays open. */
	readonly dict?: readonly string[];
}

/** One level of `Pr`: the kernel's printf. */
export type PrFunction = (format: string, ...args: readonly unknown[]) => void;

/** pr_emerg and the rest. `debug` is recorded as by a module that is built with DEBUG. */
export interface Pr {
	readonly emerg: PrFunction;
	readonly alert: PrFunction;
	readonly crit: PrFunction;
	readonly err: PrFunction;
	readonly warn: PrFunction;
	readonly notice: PrFunction;
	readonly info: PrFunction;
	readonly debug: PrFunction;
	/** Goes on with the record before, if that did not end with a newline. */
	readonly cont: PrFunction;
}

/** What a log is made from. */
export interface PrintkInit {
	readonly time: Time;
	/** Gets what the console shows: a record, of one line or several. */
	readonly console: (text: string) => void;
	/** Bytes of text that are kept (log_buf_len); absent, 128 KiB. */
	readonly bufferLength?: number;
}

/** Values of /sys/module/printk/parameters. */
export interface PrintkParameters {
	/** Times are shown on the console, and to who reads the log by syslog(2). */
	time: boolean;
	/** Every record is shown on the console, whatever its level. */
	ignore_loglevel: boolean;
	/** These are kept, and nothing hangs on them: no console sleeps, and nothing dumps the log. */
	console_suspend: boolean;
	console_no_auto_verbose: boolean;
	always_kmsg_dump: boolean;
}

/** The parameters that this is about (module_param). */
export const printkParams = {
	time: param.bool(true, 0o644),
	ignore_loglevel: param.bool(false, 0o644),
	console_suspend: param.bool(true, 0o644),
	console_no_auto_verbose: param.bool(false, 0o644),
	always_kmsg_dump: param.bool(false, 0o644),
} as const;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What becomes of what user space writes to /dev/kmsg. */
export const devkmsgLevels = ['on', 'off', 'ratelimit'] as const;
export type DevkmsgLevel = (typeof devkmsgLevels)[number];

/** The log of one kernel. */
export class Printk {
	/** Woken whenever there is another record to read (log_wait). */
	readonly readers: WaitQueueHead;
	readonly pr: Pr;
	readonly parameters: PrintkParameters = {
		time: true,
		ignore_loglevel: false,
		console_suspend: true,
		console_no_auto_verbose: false,
		always_kmsg_dump: false,
	};
	/**
	 * Four levels: records of the first and above stay off the console, the second is that of a record that names none; then the
	 * least and the usual one of the console (console_printk).
	 */
	consolePrintk: number[] = [
		CONSOLE_LOGLEVEL_DEFAULT,
		MESSAGE_LOGLEVEL_DEFAULT,
		CONSOLE_LOGLEVEL_MIN,
		CONSOLE_LOGLEVEL_DEFAULT,
	];
	/** 1: the log is for tasks with CAP_SYSLOG. */
	dmesgRestrict = 0;
	/** Who sees addresses: 0 and 1, tasks with CAP_SYSLOG; 2, nobody. */
	kptrRestrict = 0;
	/** kernel.printk_devkmsg; nobody changes it any more once the command line has set it (printk.devkmsg=). */
	devkmsg: DevkmsgLevel = 'ratelimit';
	devkmsgLocked = false;
	/** Bytes of text that are kept. */
	readonly bufferLength: number;
	readonly #time: Time;
	readonly #console: (text: string) => void;
	/** Bound: as many as there is room for; each has its place by its number. */
	readonly #records: (PrintkRecord | undefined)[] = [];
	readonly #most: number;
	#open: Writable<PrintkRecord> | undefined;
	#first = 0;
	#next = 0;
	#used = 0;
	#clear = 0;

	constructor({ time, console, bufferLength = LOG_BUF_LEN }: PrintkInit) {
		this.#time = time;
		this.#console = console;
		this.bufferLength = bufferLength;
		this.#most = Math.floor(bufferLength / PRB_AVG_BYTES) + 1;
		this.readers = new WaitQueueHead(time);
		const at =
			(level: number): PrFunction =>
			(format, ...args) =>
				this.emit(vsprintf(format, args), { level });
		this.pr = {
			emerg: at(loglevel.EMERG),
			alert: at(loglevel.ALERT),
			crit: at(loglevel.CRIT),
			err: at(loglevel.ERR),
			warn: at(loglevel.WARNING),
			notice: at(loglevel.NOTICE),
			info: at(loglevel.INFO),
			debug: at(loglevel.DEBUG),
			cont: (format, ...args) => this.emit(vsprintf(format, args), { cont: true }),
		};
	}

	/** Records of this level and above stay off the console. */
	get consoleLoglevel(): number {
		return this.consolePrintk[0]!;
	}

	set consoleLoglevel(level: number) {
		this.consolePrintk = [level, ...this.consolePrintk.slice(1)];
	}

	/** Number of the oldest record that is still there. */
	get firstSeq(): number {
		return this.#first;
	}

	/** Number that the next record to become readable will have. */
	get nextSeq(): number {
		return this.#next;
	}

	/** Number of the first record after the last `clear`. */
	get clearSeq(): number {
		return this.#clear;
	}

	/** Sets what the command line says of /dev/kmsg, for good; the log is told of what is no such word (control_devkmsg). */
	controlDevkmsg(text = ''): void {
		const level = devkmsgLevels.find(word => text.startsWith(word));
		if (level === undefined) {
			this.pr.warn("printk.devkmsg: bad option string '%s'\n", text);
			return;
		}
		this.devkmsg = level;
		this.devkmsgLocked = true;
	}

	/** Adds text to the log (vprintk_emit). Without a newline at its end the record stays open. */
	emit(text: string, info: PrintkInfo = {}): void {
		const ended = text.endsWith('\n') || info.dict !== undefined;
		const line = text.endsWith('\n') ? text.slice(0, -1) : text;
		const open = this.#open;
		if (info.cont && open !== undefined && encodedLength(open.text) + encodedLength(line) < PRINTKRB_RECORD_MAX) {
			open.text += line;
			if (ended) this.#finish();
			return;
		}
		if (open !== undefined) this.#finish();
		this.#open = {
			seq: this.#next,
			facility: info.facility ?? 0,
			level: (info.level ?? this.consolePrintk[1]!) & 7,
			timestamp: this.#time.ktimeGet(),
			text: cut(line),
			cont: info.cont ?? false,
			dict: info.dict ?? [],
		};
		if (ended) this.#finish();
	}

	/** The oldest record from `seq` on that can be read; undefined where there is none yet (prb_read_valid). */
	get(seq: number): PrintkRecord | undefined {
		return seq < this.#next ? this.#records[Math.max(seq, this.#first) % this.#most] : undefined;
	}

	/** The records that are there, oldest first. */
	*records(from = this.#first): IterableIterator<PrintkRecord> {
		for (let record = this.get(from); record !== undefined; record = this.get(record.seq + 1)) yield record;
	}

	/** Sleeps until the record `seq`, or a later one, can be read. EINTR once `signal` is aborted. */
	waitFor(seq: number, signal: AbortSignal): Awaitable<void> {
		return this.readers.waitEventInterruptible(() => seq < this.#next, signal);
	}

	/** From now on what is there counts as read (SYSLOG_ACTION_CLEAR). It stays in the buffer. */
	clear(): void {
		this.#clear = this.#next;
	}

	#finish(): void {
		const record = this.#open!;
		this.#open = undefined;
		this.#records[record.seq % this.#most] = record;
		this.#next = record.seq + 1;
		this.#used += blockSize(record);
		while (this.#first < record.seq && (this.#used > this.bufferLength || this.#next - this.#first >= this.#most)) {
			const oldest = this.#first % this.#most;
			this.#used -= blockSize(this.#records[oldest]!);
			this.#records[oldest] = undefined;
			this.#first += 1;
		}
		const { ignore_loglevel, time } = this.parameters;
		if (record.level < this.consoleLoglevel || ignore_loglevel) {
			this.#console(recordPrintText(record, { time }).slice(0, -1));
		}
		this.readers.wakeUp();
	}
}

/** What stands before each line of a record: its level, its time. Absent: the time alone. */
export interface PrintText {
	readonly syslog?: boolean;
	readonly time?: boolean;
}

/** A record as dmesg shows it, each line of its text behind the time; with `syslog`, behind the level too. */
export function recordPrintText(record: PrintkRecord, { syslog = false, time = true }: PrintText = {}): string {
	const priority = syslog ? `<${record.facility * 8 + record.level}>` : '';
	const seconds = Math.floor(record.timestamp / NSEC_PER_SEC);
	const micros = Math.floor((record.timestamp % NSEC_PER_SEC) / NSEC_PER_USEC);
	const since = `[${String(seconds).padStart(5)}.${String(micros).padStart(6, '0')}] `;
	const prefix = time ? priority + since : priority;
	return `${prefix}${record.text.replaceAll('\n', `\n${prefix}`)}\n`;
}

function blockSize(record: PrintkRecord): number {
	return Math.ceil((BLOCK_HEADER + encodedLength(record.text)) / BLOCK_HEADER) * BLOCK_HEADER;
}

/** Bound: what is longer than a record is cut, as in Linux. */
function cut(text: string): string {
	if (text.length * 3 < PRINTKRB_RECORD_MAX || encodedLength(text) < PRINTKRB_RECORD_MAX) return text;
	let short = text.slice(0, PRINTKRB_RECORD_MAX - 1);
	while (encodedLength(short) >= PRINTKRB_RECORD_MAX) short = short.slice(0, -1);
	return short;
}
