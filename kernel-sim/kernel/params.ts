/**
 * params - parameters: their types, and the text `a=1 b="x y" c` that sets them (kernel/params.c, lib/cmdline.c).
 *
 * What is declared with these types is in moduleparam.ts, their files are in module_sysfs.ts.
 */

import { Errno, type ErrnoName, isErrno } from '../../src/lib/errno.ts';
import {
	kstrtobool,
	kstrtoint,
	kstrtol,
	kstrtos16,
	kstrtou8,
	kstrtou16,
	kstrtouint,
	kstrtoul,
	kstrtoull,
} from '../../src/lib/kstrto.ts';
import { sprintf } from '../../src/lib/printf.ts';
import type { Ref } from '../../src/lib/ref.ts';
import { encodeName } from '../../src/lib/text.ts';
import type { Pr } from './printk.ts';

/** Longest text that a charp takes, in bytes. */
const CHARP_MAX = 1024;

/** What an operation knows of the parameter beside its value. */
export interface ParamInfo {
	readonly name: string;
	readonly pr: Pr;
}

/** How values of one type are read and written (struct kernel_param_ops). */
export interface ParamOps<T> {
	/** True if the parameter may be given bare, without a value (KERNEL_PARAM_OPS_FL_NOARG). */
	readonly noarg?: boolean;
	/** True for values between commas; the log then shows a refused text up to its first comma, as param_array leaves it. */
	readonly list?: boolean;
	/**
	 * Parses `text` into `value`; undefined is the bare parameter. The Errno that it throws is the answer to the writer, or to
	 * insmod. Absent: EPERM.
	 */
	set?(text: string | undefined, value: Ref<T>, info: ParamInfo): void;
	/** The text that sysfs shows, with its newline if it has one. Absent: EPERM. */
	get?(value: T): string;
}

/** Operations of which none is absent. */
export type FullParamOps<T> = ParamOps<T> & Required<Pick<ParamOps<T>, 'set' | 'get'>>;

/** STANDARD_PARAM_DEF. */
function standard<T extends number | bigint>(parse: (text: string, base: 0) => T, format: string): FullParamOps<T> {
	return {
		set: (text, value) => value.set(parse(text ?? '', 0)),
		get: value => sprintf(`${format}\n`, value),
	};
}

/**
 * The types that need no more than a name (param_ops_int and so on). For `invbool`, true is written and shown as false; a
 * `bint` is set as a bool is and shown as 0 or 1; what is `boolEnableOnly` and true stays so, EROFS; a `charp` is a string of
 * up to 1024 bytes, null until it is set if it begins as C's NULL.
 */
export const paramOps = {
	byte: standard(kstrtou8, '%hhu'),
	short: standard(kstrtos16, '%hi'),
	ushort: standard(kstrtou16, '%hu'),
	int: standard(kstrtoint, '%i'),
	uint: standard(kstrtouint, '%u'),
	long: standard(kstrtol, '%li'),
	ulong: standard(kstrtoul, '%lu'),
	ullong: standard(kstrtoull, '%llu'),
	hexint: standard(kstrtouint, '%#08x'),
	bool: {
		noarg: true,
		set: (text, value) => value.set(kstrtobool(text ?? '1')),
		get: value => (value ? 'Y\n' : 'N\n'),
	} satisfies ParamOps<boolean>,
	boolEnableOnly: {
		noarg: true,
		set(text, value) {
			const wanted = kstrtobool(text ?? '1');
			if (!wanted && value.get()) throw new Errno('EROFS');
			value.set(wanted);
		},
		get: value => (value ? 'Y\n' : 'N\n'),
	} satisfies ParamOps<boolean>,
	invbool: {
		set: (text, value) => value.set(!kstrtobool(text ?? '1')),
		get: value => (value ? 'N\n' : 'Y\n'),
	} satisfies ParamOps<boolean>,
	bint: {
		noarg: true,
		set: (text, value) => value.set(kstrtobool(text ?? '1') ? 1 : 0),
		get: value => sprintf('%i\n', value),
	} satisfies ParamOps<number>,
	charp: {
		set(text, value, { name, pr }) {
			const string = text ?? '';
			if (encodeName(string).length > CHARP_MAX) {
				pr.err('%s: string parameter too long\n', name);
				throw new Errno('ENOSPC');
			}
			value.set(string);
		},
		get: value => `${value ?? '(null)'}\n`,
	} satisfies ParamOps<string | null>,
} as const;

/** A string in a buffer of `maxlen` bytes, the NUL included (param_ops_string). */
export function paramOpsString(maxlen: number): FullParamOps<string> {
	return {
		set(text, value, { name, pr }) {
			const string = text ?? '';
			if (encodeName(string).length >= maxlen) {
				pr.err("%s: string doesn't fit in %u chars.\n", name, maxlen - 1);
				throw new Errno('ENOSPC');
			}
			value.set(string);
		},
		get: value => `${value}\n`,
	};
}

