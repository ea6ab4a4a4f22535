/**
 * moduleparam - the parameters that a module declares (include/linux/moduleparam.h).
 *
 *     params: {
 *         howmany: param.int(1, 0o644, 'how often to greet'),
 *         whom: param.charp('world'),
 *         sizes: param.array(param.int, 4, [10, 20], 0o444),
 *     }
 *
 * The module reads the values as `params.howmany` at any time; they change when somebody writes to the file in sysfs. Each
 * builder takes the value at load, the mode of that file (0, none) and a description.
 */

import { Errno } from '../../src/lib/errno.ts';
import { ref } from '../../src/lib/ref.ts';
import type { Panic } from './panic.ts';
import {
	type FullParamOps,
	type KernelParam,
	type ParamOps,
	paramArrayOps,
	parameq,
	paramOps,
	paramOpsString,
} from './params.ts';
import type { Pr } from './printk.ts';

/** One declared parameter. */
export interface Param<T> {
	readonly ops: ParamOps<T>;
	readonly initial: T;
	/** Permission bits of its file in sysfs; 0 is no file. */
	readonly perm: number;
	readonly description: string;
	/** True where setting it taints the kernel. Absent: it does not. */
	readonly unsafe?: boolean;
}

/** Declares a parameter of one type. */
export interface ParamBuilder<T> {
	(initial: T, perm?: number, description?: string): Param<T>;
	readonly ops: FullParamOps<T>;
}

/** A string that is there from the beginning never becomes null. */
type CharpBuilder = ((initial: string, perm?: number, description?: string) => Param<string>) &
	ParamBuilder<string | null>;

/** Parameters by name. */
export type ParamTable = Readonly<Record<string, Param<unknown>>>;

/** The values of a table, as the module sees them. */
export type ParamValues<P extends ParamTable> = { [K in keyof P]: P[K] extends Param<infer T> ? T : never };

function builder<T>(ops: FullParamOps<T>): ParamBuilder<T> {
	const build = (initial: T, perm = 0, description = '') => declare(ops, initial, perm, description);
	return Object.assign(build, { ops });
}

/** Throws TypeError for a mode that no parameter may have (VERIFY_OCTAL_PERMISSIONS). */
function declare<T>(ops: ParamOps<T>, initial: T, perm: number, description: string): Param<T> {
	const [user, group, other] = [(perm >> 6) & 7, (perm >> 3) & 7, perm & 7];
	const isRising = (bit: number) => (user & bit) >= (group & bit) && (group & bit) >= (other & bit);
	if (!Number.isInteger(perm) || perm < 0 || perm > 0o777 || !isRising(4) || !isRising(2) || (other & 2) !== 0) {
		throw new TypeError(`0${perm.toString(8)} is no mode for a parameter`);
	}
	return { ops, initial, perm, description };
}

/** Declares the parameters of a module. long, ulong and ullong are bigints, having 64 bits. */
export const param = {
	byte: builder<number>(paramOps.byte),
	short: builder<number>(paramOps.short),
	ushort: builder<number>(paramOps.ushort),
	int: builder<number>(paramOps.int),
	uint: builder<number>(paramOps.uint),
	long: builder<bigint>(paramOps.long),
	ulong: builder<bigint>(paramOps.ulong),
	ullong: builder<bigint>(paramOps.ullong),
	hexint: builder<number>(paramOps.hexint),
	bool: builder<boolean>(paramOps.bool),
	/** Once it is true it stays so: setting it to false is EROFS. */
	boolEnableOnly: builder<boolean>(paramOps.boolEnableOnly),
	invbool: builder<boolean>(paramOps.invbool),
	/** Set as a bool is, but 0 or 1. */
	bint: builder<number>(paramOps.bint),
	/** A string; one that begins as null is typed `string | null`. */
	charp: builder(paramOps.charp) as CharpBuilder,
	/** A string in a buffer of `maxlen` bytes, the NUL included (module_param_string). */
	string: (maxlen: number, initial: string, perm = 0, description = ''): Param<string> =>
		builder(paramOpsString(maxlen))(initial, perm, description),
	/** Up to `max` values of another type, between commas (module_param_array). */
	array: <T>(of: ParamBuilder<T>, max: number, initial: readonly T[], perm = 0, description = ''): Param<T[]> =>
		builder(paramArrayOps(of.ops, max))([...initial], perm, description),
	/** A value with operations of the module's own (module_param_cb). */
	cb: <T>(ops: ParamOps<T>, initial: T, perm = 0, description = ''): Param<T> =>
		declare(ops, initial, perm, description),
	/** A parameter that does harm: whoever sets it taints the kernel, and the log says so (module_param_unsafe). */
	unsafe: <T>(of: Param<T>): Param<T> => ({ ...of, unsafe: true }),
} as const;

