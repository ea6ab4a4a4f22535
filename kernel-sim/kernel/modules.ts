/**
 * modules - loading and unloading (kernel/module/main.c).
 *
 * A module that fails to load leaves nothing behind: what its init has registered is undone in reverse, as at rmmod.
 */

import { isPromise } from '../../src/lib/awaitable.ts';
import { Errno, isErrno } from '../../src/lib/errno.ts';
import type { Kernel } from '../kernel.ts';
import type { ConfigName } from './config.ts';
import { isModuleDefinition, Module, type ModuleDefinition, moduleName } from './module.ts';
import { type ModuleContext, moduleContext } from './module_context.ts';
import type { ParamTable } from './moduleparam.ts';
import { parseArgs } from './params.ts';
import { WaitQueueHead } from './wait.ts';

/** Where modules lie in the kernel's address space. */
const MODULES_VADDR = 0xffff_ffff_c000_0000n;
/** Longest name, with the NUL behind it. */
const MODULE_NAME_LEN = 56;
/** A source without a path is the name of a module that comes with the kernel. */
const IN_TREE = /^\w[\w-]*$/;

/** Licences under which a module does not taint the kernel (license_is_gpl_compatible). */
const gplCompatible: ReadonlySet<string> = new Set([
	'GPL',
	'GPL v2',
	'GPL and additional rights',
	'Dual BSD/GPL',
	'Dual MIT/GPL',
	'Dual MPL/GPL',
]);

type Operation = (k: ModuleContext<ParamTable, object>) => unknown;

/** The modules of one kernel. */
export class Modules {
	readonly #kernel: Kernel;
	readonly #modules = new Map<string, Module>();
	readonly #contexts = new WeakMap<Module, ModuleContext<ParamTable, object>>();
	/** Woken when a module has become live or has gone (module_wq). */
	readonly #queue: WaitQueueHead;
	#nextBase = MODULES_VADDR;

	constructor(kernel: Kernel) {
		this.#kernel = kernel;
		this.#queue = new WaitQueueHead(kernel.time);
	}

	/** Those that are there, the last loaded first, as /proc/modules lists them. */
	list(): readonly Module[] {
		return [...this.#modules.values()].reverse();
	}

	/** Undefined where no module of that name is loaded. */
	find(name: string): Module | undefined {
		return this.#modules.get(moduleName(name));
	}

	/**
	 * Loads a module and runs its init (finit_module). `source` is what the host's loader understands, or the definition
	 * itself; `args` are `name=value`. ENOEXEC if it is no module, EEXIST if one of the name is loaded, ENOENT if one that it
	 * depends on is not, EINVAL or what parsing an argument throws, and what init throws. An init that throws anything but an
	 * Errno has stumbled: the log has the stack, the caller gets EIO. ENOSYS without CONFIG_MODULES.
	 */
	async load(source: string | ModuleDefinition, args: readonly string[] = []): Promise<Module> {
		this.#needs('CONFIG_MODULES');
		const definition = await this.#definition(source);
		const name = typeof source === 'string' ? source : definition.name;
		return this.#insert(definition, name, args, undefined);
	}

	/**
	 * Runs a module's exit, undoes what it has registered, and forgets it (delete_module). ENOENT, EAGAIN (EWOULDBLOCK) while it is
	 * used, EBUSY while it is being loaded or unloaded, ENOSYS without CONFIG_MODULE_UNLOAD. What goes wrong on the way is an
	 * oops; the module is gone all the same.
	 *
	 * Divergence: a module with an init and no exit can be unloaded, because what init has done is undone without it.
	 */
	async unload(name: string): Promise<void> {
		this.#needs('CONFIG_MODULE_UNLOAD');
		const module = this.find(name);
		if (module === undefined) throw new Errno('ENOENT', `${name} is not loaded`);
		if (module.usedBy.length > 0) throw new Errno('EAGAIN', `${name} is used by ${module.usedBy[0]!.name}`);
		if (module.state !== 'Live') throw new Errno('EBUSY', `${name} is ${module.state.toLowerCase()}`);
		if (module.refcount > 0) throw new Errno('EAGAIN', `${name} is in use`);
		module.state = 'Unloading';
		await this.#exit(module);
		await this.#remove(module);
	}

	/**
	 * Replaces a loaded module by what its source has become, with the arguments given and what its state remembers. Refuses
	 * as `unload` and `load` do; when the new one does not load, the old one is gone.
	 */
	async reload(name: string, args: readonly string[] = []): Promise<Module> {
		const old = this.find(name);
		if (old === undefined) throw new Errno('ENOENT', `${name} is not loaded`);
		const definition = await this.#definition(IN_TREE.test(old.source) ? old.definition : old.source);
		await this.unload(name);
		return this.#insert(definition, old.source, args, structuredClone(old.memory));
	}

	#needs(option: ConfigName): void {
		if (!this.#kernel.config[option]) throw new Errno('ENOSYS', `this kernel has no ${option}`);
	}

	async #definition(source: string | ModuleDefinition): Promise<ModuleDefinition> {
		const definition = typeof source === 'string' ? await this.#kernel.host.modules.load(source) : source;
		if (!isModuleDefinition(definition)) throw new Errno('ENOEXEC', `${source} exports no module`);
		if (definition.name.length >= MODULE_NAME_LEN) throw new Errno('ENOEXEC', `${definition.name} is too long a name`);
		return definition;
	}

