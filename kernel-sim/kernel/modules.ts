/**
 * modules - loading and unloading (kernel/module/main.c).
 *
 * A module that fails to load leaves nothing behind: what its init has registered is undone in reverse, as at rmmod.
 *
 * Loading a module anew is ring3's own. All that can be refused without running the new code is asked first; then the old one
 * goes, and the new one's init runs. If that fails, the old one is loaded again, so that there is always one that works.
 */

import { type Awaitable, isPromise } from '../../src/lib/awaitable.ts';
import { Errno, isErrno } from '../../src/lib/errno.ts';
import type { Kernel } from '../kernel.ts';
import { PAGE_SIZE } from '../mm/show_mem.ts';
import type { ConfigName } from './config.ts';
import { MODULE_SIZE, Module, type ModuleDefinition, moduleName } from './module.ts';
import { type Code, dependencies, loadCode, makeMemory, setParams, stumbled } from './module_code.ts';
import { type ModuleContext, moduleContext } from './module_context.ts';
import { taintByModule } from './module_license.ts';
import { type ParamTable, param, paramOwner } from './moduleparam.ts';
import { taintLetters } from './panic.ts';
import { WaitQueueHead } from './wait.ts';

/** Where modules lie in the kernel's address space. */
const MODULES_VADDR = 0xffff_ffff_c000_0000n;
/** A source without a path is the name of a module that comes with the kernel. */
const IN_TREE = /^\w[\w-]*$/;

type Operation = (k: ModuleContext<ParamTable, object>) => unknown;

/** Parameters of the kernel that are about modules (core_param). */
export const modulesParams = { module_blacklist: param.charp(null, 0o400) } as const;

/** The modules of one kernel. */
export class Modules {
	/** Names that must not be loaded, with commas between: a parameter of the kernel. */
	readonly parameters: { module_blacklist: string | null } = { module_blacklist: null };
	/** 1 once nobody may load or unload a module any more (kernel.modules_disabled). */
	disabled = 0;
	readonly #kernel: Kernel;
	readonly #modules = new Map<string, Module>();
	readonly #contexts = new WeakMap<Module, ModuleContext<ParamTable, object>>();
	/** Woken when a module has become live or has gone (module_wq). */
	readonly #queue: WaitQueueHead;
	#lastUnloaded = '';

	constructor(kernel: Kernel) {
		this.#kernel = kernel;
		this.#queue = new WaitQueueHead(kernel.time);
	}

