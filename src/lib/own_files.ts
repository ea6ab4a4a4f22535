/**
 * own_files - where the files of this copy of ring3 are.
 *
 * There are two builds, with the same files in the same folders:
 *
 *     dist/      a script for each source file, by tsc: what the tests import
 *     bundle/    the programs alone, by bundle.mjs: what users run. What several of them need is in files of src/lib, so that
 *                this one, wherever it ends up, is two folders deep in either.
 *
 * A program of one build starts those of the same build.
 */

const root = new URL('../../', import.meta.url);

/** Where a source file is as a script, by its path from the root without an extension; a folder, by its path with a slash behind. */
export function ownFile(path: string): URL {
	return new URL(path === '' || path.endsWith('/') ? path : `${path}.js`, root);
}
