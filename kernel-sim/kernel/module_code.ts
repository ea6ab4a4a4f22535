/**
 * module_code - from what a file exports to a module that can be started: its code, its memory, its parameters, what it needs.
 *
 * Simulates the parts of load_module (kernel/module/main.c) that look at one module and change no other.
 */

import type { ModuleImage } from '../../src/boundary/host.ts';
import { Errno, isErrno } from '../../src/lib/errno.ts';
import type { Kernel } from '../kernel.ts';
import { type Module, type ModuleDefinition, whyNoModule } from './module.ts';
import type { ModuleParams } from './moduleparam.ts';
import { parseArgs } from './params.ts';

/** Longest name, with the NUL behind it. */
const MODULE_NAME_LEN = 56;
/** A parameter that every module takes. Divergence: modules are always loaded as if it was not given. */
const ASYNC_PROBE = 'async_probe';

/** Code that may become a module: what the file exports is one. */
export interface Code extends Pick<ModuleImage, 'files' | 'digest'> {
	readonly definition: ModuleDefinition;
	readonly source: string;
}

/**
 * Gets the code of a module: of a definition, or by the host from what `given` names. `source` is where it is from, absent: what
 * was given. ENOEXEC for what is no module, and what the host's loader throws.
 */
export async function loadCode(
	{ host }: Kernel,
	given: string | ModuleDefinition,
	source = typeof given === 'string' ? given : given.name,
): Promise<Code> {
	const image =
		typeof given === 'string'
			? await host.modules.load(given)
			: { definition: given, files: new Map<string, string>(), digest: new Uint8Array(20) };
	const fault = whyNoModule(image.definition);
	if (fault !== undefined) throw new Errno('ENOEXEC', `${source} ${fault}`);
	const definition = image.definition as ModuleDefinition;
	if (definition.name.length >= MODULE_NAME_LEN) throw new Errno('ENOEXEC', `${definition.name} is too long a name`);
	return { definition, source, files: image.files, digest: image.digest };
}

/** What whoever loads a module is told of something that its code has thrown: the Errno, or EIO for a mistake, which is logged. */
export function stumbled({ panic }: Kernel, error: unknown, where: string, what: string): unknown {
	if (isErrno(error)) return error;
	panic.oops(error, where);
	return new Errno('EIO', [`${what} threw ${String(error)}`, ...panic.picture(error)].join('\n'));
}

/** What a module's state makes to be remembered; what was remembered goes where there is still a place for it. */
export function makeMemory(kernel: Kernel, definition: ModuleDefinition, remembered: object = {}): object {
	try {
		const fresh = definition.state?.() ?? {};
		const kept = Object.entries(structuredClone(remembered)).filter(([name]) => name in fresh);
		return Object.assign(fresh, Object.fromEntries(kept));
	} catch (error) {
		throw stumbled(kernel, error, `state of module ${definition.name}`, `${definition.name}: state`);
	}
}

/** The modules that one depends on, each once. ENOENT, EBUSY while one is being loaded or unloaded. */
export function dependencies({ modules, pr }: Kernel, { name, definition }: Module): readonly Module[] {
	const found = (definition.depends ?? []).map(needed => {
		const other = modules.find(needed);
		if (other === undefined || other.name === name) {
			pr.warn('%s: needs module %s, which is not loaded\n', name, needed);
			throw new Errno('ENOENT', `${name} needs ${needed}`);
		}
		if (other.state !== 'Live') throw new Errno('EBUSY', `${needed} is not live`);
		return other;
	});
	return [...new Set(found)];
}

/** Sets the parameters of a module as its arguments say, then those that have changed in `before`, if there is one. */
export function setParams(kernel: Kernel, module: Module, before?: ModuleParams): void {
	try {
		parse(kernel, module);
	} catch (error) {
		throw stumbled(kernel, error, `parameters of module ${module.name}`, `${module.name}: a parameter`);
	}
	module.params.settle();
	for (const name of before?.changed() ?? []) takeParam(kernel, module, name, before!);
}

function parse({ pr }: Kernel, { name, args, params }: Module): void {
	if (args.some(arg => arg.includes('\0'))) throw new Errno('EINVAL', 'an argument with a NUL in it');
	const after = parseArgs({
		doing: name,
		args: args.map(quoteArg).join(' '),
		params: params.kernelParams(),
		pr,
		unknown(param) {
			if (param !== ASYNC_PROBE) pr.warn("%s: unknown parameter '%s' ignored\n", name, param);
		},
	});
	if (after !== undefined) pr.warn("%s: parameters '%s' after `--' ignored\n", name, after);
}

/** A value with blanks is quoted, as modprobe hands it to the kernel. */
function quoteArg(arg: string): string {
	const at = arg.indexOf('=');
	const value = arg.slice(at + 1);
	return at > 0 && /\s/.test(value) && !arg.includes('"') ? `${arg.slice(0, at)}="${value}"` : arg;
}

/** A value that the new code does not take is as it declares it. */
function takeParam({ panic, pr }: Kernel, module: Module, name: string, before: ModuleParams): void {
	try {
		module.params.take(name, before);
	} catch (error) {
		if (!isErrno(error)) panic.oops(error, `parameter ${name} of module ${module.name}`);
		else pr.warn("%s: parameter '%s' is not what it was\n", module.name, name);
	}
}
