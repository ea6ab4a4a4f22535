/**
 * vector - numbers of one kind under /proc/sys, one or several (what __do_proc_dointvec and __do_proc_doulongvec_minmax of
 * kernel/sysctl.c have in common).
 *
 * A vector is shown with tabs between its elements. A write sets as many as it names, from the first on; those before one that
 * is refused stay set. A read that does not begin at 0 is at the end of the file.
 */

import { Errno } from '../../../src/lib/errno.ts';
import type { Ref } from '../../../src/lib/ref.ts';
import type { SysctlCall } from './ctl_table.ts';
import { SysctlText } from './numbers.ts';

/** How elements are shown and taken; `take` throws EINVAL for what is none. */
export interface Elements<T> {
	show(element: T): string;
	take(text: SysctlText): T;
}

/** Reads or writes once. EINVAL for a write of no element at all, and what `take` throws. */
export function doVector<T extends number | bigint>(
	data: Ref<T | T[]> | undefined,
	call: SysctlCall,
	{ show, take }: Elements<T>,
): void {
	if (data === undefined || call.len === 0 || (call.pos !== 0 && !call.write)) {
		call.nothing();
		return;
	}
	const value = data.get();
	const elements = Array.isArray(value) ? [...value] : [value];
	if (!call.write) call.reply(`${elements.map(show).join('\t')}\n`);
	else if (call.ignoresPosition()) call.took();
	else store(elements, call, take, stored => data.set(Array.isArray(value) ? stored : stored[0]!));
}

function store<T>(elements: T[], call: SysctlCall, take: Elements<T>['take'], set: (elements: T[]) => void): void {
	const text = new SysctlText(call.buffer, call.len);
	let stored = 0;
	try {
		for (; stored < elements.length; stored++) {
			text.skipSpaces();
			if (text.left === 0) break;
			elements[stored] = take(text);
		}
	} finally {
		if (stored > 0) set(elements);
	}
	if (stored === 0) throw new Errno('EINVAL');
	text.skipSpaces();
	call.took(text.left);
}
