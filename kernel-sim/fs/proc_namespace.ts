/**
 * proc_namespace - what is mounted, as /proc/<pid>/mounts, mountinfo and mountstats tell.
 *
 * Simulates fs/proc_namespace.c. There is one mount namespace, so that all tasks see the same.
 */

import type { FileOperations, Inode } from '../../src/boundary/vfs.ts';
import { POLLERR, POLLIN, POLLPRI, POLLRDNORM } from '../../src/uapi/poll.ts';
import { MAJOR, MINOR } from '../../src/uapi/stat.ts';
import {
	MNT_NOATIME,
	MNT_NODEV,
	MNT_NODIRATIME,
	MNT_NOEXEC,
	MNT_NOSUID,
	MNT_READONLY,
	MNT_RELATIME,
	type Mount,
	type Namespace,
} from './namespace.ts';
import { procSb } from './proc/internal.ts';
import { getProcTask } from './proc/proc_task.ts';
import { type SeqFile, seqLseek, seqOpen, seqRead, seqRelease } from './seq_file.ts';
import { seqEach } from './seq_list.ts';

/** What an open file of mounts has in `m.private` (struct proc_mounts). */
interface ProcMounts {
	readonly namespace: Namespace;
	/** Changes of the namespace that its reader was told of by poll. */
	event: number;
}

type Show = (m: SeqFile<ProcMounts>, mount: Mount) => void;

/** Characters that are escaped in a path, and in the name of a device. */
const PATH_ESCAPES = ' \t\n\\';
const DEVICE_ESCAPES = ' \t\n\\#';

const mountFlags: readonly (readonly [flag: number, text: string])[] = [
	[MNT_NOSUID, ',nosuid'],
	[MNT_NODEV, ',nodev'],
	[MNT_NOEXEC, ',noexec'],
	[MNT_NOATIME, ',noatime'],
	[MNT_NODIRATIME, ',nodiratime'],
	[MNT_RELATIME, ',relatime'],
];

const rw = ({ flags }: Mount): string => ((flags & MNT_READONLY) === 0 ? 'rw' : 'ro');
const options = ({ flags }: Mount): string => mountFlags.map(([flag, text]) => (flags & flag ? text : '')).join('');
const superOptions = ({ sb }: Mount): string => sb.showOptions?.() ?? '';

/** A line of /proc/<pid>/mounts (show_vfsmnt). */
const showVfsmnt: Show = (m, mount) => {
	m.escape(mount.source, DEVICE_ESCAPES);
	m.putc(' ');
	m.escape(`${mount.mountpoint}`, PATH_ESCAPES);
	m.printf(' %s %s%s%s 0 0\n', mount.sb.type, rw(mount), options(mount), superOptions(mount));
};

/** A line of /proc/<pid>/mountinfo. The root is its own parent. */
const showMountinfo: Show = (m, mount) => {
	const { id, sb } = mount;
	m.printf('%i %i %u:%u / ', id, mount.parent?.id ?? id, MAJOR(sb.dev), MINOR(sb.dev));
	m.escape(`${mount.mountpoint}`, PATH_ESCAPES);
	m.printf(' %s%s - %s ', rw(mount), options(mount), sb.type);
	m.escape(mount.source, DEVICE_ESCAPES);
	m.printf(' rw%s\n', superOptions(mount));
};

/** A line of /proc/<pid>/mountstats (show_vfsstat). */
const showVfsstat: Show = (m, mount) => {
	m.puts('device ');
	m.escape(mount.source, DEVICE_ESCAPES);
	m.puts(' mounted on ');
	m.escape(`${mount.mountpoint}`, PATH_ESCAPES);
	m.printf(' with fstype %s\n', mount.sb.type);
};

/** Files with a line for each mount. `m.private` is what the file was opened with (mounts_open_common). */
function mountsOperations(show: Show): FileOperations {
	const operations = seqEach((m: SeqFile<ProcMounts>) => m.private.namespace, show);
	return {
		read: seqRead,
		llseek: seqLseek,
		release: seqRelease,
		open(inode: Inode, file) {
			getProcTask(inode, 'EINVAL');
			const { namespace } = procSb(inode).kernel;
			seqOpen(file, operations, { namespace, event: namespace.event });
		},
	};
}

/** Tells once of each change, and forgets it by telling (mounts_poll). */
const mountsPoll: NonNullable<FileOperations['poll']> = (file, table) => {
	const { private: mounts } = file.privateData as SeqFile<ProcMounts>;
	const { namespace } = mounts;
	table.wait(namespace.poll);
	const changed = mounts.event !== namespace.event;
	mounts.event = namespace.event;
	return POLLIN | POLLRDNORM | (changed ? POLLERR | POLLPRI : 0);
};

export const procMountsOperations: FileOperations = { ...mountsOperations(showVfsmnt), poll: mountsPoll };
export const procMountinfoOperations: FileOperations = { ...mountsOperations(showMountinfo), poll: mountsPoll };
/** Divergence: nobody has statistics of a mount to show. */
export const procMountstatsOperations: FileOperations = mountsOperations(showVfsstat);
