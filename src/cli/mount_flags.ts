/**
 * mount_flags - the words behind `-o` of `ring3 mount`.
 */

import type { MountFlags } from '../../mount/options.ts';
import { Failure } from './failure.ts';

/** Bound: the largest id, for -1 means no id at all. */
const maxId = 2 ** 32 - 2;

const flags: Readonly<Record<string, (value: string | undefined) => MountFlags | undefined>> = {
	ro: value => (value === undefined ? { ro: true } : undefined),
	rw: value => (value === undefined ? { ro: false } : undefined),
	allow_other: value => (value === undefined ? { allowOther: true } : undefined),
	uid: value => (isId(value) ? { uid: Number(value) } : undefined),
	gid: value => (isId(value) ? { gid: Number(value) } : undefined),
	fsname: value => (value !== undefined && /^[ -~]+$/.test(value) ? { fsname: value } : undefined),
};

/**
 * Reads `ro,rw,allow_other,uid=N,gid=N,fsname=NAME`, any of them, the last of a kind. Throws a Failure of status 2 for what is
 * none of these.
 */
export function parseMountFlags(text: string): MountFlags {
	const words = text.split(',').filter(word => word !== '');
	return Object.assign({}, ...words.map(parseFlag));
}

function parseFlag(word: string): MountFlags {
	const [, name, value] = /^([^=]*)(?:=(.*))?$/.exec(word)!;
	const flag = Object.hasOwn(flags, name!) ? flags[name!]!(value) : undefined;
	if (flag === undefined) throw new Failure('mount', `-o ${word}: no such option`, 2);
	return flag;
}

function isId(value: string | undefined): boolean {
	return value !== undefined && /^\d{1,10}$/.test(value) && Number(value) <= maxId;
}
