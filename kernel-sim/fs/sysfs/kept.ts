/**
 * kept - attributes whose value is kept and shown.
 *
 * Each call makes one with a value of its own. Whoever has it says what follows from the value, or that nothing does.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { type Base, kstrtobool, kstrtoul, orEinval } from '../../../src/lib/kstrto.ts';
import { sysfsMatchString } from '../../../src/lib/string_helpers.ts';
import { attrRo } from './attr.ts';
import type { Attribute } from './file.ts';

const UINT_MAX = 0xffff_ffffn;

/** What a number may be. */
export interface KeptRange {
	/** Absent: 0. */
	readonly min?: bigint;
	/** Absent: what 32 bits hold. */
	readonly max?: bigint;
	/** Absent: 10. */
	readonly base?: Base;
}

/** A number; whatever else is written is EINVAL. */
export function keptNumber(value: bigint, range: KeptRange = {}): Attribute {
	const { min = 0n, max = UINT_MAX, base = 10 } = range;
	let kept = value;
	return {
		mode: 0o644,
		show: () => `${kept}\n`,
		store(_kobj, buf) {
			const written = orEinval(() => kstrtoul(buf, base));
			if (written < min || written > max) throw new Errno('EINVAL');
			kept = written;
		},
	};
}

/** 0 or 1. EINVAL for another number, and what is too large for one is ERANGE. */
export function keptFlag(value: 0n | 1n): Attribute {
	let kept: bigint = value;
	return {
		mode: 0o644,
		show: () => `${kept}\n`,
		store(_kobj, buf) {
			const written = kstrtoul(buf, 10);
			if (written > 1n) throw new Errno('EINVAL');
			kept = written;
		},
	};
}

/** What `kstrtobool` takes, shown as one of two words. EINVAL. */
export function keptBool(value: boolean, [no, yes]: readonly [no: string, yes: string] = ['0', '1']): Attribute {
	let kept = value;
	return {
		mode: 0o644,
		show: () => `${kept ? yes : no}\n`,
		store(_kobj, buf) {
			kept = kstrtobool(buf);
		},
	};
}

/** One of some words; all are shown, and which it is. EINVAL for another one. */
export function keptWord<T extends string>(words: readonly T[], word: T): Attribute {
	let kept = word;
	return {
		mode: 0o644,
		show: () => chosenOf(words, kept),
		store(_kobj, buf) {
			const written = sysfsMatchString(words, buf);
			if (written === undefined) throw new Errno('EINVAL');
			kept = written;
		},
	};
}

/** Words as sysfs shows a choice: `always [madvise] never`. */
export function chosenOf(words: readonly string[], chosen: string): string {
	return `${words.map(word => (word === chosen ? `[${word}]` : word)).join(' ')}\n`;
}

/** A number that never changes. */
export function constant(value: number | bigint): Attribute {
	return attrRo(() => value);
}
