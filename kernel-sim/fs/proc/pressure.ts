/**
 * pressure - /proc/pressure: what tasks have waited for (kernel/sched/psi.c); kernel/psi.ts says what is counted.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { decodeName } from '../../../src/lib/text.ts';
import { CAP_SYS_RESOURCE } from '../../../src/uapi/capability.ts';
import { DEFAULT_POLLMASK, POLLERR, POLLPRI } from '../../../src/uapi/poll.ts';
import { type PsiResource, type PsiTrigger, parsePsiTrigger, psiText } from '../../kernel/psi.ts';
import type { Kernel } from '../../kernel.ts';
import { type SeqFile, seqLseek, seqRead, seqRelease, singleOpen } from '../seq_file.ts';
import type { ProcOps } from './internal.ts';
import type { Proc } from './proc_fs.ts';

/** What an open file has in `m.private`. */
interface PsiFile {
	/** CAP_SYS_RESOURCE of who opened it. */
	readonly privileged: boolean;
	trigger: PsiTrigger | undefined;
}

const psiOps: ProcOps = {
	read: seqRead,
	lseek: seqLseek,
	release: seqRelease,
	open(_inode, file, ctx) {
		const psi: PsiFile = { privileged: ctx.capable(CAP_SYS_RESOURCE), trigger: undefined };
		singleOpen(file, m => m.puts(psiText()), psi);
	},
	write(file, data) {
		if (data.length === 0) throw new Errno('EINVAL');
		const psi = (file.privateData as SeqFile<PsiFile>).private;
		if (psi.trigger !== undefined) throw new Errno('EBUSY');
		psi.trigger = parsePsiTrigger(decodeName(data.subarray(0, -1)), psi.privileged);
		return data.length;
	},
	poll(file) {
		const { trigger } = (file.privateData as SeqFile<PsiFile>).private;
		return DEFAULT_POLLMASK | (trigger === undefined ? POLLERR | POLLPRI : 0);
	},
};

/** Makes the directory. */
export function procPressureInit(_kernel: Kernel, proc: Proc): void {
	const dir = proc.mkdir('pressure');
	for (const name of ['io', 'memory', 'cpu'] satisfies PsiResource[]) proc.create(name, 0o666, psiOps, dir);
}
