/**
 * programs - what users run and import, as bundle.mjs has built it: for tests of the command line, and for what is measured.
 */

import { fileURLToPath } from 'node:url';

const bundle = new URL('../../../bundle/', import.meta.url);

/** The command `ring3`, for node. */
export const cli: string = fileURLToPath(new URL('src/cli/ring3.js', bundle));

/** What `npm start` runs. */
export const start: string = fileURLToPath(new URL('src/cli/start.js', bundle));

/** What another program of the bundle exports, by its path among the sources without an extension. */
export async function bundled<T>(path: string): Promise<T> {
	return (await import(new URL(`${path}.js`, bundle).href)) as T;
}
