/**
 * pid_entries - what there is in the directory of a task.
 *
 * The tables of fs/proc/base.c, and the files that it serves itself. What has one name may be several entries: one for the tasks of
 * this process (own_entries.ts), another for programs, of which only the host knows (host_entries.ts).
 *
 * Divergence: cpuset, which there is for a controller of control groups, and cpu_resctrl_groups are left out, and so are the files of
 * fault injection.
 */

import type { FileOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { decodeName } from '../../../src/lib/text.ts';
import { simpleReadFromBuffer } from '../libfs.ts';
import { procMountinfoOperations, procMountsOperations, procMountstatsOperations } from '../proc_namespace.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { singleOpen } from '../seq_file.ts';
import { procPidStatm, procPidStatus, procTgidStat, procTidStat } from './array.ts';
import { fdEntries } from './fd.ts';
import { hostEntry } from './host_entries.ts';
import { procSb } from './internal.ts';
import { nsEntry } from './namespaces.ts';
import { ownEntries } from './own_entries.ts';
import { LNK, ONE, type PidEntry, REG, seqFileOperations } from './pid_entry.ts';
import { netEntry } from './proc_net.ts';
import { getProcTask } from './proc_task.ts';
import type { HostPath } from './task_links.ts';

/** The arguments of a program, as they are in its memory (proc_pid_cmdline_ops). */
const cmdlineOperations: FileOperations = {
	llseek: genericFileLlseek(MAX_NON_LFS),
	read: (file, count, pos) => simpleReadFromBuffer(getProcTask(file.inode).facts.cmdline, count, pos),
};

/**
 * The name of a task (proc_pid_set_comm_operations). Only its own threads may set it, whoever has the file open: EINVAL. What is longer
 * than 15 bytes is cut.
 *
 * Divergence: the threads of a program outside the machine may not either, EPERM, since only the host could do it for them; one inside
 * has the host's file in place of this one.
 */
const commOperations: FileOperations = {
	...seqFileOperations,
	open: (inode, file) => singleOpen(file, m => m.printf('%.64s\n', getProcTask(inode).facts.comm)),
	write({ inode }, data, _pos, { tgid }) {
		const { facts, own } = getProcTask(inode);
		if (facts.tgid !== tgid) throw new Errno('EINVAL');
		if (!own) throw new Errno('EPERM');
		procSb(inode).kernel.pids.find(facts.pid)!.setComm(decodeName(data));
		return data.length;
	},
};

type IsFor = NonNullable<PidEntry['isFor']>;

/** What a process and each of its threads have alike. */
const common: readonly PidEntry[] = [
	ONE('status', 0o444, procPidStatus),
	{ ...REG('comm', 0o644, commOperations), isFor: ({ inside }) => !inside },
	REG('cmdline', 0o444, cmdlineOperations),
	ONE('statm', 0o444, procPidStatm),
	REG('mounts', 0o444, procMountsOperations),
	REG('mountinfo', 0o444, procMountinfoOperations),
	REG('mountstats', 0o400, procMountstatsOperations),
	ONE('cgroup', 0o444, () => {}),
];

/** For those that the second is for and the first is not. */
function butFor(first: IsFor, second: IsFor): IsFor {
	return (task, kernel) => !first(task, kernel) && second(task, kernel);
}

/** The directory of a process, or that of a thread. */
interface Level {
	readonly thread: boolean;
	readonly stat: Parameters<typeof ONE>[2];
	readonly host: HostPath;
	/** From a directory that is in it to /proc. */
	readonly toRoot: string;
}

/** The entries of these names, in their order: ours, and the host's for programs where those are others. */
function table(names: string, { thread, stat, host, toRoot }: Level): readonly PidEntry[] {
	const links = (['cwd', 'root', 'exe'] as const).map(name => LNK(name, host));
	const served = [...common, ONE('stat', 0o444, stat), netEntry, ...links, ...fdEntries(host), nsEntry(host, toRoot)];
	return names.split(' ').flatMap(name => {
		const entry = served.find(each => each.name === name) ?? ownEntries.get(name);
		if (entry !== undefined && entry.isFor === undefined) return entry;
		const theirs = hostEntry(name, host, thread);
		return entry === undefined ? theirs : [entry, { ...theirs, isFor: butFor(entry.isFor!, theirs.isFor!) }];
	});
}

/** /proc/<pid>, all but `task`. */
export const tgidBaseStuff = table(
	'fd map_files fdinfo ns net environ auxv status personality limits sched autogroup timens_offsets comm syscall cmdline ' +
		'stat statm maps numa_maps mem cwd root exe mounts mountinfo mountstats clear_refs smaps smaps_rollup pagemap attr ' +
		'wchan stack schedstat cgroup oom_score oom_adj oom_score_adj loginuid sessionid coredump_filter io uid_map ' +
		'gid_map projid_map setgroups timers timerslack_ns patch_state arch_status ksm_merging_pages ksm_stat',
	{
		thread: false,
		stat: procTgidStat,
		host: {
			inside: ({ facts: { pid } }) => `../.host/${pid}`,
			outside: ({ facts: { pid } }) => `/proc/${pid}`,
		},
		toRoot: '../..',
	},
);

/** /proc/<pid>/task/<tid>. */
export const tidBaseStuff = table(
	'fd fdinfo ns net environ auxv status personality limits sched comm syscall cmdline stat statm maps children numa_maps mem cwd ' +
		'root exe mounts mountinfo clear_refs smaps smaps_rollup pagemap attr wchan stack schedstat cgroup oom_score oom_adj ' +
		'oom_score_adj loginuid sessionid io uid_map gid_map projid_map setgroups patch_state arch_status ksm_merging_pages ' +
		'ksm_stat',
	{
		thread: true,
		stat: procTidStat,
		host: {
			inside: ({ facts: { pid, tgid } }) => `../../../.host/${tgid}/task/${pid}`,
			outside: ({ facts: { pid, tgid } }) => `/proc/${tgid}/task/${pid}`,
		},
		toRoot: '../../../..',
	},
);