	async #insert(
		definition: ModuleDefinition,
		source: string,
		args: readonly string[],
		remembered: object | undefined,
	): Promise<Module> {
		await this.#mustBeFree(moduleName(definition.name));
		const memory = remember(definition.state?.() ?? {}, remembered);
		const module = new Module({ definition, source, memory, base: this.#nextBase, pr: this.#kernel.pr });
		this.#nextBase += BigInt(module.size);
		this.#modules.set(module.name, module);
		try {
			this.#taint(module);
			this.#resolve(module);
			this.#parse(module, args);
			this.#kernel.moduleSysfs.setup(module);
			await this.#init(module);
		} catch (error) {
			module.state = 'Unloading';
			await this.#remove(module);
			throw error;
		}
		module.state = 'Live';
		module.put();
		this.#kernel.moduleSysfs.announce(module);
		this.#queue.wakeUp();
		return module;
	}

	/** One of the name that is still being loaded is waited for (module_patient_check_exists). */
	async #mustBeFree(name: string): Promise<void> {
		const old = this.#modules.get(name);
		if (old === undefined) return;
		await this.#queue.waitEvent(() => this.#modules.get(name)?.state !== 'Loading');
		throw new Errno(this.#modules.get(name)?.state === 'Live' ? 'EEXIST' : 'EBUSY', `${name} is loaded`);
	}

	#taint(module: Module): void {
		const { panic, pr } = this.#kernel;
		if (!IN_TREE.test(module.source)) {
			if (!panic.hasTaint('OOT_MODULE')) pr.warn('%s: loading out-of-tree module taints kernel.\n', module.name);
			module.taints.add('OOT_MODULE');
			panic.addTaint('OOT_MODULE');
		}
		const { license } = module.definition;
		if (gplCompatible.has(license)) return;
		const first = !panic.hasTaint('PROPRIETARY_MODULE');
		if (first) pr.warn("%s: module license '%s' taints kernel.\n", module.name, license);
		module.taints.add('PROPRIETARY_MODULE');
		panic.addTaint('PROPRIETARY_MODULE');
	}

	/** Takes a reference on each module that this one depends on, as resolving its symbols does. */
	#resolve(module: Module): void {
		for (const name of module.definition.depends ?? []) {
			const other = this.find(name);
			if (other === undefined) {
				this.#kernel.pr.warn('%s: needs module %s, which is not loaded\n', module.name, name);
				throw new Errno('ENOENT', `${module.name} needs ${name}`);
			}
			if (other.state !== 'Live' || !other.tryGet()) throw new Errno('EBUSY', `${name} is not live`);
			other.usedBy.unshift(module);
			module.uses.push(other);
		}
	}

	#parse(module: Module, args: readonly string[]): void {
		const { pr } = this.#kernel;
		const after = parseArgs({
			doing: module.name,
			args: args.map(quoteArg).join(' '),
			params: module.params.kernelParams(),
			pr,
			unknown: param => pr.warn("%s: unknown parameter '%s' ignored\n", module.name, param),
		});
		if (after !== undefined) pr.warn("%s: parameters '%s' after `--' ignored\n", module.name, after);
	}

	async #init(module: Module): Promise<void> {
		try {
			await this.#call(module, module.definition.init);
		} catch (error) {
			if (isErrno(error)) throw error;
			this.#kernel.panic.oops(error, `init of module ${module.name}`);
			throw new Errno('EIO', `${module.name}: init threw ${String(error)}`);
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

	async #remove(module: Module): Promise<void> {
		await module.release(error => this.#kernel.panic.oops(error, `undoing module ${module.name}`));
		for (const other of module.uses) {
			other.usedBy.splice(other.usedBy.indexOf(module), 1);
			other.put();
		}
		this.#modules.delete(module.name);
		this.#queue.wakeUp();
	}
}

/** What the module remembered goes where the new state still has a place for it. */
function remember(fresh: object, remembered: object = {}): object {
	const kept = Object.entries(remembered).filter(([name]) => name in fresh);
	return Object.assign(fresh, Object.fromEntries(kept));
}

/** A value with blanks is quoted, as modprobe hands it to the kernel. */
function quoteArg(arg: string): string {
	const at = arg.indexOf('=');
	const value = arg.slice(at + 1);
	return at > 0 && /\s/.test(value) && !arg.includes('"') ? `${arg.slice(0, at)}="${value}"` : arg;
}
