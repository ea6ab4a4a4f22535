/**
 * caller_paths - what a program finds by a path name of its own.
 *
 * A machine is asked for this where Linux looks up a path within a system call that says nothing of it to the file system: the text
 * of a symbolic link in configfs. From where the program is, the walk goes through directories of the host, component by
 * component, until one is a mount of this machine; from there the kernel goes on.
 *
 * The process of a machine must not touch its own mounts, nor wait for another's: what a mount is, is read from mountinfo, and
 * no FUSE mount is looked into.
 *
 * Divergence: `..` does not lead out of a mount of the machine again, and a program that has changed its root is taken for one that
 * has not.
 */

import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { Path } from '../../kernel-sim/fs/d_path.ts';
import { PathWalk } from '../../kernel-sim/fs/path_walk.ts';
import type { Kernel } from '../../kernel-sim/kernel.ts';
import { drive } from '../../kernel-sim/lib/steps.ts';
import { findMount, type MountInfo, parseMountInfo } from '../../mount/mountinfo.ts';
import type { Context, Inode } from '../boundary/vfs.ts';
import { type Awaitable, chain } from '../lib/awaitable.ts';
import { Errno, isErrno } from '../lib/errno.ts';

/** A tree of the machine that is mounted. */
export interface Served {
	/** Number of its FUSE connection; 0 where it is not known. */
	readonly connection: number;
	/** The source of its mount, where the number is not known. */
	readonly source?: string | undefined;
	/** What its root directory shows. */
	readonly root: Inode;
}

/** Links that one walk may follow. */
const MAXSYMLINKS = 40;

/**
 * Finds what lies at a path for the task that calls; undefined for a directory that is none of the machine's. ENOENT, ENOTDIR, EACCES,
 * ELOOP; ENOENT, too, for a task that may not be looked at.
 */
export function kernPath(
	kernel: Kernel,
	served: readonly Served[],
	path: string,
	ctx: Context,
): Awaitable<Inode | undefined> {
	const { pid } = ctx;
	const mounts = parseMountInfo(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
	const found = walkHost(pid, mounts, path.startsWith('/') ? path : `${readlinkSync(`/proc/${pid}/cwd`)}/${path}`);
	if (found === undefined) return undefined;
	const { major, minor, source } = found.mount;
	const tree = served.find(tree => (major === 0 && tree.connection === minor) || tree.source === source);
	if (tree === undefined) return undefined;
	const root = new Path(tree.root);
	const walk = new PathWalk({ naming: kernel.vfs, root, base: root, ctx });
	return chain(drive(walk.find(`/${found.mount.root}/${found.rest.join('/')}`, true)), ({ inode }) => inode);
}

/** What was looked for; undefined for what cannot be found, which the host refuses when it looks for itself. */
export async function orUndefined<T>(find: () => Awaitable<T>): Promise<T | undefined> {
	try {
		return await find();
	} catch (error) {
		if (isErrno(error)) return undefined;
		throw error;
	}
}

/** A FUSE mount on the way, and what comes behind it. */
interface Found {
	readonly mount: MountInfo;
	readonly rest: readonly string[];
}

/** Goes along a path as far as the host has it; undefined where that is to its end, or something of the host is mounted behind. */
function walkHost(pid: number, mounts: readonly MountInfo[], path: string): Found | undefined {
	let at = '/';
	let links = 0;
	const names = path.split('/').filter(name => name !== '' && name !== '.');
	for (let name = names.shift(); name !== undefined; name = names.shift()) {
		const next = posix.join(at, name);
		const mount = findMount(next, mounts);
		if (mount?.type.startsWith('fuse')) return deepest(mounts, { mount, rest: names });
		const stat = lstatSync(`/proc/${pid}/root${next}`);
		if (stat.isSymbolicLink()) {
			links++;
			if (links > MAXSYMLINKS) throw new Errno('ELOOP');
			const text = readlinkSync(`/proc/${pid}/root${next}`);
			names.unshift(...text.split('/').filter(name => name !== '' && name !== '.'));
			if (text.startsWith('/')) at = '/';
			continue;
		}
		if (!stat.isDirectory()) throw new Errno('ENOTDIR');
		at = next;
	}
	return undefined;
}

/**
 * The last mount on the way that begins in a FUSE mount, of which only the names are known; undefined where that is none of FUSE's. What
 * lies behind it may not be looked at from here, even if it is the host's: the way to it leads through the machine.
 */
function deepest(mounts: readonly MountInfo[], { mount, rest }: Found): Found | undefined {
	const known = rest.includes('..') ? rest.slice(0, rest.indexOf('..')) : rest;
	for (let count = known.length; count > 0; count--) {
		const inner = findMount(posix.join(mount.mountPoint, ...known.slice(0, count)), mounts);
		if (inner !== undefined)
			return inner.type.startsWith('fuse') ? { mount: inner, rest: rest.slice(count) } : undefined;
	}
	return { mount, rest };
}
