/**
 * syscalls - the system calls that the kernel answers for a program of the host (arch/x86/entry/syscall_64.c).
 *
 *   named      those that Linux has: whoever carries a program's calls knows their numbers on its architecture
 *   numbered   those that modules add, by the number that the program uses
 *
 * Most calls of a program are not here: it makes them on the host, and files reach us by the file systems.
 */

import type { SyscallHandler } from '../../src/boundary/syscall.ts';
import { Errno } from '../../src/lib/errno.ts';
import type { Kernel } from '../kernel.ts';
import { devIoctl } from '../net/core/dev_ioctl.ts';
import { sysCalls } from './sys.ts';

/** Bound: the highest number; from here on those of x32 programs begin. */
const LAST_NUMBER = 0x3fff_ffff;

/** The calls of one kernel. */
export class Syscalls {
	readonly #named: ReadonlyMap<string, SyscallHandler>;
	readonly #numbered = new Map<number, SyscallHandler>();

	constructor(kernel: Pick<Kernel, 'uts' | 'syslog' | 'sysctl' | 'net' | 'reboot'>) {
		const ioctl = devIoctl(kernel.net.devices, kernel.net.inet);
		this.#named = new Map(
			Object.entries({ ...sysCalls(kernel), ...kernel.syslog.calls, ...kernel.reboot.calls, ioctl }),
		);
	}

	/** Numbers that modules have taken. */
	get numbers(): readonly number[] {
		return [...this.#numbered.keys()];
	}

	/** Undefined for a call that is not the kernel's to answer. */
	find(number: number, name?: string): SyscallHandler | undefined {
		return this.#numbered.get(number) ?? (name === undefined ? undefined : this.#named.get(name));
	}

	/**
	 * Adds a call, and answers what removes it. Programs reach numbers from 512 on at once; below, where Linux has its own, only
	 * programs that are started afterwards do. EINVAL for what is no number, EBUSY for one that is taken.
	 */
	register(number: number, handler: SyscallHandler): () => void {
		if (!Number.isInteger(number) || number < 0 || number > LAST_NUMBER) throw new Errno('EINVAL', `number ${number}`);
		if (this.#numbered.has(number)) throw new Errno('EBUSY', `system call ${number} is taken`);
		this.#numbered.set(number, handler);
		return () => void this.#numbered.delete(number);
	}
}
