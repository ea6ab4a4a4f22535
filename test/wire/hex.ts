/**
 * hex - messages as annotated bytes, one exchange a file.
 *
 *     # LOOKUP, from Linux 6.18.44
 *     > 6 LOOKUP node=1 "version" pid=4711 uid=0
 *     30 00 00 00              len=48
 *     ...
 *
 * A line with `>` or `<` begins a message from the kernel or to it, and is its line of the trace. Then come its bytes, each
 * line with what they are after two spaces.
 */

import { readdirSync, readFileSync } from 'node:fs';
import type { Struct } from '../../src/lib/struct.ts';

/** A message and its line of the trace. */
export interface Captured {
	readonly fromKernel: boolean;
	/** Without the arrow. */
	readonly text: string;
	readonly bytes: Uint8Array;
}

const bytesPattern = /^[0-9a-f]{2}(?: [0-9a-f]{2})*(?= {2}|$)/;

/** The messages of a file. Throws SyntaxError for a line that is none of a comment, a message's first, and bytes. */
export function parse(text: string): Captured[] {
	const found: { fromKernel: boolean; text: string; hex: string[] }[] = [];
	for (const line of text.split('\n')) {
		if (line === '' || line.startsWith('#')) continue;
		const hex = bytesPattern.exec(line);
		if (hex && found.length > 0) found.at(-1)!.hex.push(hex[0]);
		else if (/^[<>] /.test(line)) found.push({ fromKernel: line[0] === '>', text: line.slice(2), hex: [] });
		else throw new SyntaxError(`neither bytes nor a message: ${line}`);
	}
	return found.map(({ hex, ...message }) => ({
		...message,
		bytes: Uint8Array.from(hex.join(' ').split(' '), pair => Number.parseInt(pair, 16)),
	}));
}

/** The messages of every file beside this one whose name begins with `prefix`, or of all that are not netlink's, by the name. The sources are what is read, not what tsc wrote. */
export function capturedFiles(prefix = ''): Map<string, Captured[]> {
	const dir = new URL(import.meta.url.replace('/dist/test/', '/test/'));
	const folder = new URL('.', dir);
	const names = readdirSync(folder).filter(name => name.endsWith('.hex') && isWanted(name, prefix));
	return new Map(names.sort().map(name => [name, parse(readFileSync(new URL(name, folder), 'utf8'))]));
}

const isWanted = (name: string, prefix: string) =>
	prefix === '' ? !name.startsWith('netlink') : name.startsWith(prefix);

const pairs = (bytes: Uint8Array) => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ');

/** A struct among the fields of another. */
const isStruct = (field: object): field is Struct => 'members' in field;

/** The lines of a message: one for each member of the structs it begins with, then sixteen bytes each. */
export function print({ bytes, text, fromKernel }: Captured, structs: readonly Struct[]): string {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const lines = [`${fromKernel ? '>' : '<'} ${text}`];
	const line = (from: number, to: number, comment: string) =>
		lines.push(`${pairs(bytes.subarray(from, to)).padEnd(23)}  ${comment}`.trimEnd());
	const printStruct = ({ members }: Struct, at: number) => {
		for (const { name, offset, field } of members) {
			const [from, to] = [at + offset, at + offset + field.size];
			if (to > bytes.length) return;
			if (isStruct(field)) printStruct(field, from);
			else line(from, to, name.startsWith('_') ? '' : `${name}=${field.format(field.read(view, from, field.size))}`);
		}
	};
	let at = 0;
	for (const struct of structs) {
		printStruct(struct, at);
		at = Math.min(at + struct.size, bytes.length);
	}
	for (; at < bytes.length; at += 16) {
		const part = bytes.subarray(at, at + 16);
		line(at, at + 16, JSON.stringify(String.fromCharCode(...part.map(byte => (byte < 32 || byte > 126 ? 46 : byte)))));
	}
	return `${lines.join('\n')}\n`;
}
