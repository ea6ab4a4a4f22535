/**
 * loader - the host's ModuleLoader: a file, or the name of a sample, to a module's definition.
 *
 * A file is imported under a URL that no import had before, so that an edited file is read anew, and so is what it imports by
 * a relative path (see loader_hooks.ts). The old code stays in memory until the process ends; Node has no way to drop it.
 */

import { access, constants, readFile, realpath, stat } from 'node:fs/promises';
import * as nodeModule from 'node:module';
import { extname, isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModuleLoader } from '../boundary/host.ts';
import { Errno } from '../lib/errno.ts';
import * as hooks from './loader_hooks.ts';
import { stripTypes } from './strip_types.ts';

const extensions = new Set(['.ts', '.mts', '.js', '.mjs']);

/** Where a machine's modules come from. Two loaders in one process do not disturb each other. */
export class FileLoader implements ModuleLoader {
	#hooked = false;
	#loads = 0;

	/**
	 * Loads a definition: from an absolute path, or from the sample of that name. Rejects with ENOENT where there is none,
	 * ENOEXEC with file and line where the file is no module or throws while it is read, EINVAL for a relative path.
	 */
	async load(source: string): Promise<unknown> {
		if (/^\w[\w-]*$/.test(source)) return loadSample(source);
		if (!isAbsolute(source)) throw new Errno('EINVAL', `${source}: not an absolute path`);
		const path = await checkFile(source);
		this.#hook();
		const url = pathToFileURL(path);
		url.searchParams.set(hooks.MARK, `${process.hrtime.bigint()}.${this.#loads++}`);
		let namespace: { readonly default?: unknown };
		try {
			namespace = await import(url.href);
		} catch (error) {
			throw await refusal(error, path);
		}
		return definitionOf(namespace, path);
	}

	#hook(): void {
		if (this.#hooked) return;
		this.#hooked = true;
		const { registerHooks } = nodeModule as { registerHooks?: (hooks: object) => void };
		if (registerHooks !== undefined) registerHooks({ resolve: hooks.resolve, load: hooks.load });
		else nodeModule.register(new URL('./loader_hooks.js', import.meta.url));
	}
}

async function loadSample(name: string): Promise<unknown> {
	const file = new URL(`../../kernel-sim/samples/${name.replaceAll('-', '_')}.js`, import.meta.url);
	await access(file).catch(() => {
		throw new Errno('ENOENT', `${name}: no sample of that name, and a file has a / or an extension in its name`);
	});
	return definitionOf(await import(file.href), name);
}

async function checkFile(source: string): Promise<string> {
	if (!extensions.has(extname(source))) throw new Errno('ENOEXEC', `${source}: not a .ts, .mts, .js or .mjs file`);
	const path = await realpath(source).catch(() => {
		throw new Errno('ENOENT', `${source}: no such file`);
	});
	await access(path, constants.R_OK).catch(() => {
		throw new Errno('EACCES', `${source}: permission denied`);
	});
	if (!(await stat(path)).isFile()) throw new Errno('ENOEXEC', `${source}: not a file`);
	return path;
}

function definitionOf(namespace: { readonly default?: unknown }, file: string): unknown {
	if (namespace.default === undefined) throw new Errno('ENOEXEC', `${file}: no default export`);
	return namespace.default;
}

/** What went wrong while a file was read, in one line that opens with the file and, where it is known, the line. */
async function refusal(error: unknown, path: string): Promise<Errno> {
	if (!(error instanceof Error)) return new Errno('ENOEXEC', `${path}: threw ${String(error)}`);
	if (error instanceof SyntaxError) {
		const located = /^\/.*?:\d+: /.test(error.message) ? error.message : await locate(path);
		return new Errno('ENOEXEC', located ?? `${path}: ${error.message}`);
	}
	const [message = ''] = error.message.split('\n', 1);
	// What an import names and is not there: the stack leads into Node's loader, or into whatever has hooked it.
	const importer = / imported from (\/[^?]*)/.exec(message)?.[1];
	const frame = error.stack?.match(/\((\/[^()]+:\d+):\d+\)$|at (\/[^()]+:\d+):\d+$/m);
	return new Errno('ENOEXEC', `${importer ?? frame?.[1] ?? frame?.[2] ?? path}: ${message}`);
}

/** V8 does not say where in a module it stumbled; the type stripper does. */
async function locate(path: string): Promise<string | undefined> {
	try {
		stripTypes(await readFile(path, 'utf8'), path);
		return undefined;
	} catch (error) {
		return error instanceof SyntaxError ? error.message : undefined;
	}
}
