/**
 * attr - attributes that show a value (__ATTR_RO and __ATTR_RW of include/linux/sysfs.h).
 */

import type { Awaitable } from '../../../src/lib/awaitable.ts';
import type { Kobject } from '../../lib/kobject.ts';
import type { Attribute, AttributeCall, Stored } from './file.ts';

/** What a file shows, without the newline behind it. */
export type Value = number | bigint | string;

/** A file that everybody reads and nobody writes. */
export function attrRo<T = Kobject>(show: (obj: T) => Value): Attribute<T> {
	return { mode: 0o444, show: obj => `${show(obj)}\n` };
}

/** A file that everybody reads and root writes. */
export function attrRw<T = Kobject>(
	show: (obj: T) => Value,
	store: (obj: T, buf: string, call: AttributeCall) => Awaitable<Stored>,
): Attribute<T> {
	return { ...attrRo(show), mode: 0o644, store };
}
