/**
 * fuse_native_divergences - where a mount through fuse-native differs from Linux, row by row, besides what all FUSE mounts have in
 * common (divergences.ts). Every reason is one of those of docs/backends.md.
 */

import type { Divergence } from './divergences.ts';

function rows(reason: string, ...titles: readonly string[]): Divergence[] {
	return titles.map(title => ({ runner: 'fuse-native', title, reason }));
}

export const fuseNative: readonly Divergence[] = [
	...rows(
		'fuse-native does not tell who calls, and refuses links that depend on it',
		'proc_self: the link is the process id of whoever reads it',
		'proc_self: anyone may read it',
		'proc_thread_self: the link is the task within its process',
		'proc_pid_mounts: /proc/mounts and /proc/self/mounts are one text',
		'proc_pid: the directory is 0555 and belongs to whom the process runs as',
		'proc_pid_readdir: the files that every process has',
		'proc_task_readdir: a thread is in task, and its files tell of it',
		'proc_pid_comm: one line, the name in stat and status',
		'proc_pid_cmdline: arguments, each ended by a NUL, and no newline',
		'proc_pid_stat: 52 fields in one line, about the process that is asked for',
		'proc_pid_status: keys and tabs as Linux has them, ids of the process',
		'proc_pid_statm: seven numbers, and no more resident than there is',
		'show_mountinfo: the fields of each mount, and the mount points that mounts has',
		'proc_setattr: the mode of a file of a process cannot be changed',
		'proc_pid_readlink: cwd and root are absolute paths, and 0777',
		'proc_pid_limits: name, soft limit, hard limit and unit in columns',
		'proc_tgid_io_accounting: seven numbers, which count what the process reads and writes',
		'oom_score_adj: nobody may raise it, and lower it only to what it was',
		'proc_readfd: open files are links, with the rights that they were opened with',
		'proc_fdinfo: position, flags in octal, mount and inode number',
		'tgid_base_stuff: the mode of each file and directory of a process, no size, and one link',
		'task_dump_owner: what is in the directory of a process belongs to its user',
		'proc_ns_readlink: a kind and a number, and who follows it finds a file of that number',
		'ns_ioctl: tells the kind of a namespace, and that there is nothing above it; reading it is EINVAL',
		'proc_pid_schedstat: time that it ran, time that it waited, and how often',
		'proc_sched_show_task: a heading, and names in 45 columns',
		'proc_pid_wchan: 0 without a newline for who asks of himself',
		'proc_pid_syscall: running, for who asks of himself',
		'uid_map: ranges of users in columns',
		'proc_pid_cgroup: a hierarchy, its controllers and a path in each line, or nothing',
		'proc_maps: from, to, rights, offset, device, inode and path in each line, or no memory at all',
		'proc_pid_attr: nothing in the directory of a process can be removed or made',
		'/proc/mounts: six fields, and proc where it is',
		'net_class: every device of /proc/net/dev is there, with what it counts',
		...[
			'is asked for, and leads through the root of configfs',
			'what is not there is ENOENT, an attribute ENOTDIR, outside configfs EPERM',
			'what the module refuses is the error',
			'a name that is taken is EEXIST',
			'may lead to another subsystem, to a group within a group, and to a subsystem',
			'another link on the way is followed',
			'a text that is not absolute begins where the caller is, not where the link is',
			'nobody makes and removes none',
		].map(title => `configfs_symlink: ${title}`),
		'configfs_rmdir: what a link leads to is EBUSY, and what holds one ENOTEMPTY',
	),
	...rows(
		"fuse-native does not tell who calls, and all is done for the machine's root",
		'/proc/iomem: addresses are 0 for nobody',
		'/proc/kallsyms: addresses are 0 for nobody',
	),
	...rows(
		'libfuse 2.9 does not know of SEEK_DATA and SEEK_HOLE, and the host answers by itself',
		'seq_lseek: SEEK_DATA is EINVAL',
		'seq_lseek: SEEK_HOLE is EINVAL',
		'proc_file_lseek: SEEK_DATA is EINVAL',
	),
	...rows(
		'fuse-native does not tell of files that cannot be seeked in',
		...['u8', 'percent', 'u32_array'].map(
			name => `debugfs: ${name}: lseek to 0 is ESPIPE, and pread answers accordingly`,
		),
	),
	...rows(
		'fuse-native hands over one of the two times',
		'procfs: chmod, chown and utimes by root stick',
		'debugfs: chmod, chown and utimes stay',
		'configfs_setattr: owner, mode and times stay',
		'kernfs_iop_setattr: a size is taken and forgotten, mode and owner stay',
	),
	...rows(
		'libfuse 2.9 asks for attributes by path, and a file that is removed has none',
		'proc_remove: fstat and poll of a file that is open go on as before',
		'debugfs: removed: an open variable is EIO, with poll and fstat as before',
		'debugfs: removed: an open directory lists nothing',
		'configfs: an open file of an item that is gone is ENOENT to read and write',
		'configfs_rmdir: a directory that is open lists nothing more',
		'unregister_sysctl_table: whoever still has a file open is told ENOENT',
		'kernfs_get_active: an attribute that was taken away is ENODEV to who has it open',
	),
	...rows(
		'libfuse 2.9 does not tell of a signal, and who sleeps cannot be interrupted',
		'wait_event_interruptible: a reader that is killed leaves at once, and takes nothing with it',
		'open: opening and closing what others sleep on does not wait for them',
	),
	...rows('fuse-native does not carry extended attributes', 'sysfs: setxattr of trusted.* is EINVAL'),
	...rows(
		'libfuse 2.9 has what is made by one path and removed by another wait for each other',
		'configfs_rmdir: one that is being made in a group that goes with another is ENOENT',
	),
	...rows(
		'fuse-native does not tell of flags that are changed while a file is open',
		'F_SETFL: O_NONBLOCK set on an open file counts from the next read',
	),
	...rows(
		'fuse-native does not know poll, and every file is ready',
		'/proc/pressure/cpu: two lines of averages, and one trigger for each open file',
		'/proc/pressure/memory: two lines of averages, and one trigger for each open file',
		'/proc/pressure/io: two lines of averages, and one trigger for each open file',
		'poll_wait: poll tells what is there, without waiting',
		'poll_wait: a poll without its event ends with the time it was given',
		'poll_wait: a poll that waits is woken by a write',
		'debugfs: removed: poll of an open file with an operation for it is POLLHUP',
		'proc_sys_poll_notify: a new hostname is told once to each who has the file open',
		'kernfs_generic_poll: what was never read is new, and always readable and writable',
		'sysfs_notify: whoever polls is told until a read from the beginning',
		'sysfs_notify: each open file is told for itself',
		'sysfs_notify: wakes who sleeps in poll',
	),
];
