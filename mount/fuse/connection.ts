/**
 * connection - what a handler of the opcode table works with.
 */

import type { Vfs } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import type { FuseInitIn, FuseInitOut } from '../../src/uapi/fuse.ts';
import type { Handles } from './handles.ts';
import type { Ids } from './ids.ts';
import type { Inodes } from './inodes.ts';
import type { Retrieved } from './notifier.ts';
import type { Callers, Request } from './request.ts';

/** One FUSE connection, as its handlers see it. */
export interface Connection {
	readonly vfs: Vfs;
	readonly callers: Callers;
	readonly ids: Ids;
	readonly inodes: Inodes;
	readonly handles: Handles;
	/** True where nodes of devices are shown without their numbers; see `SessionOptions.hidesNumbers`. */
	readonly hidesNumbers: boolean;
	/** True for a name of the root directory that the host has mounted something on; see `SessionOptions.covered`. */
	isCovered(dir: number, name: string): boolean;
	/** Agrees on a version and its options with the kernel. Throws EPROTO where that cannot be. */
	init(offer: FuseInitIn): FuseInitOut;
	/** Interrupts the request with that `unique`; nothing happens if it has been answered. */
	interrupt(unique: number): void;
	/**
	 * Settles when the kernel knows of every change that there has been, so that a program sees what its call has done when
	 * the call returns; at once where there is nothing to wait for. For calls whose program holds no lock but that of the node
	 * `nodeid`: where that very node is deleted, nobody waits, because the kernel wants the lock first.
	 */
	announced(nodeid: number): Awaitable<void>;
	/** Takes what the kernel keeps of a file, asked for under the number `unique`. Throws EINVAL for what is no answer to that. */
	retrieved(unique: number, data: Retrieved): void;
	/** Tells the kernel that a file's events have changed, by the handle that it gave for that (`kh`). */
	wakePoll(kh: number): void;
}

/** Serves one opcode: `A` is its argument struct decoded, `R` what the body of its reply takes. May sleep. */
export type Handler<A, R> = (fuse: Connection, request: Request<A>) => Awaitable<R>;
