/**
 * builtin_params - parameters of what is built into the kernel (kernel/params.c: parse_args at boot, param_sysfs_builtin).
 *
 * Whatever part of the kernel has any declares them when it is made; the command line sets them as `printk.time=0`, and they are
 * files in /sys/module/printk/parameters. Those of the part named `kernel` have no prefix on the command line (core_param).
 */

import { isErrno } from '../../src/lib/errno.ts';
import { initialValues, ModuleParams, type ParamOwner, type ParamTable, type ParamValues } from './moduleparam.ts';
import { parseArgs } from './params.ts';

/** Parameters of one part, and where their values are. */
interface Declared {
	readonly table: ParamTable;
	readonly values: Record<string, unknown>;
}

/** Both, each value where it was. */
function join(a: Declared, b: Declared): Declared {
	const values: Record<string, unknown> = {};
	for (const { table, values: own } of [a, b]) {
		for (const key of Object.keys(table)) {
			const set = (value: unknown) => {
				own[key] = value;
			};
			Object.defineProperty(values, key, { enumerable: true, get: () => own[key], set });
		}
	}
	return { table: { ...a.table, ...b.table }, values };
}

/** The part whose parameters have no prefix. */
const CORE = 'kernel';

/** The parameters of one kernel's own parts. */
export class BuiltinParams {
	readonly #owner: ParamOwner;
	readonly #modules = new Map<string, ModuleParams>();
	readonly #declared = new Map<string, Declared>();
	readonly #setups = new Map<string, (value: string | undefined) => void>();

	constructor(owner: ParamOwner) {
		this.#owner = owner;
	}

	/** The parts that have declared parameters. */
	get modules(): ReadonlyMap<string, ModuleParams> {
		return this.#modules;
	}

	/**
	 * Declares parameters of a part, and gives their values. They are kept in `values`; absent, in an object that begins as declared.
	 * A part that declares some once more has them all.
	 */
	declare<P extends ParamTable>(name: string, table: P, values = initialValues(table)): ParamValues<P> {
		const before = this.#declared.get(name);
		const all: Declared = before === undefined ? { table, values } : join(before, { table, values });
		this.#declared.set(name, all);
		this.#modules.set(name, new ModuleParams(all.table, this.#owner, all.values));
		return values;
	}

	/** Has `take` called with the text behind `name=` of each time that the command line says it; before `parse` (__setup). */
	setup(name: string, take: (value: string | undefined) => void): void {
		this.#setups.set(name, take);
	}

	/**
	 * Sets what the command line of the kernel names; what nobody has declared is for others. One that is refused is told to the
	 * log, and the kernel boots all the same.
	 */
	parse(commandLine: string): void {
		const params = [...this.#modules].flatMap(([name, params]) => params.kernelParams(name === CORE ? '' : `${name}.`));
		const { pr } = this.#owner;
		try {
			const unknown = (name: string, value: string | undefined) => this.#setups.get(name)?.(value);
			parseArgs({ doing: 'Booting kernel', args: commandLine, params, pr, unknown });
		} catch (error) {
			if (!isErrno(error)) throw error;
		}
	}
}
