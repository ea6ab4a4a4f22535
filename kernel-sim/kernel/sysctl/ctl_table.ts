/**
 * ctl_table - what the files under /proc/sys are made from (include/linux/sysctl.h).
 *
 * A table is a literal: names, each with the variable behind it, who may do what, and the handler that reads and writes it.
 *
 *     const table: CtlTable = {
 *         value1: { data: ref(values, 'value1'), mode: 0o644, handler: procDointvecMinmax({ min: 10, max: 20 }) },
 *         name: { data: ref(values, 'name'), maxlen: 65, mode: 0o644, handler: procDostring },
 *     };
 *
 * A handler is called for each read(2) and write(2), and moves `len` and `pos` of the call as C handlers do `*lenp` and `*ppos`.
 */

import type { Context } from '../../../src/boundary/vfs.ts';
import type { Awaitable } from '../../../src/lib/awaitable.ts';
import type { Ref } from '../../../src/lib/ref.ts';
import { encodeName } from '../../../src/lib/text.ts';
import { type Timers, WaitQueueHead } from '../wait.ts';

/** What a handler is given of its entry. */
export interface CtlData<T> {
	/** The variable. Absent: reads give nothing and writes take nothing, and the ready handlers may not be registered. */
	readonly data?: Ref<T> | undefined;
	/** Bytes of a string with the NUL behind it, or bits of a bitmap; other handlers look at the variable itself. */
	readonly maxlen?: number | undefined;
	/** Permission bits, which root has to keep to as well. */
	readonly mode: number;
	/** Who waits for a change by poll(2). */
	readonly poll?: CtlTablePoll | undefined;
}

/**
 * Reads or writes once. It answers a read by `call.reply`; of a write it takes all, unless it sets `call.len`. It refuses by
 * throwing an Errno, and may have stored a part before.
 */
export interface ProcHandler<T> {
	(table: CtlData<T>, call: SysctlCall): Awaitable<void>;
	/** What is wrong with an entry that has this handler, a line for each; asked when a table is registered. Absent: nothing. */
	readonly check?: (table: CtlData<T>) => readonly string[];
}

/** One file (struct ctl_table). */
export interface CtlEntry<T> extends CtlData<T> {
	readonly handler?: ProcHandler<T>;
}

/** Gives an entry back, whose handler is written in it: its type is that of the variable. */
export function ctlEntry<T = never>(entry: CtlEntry<T>): CtlEntry<T> {
	return entry;
}

/** A set of bits: bit n is bit n % 8 of byte n / 8. */
export type Bitmap = Uint8Array;

/** An entry, whatever its variable is: an int, a vector of them, an unsigned long, a string, a bool, a set of bits, or none. */
export type CtlAnyEntry =
	| CtlEntry<number>
	| CtlEntry<number[]>
	| CtlEntry<bigint>
	| CtlEntry<bigint[]>
	| CtlEntry<string>
	| CtlEntry<boolean>
	| CtlEntry<Bitmap>
	| CtlEntry<never>;

/** The files of a directory, by their names. */
export type CtlTable = Readonly<Record<string, CtlAnyEntry>>;

/** How writes are to be taken that do not begin at the beginning of the file. */
export interface SysctlWrites {
	/** kernel.sysctl_writes_strict: -1, 0 or 1. */
	readonly writesStrict: number;
	/** Warns, once, of a task that wrote in the middle. */
	warnWrite(procname: string, ctx: Context): void;
}

/** What a call is made from. */
export interface SysctlCallInit {
	readonly procname: string;
	/** What is written; absent for a read. */
	readonly buffer?: Uint8Array;
	readonly len: number;
	readonly pos: number;
	readonly ctx: Context;
	readonly writes: SysctlWrites;
}

const NOTHING = new Uint8Array(0);

/** One read(2) or write(2) under way. */
export class SysctlCall {
	readonly procname: string;
	readonly write: boolean;
	/** What is written. */
	readonly buffer: Uint8Array;
	readonly ctx: Context;
	readonly writes: SysctlWrites;
	/** Bytes that are wanted or given; in the end, those that were read or taken. */
	len: number;
	/** Where the call begins; in the end, where the next one will. */
	pos: number;
	/** What was answered to a read; `len` bytes. */
	answer: Uint8Array = NOTHING;

	constructor({ procname, buffer, len, pos, ctx, writes }: SysctlCallInit) {
		this.procname = procname;
		this.write = buffer !== undefined;
		this.buffer = buffer ?? NOTHING;
		this.len = len;
		this.pos = pos;
		this.ctx = ctx;
		this.writes = writes;
	}

	/** Answers a read with as much of `text` as is wanted, and moves the position by that. */
	reply(text: string | Uint8Array): void {
		const bytes = typeof text === 'string' ? encodeName(text) : text;
		this.answer = bytes.subarray(0, this.len);
		this.len = this.answer.length;
		this.pos += this.len;
	}

	/** Ends the call with no bytes read or taken. */
	nothing(): void {
		this.len = 0;
	}

	/** Takes what was written but for `left` bytes, and moves the position by that. */
	took(left = 0): void {
		this.len -= left;
		this.pos += this.len;
	}

	/** True for a write that is to be ignored because it does not begin at 0 (proc_first_pos_non_zero_ignore). */
	ignoresPosition(): boolean {
		if (this.pos === 0) return false;
		if (this.writes.writesStrict === 0) this.writes.warnWrite(this.procname, this.ctx);
		return this.writes.writesStrict === 1;
	}
}

/** Lets programs wait for a change by poll(2) (struct ctl_table_poll). */
export class CtlTablePoll {
	/** Changes so far. */
	event = 0;
	readonly wait: WaitQueueHead;

	constructor(timers: Timers) {
		this.wait = new WaitQueueHead(timers);
	}

	/** Says that the value has changed (proc_sys_poll_notify). */
	notify(): void {
		this.event++;
		this.wait.wakeUp();
	}
}

/** Gives a handler what is to be asked of an entry before it is registered. */
export function checked<T>(
	handler: (table: CtlData<T>, call: SysctlCall) => Awaitable<void>,
	check: (table: CtlData<T>) => readonly string[],
): ProcHandler<T> {
	return Object.assign((table: CtlData<T>, call: SysctlCall) => handler(table, call), { check });
}

/** What is wrong with an entry whose variable has no place (sysctl_check_table). A vector of no elements has no length. */
export function checkData<T>({ data, maxlen }: CtlData<T>, needsMaxlen = false): readonly string[] {
	if (data === undefined) return ['No data', ...(needsMaxlen && !maxlen ? ['No maxlen'] : [])];
	const value: unknown = data.get();
	const empty = needsMaxlen ? !maxlen : Array.isArray(value) && value.length === 0;
	return empty ? ['No maxlen'] : [];
}
