/**
 * sys - uname(2), sethostname(2), setdomainname(2).
 *
 * Simulates kernel/sys.c.
 */

import type { SyscallContext, SyscallHandler } from '../../src/boundary/syscall.ts';
import { Errno } from '../../src/lib/errno.ts';
import { decodeName, encodeName } from '../../src/lib/text.ts';
import { CAP_SYS_ADMIN } from '../../src/uapi/capability.ts';
import type { NewUtsname } from './utsname.ts';

/** Longest name (include/uapi/linux/utsname.h). */
const __NEW_UTS_LEN = 64;

const members = ['sysname', 'nodename', 'release', 'version', 'machine', 'domainname'] as const;

/** Whose names they are. */
export interface NamedKernel {
	readonly uts: NewUtsname;
	/** Tells who waits for a file under /proc/sys to change. */
	readonly sysctl: { notify(path: string): void };
}

/** The calls, by their names. */
export function sysCalls(
	kernel: NamedKernel,
): Readonly<Record<'uname' | 'sethostname' | 'setdomainname', SyscallHandler>> {
	const { uts } = kernel;
	return {
		uname: ({ memory, args: [buffer] }) => {
			memory.write(buffer, encodeUtsName(uts));
			return 0;
		},
		sethostname: ctx => {
			uts.nodename = nameFrom(ctx);
			kernel.sysctl.notify('kernel/hostname');
			return 0;
		},
		setdomainname: ctx => {
			uts.domainname = nameFrom(ctx);
			kernel.sysctl.notify('kernel/domainname');
			return 0;
		},
	};
}

/** struct new_utsname: each name ended by a NUL. */
function encodeUtsName(uts: NewUtsname): Uint8Array {
	const size = __NEW_UTS_LEN + 1;
	const bytes = new Uint8Array(members.length * size);
	for (const [i, member] of members.entries()) bytes.set(encodeName(uts[member]).subarray(0, __NEW_UTS_LEN), i * size);
	return bytes;
}

/** The name that a caller sets: EPERM, EINVAL, EFAULT. */
function nameFrom(ctx: SyscallContext): string {
	if (!ctx.capable(CAP_SYS_ADMIN)) throw new Errno('EPERM');
	const [address, length] = ctx.args;
	const count = Number(BigInt.asIntN(32, length));
	if (count < 0 || count > __NEW_UTS_LEN) throw new Errno('EINVAL');
	const name = ctx.memory.read(address, count);
	const end = name.indexOf(0);
	return decodeName(end < 0 ? name : name.subarray(0, end));
}
