/**
 * in_use - who is inside something that can be taken away.
 *
 * What use_pde of fs/proc/inode.c and kernfs_get_active of fs/kernfs/dir.c do: operations go in and out; once it is closed,
 * nobody gets in any more, and closing waits for those inside.
 */

import { type Awaitable, finallyWith } from '../../src/lib/awaitable.ts';
import { Errno, type ErrnoName } from '../../src/lib/errno.ts';

/** A door, and the number of those behind it. */
export class InUse {
	#inside = 0;
	#closed = false;
	#empty: (() => void) | undefined;

	/** Goes in; false once it is closed. Each true is answered by one `leave`. */
	enter(): boolean {
		if (this.#closed) return false;
		this.#inside++;
		return true;
	}

	/** Goes out. */
	leave(): void {
		this.#inside--;
		if (this.#inside === 0) this.#empty?.();
	}

	/** Goes out before its time, to wait for the others; the returned function is called before `leave` would have been. */
	stepOut(): () => void {
		this.leave();
		return () => {
			this.#inside++;
		};
	}

	/** Runs `operation` inside. Throws `gone` once it is closed. */
	run<T>(gone: ErrnoName, operation: () => Awaitable<T>): Awaitable<T> {
		if (!this.enter()) throw new Errno(gone);
		return finallyWith(operation, this, leave);
	}

	/** Lets nobody in any more. Settles once nobody is inside. */
	close(): Awaitable<void> {
		this.#closed = true;
		if (this.#inside === 0) return;
		return new Promise(resolve => {
			this.#empty = resolve;
		});
	}
}

const leave = (inUse: InUse) => inUse.leave();
