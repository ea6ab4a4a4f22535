/**
 * index - the front of mount/: a tree of the kernel, mounted on a directory.
 *
 *     await using mount = await mountTree(kernel.vfs, kernel.root, '/tmp/machine', { facts: host.tasks });
 *
 * The process that mounts must not use the mount itself, not even to look at it (dev_fuse.ts); others may.
 */

import type { Inode, Vfs } from '../src/boundary/vfs.ts';
import { Errno } from '../src/lib/errno.ts';
import { FuseMount, type Mount } from './fuse_mount.ts';
import { loadLibc } from './libc.ts';
import type { Unserved } from './mounting.ts';
import { detachStale } from './mountpoint.ts';
import type { MountOptions, ServeOptions } from './options.ts';

export type { CallerFacts } from './fuse/request.ts';
export type { Usage } from './fuse/session.ts';
export type { Mount } from './fuse_mount.ts';
export type { Unserved } from './mounting.ts';
export { type Backend, backends, idsOf, type MountFlags, type MountOptions, type ServeOptions } from './options.ts';

/**
 * Mounts the tree that begins at the directory `root` on the directory `dir`, and settles when it can be used. Mounts of
 * servers that are gone are detached first.
 *
 * Root mounts by mount(2), everybody else by fusermount3. Throws ENOENT and ENOTDIR for `dir`, ENOENT, EACCES and EPERM with a
 * message that says what helps where something is missing, EPROTO where the kernel's FUSE is older than 7.31. With the back
 * end fuse-native, ENOPKG and EIO as mountFuseNative, and EOPNOTSUPP for a trace.
 */
export async function mountTree(vfs: Vfs, root: Inode, dir: string, options: MountOptions): Promise<Mount> {
	if (options.backend === 'fuse-native') return mountByFuseNative(vfs, root, dir, options);
	const libc = loadLibc();
	detachStale(libc);
	return FuseMount.start(libc, vfs, root, dir, options);
}

/**
 * Serves the tree that begins at the directory `root` over a connection that somebody else has mounted, or will have when this
 * returns; its descriptor is taken over. Nothing here knows where it is mounted: `path` is empty, and `unmount` ends the connection.
 */
export function serveConnection(vfs: Vfs, root: Inode, unserved: Unserved, options: ServeOptions): Mount {
	return FuseMount.serve(loadLibc(), vfs, root, unserved, options);
}

async function mountByFuseNative(vfs: Vfs, root: Inode, dir: string, options: MountOptions): Promise<Mount> {
	if (options.trace ?? options.tracer)
		throw new Errno('EOPNOTSUPP', 'fuse-native does not show its requests to a trace');
	const { mountFuseNative } = await import('./fuse_native.ts');
	return mountFuseNative(vfs, root, dir, options);
}
