/**
 * sysctl_files - the files under /proc/sys of a kernel in this process, by synchronous calls.
 */

import type { Task } from '../../../../kernel-sim/fs/syscalls.ts';
import { Kernel } from '../../../../kernel-sim/kernel.ts';
import { FakeHost } from '../../../../src/testing/fake_host.ts';
import { O_DIRECTORY, O_RDONLY, O_RDWR, O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import type { Files } from './probes.ts';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Files below /proc/sys, which no call on waits for. */
export class SysctlFiles implements Files {
	readonly kernel: Kernel;
	readonly task: Task;

	constructor(kernel: Kernel = Kernel.boot(new FakeHost()), task: Task = kernel.task({ comm: 'test' })) {
		this.kernel = kernel;
		this.task = task;
	}

	/** Opens with `flags`, runs `body`, and closes. */
	with<T>(path: string, flags: number, body: (fd: number) => T): T {
		const fd = this.task.open(`/proc/sys/${path}`, flags) as number;
		try {
			return body(fd);
		} finally {
			void this.task.close(fd);
		}
	}

	read(path: string): string {
		return this.with(path, O_RDONLY, fd => latin1(this.task.read(fd, 65_536) as Uint8Array));
	}

	/** Bytes are Latin-1. */
	write(path: string, text: string): number {
		return this.with(path, O_WRONLY, fd => this.task.write(fd, Buffer.from(text, 'latin1')) as number);
	}

	/** Paths of the files that can be written and read. */
	list(dir = ''): string[] {
		const names = this.with(dir, O_RDONLY | O_DIRECTORY, fd => {
			const all: string[] = [];
			for (;;) {
				const some = this.task.getdents(fd) as readonly { name: string }[];
				if (some.length === 0) return all.filter(name => name !== '.' && name !== '..');
				all.push(...some.map(({ name }) => name));
			}
		});
		return names.flatMap(name => {
			const path = dir === '' ? name : `${dir}/${name}`;
			const { mode } = this.task.stat(`/proc/sys/${path}`) as { mode: number };
			if ((mode & 0o170000) === 0o040000) return this.list(path);
			return (mode & 0o600) === 0o600 ? [path] : [];
		});
	}

	/** The calls of a task that has the file open for reading and writing. */
	open(path: string): number {
		return this.task.open(`/proc/sys/${path}`, O_RDWR) as number;
	}
}