/**
 * Up to `max` values between commas. Setting it replaces them all; an element that is refused leaves those before it
 * (param_array).
 */
export function paramArrayOps<T>(ops: FullParamOps<T>, max: number): FullParamOps<T[]> {
	return {
		list: true,
		set(text, value, info) {
			const stored: T[] = [];
			value.set(stored);
			for (const element of (text ?? '').split(',')) {
				if (stored.length === max) {
					info.pr.err('%s: can only take %i arguments\n', info.name, max);
					throw new Errno('EINVAL');
				}
				ops.set(element, { get: () => stored.at(-1)!, set: one => stored.push(one) }, info);
			}
		},
		get: values => values.map(value => ops.get(value).replace(/\n$/, '')).join(',') + (values.length > 0 ? '\n' : ''),
	};
}

/** Something that an argument can set. */
export interface KernelParam {
	readonly name: string;
	readonly ops: Pick<ParamOps<unknown>, 'noarg' | 'list'>;
	/** Throws EINVAL, ERANGE, ENOSPC. */
	set(text: string | undefined): void;
}

/** True if both are the same name: `-` and `_` are (parameq). */
export function parameq(a: string, b: string): boolean {
	return a.replaceAll('-', '_') === b.replaceAll('-', '_');
}

/** What `parseArgs` works on. */
export interface ParseArgs {
	/** Who is being configured, for the log. */
	readonly doing: string;
	readonly args: string;
	readonly params: readonly KernelParam[];
	readonly pr: Pr;
	/** Gets what no parameter is named like, and its value; undefined for a bare one. */
	unknown(param: string, value: string | undefined): void;
}

/**
 * Sets parameters from text, in its order. Goes on behind one that is refused, then throws what the last refusal was, with the
 * words of the log. Gives back what stands behind a `--`, undefined without one.
 */
export function parseArgs({ doing, args, params, pr, unknown }: ParseArgs): string | undefined {
	let refusal: unknown;
	for (let rest = skipSpaces(args); rest !== ''; ) {
		const arg = nextArg(rest);
		rest = arg.rest;
		if (arg.param === '--' && arg.value === undefined) {
			if (refusal !== undefined) throw refusal;
			return rest;
		}
		const param = params.find(({ name }) => parameq(name, arg.param));
		try {
			if (param === undefined) unknown(arg.param, arg.value);
			else setOne(param, arg.value);
		} catch (error) {
			if (!isErrno(error)) throw error;
			const value = param?.ops.list ? arg.value?.split(',', 1)[0] : arg.value;
			const text = refusalText(error.code, { ...arg, value });
			pr.err('%s: %s\n', doing, text);
			refusal = new Errno(error.code as ErrnoName, text);
		}
	}
	if (refusal !== undefined) throw refusal;
	return undefined;
}

/** One argument, and what is left behind it. */
export interface Arg {
	readonly param: string;
	/** Undefined for a bare parameter. */
	readonly value: string | undefined;
	readonly rest: string;
}

/** Takes one argument off the front (next_arg). Quotes hold blanks together: `a="x y"`, `"a=x y"`. */
export function nextArg(args: string): Arg {
	const quoted = args.startsWith('"');
	const text = quoted ? args.slice(1) : args;
	const { end, equals } = scan(text, quoted);
	const rest = skipSpaces(text.slice(end + 1));
	if (equals === 0) return { param: unquoteEnd(text.slice(0, end), quoted), value: undefined, rest };
	const value = text.slice(equals + 1, end);
	const opened = value.startsWith('"');
	return { param: text.slice(0, equals), value: unquoteEnd(opened ? value.slice(1) : value, opened || quoted), rest };
}

/** Where an argument ends and where its first `=` is; one at the very beginning is none. */
function scan(text: string, startsQuoted: boolean): { readonly end: number; readonly equals: number } {
	let inQuote = startsQuoted;
	let equals = 0;
	let end = 0;
	for (; end < text.length; end++) {
		const char = text[end]!;
		if (isSpace(char) && !inQuote) break;
		if (char === '=' && equals === 0) equals = end;
		if (char === '"') inQuote = !inQuote;
	}
	return { end, equals };
}

function unquoteEnd(text: string, quoted: boolean): string {
	return quoted && text.endsWith('"') ? text.slice(0, -1) : text;
}

function isSpace(char: string): boolean {
	return /[\t-\r \u00a0]/.test(char);
}

function skipSpaces(text: string): string {
	return text.replace(/^[\t-\r \u00a0]+/, '');
}

function setOne(param: KernelParam, value: string | undefined): void {
	if (value === undefined && !param.ops.noarg) throw new Errno('EINVAL');
	param.set(value);
}

function refusalText(code: string, { param, value = '' }: Arg): string {
	if (code === 'ENOENT') return `Unknown parameter \`${param}'`;
	if (code === 'ENOSPC') return `\`${value}' too large for parameter \`${param}'`;
	return `\`${value}' invalid for parameter \`${param}'`;
}
