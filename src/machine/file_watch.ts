/**
 * file_watch - tells when some files have become others.
 *
 * What is watched is the directories that the files lie in, because editors save in different ways: they write to the file, or
 * write another one and give it the name. A save is several events; one call follows when it has been quiet for a moment.
 *
 * Bound: where the host's kernel tells of no change, as on a network share that is edited elsewhere, none is seen.
 */

import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isErrno } from '../lib/errno.ts';

/** How long it must be quiet before a change is told of, in milliseconds. */
const QUIET = 50;

/** Bound: where there is never quiet, a change is told of after so many milliseconds all the same. */
const IMPATIENCE = 500;

/** Why a directory cannot be watched that may come back. */
const absences: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

/** How long to wait for a directory that is not there to come back, in milliseconds. */
const ABSENCE = 250;

/** Watches files until it is closed. */
export class FileWatch {
	readonly #onChange: () => void;
	readonly #watchers = new Map<string, FSWatcher>();
	/** The text of each file as it was seen last; undefined for one that was not there. */
	#texts = new Map<string, string | undefined>();
	#timer: NodeJS.Timeout | undefined;
	#firstEvent = 0;
	#closed = false;

	/** Calls `onChange` after the text of a file has changed; not for one that is gone, which is a save that goes on. */
	constructor(onChange: () => void) {
		this.#onChange = onChange;
	}

	/**
	 * Watches these files from now on, and no others. Those that were watched before are compared with what they were then. Throws
	 * ENOSPC or EMFILE where the host has no room for another watch.
	 */
	watch(files: readonly string[]): void {
		const known = this.#texts;
		this.#texts = new Map(files.map(file => [file, known.has(file) ? known.get(file) : textOf(file)]));
		const dirs = new Set(files.map(file => dirname(file)));
		for (const [dir, watcher] of this.#watchers) {
			if (dirs.has(dir)) continue;
			watcher.close();
			this.#watchers.delete(dir);
		}
		for (const dir of dirs) this.#watch(dir);
	}

	/** Stops watching. */
	close(): void {
		this.#closed = true;
		clearTimeout(this.#timer);
		for (const watcher of this.#watchers.values()) watcher.close();
		this.#watchers.clear();
	}

	#watch(dir: string): void {
		if (this.#closed || this.#watchers.has(dir)) return;
		try {
			const watcher = watch(dir, (_, name) => this.#onEvent(dir, name));
			watcher.on('error', () => this.#lost(dir));
			this.#watchers.set(dir, watcher);
		} catch (error) {
			if (!isErrno(error) || !absences.has(error.code)) throw error;
			this.#lost(dir);
		}
	}

	/** A directory that was removed, or put in the place of another, has to be found again. */
	#lost(dir: string): void {
		this.#watchers.get(dir)?.close();
		this.#watchers.delete(dir);
		setTimeout(() => {
			this.#watch(dir);
			this.#schedule();
		}, ABSENCE);
	}

	#onEvent(dir: string, name: string | null): void {
		const isOurs = [...this.#texts.keys()].some(file => dirname(file) === dir && basename(file) === name);
		if (isOurs) this.#schedule();
		else if (name === null || name === basename(dir)) this.#lost(dir);
	}

	#schedule(): void {
		const now = Date.now();
		if (this.#timer === undefined) this.#firstEvent = now;
		clearTimeout(this.#timer);
		const delay = Math.max(0, Math.min(QUIET, this.#firstEvent + IMPATIENCE - now));
		this.#timer = setTimeout(() => this.#look(), delay);
	}

	#look(): void {
		this.#timer = undefined;
		if (this.#closed) return;
		const changed = [...this.#texts].flatMap(([file, before]) => {
			const text = textOf(file);
			return text === undefined || text === before ? [] : [[file, text] as const];
		});
		for (const [file, text] of changed) this.#texts.set(file, text);
		if (changed.length > 0) this.#onChange();
	}
}

/** Undefined for a file that cannot be read, as in the middle of a save. */
function textOf(file: string): string | undefined {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		if (!isErrno(error)) throw error;
		return undefined;
	}
}
