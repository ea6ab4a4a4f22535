/**
 * ipc_sysctl - /proc/sys/kernel and fs/mqueue: limits of System V IPC and of message queues (ipc/ipc_sysctl.c, ipc/mq_sysctl.c).
 *
 * Divergence: they are kept and shown; this kernel has neither.
 */

import { Errno } from '../../src/lib/errno.ts';
import { ref } from '../../src/lib/ref.ts';
import type { CtlEntry, CtlTable } from '../kernel/sysctl/ctl_table.ts';
import { procDointvec, procDointvecMinmax } from '../kernel/sysctl/dointvec.ts';
import { flag, int, kept, readOnly, ulong } from '../kernel/sysctl/kept.ts';

/** Most identifiers of a kind (IPCMNI). */
const IPCMNI = 32_768;
/** ULONG_MAX - (1UL << 24). */
const SHMMAX = 18_446_744_073_692_774_399n;

/** msl, mns, opm and mni; the last is at most IPCMNI, or all stay as they were (proc_ipc_sem_dointvec). */
function sem(): CtlEntry<number[]> {
	const limits = { values: [32_000, 1_024_000_000, 500, 32_000] };
	return {
		data: ref(limits, 'values'),
		mode: 0o644,
		handler(table, call) {
			const before = limits.values[3]!;
			procDointvec(table, call);
			if (limits.values[3]! >= 0 && limits.values[3]! <= IPCMNI) return;
			limits.values = [...limits.values.slice(0, 3), before];
			throw new Errno('EINVAL');
		},
	};
}

/** Always shown as 0; what is written is forgotten (proc_ipc_auto_msgmni). */
const autoMsgmni: CtlEntry<never> = {
	mode: 0o644,
	handler: (_table, call) =>
		procDointvecMinmax({ min: 0, max: 1 })({ mode: 0o644, data: ref({ value: 0 }, 'value') }, call),
};

/** /proc/sys/kernel. */
export const ipcSysctls = (): CtlTable => ({
	...kept({
		shmmax: ulong(SHMMAX),
		shmall: ulong(SHMMAX),
		shmmni: int(4096, { min: 0, max: IPCMNI }),
		shm_rmid_forced: flag(0),
		msgmax: int(8192, { min: 0 }),
		msgmni: int(32_000, { min: 0, max: IPCMNI }),
		msgmnb: int(16_384, { min: 0 }),
		sem_next_id: readOnly(int(-1)),
		msg_next_id: readOnly(int(-1)),
		shm_next_id: readOnly(int(-1)),
	}),
	auto_msgmni: autoMsgmni,
	sem: sem(),
});

/** /proc/sys/fs/mqueue. */
export const mqSysctls = (): CtlTable =>
	kept({
		queues_max: int(256),
		msg_max: int(10, { min: 1, max: 65_536 }),
		msgsize_max: int(8192, { min: 128, max: 16 * 1024 * 1024 }),
		msg_default: int(10, { min: 1, max: 65_536 }),
		msgsize_default: int(8192, { min: 128, max: 16 * 1024 * 1024 }),
	});
