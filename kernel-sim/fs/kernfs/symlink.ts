/**
 * symlink - links from one node to another (fs/kernfs/symlink.c).
 */

import type { Inode } from '../../../src/boundary/vfs.ts';
import type { KernfsNode } from './dir.ts';
import { kernfsNode } from './inode.ts';

/** The way from the directory of a link to what it leads to, through the nearest directory above it that holds both. */
export function kernfsGetLink(inode: Inode): string {
	const kn = kernfsNode(inode);
	const from = pathOf(kn.parent!);
	const to = pathOf(kn.target!);
	let shared = 0;
	while (shared < to.length - 1 && from[shared] === to[shared]) shared++;
	const up = from.slice(shared).map(() => '..');
	const down = to.slice(shared).map(({ name }) => name);
	return [...up, ...down].join('/');
}

/** The nodes on the way to a node, the root left out. */
function pathOf(kn: KernfsNode): KernfsNode[] {
	return kn.parent === undefined ? [] : [...pathOf(kn.parent), kn];
}
