/**
 * reboot - reboot(2): the machine is switched off, and what Ctrl-Alt-Del does.
 *
 * Simulates kernel/reboot.c. Nobody boots the machine again: who restarts it ends it.
 */

import type { SyscallContext, SyscallHandler } from '../../src/boundary/syscall.ts';
import { Errno } from '../../src/lib/errno.ts';
import { decodeName } from '../../src/lib/text.ts';
import { CAP_SYS_BOOT } from '../../src/uapi/capability.ts';
import {
	LINUX_REBOOT_CMD_CAD_OFF,
	LINUX_REBOOT_CMD_CAD_ON,
	LINUX_REBOOT_CMD_HALT,
	LINUX_REBOOT_CMD_POWER_OFF,
	LINUX_REBOOT_CMD_RESTART,
	LINUX_REBOOT_CMD_RESTART2,
	LINUX_REBOOT_MAGIC1,
	reboot_magic2,
} from '../../src/uapi/reboot.ts';
import type { Pr } from './printk.ts';

/** Longest text of a restart, with its NUL. */
const COMMAND_MAX = 256;

/** What is switched off. */
export interface RebootingKernel {
	readonly pr: Pr;
	readonly host: { readonly halt?: (() => void) | undefined };
}

/** Whether Ctrl-Alt-Del restarts at once, or tells a task (C_A_D); and the call. */
export class Reboot {
	readonly #kernel: RebootingKernel;
	cad = 1;

	constructor(kernel: RebootingKernel) {
		this.#kernel = kernel;
	}

	/** The call, by its name. It does not return once the machine is off. */
	get calls(): Readonly<Record<'reboot', SyscallHandler>> {
		return { reboot: ctx => this.#call(ctx) };
	}

	/** EPERM without CAP_SYS_BOOT, EINVAL for numbers that are none of it or what this kernel cannot do, EFAULT. */
	#call(ctx: SyscallContext): number | Promise<number> {
		if (!ctx.capable(CAP_SYS_BOOT)) throw new Errno('EPERM');
		const [magic1, magic2, cmd] = ctx.args.map(arg => Number(BigInt.asUintN(32, arg)));
		const known: readonly (number | undefined)[] = Object.values(reboot_magic2);
		if (magic1 !== LINUX_REBOOT_MAGIC1 || !known.includes(magic2)) throw new Errno('EINVAL');
		switch (cmd) {
			case LINUX_REBOOT_CMD_CAD_ON:
				this.cad = 1;
				return 0;
			case LINUX_REBOOT_CMD_CAD_OFF:
				this.cad = 0;
				return 0;
			case LINUX_REBOOT_CMD_RESTART:
				return this.#halt('Restarting system');
			case LINUX_REBOOT_CMD_RESTART2:
				return this.#halt(`Restarting system with command '${commandOf(ctx)}'`);
			case LINUX_REBOOT_CMD_HALT:
				return this.#halt('System halted');
			case LINUX_REBOOT_CMD_POWER_OFF:
				return this.#halt('Power down');
			default:
				throw new Errno('EINVAL');
		}
	}

	#halt(message: string): Promise<never> {
		const { pr, host } = this.#kernel;
		pr.emerg('reboot: %s\n', message);
		host.halt?.();
		return new Promise(() => {});
	}
}

/** The text that a restart comes with, of which 255 bytes count (strncpy_from_user). EFAULT. */
function commandOf({ memory, args: [, , , address] }: SyscallContext): string {
	const bytes: number[] = [];
	for (let at = address; bytes.length < COMMAND_MAX - 1; at++) {
		const [byte = 0] = memory.read(at, 1);
		if (byte === 0) break;
		bytes.push(byte);
	}
	return decodeName(Uint8Array.from(bytes));
}
