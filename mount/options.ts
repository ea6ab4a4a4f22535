/**
 * options - how a tree is mounted.
 */

import { type Ids, idsOfOwner } from './fuse/ids.ts';
import type { CallerFacts, Callers } from './fuse/request.ts';
import type { Tracer } from './fuse/session.ts';

/** What may be chosen of a mount, as mount(8) takes it after `-o`. It survives JSON. */
export interface MountFlags {
	/** Nothing can be changed through it: EROFS. Absent: it can. */
	readonly ro?: boolean;
	/** Other users than the one who mounts may use it. Absent: those of a mount by root may, unless through fuse-native. */
	readonly allowOther?: boolean;
	/** The user and the group that the machine's root is on the host. Absent: those of this process. */
	readonly uid?: number;
	readonly gid?: number;
	/** What /proc/mounts says is mounted. Absent: `ring3:` with the process that serves it. */
	readonly fsname?: string;
}

/** How a tree gets to the host: over /dev/fuse by code of our own, or through the npm package fuse-native. */
export const backends = ['fuse', 'fuse-native'] as const;
export type Backend = (typeof backends)[number];

/** What a mount is told. */
export interface MountOptions extends MountFlags {
	/** Absent: `fuse`. */
	readonly backend?: Backend | undefined;
	/** Gets a line on what the back end cannot do. Absent: nobody hears of it. */
	readonly report?: (line: string) => void;
	/** What is known of the programs that use the mount, in the machine's ids; asked only when an operation wants to know. */
	readonly facts: CallerFacts;
	/** What a program finds by a path name of its own; asked only when an operation wants to know. Absent: nobody knows. */
	readonly kernPath?: Callers['kernPath'];
	/** Gets a line for each message. Absent: nothing is traced, and costs nothing. */
	readonly trace?: ((line: string) => void) | undefined;
	/** Sees the messages themselves, in place of `trace`. */
	readonly tracer?: Tracer | undefined;
}

/** What is told to serve a connection that was mounted elsewhere. */
export interface ServeOptions extends Omit<MountOptions, 'backend' | 'ro' | 'allowOther' | 'fsname'> {
	/** Names in its root directory on which the host has mounted something of its own. Absent: none. */
	readonly covered?: ReadonlySet<string>;
	/** True where it may be mounted without `nodev`: nodes of devices are then shown without their numbers. Absent: false. */
	readonly hidesNumbers?: boolean;
}

/** Who the users of the host are on such a mount. */
export function idsOf({ uid = process.geteuid!(), gid = process.getegid!() }: MountFlags): Ids {
	return idsOfOwner(uid, gid);
}

/** The data argument of mount(2) for a connection on descriptor `fd`. */
export function mountData(fd: number, { allowOther = process.geteuid!() === 0 }: MountFlags): string {
	const ids = `user_id=${process.geteuid!()},group_id=${process.getegid!()}`;
	return `fd=${fd},rootmode=40000,${ids},default_permissions${allowOther ? ',allow_other' : ''}`;
}

/** The options of fusermount3 for a mount of that type (`fuse.NAME`) and source. */
export function fusermountOptions(type: string, source: string, { ro, allowOther }: MountFlags): string {
	const escaped = source.replace(/[\\,]/g, '\\$&');
	const options = [`subtype=${type.replace('fuse.', '')}`, `fsname=${escaped}`, 'default_permissions'];
	if (ro) options.push('ro');
	if (allowOther) options.push('allow_other');
	return options.join(',');
}
