/**
 * code_cache - what V8 has made of the scripts of the bundle, kept for the next process.
 *
 * To compile its code was a quarter of what a machine took to start. The large scripts of `bundle/` therefore are files that Node
 * does not compile by itself: a stub, which bundle.mjs writes, asks for them here. What a process has compiled until it calls
 * `keepCode`, functions that it called included, the next one loads. Node's own cache (`module.enableCompileCache`, 22.1) knows no
 * functions, and gains little.
 *
 * It lies beside the scripts, and is written by who owns them alone: root leaves no files in somebody's checkout. For others, and at
 * the first start, all is compiled anew. This file imports none of ring3, which is not there before it has run.
 */

import { closeSync, mkdirSync, openSync, readSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/** What a module of CommonJS sees, as far as scripts need it. */
interface Stub {
	readonly module: { readonly exports: object };
	readonly require: NodeJS.Require;
}

const bundle = fileURLToPath(new URL('../../', import.meta.url));
const dir = `${bundle}.code/`;

/** Scripts that were compiled anew, by the file in which they are to be kept. */
const fresh = new Map<string, Script>();

/**
 * Runs a script on behalf of a stub: an expression, a function of what modules of CommonJS see. `digest` tells it from others of its
 * length. Bound: it is ASCII, which is read faster, and has no `import()`, which fails in a script of Node 20 whose code was kept.
 */
export function runScript(file: string, digest: string, { module, require }: Stub): void {
	const kept = `${dir}${digest}.${purpose()}.${process.arch}.${process.version}`;
	// For one after the other: to touch a page of memory for the first time costs more than to read it.
	const room = Buffer.allocUnsafeSlow(Math.max(sizeOf(file), sizeOf(kept)));
	const source = read(file, room).toString('latin1');
	const script = new Script(source, { filename: file, cachedData: tried(() => read(kept, room)) });
	// It is rejected where it was made under other flags of V8, or for another processor.
	if (script.cachedDataRejected !== false) fresh.set(kept, script);
	script.runInThisContext()(module.exports, require, module, file, dirname(file));
}

/** Bytes of a file; 0 where there is none. */
function sizeOf(file: string): number {
	return tried(() => statSync(file).size) ?? 0;
}

/** Reads a file into `room`, as much as there is room for, and answers its bytes. Throws what the system calls refuse. */
function read(file: string, room: Buffer): Buffer {
	const fd = openSync(file, 'r');
	try {
		let at = 0;
		for (let n = -1; n !== 0 && at < room.length; at += n) n = readSync(fd, room, at, room.length - at, at);
		return room.subarray(0, at);
	} finally {
		closeSync(fd);
	}
}

/** What the process is for, `ring3.js-run`, as others call other functions: its program, and the word that tells it what to do. */
function purpose(): string {
	const [, program = '', word = ''] = process.argv;
	return `${basename(program)}-${/^[a-z]+$/.test(word) ? word : ''}`;
}

/** Keeps the code of all scripts that were compiled anew, if it may. It takes some twenty milliseconds, once. */
export function keepCode(): void {
	const ours = tried(() => statSync(bundle).uid === process.geteuid!()) ?? false;
	for (const [file, script] of ours ? fresh : []) {
		fresh.delete(file);
		// V8 trusts what is in a file: there must never be half of it under its name, not even after a power failure.
		const half = `${file}.${process.pid}`;
		const done = tried(() => {
			mkdirSync(dir, { recursive: true });
			writeFileSync(half, script.createCachedData(), { flush: true });
			renameSync(half, file);
			return true;
		});
		if (!done) tried(() => unlinkSync(half));
	}
}

/** What a step answers; undefined where the computer refuses it. */
function tried<T>(step: () => T): T | undefined {
	try {
		return step();
	} catch (error) {
		if (error instanceof Error && 'syscall' in error) return undefined;
		throw error;
	}
}
