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
import { type KernelParam, type ParamOps, paramArrayOps, parameq, paramOps, paramOpsString } from './params.ts';
import type { Pr } from './printk.ts';

/** One declared parameter. */
export interface Param<T> {
	readonly ops: ParamOps<T>;
	readonly initial: T;
	/** Permission bits of its file in sysfs; 0 is no file. */
	readonly perm: number;
	readonly description: string;
}

/** Declares a parameter of one type. */
export interface ParamBuilder<T> {
	(initial: T, perm?: number, description?: string): Param<T>;
	readonly ops: ParamOps<T>;
}

/** A string that is there from the beginning never becomes null. */
type CharpBuilder = ((initial: string, perm?: number, description?: string) => Param<string>) &
	ParamBuilder<string | null>;

/** Parameters by name. */
export type ParamTable = Readonly<Record<string, Param<unknown>>>;

/** The values of a table, as the module sees them. */
export type ParamValues<P extends ParamTable> = { [K in keyof P]: P[K] extends Param<infer T> ? T : never };

function builder<T>(ops: ParamOps<T>): ParamBuilder<T> {
	const build = (initial: T, perm = 0, description = ''): Param<T> => ({ ops, initial, perm, description });
	return Object.assign(build, { ops });
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
	invbool: builder<boolean>(paramOps.invbool),
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
		builder(ops)(initial, perm, description),
} as const;

/** The parameters of one loaded module. */
export class ModuleParams<P extends ParamTable = ParamTable> {
	/** What the module reads. */
	readonly values: ParamValues<P>;
	readonly #table: P;
	readonly #pr: Pr;

	constructor(table: P, pr: Pr) {
		this.#table = table;
		this.#pr = pr;
		const initial = Object.entries(table).map(([name, { initial: value }]) => [name, copy(value)]);
		this.values = Object.fromEntries(initial) as ParamValues<P>;
	}

	/** Names of the parameters, as declared. */
	get names(): readonly string[] {
		return Object.keys(this.#table);
	}

	/** Mode of a parameter's file in sysfs. ENOENT. */
	perm(name: string): number {
		return this.#find(name).param.perm;
	}

	/** The text of a parameter's file. ENOENT. */
	show(name: string): string {
		const { key, param } = this.#find(name);
		return param.ops.get(this.values[key]);
	}

	/** Sets a parameter by text, as writing its file does. ENOENT, EINVAL, ERANGE, ENOSPC. */
	store(name: string, text: string): void {
		this.#set(name, text);
	}

	/** The parameters, for `parseArgs`. */
	kernelParams(): readonly KernelParam[] {
		return Object.entries(this.#table).map(([name, { ops }]) => ({
			name,
			ops,
			set: text => this.#set(name, text),
		}));
	}

	#set(name: string, text: string | undefined): void {
		const { key, param } = this.#find(name);
		param.ops.set(text, ref(this.values as Record<string, unknown>, key), { name: key, pr: this.#pr });
	}

	#find(name: string): { readonly key: string; readonly param: Param<unknown> } {
		const found = Object.entries(this.#table).find(([key]) => parameq(key, name));
		if (found === undefined) throw new Errno('ENOENT', `no parameter ${name}`);
		return { key: found[0], param: found[1] };
	}
}

/** Arrays are the module's own, so that loading it again begins as declared. */
function copy(value: unknown): unknown {
	return Array.isArray(value) ? [...value] : value;
}
