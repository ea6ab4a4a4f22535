/**
 * utsname_sysctl - /proc/sys/kernel: what the kernel calls itself (kernel/utsname_sysctl.c).
 *
 * hostname and domainname can be written, and poll(2) tells of it.
 */

import { ref } from '../../src/lib/ref.ts';
import type { Kernel } from '../kernel.ts';
import { type CtlEntry, type CtlTable, CtlTablePoll } from './sysctl/ctl_table.ts';
import { procDostring } from './sysctl/dostring.ts';
import type { NewUtsname } from './utsname.ts';

/** Bytes of a name with the NUL behind it (__NEW_UTS_LEN). */
const UTS_LEN = 65;

/** The files of a kernel's names. */
export function utsKernTable({ uts, time }: Kernel): CtlTable {
	const name = (key: keyof NewUtsname, mode: number): CtlEntry<string> => {
		const data = ref(uts as Record<keyof NewUtsname, string>, key);
		return { data, maxlen: UTS_LEN, mode, handler: procDostring };
	};
	const changing = (key: keyof NewUtsname): CtlEntry<string> => {
		const poll = new CtlTablePoll(time);
		return {
			...name(key, 0o644),
			poll,
			handler(table, call) {
				procDostring(table, call);
				if (call.write) poll.notify();
			},
		};
	};
	return {
		arch: name('machine', 0o444),
		ostype: name('sysname', 0o444),
		osrelease: name('release', 0o444),
		version: name('version', 0o444),
		hostname: changing('nodename'),
		domainname: changing('domainname'),
	};
}
