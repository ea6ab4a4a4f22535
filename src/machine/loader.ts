/**
 * loader - the host's ModuleLoader: a file, or the name of a sample, to a module's code.
 *
 * A file is imported under a URL that no import had before, so that an edited file is read anew, and so is what it imports by
 * a relative path (see loader_hooks.ts). The old code stays in memory until the process ends; Node has no way to drop it.
 *
 * Bound: that is some 10 kB for each time that a small module is loaded.
 */

import { constants, promises as fs } from 'node:fs';
import * as nodeModule from 'node:module';
import { extname, isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ModuleImage, ModuleLoader } from '../boundary/host.ts';
import { codeFrame } from '../lib/code_frame.ts';
import { Errno } from '../lib/errno.ts';
import { ownFile } from '../lib/own_files.ts';
import * as hooks from './loader_hooks.ts';
import { stripTypes } from './strip_types.ts';

const extensions = new Set(['.ts', '.mts', '.js', '.mjs']);

/** Bound: the largest file that is loaded, in bytes. */
const maxSize = 16 * 1024 * 1024;

/** Bound: how long a module may wait for something while it is imported, in milliseconds. */
const importTimeout = 10_000;

/** How modules are loaded. */
export interface LoaderOptions {
	/** How many milliseconds a module may wait while it is imported. Absent: ten seconds. */
	readonly timeout?: number;
	/** Called before the code of a module is run. Absent: nothing happens. */
	readonly beforeModule?: () => void;
}

/** Where a machine's modules come from. Two loaders in one process do not disturb each other. */
export class FileLoader implements ModuleLoader {
	readonly #timeout: number;
	/** Its part of the marks. */
	readonly #name = `${process.hrtime.bigint()}`;
	readonly #beforeModule: (() => void) | undefined;
	#reports: MessageChannel | undefined;
	/** What the last attempt to load each source has read. */
	readonly #read = new Map<string, readonly string[]>();
	#loads = 0;

	constructor({ timeout = importTimeout, beforeModule }: LoaderOptions = {}) {
		this.#timeout = timeout;
		this.#beforeModule = beforeModule;
	}

	/**
	 * Loads code: from an absolute path, or from the sample of that name. Rejects with ENOENT where there is none, ENOEXEC with
	 * file and line, and behind that a picture of it, where the file is no module or throws while it is read, EFBIG where it is
	 * too large, ETIMEDOUT where it waits for ever, EINVAL for a relative path.
	 */
	async load(source: string): Promise<ModuleImage> {
		this.#beforeModule?.();
		if (/^\w[\w-]*$/.test(source)) return loadSample(source);
		if (!isAbsolute(source)) throw new Errno('EINVAL', `${source}: not an absolute path`);
		this.#read.set(source, []);
		const path = await checkFile(source);
		this.#read.set(source, [path]);
		return this.#import(source, path);
	}

	filesOf(source: string): readonly string[] {
		return this.#read.get(source) ?? [];
	}

	async #import(source: string, path: string): Promise<ModuleImage> {
		const reports = this.#hook();
		const mark = `${this.#name}.${this.#loads++}`;
		const url = pathToFileURL(path);
		url.searchParams.set(hooks.MARK, mark);
		const files = new Map<string, string>();
		try {
			const namespace = await inTime(import(url.href), this.#timeout, path);
			collect(reports, mark, files);
			return { definition: definitionOf(namespace, path), files, digest: digestOf(files) };
		} catch (error) {
			collect(reports, mark, files);
			throw error instanceof Errno ? error : refusal(error, path, files);
		} finally {
			if (files.size > 0) this.#read.set(source, [...files.keys()]);
		}
	}

