/**
 * loader_hooks - how a kernel module's file becomes code, as hooks of Node's own module loader.
 *
 * Node runs this file once: in a thread of its own (`register`, Node 20), or among everything else (`registerHooks`, later
 * ones). Only URLs that carry the mark are ours, all others go on to the next hook untouched:
 *
 *   file:///home/me/hello.ts?ring3=17    the file itself, as the loader asked for it
 *   file:///home/me/words.ts?ring3=17    what it imports by a relative path: the mark is handed down, so that it is new as well
 *   ring3/kernel                         the copy of ring3 that runs, wherever the file lies
 *
 * Types are taken out by putting blanks in their place, so lines and columns stay those of the file.
 */

import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { type Awaitable, chain } from '../lib/awaitable.ts';
import { ownFile } from '../lib/own_files.ts';
import { stripTypes } from './strip_types.ts';

/** Name of the query parameter that marks a URL as a kernel module's; its value begins with whose it is: `LOADER.LOAD`. */
export const MARK = 'ring3';

/** What is told of each file that is read. */
export interface FileRead {
	readonly mark: string;
	readonly path: string;
	readonly text: string;
}

/** What a loader tells the hooks when it has them registered. */
export interface HookData {
	/** Its part of the marks. */
	readonly loader: string;
	/** Gets a `FileRead` for each file, before the file's code runs. */
	readonly port: MessagePort;
}

/** Where to tell of files, by loader: the hooks run in one place for all loaders of a process, and maybe not in their thread. */
const ports = new Map<string, MessagePort>();

/** Called by Node with what `register` was given. */
export function initialize({ loader, port }: HookData): void {
	ports.set(loader, port);
}

interface Resolved {
	readonly url: string;
	readonly format?: string | null;
	readonly importAttributes?: Readonly<Record<string, string>>;
	readonly shortCircuit?: boolean;
}

interface ResolveContext {
	readonly parentURL?: string;
}

interface Loaded {
	readonly format: string;
	readonly source?: string;
	readonly shortCircuit?: boolean;
}

/** Everything below this URL is ring3 itself and is never loaded twice. */
const own = ownFile('').href;

const scripts = new Set(['.ts', '.mts', '.js', '.mjs']);

/** Hook: what a specifier in a marked file means. */
export function resolve<C extends ResolveContext>(
	specifier: string,
	context: C,
	next: (specifier: string, context: C) => Awaitable<Resolved>,
): Awaitable<Resolved> {
	if (specifier === 'ring3' || specifier.startsWith('ring3/')) {
		return next(specifier, { ...context, parentURL: import.meta.url });
	}
	const parent = parentOf(context);
	const found = next(specifier, { ...context, parentURL: parent });
	const mark = parent === undefined ? null : new URL(parent).searchParams.get(MARK);
	return mark === null ? found : chain(found, target => handDown(target, specifier, mark));
}

/** Hook: the source of a marked file. Throws SyntaxError, its message opening with file and line, for what is no TypeScript. */
export function load<C>(
	url: string,
	context: C,
	next: (url: string, context: C) => Awaitable<Loaded>,
): Awaitable<Loaded> {
	const mark = url.startsWith('file:') ? new URL(url).searchParams.get(MARK) : null;
	if (mark === null) return next(url, context);
	const path = fileURLToPath(url);
	const text = readFileSync(path, 'utf8');
	ports.get(mark.split('.', 1)[0]!)?.postMessage({ mark, path, text } satisfies FileRead);
	const script = path.endsWith('ts') ? stripTypes(text, path) : text;
	// The comment makes stack traces name the file and not the marked URL.
	return { format: 'module', source: `${script}\n//# sourceURL=${path}`, shortCircuit: true };
}

/** Node asks on behalf of the name in a stack trace, a plain path, when it explains a missing export. */
function parentOf(context: ResolveContext): string | undefined {
	const { parentURL } = context;
	return parentURL?.startsWith('/') ? pathToFileURL(parentURL).href : parentURL;
}

function handDown(found: Resolved, specifier: string, mark: string): Resolved {
	const relative = specifier.startsWith('./') || specifier.startsWith('../') || specifier.startsWith('/');
	if (!relative || found.url.startsWith(own) || !scripts.has(extname(new URL(found.url).pathname))) return found;
	const url = new URL(found.url);
	url.searchParams.set(MARK, mark);
	return { ...found, url: url.href };
}
