/**
 * namespaces - /proc/<pid>/ns: the namespaces that a task is in (fs/proc/namespaces.c, fs/nsfs.c).
 *
 * The tasks of this process are in the ones that there are from the start, which lie at /proc/.ns: no listing shows that directory,
 * and it is where somebody arrives who follows such a link. The namespaces of a program are those of the host.
 */

import type { InodeOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { S_IFLNK, S_IRUSR, S_IRWXUGO, S_IXUGO } from '../../../src/uapi/stat.ts';
import { ptraceMayAccess } from '../../kernel/ptrace.ts';
import type { Kernel } from '../../kernel.ts';
import { type ProcOps, procSb } from './internal.ts';
import { type PidEntry, procDefInodeOperations } from './pid_entry.ts';
import type { Proc } from './proc_fs.ts';
import { getProcTask } from './proc_task.ts';
import { pidentDirectory } from './task_dir.ts';
import { type HostPath, programLink } from './task_links.ts';

const DIRECTORY = '.ns';

/** Their inode numbers (include/linux/proc_ns.h; mnt and net get the first that are free). */
const initial: Readonly<Record<string, number>> = {
	cgroup: 0xefff_fffb,
	ipc: 0xefff_ffff,
	mnt: 0xf000_0001,
	net: 0xf000_0000,
	pid: 0xefff_fffc,
	time: 0xefff_fffa,
	user: 0xefff_fffd,
	uts: 0xefff_fffe,
};

/** CLONE_NEW* (include/uapi/linux/sched.h). */
const cloneFlags: Readonly<Record<string, number>> = {
	cgroup: 0x0200_0000,
	ipc: 0x0800_0000,
	mnt: 0x0002_0000,
	net: 0x4000_0000,
	pid: 0x2000_0000,
	time: 0x0000_0080,
	user: 0x1000_0000,
	uts: 0x0400_0000,
};

/** include/uapi/linux/nsfs.h. */
const NS_GET_USERNS = 0xb701;
const NS_GET_PARENT = 0xb702;
const NS_GET_NSTYPE = 0xb703;
const NS_GET_OWNER_UID = 0xb704;

/** Links, and the kind of namespace that each leads to. */
const links: Readonly<Record<string, string>> = {
	net: 'net',
	uts: 'uts',
	ipc: 'ipc',
	pid: 'pid',
	pid_for_children: 'pid',
	user: 'user',
	mnt: 'mnt',
	cgroup: 'cgroup',
	time: 'time',
	time_for_children: 'time',
};

/** Makes the namespaces that all tasks begin in. */
export function procNamespacesInit(_kernel: Kernel, proc: Proc): void {
	const dir = proc.mkdirHidden(DIRECTORY);
	for (const [kind, ino] of Object.entries(initial)) proc.createNumbered(kind, 0o444, nsOps(kind), dir, ino);
}

/** What can be asked of a namespace (ns_ioctl of fs/nsfs.c). There is nothing above the first ones, and nobody owns them but root. */
function nsOps(kind: string): ProcOps {
	return {
		read() {
			throw new Errno('EINVAL');
		},
		/** Divergence: NS_GET_USERNS is EPERM, as where the owner may not be seen, because no open file can be handed out. */
		ioctl(_file, cmd, arg, ctx) {
			switch (cmd) {
				case NS_GET_USERNS:
					throw new Errno('EPERM');
				case NS_GET_PARENT:
					throw new Errno(kind === 'user' || kind === 'pid' ? 'EPERM' : 'EINVAL');
				case NS_GET_NSTYPE:
					return cloneFlags[kind]!;
				case NS_GET_OWNER_UID:
					if (kind !== 'user') throw new Errno('EINVAL');
					ctx.memory.write(arg, new Uint8Array(4));
					return 0;
				default:
					throw new Errno('ENOTTY');
			}
		},
	};
}

/** proc_ns_link_inode_operations. */
function nsLink(name: string, host: HostPath, toRoot: string): InodeOperations {
	return {
		...procDefInodeOperations,
		getLink(inode, ctx, follows) {
			const { kernel } = procSb(inode);
			const task = getProcTask(inode, 'EACCES');
			if (!ptraceMayAccess(task.facts, ctx)) throw new Errno('EACCES');
			if (!task.own) return programLink(kernel, task, `ns/${name}`, ctx, follows, host, '../');
			const kind = links[name]!;
			return follows() ? `${toRoot}/${DIRECTORY}/${kind}` : `${kind}:[${initial[kind]}]`;
		},
	};
}

/** /proc/<pid>/ns; `host` is where the directory that it is in has its counterpart, `toRoot` leads from this one to /proc. */
export function nsEntry(host: HostPath, toRoot: string): PidEntry {
	const entries = Object.keys(links).map(
		(name): PidEntry => ({
			name,
			mode: S_IFLNK | S_IRWXUGO,
			nlink: 1,
			dontcache: false,
			iop: nsLink(name, host, toRoot),
			fop: {},
			isFor: ({ own, facts }, { host: { tasks } }) => own || tasks.linkMode(facts.pid, `ns/${name}`) !== undefined,
		}),
	);
	return pidentDirectory('ns', S_IRUSR | S_IXUGO, entries);
}