	/** Has Node ask the hooks, and answers where they report what was read. */
	#hook(): MessagePort {
		if (this.#reports !== undefined) return this.#reports.port2;
		this.#reports = new MessageChannel();
		const { port1: port, port2 } = this.#reports;
		const data: hooks.HookData = { loader: this.#name, port };
		const { registerHooks } = nodeModule as { registerHooks?: (hooks: object) => void };
		if (registerHooks === undefined) {
			nodeModule.register(ownFile('src/machine/loader_hooks'), { data, transferList: [port] });
			return port2;
		}
		hooks.initialize(data);
		registerHooks({ resolve: hooks.resolve, load: hooks.load });
		return port2;
	}
}

/** Takes in what the hooks have told of one load. */
function collect(reports: MessagePort, mark: string, files: Map<string, string>): void {
	for (;;) {
		const message = receiveMessageOnPort(reports)?.message as hooks.FileRead | undefined;
		if (message === undefined) return;
		if (message.mark === mark) files.set(message.path, message.text);
	}
}

function digestOf(files: ReadonlyMap<string, string>): Uint8Array {
	const hash = process.getBuiltinModule('node:crypto').createHash('sha1');
	for (const text of files.values()) hash.update(text).update('\0');
	return hash.digest();
}

async function inTime<T>(work: Promise<T>, timeout: number, path: string): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		const error = new Errno(
			'ETIMEDOUT',
			`${path}: waits for something while it is imported, and has waited long enough`,
		);
		timer = setTimeout(() => reject(error), timeout);
	});
	try {
		return await Promise.race([work, late]);
	} finally {
		clearTimeout(timer);
	}
}

async function loadSample(name: string): Promise<ModuleImage> {
	const file = ownFile(`kernel-sim/samples/${name.replaceAll('-', '_')}`);
	await fs.access(file).catch(() => {
		throw new Errno('ENOENT', `${name}: no sample of that name, and a file has a / or an extension in its name`);
	});
	const source = new URL(`../kernel-sim/samples/${name.replaceAll('-', '_')}.ts`, ownFile(''));
	const files = new Map([[fileURLToPath(source), await fs.readFile(source, 'utf8')]]);
	const namespace = await import(file.href);
	// The bundle is CommonJS: all that a file of it exports is the default of what is imported.
	const exports = namespace.default.__esModule ? namespace.default : namespace;
	return { definition: definitionOf(exports, name), files, digest: digestOf(files) };
}

async function checkFile(source: string): Promise<string> {
	if (!extensions.has(extname(source))) throw new Errno('ENOEXEC', `${source}: not a .ts, .mts, .js or .mjs file`);
	const path = await fs.realpath(source).catch(() => {
		throw new Errno('ENOENT', `${source}: no such file`);
	});
	await fs.access(path, constants.R_OK).catch(() => {
		throw new Errno('EACCES', `${source}: permission denied`);
	});
	const stats = await fs.stat(path);
	if (!stats.isFile()) throw new Errno('ENOEXEC', `${source}: not a file`);
	if (stats.size > maxSize) throw new Errno('EFBIG', `${source}: larger than ${maxSize} bytes`);
	return path;
}

function definitionOf(namespace: { readonly default?: unknown }, file: string): unknown {
	if (namespace.default === undefined) throw new Errno('ENOEXEC', `${file}: no default export`);
	return namespace.default;
}

/** A file of a module that did not load, and where in it. */
const located = /^(\/[^\n]*?):(\d+)(?::(\d+))?: /;

/**
 * What went wrong while a file was read: a line that opens with the file and, where they are known, line and column, and then
 * a picture of the place.
 */
function refusal(error: unknown, path: string, files: ReadonlyMap<string, string>): Errno {
	const message = explain(error, path, files);
	const [, file = '', line, column] = located.exec(message) ?? [];
	const place = { line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) };
	const picture = line === undefined ? [] : codeFrame(files.get(file) ?? '', place);
	return new Errno('ENOEXEC', [message, ...picture].join('\n'));
}

function explain(error: unknown, path: string, files: ReadonlyMap<string, string>): string {
	if (!(error instanceof Error)) return `${path}: threw ${String(error)}`;
	if (error instanceof SyntaxError) {
		return located.test(error.message) ? error.message : (locate(files) ?? `${path}: ${error.message}`);
	}
	const [message = ''] = error.message.split('\n', 1);
	// What an import names and is not there: the stack leads into Node's loader, or into whatever has hooked it.
	const importer = / imported from (\/[^?]*)/.exec(message)?.[1];
	const frame = error.stack?.match(/\((\/[^()]+:\d+:\d+)\)$|at (\/[^()]+:\d+:\d+)$/m);
	return `${importer ?? frame?.[1] ?? frame?.[2] ?? path}: ${message}`;
}

/** V8 does not say where in a module it stumbled; the type stripper does. */
function locate(files: ReadonlyMap<string, string>): string | undefined {
	for (const [path, text] of files) {
		try {
			stripTypes(text, path);
		} catch (error) {
			if (error instanceof SyntaxError) return error.message;
		}
	}
	return undefined;
}
