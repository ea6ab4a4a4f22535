/**
 * tables - every wire struct and table of names that src/uapi exports, found by looking.
 *
 * What is added to src/uapi is tested without being listed anywhere.
 */

import { readdirSync } from 'node:fs';
import type { NameTable } from '../../src/lib/names.ts';
import type { Struct } from '../../src/lib/struct.ts';

const folder = new URL('../../src/uapi/', import.meta.url);

/** What one file of src/uapi exports. */
export interface UapiModule {
	/** File name without its ending. */
	readonly name: string;
	readonly exports: Readonly<Record<string, unknown>>;
}

/** The files of src/uapi. */
export async function uapiModules(): Promise<UapiModule[]> {
	const files = readdirSync(folder).filter(file => file.endsWith('.js'));
	return Promise.all(
		files.map(async file => ({ name: file.slice(0, -3), exports: await import(new URL(file, folder).href) })),
	);
}

/** The structs that a file exports. */
export function structsOf({ exports }: UapiModule): Struct[] {
	return Object.values(exports).filter(isStruct);
}

/** The tables of names that a file exports, by their own names. */
export function nameTablesOf({ exports }: UapiModule): [string, NameTable][] {
	return Object.entries(exports).filter((entry): entry is [string, NameTable] => isNameTable(entry[1]));
}

/** The plain numbers that a file exports and that no table of names has. */
export function constantsOf(module: UapiModule): [string, number][] {
	const named = new Set(nameTablesOf(module).flatMap(([, table]) => Object.keys(table)));
	return Object.entries(module.exports).filter(
		(entry): entry is [string, number] => typeof entry[1] === 'number' && !named.has(entry[0]),
	);
}

function isStruct(value: unknown): value is Struct {
	return typeof value === 'object' && value !== null && 'decode' in value && 'offsetof' in value;
}

function isNameTable(value: unknown): value is NameTable {
	if (typeof value !== 'object' || value === null) return false;
	const values = Object.values(value);
	return values.length > 0 && values.every(member => typeof member === 'number');
}
