/**
 * divergences - where a runner differs from Linux, row by row.
 *
 * A row skips one contract in one runner and prints why. A row whose title no contract has is a failure, so that rows do not
 * outlive what they excuse.
 */

import type { RunnerName } from './contract.ts';
import { fuseNative } from './fuse_native_divergences.ts';

/** One known difference. */
export interface Divergence {
	readonly runner: RunnerName;
	/** The contract's title, whole. */
	readonly title: string;
	/** What happens instead, and who decides it. */
	readonly reason: string;
}

/** The runners that reach the kernel through FUSE. What the host's client decides, the client of the wire decides likewise. */
const fuse: readonly RunnerName[] = ['wire', 'mount', 'fuse-native'];

/** Rows that have one reason. */
function rows(runners: readonly RunnerName[], reason: string, ...titles: readonly string[]): Divergence[] {
	return runners.flatMap(runner => titles.map(title => ({ runner, title, reason })));
}

export const divergences: readonly Divergence[] = [
	...fuseNative,
	...rows(
		['native'],
		'Linux has had no such device files since 2.6',
		'/dev/netlink: a file is a socket; a write sends a message and reads receive the answers',
		'/dev/netlink: ioctl binds, and tells the port; unknown commands are ENOTTY',
	),
	...rows(
		fuse,
		"the host's FUSE client sets a position by itself and never asks",
		'seq_lseek: SEEK_END is EINVAL',
		'proc_file_lseek: SEEK_END is EINVAL',
		'proc_file_lseek: a position of 2^31 is EINVAL',
		'proc_file_lseek: a way to 2^31 is EINVAL',
		'seq_lseek: an error on the way is the error of whoever looks, and puts the file back to its beginning',
		'proc_remove: lseek of a file that is open is EINVAL',
		'debugfs: seq_lseek: SEEK_END of a file of one record is EINVAL',
		'debugfs: removed: lseek of an open file is EIO',
		'devkmsg_llseek: SEEK_END goes behind the newest record',
		'devkmsg_llseek: a place other than 0 is ESPIPE, SEEK_CUR is EINVAL',
	),
	...rows(
		fuse,
		'to the server a pread looks like a read behind a seek',
		'devkmsg_read: pread gives the next record, whatever position it names',
	),
	...rows(
		fuse,
		'the host reads nothing more of a directory that it was told is deleted (ENOENT)',
		'proc_remove: a directory that is open lists only the dots',
	),
	...rows(
		fuse,
		'FUSE refuses lseek and pread together or not at all; pread is worth more',
		'proc_reg_llseek: an entry without proc_lseek is ESPIPE',
		'debugfs: a file without llseek is ESPIPE, and pread works',
		'configfs_bin_file_operations: a binary attribute cannot be seeked in',
	),
	...rows(
		fuse,
		"the host's FUSE client moves the position by what a write has taken",
		'seq_open: a write does not move the position',
		'write: a handler that leaves the position alone does not move it',
		'debugfs: debugfs_write_file_str: a write does not move the position',
	),
	...rows(
		['wire'],
		'the programs that the test has made up have no files',
		'tgid_base_stuff: the mode of each file and directory of a process, no size, and one link',
		'proc_ns_readlink: a kind and a number, and who follows it finds a file of that number',
		'ns_ioctl: tells the kind of a namespace, and that there is nothing above it; reading it is EINVAL',
		'proc_pid_schedstat: time that it ran, time that it waited, and how often',
		'proc_sched_show_task: a heading, and names in 45 columns',
		'uid_map: ranges of users in columns',
		'proc_maps: from, to, rights, offset, device, inode and path in each line, or no memory at all',
		'proc_pid_limits: name, soft limit, hard limit and unit in columns',
		'proc_tgid_io_accounting: seven numbers, which count what the process reads and writes',
		'oom_score_adj: nobody may raise it, and lower it only to what it was',
		'proc_readfd: open files are links, with the rights that they were opened with',
		'proc_fdinfo: position, flags in octal, mount and inode number',
	),
	...rows(
		['wire'],
		'the programs that the test has made up are nowhere',
		'proc_pid_readlink: cwd and root are absolute paths, and 0777',
	),
	...rows(
		fuse,
		'a pwrite looks to the server as a write does',
		'seq_open: pwrite is ESPIPE, as the file cannot be written at a position',
	),
	...rows(
		fuse,
		'a write of no bytes never reaches the server',
		'proc_reg_write: a write of no bytes is EIO too',
		'debugfs: a write of no bytes is no number',
		'configfs_write_iter: a write of no bytes is EFAULT',
		'configfs_bin_write_iter: a write of no bytes is EFAULT',
	),
	...rows(
		['inproc', ...fuse],
		'a size that is set is forgotten at once, for a host hears too late that the file was closed',
		'configfs_setattr: a size that is set shows until the file is closed',
	),
	...rows(
		fuse,
		'a read of no bytes never reaches the server',
		'configfs_read_iter: a read of no bytes is EFAULT, but for the end',
	),
	...rows(
		fuse,
		'statfs of a FUSE mount always has the magic number of FUSE',
		'statfs: the magic number of procfs, and blocks of 4096 bytes',
		'debugfs: statfs: the magic number of debugfs',
		'configfs: statfs tells the magic number of configfs',
	),
	...rows(
		fuse,
		'the host lets every file of a FUSE mount be watched',
		'epoll_ctl: a file of a process cannot be watched',
	),
	...rows(
		fuse,
		'a program that was not started in the machine is there for itself alone',
		'proc_pid: a file stays readable to who has it open, and is ESRCH once the process is gone',
		'ptrace_may_access: nobody may not see where a process of root is, and root may see all',
		'proc_ns_readlink: nobody may not see the namespaces of a process of root',
		'oom_score_adj: from -1000 to 1000, and oom_adj is the same in 32 steps',
		'proc_pid_personality: eight digits, for the process itself and root',
		'proc_fd_permission: nobody may list the open files of a process of root',
	),
	...rows(
		fuse,
		"the host's VFS answers this ioctl for FUSE as for a disk",
		'ioctl: FIBMAP on a plain entry is EINVAL',
		'ioctl: FIGETBSZ on a plain entry is 1024',
	),
	...rows(
		fuse,
		'the host copies no more of a file than its size, which is 0 in procfs',
		'sendfile: a file is copied, though its size is 0',
	),
	...rows(
		fuse,
		"the host's FUSE client maps a file without asking, or says ENODEV",
		'mmap: an entry without proc_mmap is EIO',
		'kernfs_file_fops: an attribute cannot be mapped',
	),
	...rows(
		fuse,
		'the host checks modes before it asks, and root may there what the mode does not allow',
		'sysctl_perm: access(2) tells root what the mode says',
	),
	...rows(
		fuse,
		'the host cuts a read or write of so many bytes into smaller ones',
		'proc_sys_call_handler: 4 MiB are more than the kernel has memory for',
	),
	...rows(
		fuse,
		'the host checks that nobody may write to the directory before it asks for a new name',
		...[
			'open(O_CREAT) of a new name is ENOENT',
			'open(O_CREAT) in a directory of /proc is ENOENT',
			'mkdir of a new name is ENOENT',
			'mknod of a pipe is ENOENT',
			'mknod of a device is ENOENT',
			'symlink is ENOENT',
			'link is ENOENT',
			'rename onto a new name is ENOENT',
			'rename out of the file system is EXDEV',
			'link out of the file system is EXDEV',
		].map(title => `procfs: ${title} for nobody`),
	),
	...rows(
		['inproc', ...fuse],
		'a number above that of the bytes written is cut: whoever serves a file would take it for a mistake',
		'sysfs_kf_write: what store returns is what write returns, be it more than was written',
	),
	...rows(
		fuse,
		"the host's FUSE client sets a position by itself and never asks, but for holes, of which it knows none",
		'generic_file_llseek: a position of 2^31 is EINVAL in sysfs',
		'kernfs_get_active: lseek of an attribute that was taken away is ENODEV',
	),
	...rows(fuse, 'statfs of a FUSE mount always has the magic number of FUSE', 'statfs: the magic number of sysfs'),
];
