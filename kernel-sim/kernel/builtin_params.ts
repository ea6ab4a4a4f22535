/**
 * builtin_params - parameters of what is built into the kernel (kernel/params.c: parse_args at boot, param_sysfs_builtin).
 *
 * Whatever part of the kernel has any declares them when it is made; the command line sets them as `printk.time=0`, and they are
 * files in /sys/module/printk/parameters. Those of the part named `kernel` have no prefix on the command line (core_param).
 */

import { isErrno } from '../../src/lib/errno.ts';
import { ModuleParams, type ParamOwner, type ParamTable, type ParamValues } from './moduleparam.ts';
import { parseArgs } from './params.ts';

/** The part whose parameters have no prefix. */
const CORE = 'kernel';

/** The parameters of one kernel's own parts. */
export class BuiltinParams {
	readonly #owner: ParamOwner;
	readonly #modules = new Map<string, ModuleParams>();
	readonly #setups = new Map<string, (value: string | undefined) => void>();

	constructor(owner: ParamOwner) {
		this.#owner = owner;
	}

	/** The parts that have declared parameters. */
	get modules(): ReadonlyMap<string, ModuleParams> {
		return this.#modules;
	}

	/** Declares the parameters of a part, whose values are kept in `values`; once for each part. */
	declare<P extends ParamTable>(name: string, table: P, values: ParamValues<P>): void {
		this.#modules.set(name, new ModuleParams(table, this.#owner, values) as ModuleParams);
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
