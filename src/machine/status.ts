/**
 * status - what a machine tells of itself.
 */

import type { Usage } from '../../mount/index.ts';
import type { CallCounts } from '../../mount/run/supervisor.ts';

/** One running machine, as `ring3 ps` shows it. */
export interface MachineStatus {
	readonly name: string;
	/** Process that serves it. */
	readonly pid: number;
	/** Where its tree is mounted. */
	readonly dir: string;
	/** Where single file systems of it are mounted. */
	readonly mounts: readonly string[];
	/** Where a debugger can connect to; absent while none can. */
	readonly inspector?: string;
	/** When it was started, in milliseconds since 1970. */
	readonly started: number;
	/** Names of its loaded modules, the newest first. */
	readonly modules: readonly string[];
	/** How many `ring3 run` are under way. */
	readonly sessions: number;
}

/** What a machine holds at one moment; all but the heap and the calls is 0 when nobody uses it and the host has forgotten its names. */
export interface MachineUsage extends Usage {
	/** Bytes of memory in use, after what is unused was collected. */
	readonly heap: number;
	/** System calls of programs that came to it. */
	readonly calls: CallCounts;
}

/** One loaded module, as lsmod shows it. */
export interface LoadedModule {
	readonly name: string;
	/** In bytes. */
	readonly size: number;
	readonly refcount: number;
	/** Modules that depend on it. */
	readonly usedBy: readonly string[];
}
