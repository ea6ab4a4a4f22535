/**
 * mount - the file system type "sysfs" (fs/sysfs/mount.c). However often it is mounted, it is the same tree.
 */

import { SYSFS_MAGIC } from '../../../src/uapi/magic.ts';
import type { Kernel } from '../../kernel.ts';
import { KernfsRoot } from '../kernfs/dir.ts';
import { SuperBlock } from '../super.ts';
import { Sysfs } from './sysfs.ts';

/** Makes the tree of a kernel and registers its file system type. */
export function sysfsInit(kernel: Kernel): Sysfs {
	const dev = kernel.anonymousDevices.allocate();
	const sb = new SuperBlock({ type: 'sysfs', magic: SYSFS_MAGIC, dev });
	const root = new KernfsRoot(kernel, sb);
	if (kernel.config.CONFIG_SYSFS) kernel.filesystems.register({ name: 'sysfs', mount: () => sb });
	return new Sysfs(root.kn);
}
