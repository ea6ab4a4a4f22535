/**
 * fuse_mount - the life of one mount: device, session and place in the tree.
 *
 * Undone in this order: the mount leaves the tree, so that nobody new comes; every request under way is refused; the
 * notifications under way come to their end, which they do because nobody waits for an answer of ours any more while he
 * holds a lock that they want; the device is closed.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Inode, Vfs } from '../src/boundary/vfs.ts';
import { whenKilled } from './caller_signals.ts';
import { follows, opens } from './caller_syscall.ts';
import { DevFuse } from './dev_fuse.ts';
import type { Notifier } from './fuse/notifier.ts';
import { Session, type Usage } from './fuse/session.ts';
import { lineTracer } from './fuse/trace.ts';
import type { Libc } from './libc.ts';
import { findMount, type MountInfo } from './mountinfo.ts';
import { type Mounted, mountConnection, type Unserved } from './mounting.ts';
import { abortIfThere, detach } from './mountpoint.ts';
import { idsOf, type MountOptions, type ServeOptions } from './options.ts';
import { processMemory } from './user_memory.ts';

/** Bound: how long an unmount waits for notifications under way before it aborts the connection, in milliseconds. */
const PATIENCE = 1000;

/** A mounted tree. */
export interface Mount extends AsyncDisposable {
	/** Where it is mounted, as /proc/mounts has it. */
	readonly path: string;
	/** Number of the FUSE connection under fusectl; the minor number of st_dev. */
	readonly connection: number;
	/** Settles when the mount is gone, whoever took it away. */
	readonly closed: Promise<void>;
	/** What the host holds of the tree now; undefined where the back end does not tell. */
	readonly usage: Usage | undefined;
	/** What the host can be told besides changes of the tree; undefined where the back end cannot tell it. */
	readonly notifier: Notifier | undefined;
	/** Settles when it is gone, if the host has taken it away by now; else at once. */
	look(): Promise<void>;
	/** Settles when every program that looks sees the changes that there have been. */
	settled(): Promise<void>;
	/** Unmounts, whoever still uses it: their calls are refused, those that sleep with ENODEV. Settles when it is gone. */
	unmount(): Promise<void>;
	/** Takes the mount out of the tree, and no more: for a process that exits in this turn. */
	detach(): void;
}

/** A `Mount` over /dev/fuse. */
export class FuseMount implements Mount {
	readonly closed: Promise<void>;
	readonly connection: number;
	readonly #libc: Libc;
	readonly #device: DevFuse;
	readonly #session: Session;
	readonly #mounted: MountInfo | undefined;
	#unmounting: Promise<void> | undefined;
	#settleClosed!: () => void;

	/** See `mountTree`. */
	static async start(libc: Libc, vfs: Vfs, root: Inode, dir: string, options: MountOptions): Promise<FuseMount> {
		const mount = new FuseMount(libc, await mountConnection(libc, dir, options), vfs, root, options);
		try {
			await mount.#session.ready;
		} catch (error) {
			await mount.unmount();
			throw error;
		}
		return mount;
	}

	/** See `serveConnection`. */
	static serve(libc: Libc, vfs: Vfs, root: Inode, { fd, connection }: Unserved, options: ServeOptions): FuseMount {
		return new FuseMount(libc, { fd, info: undefined }, vfs, root, options, connection);
	}

	private constructor(
		libc: Libc,
		{ fd, info }: Mounted,
		vfs: Vfs,
		root: Inode,
		options: MountOptions & ServeOptions,
		connection = info?.minor ?? 0,
	) {
		const { facts, kernPath, covered, hidesNumbers, trace, tracer } = options;
		this.#libc = libc;
		this.#mounted = info;
		this.connection = connection;
		this.closed = new Promise(resolve => {
			this.#settleClosed = resolve;
		});
		this.#device = new DevFuse(libc, fd, {
			ended: () => void this.unmount(),
			refused: error => vfs.oops(error, 'mount'),
		});
		this.#session = new Session({
			vfs,
			root,
			channel: this.#device,
			callers: {
				...{ find: pid => facts.find(pid), memory: pid => processMemory(libc, pid) },
				...{ opens, follows, whenKilled, kernPath },
			},
			ids: idsOf(options),
			covered,
			hidesNumbers,
			passthrough: process.geteuid?.() === 0,
			tracer: tracer ?? (trace && lineTracer(trace)),
		});
		this.#device.serve(this.#session);
	}

	get path(): string {
		return this.#mounted?.mountPoint ?? '';
	}

	get usage(): Usage {
		return this.#session.usage;
	}

	get notifier(): Notifier {
		return this.#session.notifier;
	}

	async look(): Promise<void> {
		this.#device.look(this.#session);
		await this.#unmounting;
	}

	settled(): Promise<void> {
		return this.#session.settled();
	}

	detach(): void {
		const { mountPoint, id } = this.#mounted ?? {};
		if (mountPoint !== undefined && findMount(mountPoint)?.id === id) detach(this.#libc, mountPoint);
	}

	unmount(): Promise<void> {
		this.#unmounting ??= this.#unmount();
		return this.#unmounting;
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.unmount();
	}

	async #unmount(): Promise<void> {
		this.detach();
		this.#session.close();
		const quiet = this.#session.settled().then(() => true);
		if (!(await Promise.race([quiet, delay(PATIENCE, false, { ref: false })]))) {
			// Others than root may not everywhere; whoever waits was refused by the session.
			abortIfThere(this.#libc, this.connection);
			await quiet;
		}
		this.#device.close();
		this.#settleClosed();
	}
}