/** Whose parameters they are. */
export interface ParamOwner {
	readonly pr: Pr;
	/** Told that a parameter was set which does harm. */
	dangerous(name: string): void;
}

/** The owner of what is set in a kernel: it is tainted by what does harm (param_check_unsafe). */
export function paramOwner({ pr, panic }: { readonly pr: Pr; readonly panic: Panic }): ParamOwner {
	return {
		pr,
		dangerous(name) {
			pr.notice('Setting dangerous option %s - tainting kernel\n', name);
			panic.addTaint('USER');
		},
	};
}

/** The parameters of one loaded module, or of one that is built in. */
export class ModuleParams<P extends ParamTable = ParamTable> {
	/** What the module reads. */
	readonly values: ParamValues<P>;
	readonly #table: P;
	readonly #owner: ParamOwner;
	/** What `changed` measures by. */
	#settled: Readonly<Record<string, unknown>> = {};

	/** `values` is where the parameters are kept; absent, an object of their own that begins as declared. */
	constructor(table: P, owner: ParamOwner, values = initialValues(table)) {
		this.#table = table;
		this.#owner = owner;
		this.values = values;
	}

	/** Names of the parameters, as declared. */
	get names(): readonly string[] {
		return Object.keys(this.#table);
	}

	/** Mode of a parameter's file in sysfs. ENOENT. */
	perm(name: string): number {
		return this.#find(name).param.perm;
	}

	/** The text of a parameter's file. ENOENT, EPERM where its type cannot be read. */
	show(name: string): string {
		const { key, param } = this.#find(name);
		if (param.ops.get === undefined) throw new Errno('EPERM', `${name} cannot be read`);
		return param.ops.get(this.values[key]);
	}

	/** Sets a parameter by text, as writing its file does. ENOENT, EPERM, and what its type throws: EINVAL, ERANGE, ENOSPC. */
	store(name: string, text: string): void {
		this.#set(name, text);
	}

	/** The parameters, for `parseArgs`. Each name is behind `prefix`. */
	kernelParams(prefix = ''): readonly KernelParam[] {
		return Object.entries(this.#table).map(([name, { ops }]) => ({
			name: prefix + name,
			ops,
			set: text => this.#set(name, text),
		}));
	}

	/** From now on, `changed` gives what is other than it is now. */
	settle(): void {
		this.#settled = Object.fromEntries(this.names.map(name => [name, copy(this.values[name])]));
	}

	/** Those that can be read and set and are others than when `settle` was called. */
	changed(): readonly string[] {
		const isChanged = ([name, { ops }]: [string, Param<unknown>]) =>
			ops.get !== undefined && ops.set !== undefined && !equal(this.values[name], this.#settled[name]);
		return Object.entries(this.#table)
			.filter(isChanged)
			.map(([name]) => name);
	}

	/** Takes a value over from what the module's parameters were before it was loaded anew. As `store`. */
	take(name: string, before: ModuleParams): void {
		if (before.values[name] !== null) this.store(name, before.show(name).replace(/\n$/, ''));
	}

	#set(name: string, text: string | undefined): void {
		const { key, param } = this.#find(name);
		if (param.unsafe) this.#owner.dangerous(key);
		if (param.ops.set === undefined) throw new Errno('EPERM', `${name} cannot be set`);
		param.ops.set(text, ref(this.values as Record<string, unknown>, key), { name: key, pr: this.#owner.pr });
	}

	#find(name: string): { readonly key: string; readonly param: Param<unknown> } {
		const found = Object.entries(this.#table).find(([key]) => parameq(key, name));
		if (found === undefined) throw new Errno('ENOENT', `no parameter ${name}`);
		return { key: found[0], param: found[1] };
	}
}

/** The values as declared. */
export function initialValues<P extends ParamTable>(table: P): ParamValues<P> {
	const values = Object.entries(table).map(([name, { initial }]) => [name, copy(initial)]);
	return Object.fromEntries(values) as ParamValues<P>;
}

/** Arrays are the module's own, so that loading it again begins as declared. */
function copy(value: unknown): unknown {
	return Array.isArray(value) ? [...value] : value;
}

function equal(a: unknown, b: unknown): boolean {
	if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
	return a.length === b.length && a.every((element, i) => element === b[i]);
}
