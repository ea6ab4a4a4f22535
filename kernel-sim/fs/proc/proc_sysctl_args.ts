/**
 * proc_sysctl_args - `sysctl.vm.swappiness=40` on the kernel's command line (do_sysctl_args in fs/proc/proc_sysctl.c).
 *
 * The values are written when the kernel has booted, before anything else runs; what is refused is said in the log.
 */

import { isPromise } from '../../../src/lib/awaitable.ts';
import { Errno, isErrno } from '../../../src/lib/errno.ts';
import { encodeName } from '../../../src/lib/text.ts';
import { O_WRONLY } from '../../../src/uapi/fcntl.ts';
import { parseArgs } from '../../kernel/params.ts';
import type { Pr } from '../../kernel/printk.ts';
import type { Kernel } from '../../kernel.ts';
import { drive, type Steps, step } from '../../lib/steps.ts';

/** Parameters of the command line that are a sysctl as well (sysctl_aliases). */
const aliases: Readonly<Record<string, string>> = {
	hardlockup_all_cpu_backtrace: 'kernel.hardlockup_all_cpu_backtrace',
	hung_task_panic: 'kernel.hung_task_panic',
	numa_zonelist_order: 'vm.numa_zonelist_order',
	softlockup_all_cpu_backtrace: 'kernel.softlockup_all_cpu_backtrace',
};

/** Writes what the command line sets. */
export function doSysctlArgs(kernel: Kernel): void {
	const unknown = (param: string, value: string | undefined) => {
		const name = /^sysctl[/.]/.test(param) ? param.slice('sysctl.'.length) : aliases[param];
		if (name === undefined) return;
		if (value === undefined || value === '') throw new Errno('EINVAL');
		const said = (error: unknown) => sayRefusal(kernel.pr, error, `${name}=${value}`);
		try {
			const written = drive(writeSysctl(kernel, name, value));
			if (isPromise(written)) written.catch(said);
		} catch (error) {
			said(error);
		}
	};
	try {
		parseArgs({ doing: 'Setting sysctl args', args: kernel.commandLine, params: [], pr: kernel.pr, unknown });
	} catch (error) {
		// What is refused was said, and stops nothing.
		if (!isErrno(error)) throw error;
	}
}

function* writeSysctl({ config, init, pr }: Kernel, name: string, value: string): Steps<void> {
	if (!config.CONFIG_PROC_FS) {
		pr.err('Failed to find procfs to set sysctl from command line\n');
		return;
	}
	const path = `sys/${name.replaceAll('.', '/')}`;
	const fd = yield* step(init.open(`/proc/${path}`, O_WRONLY));
	try {
		const text = encodeName(value);
		const count = yield* step(init.write(fd, text));
		if (count !== text.length) {
			const wrote = 'Wrote only %zd bytes of %d writing to proc file %s';
			pr.err(`${wrote} to set sysctl parameter '%s=%s'\n`, count, text.length, path, name, value);
		}
	} finally {
		yield* step(init.close(fd));
	}
}

/** ENOENT and EACCES come of opening, EINVAL of writing; what is no Errno is a mistake of the kernel's own. */
function sayRefusal(pr: Pr, error: unknown, setting: string): void {
	if (!isErrno(error)) throw error;
	const why: Partial<Record<string, string>> = {
		ENOENT: 'parameter not found',
		EACCES: 'permission denied (read-only?)',
		EINVAL: 'invalid value',
	};
	const reason = why[error.code];
	if (reason !== undefined) pr.err("Failed to set sysctl parameter '%s': %s\n", setting, reason);
	else pr.err("Error -%s writing to proc file to set sysctl parameter '%s'\n", error.code, setting);
}
