/**
 * pid_entries - what there is in the directory of a task.
 *
 * The tables of fs/proc/base.c, and the files that it serves itself. What has one name may be several entries, for different
 * tasks.
 *
 * Divergence: of a program inside the machine, what only the host's kernel can tell (its open files, its memory) is a symbolic
 * link into the host's own procfs, which lies at /proc/.host in the program's mount namespace; of a program outside it is
 * absent.
 */

import type { FileOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { simpleReadFromBuffer } from '../libfs.ts';
import { procMountinfoOperations, procMountsOperations, procMountstatsOperations } from '../proc_namespace.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { singleOpen } from '../seq_file.ts';
import { procPidStatm, procPidStatus, procTgidStat, procTidStat } from './array.ts';
import { procSb } from './internal.ts';
import { ownEntries } from './own_entries.ts';
import { HOST, type HostPath, LNK, ONE, type PidEntry, REG, seqFileOperations } from './pid_entry.ts';
import { netEntry } from './proc_net.ts';
import { getProcTask } from './proc_task.ts';

/** The arguments of a program, as they are in its memory (proc_pid_cmdline_ops). */
const cmdlineOperations: FileOperations = {
	llseek: genericFileLlseek(MAX_NON_LFS),
	read: (file, count, pos) => simpleReadFromBuffer(getProcTask(file.inode).facts.cmdline, count, pos),
};

/**
 * The name of a task (proc_pid_set_comm_operations). Only its own threads may set it: EINVAL.
 *
 * Divergence: they cannot either, EPERM; a program inside the machine has the host's file in place of this one.
 */
const commOperations: FileOperations = {
	...seqFileOperations,
	open: (inode, file) => singleOpen(file, m => m.printf('%.64s\n', getProcTask(inode).facts.comm)),
	write(file, _data, _pos, ctx) {
		throw new Errno(getProcTask(file.inode).facts.tgid === ctx.tgid ? 'EPERM' : 'EINVAL');
	},
};

/** What a process and each of its threads have alike. */
const common: readonly PidEntry[] = [
	ONE('status', 0o444, (m, task, inode) => procPidStatus(m, task, procSb(inode).kernel.host.hardware.cpus)),
	{ ...REG('comm', 0o644, commOperations), isFor: ({ inside }) => !inside },
	REG('cmdline', 0o444, cmdlineOperations),
	ONE('statm', 0o444, procPidStatm),
	REG('mounts', 0o444, procMountsOperations),
	REG('mountinfo', 0o444, procMountinfoOperations),
	REG('mountstats', 0o400, procMountstatsOperations),
];

/** The entries of these names, in their order: ours, and the host's for what is not ours. */
function table(names: string, ours: readonly PidEntry[], path: HostPath): readonly PidEntry[] {
	const served = [...common, ...ours, ...(['cwd', 'root', 'exe'] as const).map(name => LNK(name, path))];
	return names.split(' ').flatMap(name => {
		const entry = served.find(each => each.name === name) ?? ownEntries.get(name);
		if (entry === undefined) return HOST(name, path);
		return entry.isFor === undefined ? entry : [entry, HOST(name, path)];
	});
}

/** /proc/<pid>, all but `task`. */
export const tgidBaseStuff = table(
	'fd map_files fdinfo ns net environ auxv status personality limits sched autogroup timens_offsets comm syscall cmdline ' +
		'stat statm maps numa_maps mem cwd root exe mounts mountinfo mountstats clear_refs smaps smaps_rollup pagemap attr ' +
		'wchan stack schedstat cpuset cgroup oom_score oom_adj oom_score_adj loginuid sessionid coredump_filter io uid_map ' +
		'gid_map projid_map setgroups timers timerslack_ns arch_status ksm_merging_pages ksm_stat',
	[ONE('stat', 0o444, procTgidStat), netEntry],
	({ facts: { pid } }) => `../.host/${pid}`,
);

/** /proc/<pid>/task/<tid>. */
export const tidBaseStuff = table(
	'fd fdinfo ns net environ auxv status personality limits sched comm syscall cmdline stat statm maps numa_maps mem cwd root ' +
		'exe mounts mountinfo clear_refs smaps smaps_rollup pagemap attr wchan stack schedstat cpuset cgroup oom_score ' +
		'oom_adj oom_score_adj loginuid sessionid io uid_map gid_map projid_map setgroups arch_status ksm_merging_pages ' +
		'ksm_stat',
	[ONE('stat', 0o444, procTidStat), netEntry],
	({ facts: { pid, tgid } }) => `../../../.host/${tgid}/task/${pid}`,
);
