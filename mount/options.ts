/**
 * options - how a tree is mounted.
 */

import type { CallerFacts } from './fuse/request.ts';
import type { Tracer } from './fuse/session.ts';

/** What a mount is told. */
export interface MountOptions {
	/** What is known of the programs that use the mount; asked for one only when an operation wants to know. */
	readonly facts: CallerFacts;
	/** Gets a line for each message. Absent: nothing is traced, and costs nothing. */
	readonly trace?: ((line: string) => void) | undefined;
	/** Sees the messages themselves, in place of `trace`. */
	readonly tracer?: Tracer | undefined;
}

/** The data argument of mount(2) for a connection on descriptor `fd`. */
export function mountData(fd: number): string {
	const rootmode = '40000';
	return `fd=${fd},rootmode=${rootmode},user_id=0,group_id=0,default_permissions,allow_other`;
}
