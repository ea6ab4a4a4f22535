/**
 * sysctls - /proc/sys/fs (fs/sysctls.c, and the tables of fs/file_table.c, inode.c, dcache.c, namespace.c and others).
 *
 * file-nr counts the open files and file-max bounds them, nr_open bounds the descriptors of a task, mount-max the mounts.
 * inode-nr, inode-state and dentry-state count the inodes that were made in what is mounted.
 *
 * Divergence: those in `fsKept`, pipe-max-size and the tables of other parts below are kept and shown; this kernel has no leases,
 * pipes, asynchronous I/O, epoll, inotify, fanotify, quota or core dumps, and does not protect links in sticky directories.
 */

import { Errno } from '../../src/lib/errno.ts';
import { ref } from '../../src/lib/ref.ts';
import type { CtlEntry, CtlTable } from '../kernel/sysctl/ctl_table.ts';
import { procDointvecMinmax } from '../kernel/sysctl/dointvec.ts';
import { procDostring } from '../kernel/sysctl/dostring.ts';
import { procDouintvecMinmax } from '../kernel/sysctl/douintvec.ts';
import { procDoulongvecMinmax } from '../kernel/sysctl/doulongvec.ts';
import { flag, int, kept, readOnly, uint, ulong } from '../kernel/sysctl/kept.ts';
import type { Kernel } from '../kernel.ts';
import { PAGE_SIZE } from '../mm/show_mem.ts';

const LONG_MAX = 0x7fff_ffff_ffff_ffffn;
/** Least and most that nr_open may be. */
const NR_OPEN_MIN = 64;
const NR_OPEN_MAX = 0x7fff_ffc0;
const MAXOLDUID = 65_535;
/** Seconds after which what is not used may go (age_limit). */
const AGE_LIMIT = 45n;
const CORENAME_MAX_SIZE = 128;
/** Bytes of one watched file (EP_ITEM_COST). */
const EPOLL_ITEM_COST = 192;
const PIPE_SIZE_MIN = 4096;
const PIPE_SIZE_MAX = 0x8000_0000;

const fsKept = () =>
	kept({
		'aio-nr': readOnly(ulong(0n)),
		'aio-max-nr': ulong(65_536n),
		'dir-notify-enable': int(1),
		'lease-break-time': int(45),
		'leases-enable': int(1),
		overflowuid: int(65_534, { min: 0, max: MAXOLDUID }),
		overflowgid: int(65_534, { min: 0, max: MAXOLDUID }),
		'pipe-user-pages-hard': ulong(0n),
		'pipe-user-pages-soft': ulong(16_384n),
		protected_fifos: int(0, { min: 0, max: 2 }),
		protected_hardlinks: flag(0),
		protected_regular: int(0, { min: 0, max: 2 }),
		protected_symlinks: flag(0),
		suid_dumpable: int(0, { min: 0, max: 2 }),
	});

/** A vector that is worked out when it is read. */
function counted(values: () => bigint[]): CtlEntry<bigint[]> {
	return { data: { get: values, set() {} }, mode: 0o444, handler: procDoulongvecMinmax() };
}

/** The size of a pipe: a power of two of at least a page (proc_dopipe_max_size). */
function pipeMaxSize(): CtlEntry<number> {
	const size = { bytes: 1_048_576 };
	return {
		data: ref(size, 'bytes'),
		mode: 0o644,
		handler(table, call) {
			const wanted = { bytes: size.bytes };
			procDouintvecMinmax()({ ...table, data: ref(wanted, 'bytes') }, call);
			if (!call.write) return;
			if (wanted.bytes > PIPE_SIZE_MAX) throw new Errno('EINVAL');
			size.bytes = Math.max(PIPE_SIZE_MIN, 2 ** Math.ceil(Math.log2(wanted.bytes)));
		},
	};
}

/** Inodes of what is mounted. */
function inodes({ namespace }: Kernel): bigint {
	const mounted = new Set([...namespace].map(({ sb }) => sb));
	return BigInt([...mounted].reduce((sum, { inodes }) => sum + inodes, 0));
}

/** /proc/sys/fs. */
export function fsSysctls(kernel: Kernel): CtlTable {
	const { vfs, namespace } = kernel;
	const { filesStat } = vfs;
	return {
		...fsKept(),
		'pipe-max-size': pipeMaxSize(),
		'file-nr': counted(() => [BigInt(filesStat.nr), 0n, filesStat.max]),
		'file-max': { data: ref(filesStat, 'max'), mode: 0o644, handler: procDoulongvecMinmax({ max: LONG_MAX }) },
		nr_open: {
			data: ref(filesStat, 'nrOpen'),
			mode: 0o644,
			handler: procDouintvecMinmax({ min: NR_OPEN_MIN, max: NR_OPEN_MAX }),
		},
		'inode-nr': counted(() => [inodes(kernel), 0n]),
		'inode-state': counted(() => [inodes(kernel), 0n, 0n, 0n, 0n, 0n, 0n]),
		'dentry-state': counted(() => [inodes(kernel), 0n, AGE_LIMIT, 0n, 0n, 0n]),
		'mount-max': { data: ref(namespace, 'mountMax'), mode: 0o644, handler: procDointvecMinmax({ min: 1 }) },
	};
}

/** /proc/sys/fs/epoll: as many as 4 % of the memory have room for (eventpoll_init). */
export function epollTable({ mm }: Kernel): CtlTable {
	const watches = Math.floor((Math.floor(mm.totalram / 25) * PAGE_SIZE) / EPOLL_ITEM_COST);
	return kept({ max_user_watches: ulong(BigInt(watches), { max: LONG_MAX }) });
}

/** /proc/sys/fs/inotify. */
export const inotifyTable = () =>
	kept({
		max_user_instances: ulong(128n, { max: 0x7fff_ffffn }),
		max_user_watches: ulong(8192n, { max: 0x7fff_ffffn }),
		max_queued_events: int(16_384, { min: 0 }),
	});

/** /proc/sys/fs/fanotify. */
export const fanotifyTable = () =>
	kept({
		max_user_groups: ulong(128n, { max: 0x7fff_ffffn }),
		max_user_marks: ulong(8192n, { max: 0x7fff_ffffn }),
		max_queued_events: int(16_384, { min: 0 }),
	});

/** /proc/sys/fs/quota. */
export const quotaTable = () =>
	kept({
		...Object.fromEntries(
			['lookups', 'drops', 'reads', 'writes', 'cache_hits', 'allocated_dquots', 'free_dquots', 'syncs'].map(name => [
				name,
				readOnly(ulong(0n)),
			]),
		),
		warnings: int(1),
	});

/** /proc/sys/kernel: how a core is dumped (fs/coredump.c). */
export function coredumpSysctls(): CtlTable {
	const pattern = { text: 'core' };
	return {
		core_pattern: { data: ref(pattern, 'text'), maxlen: CORENAME_MAX_SIZE, mode: 0o644, handler: procDostring },
		...kept({
			core_uses_pid: int(0),
			core_pipe_limit: int(0),
			core_file_note_size_limit: uint(4_194_304, { min: 4_194_304, max: 16_777_216 }),
			core_sort_vma: uint(0, { max: 1 }),
		}),
	};
}
