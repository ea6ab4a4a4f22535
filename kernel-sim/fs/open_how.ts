/**
 * open_how - which combinations of open's flags mean what (build_open_flags of fs/open.c).
 */

import { Errno } from '../../src/lib/errno.ts';
import {
	__O_TMPFILE,
	O_ACCMODE,
	O_CLOEXEC,
	O_CREAT,
	O_DIRECTORY,
	O_LARGEFILE,
	O_NOFOLLOW,
	O_PATH,
	O_RDONLY,
	O_TMPFILE,
} from '../../src/uapi/fcntl.ts';

/** The flags that count with O_PATH. */
const O_PATH_FLAGS = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;

/** Flags taken apart: those of the open file, and that of the descriptor. */
export interface OpenHow {
	readonly flags: number;
	readonly closeOnExec: boolean;
}

/**
 * Checks the flags of open(2). EINVAL for O_CREAT with O_DIRECTORY, and for an O_TMPFILE that is not to be written.
 *
 * Divergence: no file system makes files without a name; O_TMPFILE is EOPNOTSUPP whatever the path.
 */
export function openHow(given: number): OpenHow {
	const flags = (given & O_PATH) === 0 ? given | O_LARGEFILE : given & O_PATH_FLAGS;
	if ((flags & (O_CREAT | O_DIRECTORY)) === (O_CREAT | O_DIRECTORY)) throw new Errno('EINVAL');
	if ((flags & __O_TMPFILE) !== 0) {
		if ((flags & O_TMPFILE) !== O_TMPFILE || (flags & O_ACCMODE) === O_RDONLY) throw new Errno('EINVAL');
		throw new Errno('EOPNOTSUPP');
	}
	return { flags: flags & ~O_CLOEXEC, closeOnExec: (flags & O_CLOEXEC) !== 0 };
}
