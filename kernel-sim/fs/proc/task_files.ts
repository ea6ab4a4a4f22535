/**
 * task_files - the open files of a task, as /proc/<pid>/fd and fdinfo show them: of a task of this process the kernel's own, of a
 * program those that the host tells of.
 */

import type { Context, Follows } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { sprintf } from '../../../src/lib/printf.ts';
import { decodeName } from '../../../src/lib/text.ts';
import { O_CLOEXEC, O_LARGEFILE, O_PATH } from '../../../src/uapi/fcntl.ts';
import { FMODE_READ, FMODE_WRITE } from '../../../src/uapi/fs.ts';
import { isSock, S_IRUSR, S_IWUSR, S_IXUSR } from '../../../src/uapi/stat.ts';
import type { Kernel } from '../../kernel.ts';
import type { File } from '../open.ts';
import type { TaskStruct } from '../task.ts';
import type { ProcTask } from './proc_task.ts';
import { type HostPath, programLink } from './task_links.ts';
import { nameToInt } from './util.ts';

/** What there is of a task's descriptors. One that is not open is ENOENT to all but `has`. */
export interface TaskFiles {
	/** In rising order. */
	readonly fds: readonly number[];
	has(fd: number): boolean;
	/** Of the link: what the file was opened for. */
	mode(fd: number): number;
	/** Of the link. */
	text(fd: number, ctx: Context, follows: Follows): string;
	/** What fdinfo says. */
	info(fd: number): string;
}

/** The open files of a task; `host` is where a link to one of a program leads. */
export function taskFiles(kernel: Kernel, task: ProcTask, host: HostPath): TaskFiles {
	return task.own ? new OwnFiles(kernel, kernel.pids.find(task.facts.pid)!) : new ProgramFiles(kernel, task, host);
}

/** Divergence: in Linux whoever follows a link to a file arrives at the open file; here at what has its name now. */
class OwnFiles implements TaskFiles {
	readonly #kernel: Kernel;
	readonly #task: TaskStruct;

	constructor(kernel: Kernel, task: TaskStruct) {
		this.#kernel = kernel;
		this.#task = task;
	}

	get fds(): readonly number[] {
		return this.#task.files.fds;
	}

	has(fd: number): boolean {
		return this.#task.files.find(fd) !== undefined;
	}

	mode(fd: number): number {
		const { mode } = this.#file(fd);
		const read = (mode & FMODE_READ) === 0 ? 0 : S_IRUSR | S_IXUSR;
		const write = (mode & FMODE_WRITE) === 0 ? 0 : S_IWUSR | S_IXUSR;
		return read | write;
	}

	text(fd: number): string {
		const { path, inode } = this.#file(fd);
		if (path !== undefined) return path.toString();
		if (!isSock(inode.mode)) throw new Errno('ENOENT');
		return `socket:[${inode.ino}]`;
	}

	/** seq_show of fs/proc/fd.c. */
	info(fd: number): string {
		const { pos, path, flags, inode } = this.#file(fd);
		const large = (flags & O_PATH) === 0 ? O_LARGEFILE : 0;
		const cloexec = this.#task.files.closeOnExec(fd) ? O_CLOEXEC : 0;
		const mount = path === undefined ? undefined : this.#kernel.namespace.mountOf(path);
		const all = flags | large | cloexec;
		return sprintf('pos:\t%lli\nflags:\t0%o\nmnt_id:\t%i\nino:\t%lu\n', pos, all, mount?.id ?? 0, inode.ino);
	}

	#file(fd: number): File {
		const file = this.#task.files.find(fd);
		if (file === undefined) throw new Errno('ENOENT');
		return file;
	}
}

/** Divergence: what fdinfo calls the number of a mount is that of the host. */
class ProgramFiles implements TaskFiles {
	readonly #kernel: Kernel;
	readonly #task: ProcTask;
	readonly #host: HostPath;

	constructor(kernel: Kernel, task: ProcTask, host: HostPath) {
		this.#kernel = kernel;
		this.#task = task;
		this.#host = host;
	}

	get fds(): readonly number[] {
		const names = this.#kernel.host.tasks.readDir(this.#task.facts.pid, 'fd');
		return names.map(name => nameToInt(name)!).sort((a, b) => a - b);
	}

	has(fd: number): boolean {
		return this.#kernel.host.tasks.linkMode(this.#task.facts.pid, `fd/${fd}`) !== undefined;
	}

	mode(fd: number): number {
		const mode = this.#kernel.host.tasks.linkMode(this.#task.facts.pid, `fd/${fd}`);
		if (mode === undefined) throw new Errno('ENOENT');
		return mode;
	}

	text(fd: number, ctx: Context, follows: Follows): string {
		return programLink(this.#kernel, this.#task, `fd/${fd}`, ctx, follows, this.#host, '../');
	}

	info(fd: number): string {
		return decodeName(this.#kernel.host.tasks.readFile(this.#task.facts.pid, `fdinfo/${fd}`));
	}
}
