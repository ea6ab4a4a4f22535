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
import { type Awaitable, chain } from '../lib/awaitable.ts';
import { stripTypes } from './strip_types.ts';

/** Name of the query parameter that marks a URL as a kernel module's. */
export const MARK = 'ring3';

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
const ownFiles = new URL('../../', import.meta.url).href;

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
	if (!url.startsWith('file:') || !new URL(url).searchParams.has(MARK)) return next(url, context);
	const path = fileURLToPath(url);
	const text = readFileSync(path, 'utf8');
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
	if (!relative || found.url.startsWith(ownFiles) || !scripts.has(extname(new URL(found.url).pathname))) return found;
	const url = new URL(found.url);
	url.searchParams.set(MARK, mark);
	return { ...found, url: url.href };
}
