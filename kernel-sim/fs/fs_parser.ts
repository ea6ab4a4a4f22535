/**
 * fs_parser - the options that a file system is mounted with (fs/fs_parser.c).
 *
 * Each parser takes the text behind `=`, undefined where there is none, and refuses by EINVAL.
 */

import { Errno } from '../../src/lib/errno.ts';
import { kstrtouint } from '../../src/lib/kstrto.ts';

const INVALID_ID = 0xffff_ffff;

/** An option taken apart: what stands before the first `=`, and behind it. */
export function splitOption(option: string): readonly [key: string, value: string | undefined] {
	const at = option.indexOf('=');
	return at < 0 ? [option, undefined] : [option.slice(0, at), option.slice(at + 1)];
}

/** A value that is not empty (fs_param_is_string). */
export function paramString(value: string | undefined): string {
	if (value === undefined || value === '') throw badValue(value);
	return value;
}

/** No value at all (fs_param_is_flag). */
export function paramFlag(value: string | undefined): void {
	if (value !== undefined) throw badValue(value);
}

/** An unsigned int; EINVAL also for what is out of range (fs_param_is_u32). */
export function paramU32(value: string | undefined, base: 0 | 8): number {
	const text = paramString(value);
	try {
		return kstrtouint(text, base);
	} catch {
		throw badValue(text);
	}
}

/** The id of a user or a group; -1 is none (fs_param_is_uid, fs_param_is_gid). */
export function paramId(value: string | undefined): number {
	const id = paramU32(value, 0);
	if (id === INVALID_ID) throw badValue(value);
	return id;
}

/** What a bad value is refused with. */
export function badValue(value: string | undefined): Errno {
	return new Errno('EINVAL', `bad value '${value ?? ''}'`);
}
