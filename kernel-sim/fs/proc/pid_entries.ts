/**
 * pid_entries - what there is in the directory of a task.
 *
 * The tables of fs/proc/base.c, and the files that it serves itself.
 *
 * Divergence: of a program inside the machine, what only the host's kernel can tell (its open files, its memory) is a symbolic
 * link into the host's own procfs, which lies at /proc/.host in the program's mount namespace; of any other task it is absent.
 */

import type { FileOperations, InodeOperations, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { S_IFLNK, S_IFREG, S_IRWXUGO } from '../../../src/uapi/stat.ts';
import { setattrCopy } from '../attr.ts';
import { simpleReadFromBuffer } from '../libfs.ts';
import { procMountinfoOperations, procMountsOperations, procMountstatsOperations } from '../proc_namespace.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { type SeqFile, seqLseek, seqRead, seqRelease, singleOpen } from '../seq_file.ts';
import { procPidStatm, procPidStatus, procTgidStat, procTidStat } from './array.ts';
import { procSb } from './internal.ts';
import { getProcTask, type ProcTask } from './proc_task.ts';
import { type PathLink, taskLink } from './task_links.ts';

/** A name in the directory of a task (struct pid_entry). */
export interface PidEntry {
	readonly name: string;
	/** Type and permission bits. */
	readonly mode: number;
	readonly nlink: number;
	readonly iop: InodeOperations;
	readonly fop: FileOperations;
	/** True where the name must be looked up each time. */
	readonly dontcache: boolean;
	/** True for programs inside the machine only, false for all other tasks only. Absent: for all. */
	readonly inside?: boolean;
}

/** Of every inode of a task: its mode cannot be changed, its owners can until the next look-up (proc_setattr). */
export const procDefInodeOperations: InodeOperations = {
	setattr(inode, attr) {
		if (attr.mode !== undefined) throw new Errno('EPERM');
		setattrCopy(inode, attr);
	},
};

const seqFileOperations: FileOperations = { read: seqRead, llseek: seqLseek, release: seqRelease };

const REG = (name: string, mode: number, fop: FileOperations): PidEntry => ({
	name,
	mode: S_IFREG | mode,
	iop: procDefInodeOperations,
	fop,
	nlink: 1,
	dontcache: false,
});

/** A file of one record. Reading it is ESRCH once the task has ended (proc_single_show). */
const ONE = (name: string, mode: number, show: (m: SeqFile, task: ProcTask, inode: VfsInode) => void): PidEntry =>
	REG(name, mode, {
		...seqFileOperations,
		open: (inode, file) => singleOpen(file, m => show(m, getProcTask(inode), inode)),
	});

/** A link into the procfs of the host, whose directory of a task is at `path`. */
const HOST = (name: string, path: (task: ProcTask) => string): PidEntry => ({
	name,
	mode: S_IFLNK | S_IRWXUGO,
	iop: { ...procDefInodeOperations, getLink: inode => `${path(getProcTask(inode))}/${name}` },
	fop: {},
	nlink: 1,
	dontcache: false,
	inside: true,
});

const hostOfTgid = ({ facts: { pid } }: ProcTask): string => `../.host/${pid}`;
const hostOfTid = ({ facts: { pid, tgid } }: ProcTask): string => `../../../.host/${tgid}/task/${pid}`;

/** A link to where a task is or to what it runs, which only who may look into the task can read (LNK). */
const LNK = (name: PathLink, path: (task: ProcTask) => string): PidEntry => ({
	name,
	mode: S_IFLNK | S_IRWXUGO,
	iop: { ...procDefInodeOperations, getLink: taskLink(name, path) },
	fop: {},
	nlink: 1,
	dontcache: false,
});

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

const status = ONE('status', 0o444, (m, task, inode) =>
	procPidStatus(m, task, procSb(inode).kernel.host.hardware.cpus),
);
const statm = ONE('statm', 0o444, procPidStatm);
const cmdline = REG('cmdline', 0o444, cmdlineOperations);
const comm: PidEntry = { ...REG('comm', 0o644, commOperations), inside: false };
const mounts = REG('mounts', 0o444, procMountsOperations);
const mountinfo = REG('mountinfo', 0o444, procMountinfoOperations);
const mountstats = REG('mountstats', 0o400, procMountstatsOperations);

const host = (path: (task: ProcTask) => string, ...names: string[]): PidEntry[] => names.map(name => HOST(name, path));

const links = (path: (task: ProcTask) => string): PidEntry[] => [LNK('cwd', path), LNK('root', path), LNK('exe', path)];

/** /proc/<pid>, all but `task`. */
export const tgidBaseStuff: readonly PidEntry[] = [
	...host(hostOfTgid, 'fd', 'map_files', 'fdinfo', 'ns', 'environ', 'auxv'),
	status,
	...host(hostOfTgid, 'personality', 'limits', 'comm'),
	comm,
	cmdline,
	ONE('stat', 0o444, procTgidStat),
	statm,
	...host(hostOfTgid, 'maps', 'mem'),
	...links(hostOfTgid),
	mounts,
	mountinfo,
	mountstats,
	...host(hostOfTgid, 'clear_refs', 'smaps', 'smaps_rollup', 'pagemap', 'wchan', 'cgroup'),
	...host(hostOfTgid, 'oom_score', 'oom_adj', 'oom_score_adj', 'coredump_filter', 'io'),
	...host(hostOfTgid, 'uid_map', 'gid_map', 'projid_map', 'setgroups', 'timerslack_ns'),
];

/** /proc/<pid>/task/<tid>. */
export const tidBaseStuff: readonly PidEntry[] = [
	...host(hostOfTid, 'fd', 'fdinfo', 'ns', 'environ', 'auxv'),
	status,
	...host(hostOfTid, 'personality', 'limits', 'comm'),
	comm,
	cmdline,
	ONE('stat', 0o444, procTidStat),
	statm,
	...host(hostOfTid, 'maps', 'mem'),
	...links(hostOfTid),
	mounts,
	mountinfo,
	...host(hostOfTid, 'clear_refs', 'smaps', 'smaps_rollup', 'pagemap', 'wchan', 'cgroup'),
	...host(hostOfTid, 'oom_score', 'oom_adj', 'oom_score_adj', 'io'),
	...host(hostOfTid, 'uid_map', 'gid_map', 'projid_map', 'setgroups'),
];
