/**
 * select - waiting for several files at once (fs/select.c).
 */

import type { Context, File, PollSource, PollTable } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain, finallyDo } from '../../src/lib/awaitable.ts';
import { DEFAULT_POLLMASK, POLLERR, POLLHUP, POLLNVAL } from '../../src/uapi/poll.ts';
import { type Timers, WaitQueueHead } from '../kernel/wait.ts';

/** The events of a file that are there now (vfs_poll). */
export function vfsPoll(file: File, table: PollTable, ctx: Context): number {
	return file.op.poll === undefined ? DEFAULT_POLLMASK : file.op.poll(file, table, ctx);
}

/** One file that poll(2) asks about. */
export interface PollFd {
	/** Undefined for a descriptor that is not open: POLLNVAL. */
	readonly file: File | undefined;
	/** POLL* wanted; errors are reported unasked. */
	readonly events: number;
}

/**
 * Waits until one of the files has an event that is asked for, and tells the events of each (do_poll). `timeout` is in
 * nanoseconds: 0 asks once, undefined waits for ever; when it is over all are 0. EINTR once the caller is interrupted.
 */
export function doPoll(
	fds: readonly PollFd[],
	timeout: number | undefined,
	ctx: Context,
	timers: Timers,
): Awaitable<readonly number[]> {
	if (timeout === 0) return ask(fds, NOT_WAITING, ctx);
	const table = new PollWqueues(timers);
	return finallyDo(
		() => pollAndSleep(fds, table, timeout, ctx),
		() => table.free(),
	);
}

function pollAndSleep(
	fds: readonly PollFd[],
	table: PollWqueues,
	timeout: number | undefined,
	ctx: Context,
): Awaitable<readonly number[]> {
	let revents = ask(fds, table, ctx);
	table.done();
	if (revents.some(Boolean)) return revents;
	const happened = () => {
		if (!table.takeTriggered()) return false;
		revents = ask(fds, table, ctx);
		return revents.some(Boolean);
	};
	const { queue } = table;
	const slept: Awaitable<unknown> =
		timeout === undefined
			? queue.waitEventInterruptible(happened, ctx.signal)
			: queue.waitEventInterruptibleTimeout(happened, timeout, ctx.signal);
	return chain(slept, () => revents);
}

/** A poll table of somebody who does not wait. */
export const NOT_WAITING: PollTable = { waiting: false, wait() {} };

/** What one caller of poll(2) waits for (struct poll_wqueues). It is filled by the first round and heard from until freed. */
class PollWqueues implements PollTable {
	readonly queue: WaitQueueHead;
	readonly #remove: (() => void)[] = [];
	#waiting = true;
	#triggered = false;

	constructor(timers: Timers) {
		this.queue = new WaitQueueHead(timers);
	}

	get waiting(): boolean {
		return this.#waiting;
	}

	wait(source: PollSource): void {
		if (!this.#waiting) return;
		const wake = () => {
			this.#triggered = true;
			this.queue.wakeUp();
		};
		this.#remove.push(source.addWaiter(wake));
	}

	/** The first round is over: later ones register nothing. */
	done(): void {
		this.#waiting = false;
	}

	/** True if anything was woken since the last round. */
	takeTriggered(): boolean {
		const triggered = this.#triggered;
		this.#triggered = false;
		return triggered;
	}

	free(): void {
		for (const remove of this.#remove) remove();
		this.#remove.length = 0;
	}
}

function ask(fds: readonly PollFd[], table: PollTable, ctx: Context): number[] {
	return fds.map(({ file, events }) => {
		if (file === undefined) return POLLNVAL;
		return vfsPoll(file, table, ctx) & (events | POLLERR | POLLHUP);
	});
}
