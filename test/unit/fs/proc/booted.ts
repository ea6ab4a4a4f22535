/**
 * booted - a kernel on a fake host, and a task in it that looks at /proc.
 */

import type { Test } from 'tap';
import type { Task } from '../../../../kernel-sim/fs/syscalls.ts';
import type { TaskOptions } from '../../../../kernel-sim/fs/task.ts';
import { type BootOptions, Kernel } from '../../../../kernel-sim/kernel.ts';
import type { Invalidation } from '../../../../src/boundary/vfs.ts';
import { FakeHost, type FakeHostOptions } from '../../../../src/testing/fake_host.ts';
import { O_DIRECTORY, O_RDONLY } from '../../../../src/uapi/fcntl.ts';

/** How to boot it. */
export interface BootedOptions extends BootOptions {
	readonly host?: FakeHostOptions;
	/** How many oopses the test causes. Absent: none. */
	readonly oopses?: number;
}

/** See above. */
export class Booted {
	readonly host: FakeHost;
	readonly kernel: Kernel;
	readonly task: Task;

	/** An oops that is not expected fails the test, and one that does not come. */
	constructor(t: Test, options: BootedOptions = {}) {
		this.host = new FakeHost(options.host);
		this.kernel = Kernel.boot(this.host, options);
		this.task = this.kernel.task({ comm: 'test' });
		const { panic } = this.kernel;
		const { oopses = 0 } = options;
		panic.onOops((error, where) => {
			if (panic.oopses > oopses) t.fail(`oops: ${where}`, { error });
		});
		t.teardown(() => {
			if (panic.oopses < oopses) throw new Error(`${panic.oopses} oopses of ${oopses}`);
			this.kernel.shutdown();
		});
	}

	/** Another task. */
	fork(options: TaskOptions): Task {
		return this.kernel.task(options);
	}

	/** The whole text of a file, as latin1. */
	async read(path: string, task: Task = this.task): Promise<string> {
		const fd = await task.open(path, O_RDONLY);
		let text = '';
		for (;;) {
			const bytes = await task.read(fd, 65536);
			if (bytes.length === 0) break;
			text += Buffer.from(bytes).toString('latin1');
		}
		await task.close(fd);
		return text;
	}

	/** The names in a directory, without the dots. */
	async names(path: string, task: Task = this.task): Promise<string[]> {
		const fd = await task.open(path, O_RDONLY | O_DIRECTORY);
		const names: string[] = [];
		for (;;) {
			const entries = await task.getdents(fd);
			if (entries.length === 0) break;
			names.push(...entries.map(entry => entry.name));
		}
		await task.close(fd);
		return names.filter(name => name !== '.' && name !== '..');
	}

	/** Texts of the warnings that were logged since the last call. */
	warnings(): string[] {
		const found = this.host.lines.flatMap(line => /WARNING: (.*)/.exec(line)?.[1] ?? []);
		this.host.lines.length = 0;
		return found;
	}

	/** Changes of the tree from now on, as `type name`. */
	changes(): string[] {
		const seen: string[] = [];
		this.kernel.vfs.onInvalidate((event: Invalidation) => {
			seen.push(event.type === 'attr' ? `attr ${event.inode.ino}` : `${event.type} ${event.name}`);
		});
		return seen;
	}
}
