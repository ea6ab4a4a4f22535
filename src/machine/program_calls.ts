/**
 * program_calls - the system calls of programs under `ring3 run` that are more than the kernel's own affair, and who answers them.
 */

import type { Kernel } from '../../kernel-sim/kernel.ts';
import type { Libc } from '../../mount/libc.ts';
import { SocketCalls } from '../../mount/run/socket_calls.ts';
import type { Trace } from '../../mount/run/supervisor.ts';
import type { Context, Inode } from '../boundary/vfs.ts';
import type { Awaitable } from '../lib/awaitable.ts';
import type { Devres } from '../lib/devres.ts';
import type { GenlFamilyTable } from '../netlink/genetlink.ts';
import type { Mounts } from './mounts.ts';
import type { RunMounts } from './run_mounts.ts';
import { type SupervisionOptions, senderOf } from './supervise.ts';
import { FsContexts } from './supervise_fsopen.ts';
import { killCalls } from './supervise_kill.ts';
import { mknodCalls } from './supervise_mknod.ts';
import { moduleCalls } from './supervise_module.ts';
import { BoundMounts } from './supervise_mount.ts';
import { statfsCalls } from './supervise_statfs.ts';
import { timeCalls } from './supervise_time.ts';

/** What is needed of the machine. */
export interface ProgramCallOptions {
	readonly libc: Libc;
	readonly kernel: Kernel;
	readonly mounts: Mounts;
	readonly runMounts: RunMounts;
	readonly trace: Trace;
	/** Where the machine's tree is mounted; empty where it is not. */
	dir(): string;
	/** Finds what lies at a path of a program; undefined for what is not the machine's. */
	kernPath(path: string, ctx: Context): Awaitable<Inode | undefined>;
	/** Settles when every program that looks sees the changes that there have been. */
	settled(): Promise<void>;
}

/** The handlers; what they hold is given back by `undo`. */
export function programCalls(options: ProgramCallOptions, undo: Devres): SupervisionOptions['handlers'] {
	const { libc, kernel, mounts, runMounts, trace, dir, kernPath, settled } = options;
	const bound = new BoundMounts(kernel, dir, () => mounts.look());
	const contexts = new FsContexts({ libc, kernel, dir, serve: wanted => runMounts.serveNew(wanted) });
	const sockets = new SocketCalls({
		libc,
		sockets: kernel.net.sockets,
		senderOf: cred => senderOf(kernel, cred),
		oops: (error, where) => kernel.vfs.oops(error, where),
		trace,
		family: familyOf(kernel),
	});
	undo.add(() => contexts.close());
	undo.add(() => sockets.close());
	return {
		...bound.calls,
		...contexts.calls,
		...sockets.calls,
		...moduleCalls({ kernel, settled, prune: pid => bound.prune(pid) }),
		...mknodCalls({ vfs: kernel.vfs, kernPath, settled }),
		...statfsCalls({ kernPath, statfs: inode => kernel.vfs.statfs(inode) }),
		...timeCalls,
		...killCalls({
			find: pid => kernel.host.tasks.find(pid),
			list: () => kernel.host.tasks.list(),
			send: (pid, signal) => void process.kill(pid, signal),
		}),
	};
}

/** What a trace is told of families, which are made once each. */
function familyOf({ net }: Kernel): (id: number) => GenlFamilyTable | undefined {
	const tables = new WeakMap<object, GenlFamilyTable>();
	return id => {
		const registered = net.genl.byId(id);
		if (registered === undefined) return undefined;
		const { family, policy } = registered;
		const table = tables.get(registered) ?? { name: family.name, commands: {}, rows: policy?.rows ?? {} };
		tables.set(registered, table);
		return table;
	};
}
