/**
 * module - what a module is, before and after it is loaded (include/linux/module.h).
 *
 *     Loading      init runs; the module can be used by what it has registered
 *     Live         init has succeeded
 *     Unloading    exit and the undoing run; nobody can take a reference any more
 */

import type { ModuleImage } from '../../src/boundary/host.ts';
import { type Awaitable, isPromise } from '../../src/lib/awaitable.ts';
import { Devres } from '../../src/lib/devres.ts';
import type { ModuleContext } from './module_context.ts';
import { ModuleParams, type ParamOwner, type ParamTable } from './moduleparam.ts';
import { type Taint, taintLetters } from './panic.ts';

/** Bytes that every module is said to take. Divergence: nobody measures how much memory a module really needs. */
export const MODULE_SIZE = 16384;

/** What the file of a module exports by default. `P` are its parameters, `S` is its state. */
export interface ModuleDefinition<P extends ParamTable = ParamTable, S extends object = object> {
	/** `-` is the same as `_`. */
	readonly name: string;
	/** A licence that is not compatible with the GPL taints the kernel. */
	readonly license: string;
	readonly description?: string;
	readonly author?: string;
	readonly version?: string;
	/** Modules that must be loaded before, and cannot go as long as this one is there. */
	readonly depends?: readonly string[];
	readonly params?: P;
	/**
	 * Makes what the module remembers. When the module is reloaded, the members that are there stay as they were; they must be
	 * such that structuredClone can copy them.
	 */
	state?(): S;
	/** Registers what the module offers. What it throws undoes what was registered, and the module is not loaded. */
	init?(k: ModuleContext<P, S>): Awaitable<void>;
	/** Says goodbye, before what init has registered is undone. Absent: there is nothing more to undo. */
	exit?(k: ModuleContext<P, S>): Awaitable<void>;
}

/** Declares a module: gives the definition back, with its types inferred. */
export function defineModule<P extends ParamTable = Record<never, never>, S extends object = Record<never, never>>(
	definition: ModuleDefinition<P, S>,
): ModuleDefinition<P, S> {
	return definition;
}

/** True for something that a module's file may export. */
export function isModuleDefinition(value: unknown): value is ModuleDefinition {
	return whyNoModule(value) === undefined;
}

/** What is wrong with something that a module's file exports; undefined for a module. */
export function whyNoModule(value: unknown): string | undefined {
	if (typeof value !== 'object' || value === null) return 'exports no module';
	const { name, license, init, exit, state, depends = [], params = {} } = value as Partial<ModuleDefinition>;
	if (typeof name !== 'string' || typeof license !== 'string') return 'exports no module: it has a name and a license';
	if (!/^\w[\w-]*$/.test(name)) return `exports a module of which "${name}" cannot be the name`;
	for (const [key, operation] of Object.entries({ init, exit, state })) {
		if (operation !== undefined && typeof operation !== 'function')
			return `exports a module whose ${key} is no function`;
	}
	const areNames = Array.isArray(depends) && depends.every(other => typeof other === 'string');
	if (!areNames) return 'exports a module whose depends are no list of names';
	if (typeof params !== 'object' || params === null) return 'exports a module whose params are no table';
	const wrong = Object.entries<unknown>(params).find(([key, param]) => !/^\w+$/.test(key) || !isParam(param));
	return wrong && `exports a module of which ${wrong[0]} is no parameter`;
}

function isParam(value: unknown): boolean {
	const { ops, perm } = (value ?? {}) as { ops?: unknown; perm?: unknown };
	return typeof ops === 'object' && ops !== null && typeof perm === 'number';
}

/** As /proc/modules has it. */
export type ModuleState = 'Loading' | 'Live' | 'Unloading';

/** What a module is made from. */
export interface ModuleInit {
	readonly definition: ModuleDefinition;
	/** What it was loaded from: a path, or a name. */
	readonly source: string;
	readonly image: Pick<ModuleImage, 'files' | 'digest'>;
	/** The parameters as insmod has given them. */
	readonly args: readonly string[];
	readonly memory: object;
	readonly base: bigint;
	readonly owner: ParamOwner;
}

/** A module that is in the kernel (struct module). */
export class Module {
	readonly name: string;
	readonly definition: ModuleDefinition;
	readonly source: string;
	readonly image: Pick<ModuleImage, 'files' | 'digest'>;
	readonly args: readonly string[];
	readonly params: ModuleParams;
	/** What `state` of the definition has made. */
	readonly memory: object;
	/** Where its code is said to be. */
	readonly base: bigint;
	readonly size: number = MODULE_SIZE;
	/** Modules that depend on it, the last first. */
	readonly usedBy: Module[] = [];
	/** Modules that it depends on. */
	readonly uses: Module[] = [];
	readonly taints = new Set<Taint>();
	/** Undoes what it has registered. */
	readonly devres = new Devres();
	state: ModuleState = 'Loading';
	readonly #settling: Promise<void>[] = [];
	#refs = 1;

	constructor({ definition, source, image, args, memory, base, owner }: ModuleInit) {
		this.name = moduleName(definition.name);
		this.definition = definition;
		this.source = source;
		this.image = image;
		this.args = args;
		this.memory = memory;
		this.base = base;
		this.params = new ModuleParams(definition.params ?? {}, owner);
	}

	/** Third column of /proc/modules: open files and modules that keep it here; -1 once it is being unloaded. */
	get refcount(): number {
		return this.state === 'Unloading' ? this.#refs - 1 : this.#refs;
	}

	/** `(O)`, or `(+)` while it is being loaded; empty when there is nothing to tell (module_flags). */
	get flags(): string {
		const change = { Loading: '+', Live: '', Unloading: '-' }[this.state];
		const flags = taintLetters(this.taints, false) + change;
		return flags === '' ? '' : `(${flags})`;
	}

	/** Takes a reference, so that the module stays; false when it is on its way out (try_module_get). */
	tryGet(): boolean {
		if (this.state === 'Unloading') return false;
		this.#refs += 1;
		return true;
	}

	/** Gives a reference back (module_put). */
	put(): void {
		if (this.#refs === 0) throw new RangeError(`${this.name}: more references given back than taken`);
		this.#refs -= 1;
	}

	/** How much was registered to be undone since the module was loaded. */
	get done(): number {
		return this.devres.added;
	}

	/** Registers what undoes something that was just done for the module. The module is gone once it has settled. */
	undo(action: () => Awaitable<void>): () => void {
		return this.devres.add(() => {
			const result = action();
			if (isPromise(result)) this.#settling.push(result);
		});
	}

	/** Undoes everything, the last first, and waits for what takes its time. What is thrown goes to `onError`. */
	async release(onError: (error: unknown) => void): Promise<void> {
		this.devres.releaseAll(onError);
		for (const result of await Promise.allSettled(this.#settling)) {
			if (result.status === 'rejected') onError(result.reason);
		}
	}
}

/** The name by which the kernel knows a module. */
export function moduleName(name: string): string {
	return name.replaceAll('-', '_');
}
