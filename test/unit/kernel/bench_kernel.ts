/**
 * bench_kernel - a kernel on the bench: a stepped clock, an empty tmpfs on /tmp, and files with operations of a test's own.
 */

import t, { type Test } from 'tap';
import { Inode, type InodeInit } from '../../../kernel-sim/fs/inode.ts';
import type { SimpleDirectory } from '../../../kernel-sim/fs/libfs.ts';
import { recordPrintText } from '../../../kernel-sim/kernel/printk.ts';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import { FakeHost, type FakeHostOptions } from '../../../src/testing/fake_host.ts';

/** A kernel and its host. */
export class BenchKernel {
	readonly host: FakeHost;
	readonly kernel: Kernel;
	readonly #run: SimpleDirectory;
	/** Oopses that the test has asked for. */
	expectedOopses = 0;

	constructor(options: FakeHostOptions = {}) {
		this.host = new FakeHost(options);
		this.kernel = Kernel.boot(this.host);
		const { root } = this.kernel;
		this.#run = (root as SimpleDirectory).entries.get('run') as SimpleDirectory;
		const task = this.kernel.task();
		if (task.mount('tmpfs', '/tmp', 'tmpfs', 0, 'mode=1777') instanceof Promise) throw new Error('mounting sleeps');
		task.exit();
	}

	/** Shuts the kernel down, which must have stumbled as often as the test expects, and have nothing left to do. */
	finish(t: Test): void {
		this.kernel.shutdown();
		t.equal(this.host.clock.pending, 0, 'no timer is left');
		t.equal(this.kernel.panic.oopses, this.expectedOopses, this.log);
	}

	/** Puts an inode at /run/NAME: a regular file of mode 0666 unless `init` says otherwise. */
	file(name: string, init: Partial<InodeInit>): Inode {
		const { sb } = this.#run;
		const time = this.kernel.time.now();
		const inode = new Inode({ sb, ino: 1000 + this.#run.entries.size, mode: 0o100666, op: {}, fop: {}, time, ...init });
		this.#run.add(name, inode);
		return inode;
	}

	/** The log as text, without the times. */
	get log(): string {
		return [...this.kernel.printk.records()].map(record => recordPrintText(record).replace(/^\[.*?\] /gm, '')).join('');
	}
}

/** A test of a kernel on the bench. */
export function onBench(
	title: string,
	body: (t: Test, bench: BenchKernel) => void | Promise<void>,
	options: FakeHostOptions = {},
): void {
	t.test(title, async t => {
		const bench = new BenchKernel(options);
		await body(t, bench);
		bench.finish(t);
	});
}

/** Lets everything run that can run without time passing. */
export async function settle(): Promise<void> {
	for (let turn = 0; turn < 100; turn++) await Promise.resolve();
}

/** `error.code` of what a call throws or rejects with; undefined when it succeeds. */
export async function codeOf(call: () => unknown): Promise<string | undefined> {
	try {
		await call();
		return undefined;
	} catch (error) {
		return (error as { readonly code?: string }).code ?? String(error);
	}
}
