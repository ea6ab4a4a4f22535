/**
 * file - open files of nodes.
 *
 * Simulates fs/kernfs/file.c, as far as files are read: through seq_file, as one record that is shown anew by each read at the
 * beginning.
 */

import type { FileOperations } from '../../../src/boundary/vfs.ts';
import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { FMODE_READ, FMODE_WRITE } from '../../../src/uapi/fs.ts';
import { DEFAULT_POLLMASK, POLLERR, POLLPRI } from '../../../src/uapi/poll.ts';
import { S_IRUGO } from '../../../src/uapi/stat.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import {
	SEQ_START_TOKEN,
	type SeqFile,
	type SeqOperations,
	type Shown,
	seqOpen,
	seqRead,
	seqRelease,
} from '../seq_file.ts';
import type { KernfsNode } from './dir.ts';
import { kernfsNode } from './inode.ts';

/** What a file does (struct kernfs_ops). */
export interface KernfsOps {
	/** Prints what the file holds. */
	seqShow(m: SeqFile<KernfsOpenFile>): Awaitable<Shown>;
}

/** One open file (struct kernfs_open_file). */
export interface KernfsOpenFile {
	readonly kn: KernfsNode;
	/** True while a session of seq_file is inside the node. */
	inside: boolean;
	/** True once it was read: until then poll has something to tell. */
	read: boolean;
}

const seqOperations: SeqOperations<typeof SEQ_START_TOKEN, KernfsOpenFile> = {
	start({ private: of }, pos) {
		of.inside = of.kn.active.enter();
		if (!of.inside) throw new Errno('ENODEV');
		return pos === 0 ? SEQ_START_TOKEN : undefined;
	},
	next: () => undefined,
	show(m) {
		m.private.read = true;
		return m.private.kn.ops!.seqShow(m);
	},
	stop({ private: of }) {
		if (of.inside) of.kn.active.leave();
		of.inside = false;
	},
};

const llseek = genericFileLlseek(MAX_NON_LFS);

/** Operations of every file (kernfs_file_fops). */
export const kernfsFileFops: FileOperations = {
	/** The mode is asked of root as well (KERNFS_ROOT_EXTRA_OPEN_PERM_CHECK); nothing here can be written. */
	open(inode, file) {
		const kn = kernfsNode(inode);
		return kn.active.run('ENODEV', () => {
			if ((file.mode & FMODE_WRITE) !== 0) throw new Errno('EACCES');
			if ((file.mode & FMODE_READ) !== 0 && (inode.mode & S_IRUGO) === 0) throw new Errno('EACCES');
			seqOpen(file, seqOperations, { kn, inside: false, read: false });
		});
	},
	read: seqRead,
	release: seqRelease,

	llseek(file, offset, whence) {
		return kernfsNode(file.inode).active.run('ENODEV', () => llseek(file, offset, whence));
	},

	/** kernfs_fop_poll, kernfs_generic_poll. */
	poll(file) {
		const { private: of } = file.privateData as SeqFile<KernfsOpenFile>;
		if (!of.kn.active.enter()) return DEFAULT_POLLMASK | POLLERR | POLLPRI;
		of.kn.active.leave();
		return of.read ? DEFAULT_POLLMASK : DEFAULT_POLLMASK | POLLERR | POLLPRI;
	},
};