	/** Those that are there, the last loaded first, as /proc/modules lists them. */
	list(): readonly Module[] {
		return [...this.#modules.values()].reverse();
	}

	/** Pages of memory that they are in. */
	get pages(): number {
		return this.list().reduce((sum, { size }) => sum + Math.ceil(size / PAGE_SIZE), 0);
	}

	/** Undefined where no module of that name is loaded. */
	find(name: string): Module | undefined {
		return this.#modules.get(moduleName(name));
	}

	/** Names and flags, and which was the last to be unloaded, each behind a blank (print_modules). */
	print(): string {
		const names = this.list().map(({ name, flags }) => ` ${name}${flags}`);
		return names.join('') + (this.#lastUnloaded === '' ? '' : ` [last unloaded: ${this.#lastUnloaded}]`);
	}

	/** The text of a file that a module was loaded from, as it was then; undefined where there is no such module. */
	textOf(path: string): string | undefined {
		for (const { image } of this.#modules.values()) {
			const text = image.files.get(path);
			if (text !== undefined) return text;
		}
		return undefined;
	}

	/** Sleeps until no module of that name is loaded; being loaded anew is no end. EINTR once `signal` is aborted. */
	whenGone(name: string, signal: AbortSignal): Awaitable<void> {
		return this.#queue.waitEventInterruptible(() => this.find(name) === undefined, signal);
	}

	/**
	 * Loads a module and runs its init (finit_module). `source` is what the host's loader understands, or the definition
	 * itself; `args` are `name=value`. ENOEXEC if it is no module, EPERM if its name is on the blacklist, EEXIST if one of the
	 * name is loaded, ENOENT if one that it depends on is not, EINVAL or what parsing an argument throws, and what init throws.
	 * An init that throws anything but an Errno has stumbled: the log has the stack, the caller gets EIO. ENOSYS without
	 * CONFIG_MODULES, EPERM once `disabled`.
	 */
	async load(source: string | ModuleDefinition, args: readonly string[] = []): Promise<Module> {
		this.#needs('CONFIG_MODULES');
		const code = await loadCode(this.#kernel, source);
		const name = moduleName(code.definition.name);
		if (this.#modules.has(name)) await this.#refuseTaken(name);
		const module = this.#make(code, args);
		this.#modules.set(name, module);
		await this.#start(module);
		return module;
	}

	/**
	 * Runs a module's exit, undoes what it has registered, and forgets it (delete_module). ENOENT, EAGAIN (EWOULDBLOCK) while it is
	 * used, EBUSY while it is being loaded or unloaded, ENOSYS without CONFIG_MODULE_UNLOAD, EPERM once `disabled`. What goes
	 * wrong on the way is an oops; the module is gone all the same.
	 *
	 * Divergence: a module with an init and no exit can be unloaded, because what init has done is undone without it.
	 */
	async unload(name: string): Promise<void> {
		await this.#unload(this.#removable(name));
	}

	/**
	 * Replaces a loaded module by what its source has become. What its state remembers stays, and so do parameters that were set
	 * since it was loaded; the others are as `args` say, absent: as they were given before.
	 *
	 * Refuses as `load` does, as `unload` where the old one cannot go, and with EINVAL where the module has another name now:
	 * then the old one is as it was. Where a parameter or the new one's init fails, the old one is loaded again, with the same
	 * state and parameters; whoever had files of it open has lost them.
	 */
	async reload(name: string, args?: readonly string[]): Promise<Module> {
		const { source, definition } = this.#removable(name);
		const code = await loadCode(this.#kernel, IN_TREE.test(source) ? definition : source, source);
		const old = this.#removable(name);
		const module = this.#make(code, args ?? old.args, old);
		if (module.name !== old.name) throw new Errno('EINVAL', `${source} is ${module.name} now, and was ${old.name}`);
		dependencies(this.#kernel, module);
		const back = this.#make({ ...old.image, definition: old.definition, source }, old.args, old);
		await this.#unload(old, module);
		try {
			await this.#start(module, { legacy: old, successor: back });
		} catch (error) {
			await this.#restore(back, old);
			throw error;
		}
		return module;
	}

	#needs(option: ConfigName): void {
		if (!this.#kernel.config[option]) throw new Errno('ENOSYS', `this kernel has no ${option}`);
		if (this.disabled !== 0) throw new Errno('EPERM', 'kernel.modules_disabled is set');
	}

	/** A module that may be unloaded now, otherwise as `unload`. */
	#removable(name: string): Module {
		this.#needs('CONFIG_MODULE_UNLOAD');
		const module = this.find(name);
		if (module === undefined) throw new Errno('ENOENT', `${name} is not loaded`);
		if (module.usedBy.length > 0) throw new Errno('EAGAIN', `${name} is in use by: ${names(module.usedBy)}`);
		if (module.state !== 'Live') throw new Errno('EBUSY', `${name} is ${module.state.toLowerCase()}`);
		if (module.refcount > 0) throw new Errno('EAGAIN', `${name} is in use`);
		return module;
	}

	/** A module that nobody can see yet. */
	#make({ definition, source, files, digest }: Code, args: readonly string[], legacy?: Module): Module {
		this.#mustBeWelcome(moduleName(definition.name));
		const owner = paramOwner(this.#kernel);
		const memory = makeMemory(this.#kernel, definition, legacy?.memory);
		const image = { files, digest };
		return new Module({ definition, source, image, args, memory, base: this.#freeBase(), owner });
	}

	#freeBase(): bigint {
		const taken = new Set(this.list().map(({ base }) => base));
		let base = MODULES_VADDR;
		while (taken.has(base)) base += BigInt(MODULE_SIZE);
		return base;
	}

	#mustBeWelcome(name: string): void {
		const { module_blacklist: list } = this.parameters;
		if (!list?.split(',').includes(name)) return;
		this.#kernel.pr.err('Module %s is blacklisted\n', name);
		throw new Errno('EPERM', `${name} is on the blacklist`);
	}

	/** Throws; one of the name that is still being loaded is waited for before (module_patient_check_exists). */
	async #refuseTaken(name: string): Promise<never> {
		await this.#queue.waitEvent(() => this.#modules.get(name)?.state !== 'Loading');
		throw new Errno(this.#modules.get(name)?.state === 'Live' ? 'EEXIST' : 'EBUSY', `${name} is loaded`);
	}

	/**
	 * Makes live a module that has its name already. Takes over parameters of `legacy`. If that fails, the name is
	 * `successor`'s, absent: free.
	 */
	async #start(module: Module, { legacy, successor }: { legacy?: Module; successor?: Module } = {}): Promise<void> {
		try {
			taintByModule(module, IN_TREE.test(module.source), this.#kernel);
			this.#resolve(module);
			setParams(this.#kernel, module, legacy?.params);
			this.#kernel.moduleSysfs.setup(module);
			await this.#init(module);
		} catch (error) {
			module.state = 'Unloading';
			await this.#remove(module, successor);
			throw error;
		}
		module.state = 'Live';
		module.put();
		this.#kernel.moduleSysfs.announce(module);
		this.#queue.wakeUp();
	}

	async #restore(module: Module, legacy: Module): Promise<void> {
		try {
			await this.#start(module, { legacy });
			this.#kernel.pr.warn('%s: loaded again as it was before\n', module.name);
		} catch (error) {
			if (!isErrno(error)) throw error;
			this.#kernel.pr.err('%s: what was there before cannot be loaded any more: %s\n', module.name, error.code);
		}
	}

	/** `successor` gets the name at once, so that nobody else does. */
	async #unload(module: Module, successor?: Module): Promise<void> {
		module.state = 'Unloading';
		await this.#exit(module);
		const letters = taintLetters(module.taints, false);
		this.#lastUnloaded = module.name + (letters === '' ? '' : `(${letters})`);
		await this.#remove(module, successor);
	}

	/** Takes a reference on each module that this one depends on, as resolving its symbols does. */
	#resolve(module: Module): void {
		for (const other of dependencies(this.#kernel, module)) {
			other.tryGet();
			other.usedBy.unshift(module);
			module.uses.push(other);
		}
	}

	async #init(module: Module): Promise<void> {
		try {
			await this.#call(module, module.definition.init);
		} catch (error) {
			throw stumbled(this.#kernel, error, `init of module ${module.name}`, `${module.name}: init`);
		}
	}

	async #exit(module: Module): Promise<void> {
		try {
			await this.#call(module, module.definition.exit);
		} catch (error) {
			this.#kernel.panic.oops(error, `exit of module ${module.name}`);
		}
	}

	async #call(module: Module, operation: Operation | undefined): Promise<void> {
		let context = this.#contexts.get(module);
		if (context === undefined) {
			context = moduleContext(this.#kernel, module);
			this.#contexts.set(module, context);
		}
		const result = operation?.call(module.definition, context);
		if (isPromise(result)) await result;
	}

	async #remove(module: Module, successor?: Module): Promise<void> {
		await module.release(error => this.#kernel.panic.oops(error, `undoing module ${module.name}`));
		for (const other of module.uses) {
			other.usedBy.splice(other.usedBy.indexOf(module), 1);
			other.put();
		}
		this.#modules.delete(module.name);
		if (successor !== undefined) this.#modules.set(successor.name, successor);
		this.#queue.wakeUp();
	}
}

function names(modules: readonly Module[]): string {
	return modules.map(({ name }) => name).join(' ');
}
