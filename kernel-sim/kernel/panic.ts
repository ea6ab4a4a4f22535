/**
 * panic - mistakes of the kernel's own: oopses, warnings, and the taint they leave (kernel/panic.c).
 *
 *     BUG: TypeError: Cannot read properties of undefined (reading 'trim')
 *     Oops: read by cat[812]: [#1]
 *     Tainted: G           O       6.12.0-ring3
 *     Call Trace:
 *      at Object.show (/home/me/slip.ts:9:63)
 *     Modules linked in: slip(O)
 *     ---[ end trace 0000000000000000 ]---
 *     /home/me/slip.ts:9:63
 *        8 | ...                               the line of the module that stumbled, as it was when it was loaded
 */

import { codeFrame } from '../../src/lib/code_frame.ts';
import { param } from './moduleparam.ts';
import type { Pr } from './printk.ts';

/** Why a kernel is not to be trusted any more: bit and letters, as the table of kernel/panic.c has them. */
const taintFlags = [
	{ name: 'PROPRIETARY_MODULE', set: 'P', clear: 'G' },
	{ name: 'FORCED_MODULE', set: 'F', clear: ' ' },
	{ name: 'CPU_OUT_OF_SPEC', set: 'S', clear: ' ' },
	{ name: 'FORCED_RMMOD', set: 'R', clear: ' ' },
	{ name: 'MACHINE_CHECK', set: 'M', clear: ' ' },
	{ name: 'BAD_PAGE', set: 'B', clear: ' ' },
	{ name: 'USER', set: 'U', clear: ' ' },
	{ name: 'DIE', set: 'D', clear: ' ' },
	{ name: 'OVERRIDDEN_ACPI_TABLE', set: 'A', clear: ' ' },
	{ name: 'WARN', set: 'W', clear: ' ' },
	{ name: 'CRAP', set: 'C', clear: ' ' },
	{ name: 'FIRMWARE_WORKAROUND', set: 'I', clear: ' ' },
	{ name: 'OOT_MODULE', set: 'O', clear: ' ' },
	{ name: 'UNSIGNED_MODULE', set: 'E', clear: ' ' },
	{ name: 'SOFTLOCKUP', set: 'L', clear: ' ' },
	{ name: 'LIVEPATCH', set: 'K', clear: ' ' },
	{ name: 'AUX', set: 'X', clear: ' ' },
	{ name: 'RANDSTRUCT', set: 'T', clear: ' ' },
	{ name: 'TEST', set: 'N', clear: ' ' },
] as const;

/** Name of a taint, as TAINT_DIE without its prefix. */
export type Taint = (typeof taintFlags)[number]['name'];

const CUT_HERE = '------------[ cut here ]------------';
const END_TRACE = '---[ end trace 0000000000000000 ]---';

/** The parameters that this is about (core_param). */
export const panicParams = {
	panic: param.int(0, 0o644),
	panic_print: param.ulong(0n, 0o644),
	pause_on_oops: param.int(0, 0o644),
	panic_on_warn: param.int(0, 0o644),
} as const;

/** Hears of each oops; a test fails by it. */
export type OopsListener = (error: unknown, where: string) => void;

/** What an oops tells of the modules that are loaded. */
export interface LinkedModules {
	/** Their names and flags, each behind a blank (print_modules). */
	print(): string;
	/** The text of a file that one of them was loaded from; undefined for any other file. */
	textOf(path: string): string | undefined;
}

/** What a kernel's mistakes are told with. */
export interface PanicOptions {
	/** What uname(2) calls the kernel. */
	readonly release: string;
	/** Absent: there are none. */
	readonly modules?: LinkedModules;
	/** A line of a stack, as whoever reads the log knows the place (Host.toSource). Absent: as it is. */
	readonly toSource?: (frame: string) => string;
}

const noModules: LinkedModules = { print: () => '', textOf: () => undefined };

/** What went wrong in one kernel. */
export class Panic {
	readonly #pr: Pr;
	readonly #release: string;
	readonly #modules: LinkedModules;
	readonly #toSource: (frame: string) => string;
	readonly #listeners = new Set<OopsListener>();
	readonly #taints = new Set<Taint>();
	/**
	 * What is to become of a kernel that stumbles; seen in /proc/sys/kernel as well. Divergence: it is kept and shown: this one goes
	 * on in any case.
	 */
	readonly parameters = { panic: 0, panic_print: 0n, pause_on_oops: 0, panic_on_warn: 0 };
	#oopses = 0;
	#warnings = 0;

