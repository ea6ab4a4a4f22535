/**
 * syscall - a system call that reached the kernel from a program whose calls are watched.
 *
 * `ring3 run` hands chosen calls of a program to the kernel. A handler gets the six arguments as they were in the registers.
 */

import type { Awaitable } from '../lib/awaitable.ts';
import type { Context } from './vfs.ts';

/** One call, while its caller waits for the answer. */
export interface SyscallContext extends Context {
	/** Number of the call on the caller's architecture. */
	readonly number: number;
	/** The six arguments, unsigned, whatever the call makes of them. */
	readonly args: readonly [bigint, bigint, bigint, bigint, bigint, bigint];
}

/** Answers a call: the value it returns, never negative. Refuses by throwing an Errno. May sleep. */
export type SyscallHandler = (ctx: SyscallContext) => Awaitable<number>;
