/**
 * tree - a machine with a tree of kernfs at /tree.
 */

import type { Test } from 'tap';
import { Path } from '../../../../kernel-sim/fs/d_path.ts';
import { type KernfsNode, KernfsRoot } from '../../../../kernel-sim/fs/kernfs/dir.ts';
import type { KernfsSyscallOps } from '../../../../kernel-sim/fs/kernfs/dir_operations.ts';
import type { SimpleDirectory } from '../../../../kernel-sim/fs/libfs.ts';
import { SuperBlock } from '../../../../kernel-sim/fs/super.ts';
import { Booted } from '../proc/booted.ts';

/** See above. */
export class Tree extends Booted {
	/** The root of the tree. */
	readonly top: KernfsNode;

	/** `oopses` is how many the test causes. */
	constructor(t: Test, dirOps: KernfsSyscallOps = {}, oopses = 0) {
		super(t, { oopses });
		const sb = new SuperBlock({ type: 'treefs', magic: 0x1234, dev: this.kernel.anonymousDevices.allocate() });
		this.top = new KernfsRoot(this.kernel, sb, { rootMode: 0o700, dirOps }).kn;
		this.kernel.filesystems.register({ name: 'treefs', mount: () => sb });
		const { root } = this.kernel.namespace;
		const tmp = (root.inode as SimpleDirectory).entries.get('tmp')!;
		this.kernel.mount('treefs', new Path(tmp, root, 'tmp'), 'none');
	}
}