	constructor(pr: Pr, { release, modules = noModules, toSource = frame => frame }: PanicOptions) {
		this.#pr = pr;
		this.#release = release;
		this.#modules = modules;
		this.#toSource = toSource;
	}

	/** How often the kernel has stumbled. */
	get oopses(): number {
		return this.#oopses;
	}

	/** How often it was not as it must be, and went on. */
	get warnings(): number {
		return this.#warnings;
	}

	/** The bits of /proc/sys/kernel/tainted. */
	get tainted(): number {
		return taintFlags.reduce((mask, { name }, bit) => mask | (this.#taints.has(name) ? 1 << bit : 0), 0);
	}

	/** Sets a taint; it is never taken back. */
	addTaint(taint: Taint): void {
		this.#taints.add(taint);
	}

	/** Sets the taints of a mask; bits that mean none are forgotten. */
	addTaints(mask: number): void {
		for (const [bit, { name }] of taintFlags.entries()) if ((mask & (1 << bit)) !== 0) this.addTaint(name);
	}

	/** True once the taint was set. */
	hasTaint(taint: Taint): boolean {
		return this.#taints.has(taint);
	}

	/** `Tainted: G        W         `, a place for each, or `Not tainted`. */
	printTainted(): string {
		if (this.#taints.size === 0) return 'Not tainted';
		return `Tainted: ${taintLetters(this.#taints)}`;
	}

	/** Calls `listener` at each oops until the returned function is called. */
	onOops(listener: OopsListener): () => void {
		const entry: OopsListener = (error, where) => listener(error, where);
		this.#listeners.add(entry);
		return () => {
			this.#listeners.delete(entry);
		};
	}

	/**
	 * Logs something thrown that is no answer, with its stack and a picture of the module's line that has thrown it. `where`
	 * tells what the kernel was doing.
	 */
	oops(error: unknown, where: string): void {
		this.#oopses += 1;
		const { message, stack } = this.#describe(error);
		this.#pr.alert('BUG: %s\n', message);
		this.#pr.warn('Oops: %s: [#%d]\n', where, this.#oopses);
		this.#pr.warn('%s %s\n', this.printTainted(), this.#release);
		this.#trace(stack);
		for (const line of this.picture(error)) this.#pr.warn('%s\n', line);
		this.addTaint('DIE');
		for (const listener of this.#listeners) listener(error, where);
	}

	/**
	 * Where a module has thrown something: `FILE:LINE:COLUMN` and a few lines of the file. Empty where nothing of it comes from
	 * a module whose text is known.
	 */
	picture(error: unknown): readonly string[] {
		for (const frame of this.#describe(error).stack) {
			const [, path = '', line, column] = /(\/[^()]*):(\d+):(\d+)\)?$/.exec(frame) ?? [];
			const text = this.#modules.textOf(path);
			if (text === undefined) continue;
			return [`${path}:${line}:${column}`, ...codeFrame(text, { line: Number(line), column: Number(column) })];
		}
		return [];
	}

	/** Logs that something is not as it must be, and goes on (WARN). */
	warn(message: string): void {
		this.#warnings += 1;
		this.#pr.warn('%s\n', CUT_HERE);
		this.#pr.warn('WARNING: %s\n', message);
		this.#pr.warn('%s %s\n', this.printTainted(), this.#release);
		this.#trace(this.#describe(new Error(message)).stack.slice(1));
		this.addTaint('WARN');
	}

	#trace(stack: readonly string[]): void {
		this.#pr.warn('Call Trace:\n');
		for (const line of stack) this.#pr.warn(' %s\n', line);
		this.#pr.warn('Modules linked in:%s\n', this.#modules.print());
		this.#pr.warn('%s\n', END_TRACE);
	}

	/** What was thrown in one line, and where, one frame a line, with the causes behind it. */
	#describe(error: unknown): { readonly message: string; readonly stack: readonly string[] } {
		if (!(error instanceof Error)) return { message: `${String(error)} was thrown, which is no Error`, stack: [] };
		const frames = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line));
		const stack = frames.map(line => this.#toSource(line.trim()));
		const message = `${error.name}: ${error.message}`.replaceAll('\n', ' ');
		if (error.cause === undefined) return { message, stack };
		const cause = this.#describe(error.cause);
		return { message, stack: [...stack, `caused by ${cause.message}`, ...cause.stack] };
	}
}

/** The letters of a set of taints with a blank for each that is not in it; of a module, without the blanks. */
export function taintLetters(taints: ReadonlySet<Taint>, blanks = true): string {
	return taintFlags.map(({ name, set, clear }) => (taints.has(name) ? set : blanks ? clear : '')).join('');
}
