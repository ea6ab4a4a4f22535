/**
 * mount_flags - the words behind `-o` of `ring3 mount`.
 */

import type { MountFlags } from '../../mount/options.ts';

/** Bound: the largest id, for -1 means no id at all. */
const maxId = 2 ** 32 - 2;

const known: Readonly<Record<string, (value: string | undefined) => MountFlags | undefined>> = {
	ro: value => (value === undefined ? { ro: true } : undefined),
	rw: value => (value === undefined ? { ro: false } : undefined),
	allow_other: value => (value === undefined ? { allowOther: true } : undefined),
	uid: value => (isId(value) ? { uid: Number(value) } : undefined),
	gid: value => (isId(value) ? { gid: Number(value) } : undefined),
	fsname: value => (value !== undefined && /^[ -~]+$/.test(value) ? { fsname: value } : undefined),
};

/** What `-o` says, taken apart. */
export interface ParsedFlags {
	readonly flags: MountFlags;
	/** Words that mean nothing here, and may mean something to a file system. */
	readonly rest: readonly string[];
}

/** Reads `ro,rw,allow_other,uid=N,gid=N,fsname=NAME`, any of them and the last of a kind, among other words. */
export function parseMountFlags(text: string): ParsedFlags {
	const words = text.split(',').filter(word => word !== '');
	const parsed = words.map(parseFlag);
	return { flags: Object.assign({}, ...parsed), rest: words.filter((_, i) => parsed[i] === undefined) };
}

function parseFlag(word: string): MountFlags | undefined {
	const [, name, value] = /^([^=]*)(?:=(.*))?$/.exec(word)!;
	return Object.hasOwn(known, name!) ? known[name!]!(value) : undefined;
}

function isId(value: string | undefined): boolean {
	return value !== undefined && /^\d{1,10}$/.test(value) && Number(value) <= maxId;
}
