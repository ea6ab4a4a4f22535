/**
 * fuse_native_package - the npm package fuse-native: found and loaded, or what is missing for it.
 *
 * It is an optional dependency, and is looked for only when somebody asks for it. Its binary looks for libfuse.so.2 by name. A
 * copy of that comes with the package, but in a place where nothing finds it; a library of that name that is loaded already is
 * taken.
 */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FuseOperations } from './fuse_operations.ts';
import { withLibrary } from './libc.ts';
import { hostProbes, type Probes } from './probes.ts';
import { type Lack, lackError } from './requirements.ts';

/** fuse-native, as far as it is used. */
export interface Fuse {
	mount(done: (error: Error | null) => void): void;
	unmount(done: (error: Error | null) => void): void;
}

/** Its constructor. */
export interface FuseConstructor {
	new (dir: string, operations: FuseOperations, options: Readonly<Record<string, unknown>>): Fuse;
	/** Takes a mount out of the tree; called by `unmount`. */
	unmount(dir: string, done: (error: Error | null) => void): void;
}

/** Loads the package. Throws ENOPKG where that cannot be; its message says what is missing and what helps. */
export function loadFuseNative(): FuseConstructor {
	const name: string = 'fuse-native';
	try {
		const require = createRequire(import.meta.url);
		const folder = dirname(require.resolve(`${name}/package.json`));
		const libfuse = join(folder, 'prebuilds', `${process.platform}-${process.arch}`, 'libfuse.so');
		const load = (): FuseConstructor => require(name);
		const Fuse = existsSync(libfuse) ? withLibrary(libfuse, load) : load();
		// Its own way is the program fusermount, which may not be there; detaching is done before this is called.
		Fuse.unmount = (_dir, done) => done(null);
		return Fuse;
	} catch (error) {
		throw lackError(lackOfFuseNative(error, hostProbes()));
	}
}

/** What loading failed for: the error that it ended with, on this computer. */
export function lackOfFuseNative(error: unknown, { uid }: Pick<Probes, 'uid'>): Lack {
	const { code, message } = error as { readonly code?: string; readonly message: string };
	const sudo = uid === 0 ? '' : 'sudo ';
	const lack = (what: string, cure: string): Lack => ({ code: 'ENOPKG', what, cure });
	if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND')
		return lack('the package fuse-native is not installed', 'npm install fuse-native@2.2.6');
	if (message.includes('libfuse.so.2'))
		return lack('fuse-native does not find libfuse 2', `${sudo}apt-get install libfuse2`);
	if (message.startsWith('No native build'))
		return lack(
			`fuse-native has no binary for ${process.platform}-${process.arch}`,
			`${sudo}apt-get install libfuse-dev && npm rebuild fuse-native`,
		);
	return lack(`fuse-native does not load (${message.split('\n', 1)[0]})`, 'npm rebuild fuse-native');
}
