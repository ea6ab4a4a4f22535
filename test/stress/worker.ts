/**
 * worker - a process that makes random calls on a mounted machine and checks each outcome.
 *
 *     argv[2]    a Task in JSON
 *
 * Tells its Report over the channel of child_process.fork, and ends.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../../src/lib/errno.ts';
import { NativeTmpfs, nativeTmpfs } from '../unit/tmpfs/native.ts';
import type { Account } from './accounts.ts';
import { catchAlarm, dup } from './libc.ts';
import { PrivateTree, type Step } from './private_tree.ts';
import { Random } from './random.ts';
import { Shared } from './shared.ts';

/** What a worker is to do. */
export interface Task {
	/** Where the machine is mounted. */
	readonly dir: string;
	readonly me: number;
	readonly workers: number;
	readonly seed: number;
	/** How many steps. */
	readonly count: number;
}

/** What came of it. */
export interface Report {
	readonly account: Account;
	/** The first difference, with the steps before it; absent where there is none. */
	readonly failure?: string;
}

/** How many steps before a difference are told. */
const TOLD = 12;

const task: Task = JSON.parse(process.argv[2]!);
const random = new Random(task.seed * 1000 + task.me);
catchAlarm();
mkdirSync(join(task.dir, `tmp/worker${task.me}`));
const shared = new Shared(random, new NativeTmpfs(task.dir), task.me, task.workers);
const ours = new NativeTmpfs(join(task.dir, `tmp/worker${task.me}`));
const tree = new PrivateTree(random, ours, nativeTmpfs(), dup);

const last: string[] = [];

function walk(): string | undefined {
	for (let at = 0; at < task.count; at++) {
		const step: Step = random.below(2) === 0 ? tree.draw() : shared.draw();
		last.push(step.title);
		try {
			step.run();
		} catch (error) {
			const what = isErrno(error) ? error.code : error instanceof Error ? error.message : String(error);
			return `seed ${task.seed}, worker ${task.me}, step ${at}: ${what}\nafter ${last.slice(-TOLD).join(', ')}`;
		}
	}
	return undefined;
}

const failure = walk();
tree.end();
const report: Report = { account: shared.account, ...(failure === undefined ? {} : { failure }) };
process.send!(report, () => process.exit());
