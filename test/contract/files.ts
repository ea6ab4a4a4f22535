/**
 * files - whole files and whole directories by way of the calls of a `Sys`.
 */

import { O_DIRECTORY, O_RDONLY, O_WRONLY } from '../../src/uapi/fcntl.ts';
import type { Dirent, Sys } from '../runner/sys.ts';

/** The text that bytes stand for. */
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Runs `body` with a descriptor of `path`, and closes it whatever happens. */
export async function withFile<T>(sys: Sys, path: string, flags: number, body: (fd: number) => Promise<T>): Promise<T> {
	const fd = await sys.open(path, flags);
	try {
		return await body(fd);
	} finally {
		await sys.close(fd);
	}
}

/** Reads from where `fd` stands to the end, `count` bytes at a time. */
export async function readToEnd(sys: Sys, fd: number, count = 65536): Promise<string> {
	const parts: Uint8Array[] = [];
	for (;;) {
		const part = await sys.read(fd, count);
		if (part.length === 0) return Buffer.concat(parts).toString();
		parts.push(part);
	}
}

/** The whole text of a file. */
export function readFile(sys: Sys, path: string): Promise<string> {
	return withFile(sys, path, O_RDONLY, fd => readToEnd(sys, fd));
}

/** The lines of a file that ends in a newline, without their newlines. */
export async function readLines(sys: Sys, path: string): Promise<string[]> {
	return (await readFile(sys, path)).split('\n').slice(0, -1);
}

/** Writes `data` by one write(2); the number of bytes taken. */
export function writeFile(sys: Sys, path: string, data: string): Promise<number> {
	return withFile(sys, path, O_WRONLY, fd => sys.write(fd, data));
}

/** Every entry of a directory, in its order, dots included. */
export function readDir(sys: Sys, path: string, size?: number): Promise<Dirent[]> {
	return withFile(sys, path, O_RDONLY | O_DIRECTORY, async fd => {
		const entries: Dirent[] = [];
		for (;;) {
			const some = await sys.getdents(fd, size);
			if (some.length === 0) return entries;
			entries.push(...some);
		}
	});
}
