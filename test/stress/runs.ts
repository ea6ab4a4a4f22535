/**
 * runs - programs under `ring3 run` that use everything at once, and are killed: they, their launchers, single threads of theirs, and
 * the machine.
 *
 * It goes in lives. In each, shells run programs inside a machine, while processes of theirs are killed, interrupted and stopped.
 * Then all shells are killed where they are, and the machine must be as it was before: no socket, no mount, no descriptor more, and
 * as many system calls answered as came. After that new shells come and the machine is killed: whoever waits for it must go on.
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadLibc } from '../../mount/libc.ts';
import { readMountInfo } from '../../mount/mountinfo.ts';
import { unsharePrivate } from '../../mount/run/namespace.ts';
import { Machine } from '../../src/testing/machine.ts';
import { compileC } from '../system/compile.ts';
import { lacks } from '../system/needs.ts';
import type { ChaosOptions, ChaosOutcome } from './chaos.ts';
import { machineVariables, Shell } from './clients.ts';
import { Random } from './random.ts';

/** Programs that the scripts need, besides those of every system. */
export const needs = ['cc', 'strace', 'genl', 'script', 'bash', 'insmod', 'rmmod', 'unshare'] as const;

const inside = 'node "$RING3" run --name "$NAME" --';

/**
 * What the shells do, each until the machine does not answer any more. $P is where the compiled programs are, $ME a number that no
 * other shell has, $T a directory of its own.
 */
const scripts = {
	forks: `${inside} sh -c 'while "$P/forks"; do :; done'`,
	netlink: `${inside} sh -c 'while "$P/netlink31"; do :; done'`,
	threads: `${inside} sh -c 'while "$P/threads" "$ME"; [ $? = 137 ]; do :; done'`,
	strace: `${inside} sh -c 'while strace -f -o /dev/null genl ctrl list; do :; done'`,
	/** Someone at a terminal. */
	terminal:
		'while echo "uname -n; ls /dev /proc/self/fd; sleep 100 & kill %1; wait; strace -o /dev/null true"; do sleep 0.1; done | ' +
		`script -qefc '${inside} bash --norc -i' /dev/null`,
	mounts:
		`${inside} sh -c 'while mount -t proc none "$T" && head -c 1 "$T/version" && umount "$T"; do ` +
		'"$P/newmount" sysfs "$T" && umount "$T"; unshare -m "$P/newmount" configfs "$T"; done\'',
	modules:
		`${inside} sh -c 'PATH=$PATH:/sbin; while mknod "/dev/n$ME" c 1 5 && head -c 9 "/dev/n$ME"; do ` +
		'rm "/dev/n$ME"; insmod "$HELLOFS"; rmmod hellofs; mknod "/dev/n$ME" c 1 5; rm "/dev/n$ME"; done\'',
	/** Each begins anew. */
	runs: `while ${inside} sh -c 'ls -l /dev; cat /proc/self/status'; do :; done`,
	unmounted: 'while node "$RING3" run --name "$NAME" --no-mount -- "$P/threads" "$ME"; [ $? = 137 ]; do :; done',
} as const;

type Kind = keyof typeof scripts;
const kinds = Object.keys(scripts) as Kind[];

/** Bound: how long processes that must end may take, in milliseconds. */
const PATIENCE = 20_000;

const hellofs = fileURLToPath(new URL('../../kernel-sim/samples/hellofs.js', import.meta.url));
const modules = ['./stress_calls.js', '../contract/modules/contract_netlink.js'];

/** Makes chaos in mounts of this thread's own. */
export async function makeRuns({ seed, seconds, clients }: ChaosOptions): Promise<ChaosOutcome> {
	unsharePrivate(loadLibc());
	const runs = new Runs(new Random(seed), clients);
	try {
		const until = performance.now() + seconds * 1000;
		while (performance.now() < until && runs.failures.length === 0) await runs.live(until);
		return { failures: runs.failures, lives: runs.lives, done: Object.fromEntries(runs.done) };
	} finally {
		runs.end();
	}
}

class Runs {
	readonly failures: string[] = [];
	readonly done = new Map<string, number>();
	lives = 0;
	readonly #random: Random;
	readonly #count: number;
	readonly #dir = mkdtempSync(join(realpathSync(tmpdir()), 'ring3-runs-'));
	readonly #runtimeDirs: string[] = [];
	#machine!: Machine;
	#shells: Shell[] = [];
	#last = 0;

	constructor(random: Random, count: number) {
		this.#random = random;
		this.#count = count;
		for (const source of ['forks.c', 'netlink31.c', 'threads.c', 'newmount.c']) {
			compileC({ dir: this.#dir }, source, '-pthread');
		}
	}

	/** One machine, from its start to its end. */
	async live(until: number): Promise<void> {
		this.lives++;
		const paths = modules.map(path => fileURLToPath(new URL(path, import.meta.url)));
		this.#machine = await Machine.start({ modules: paths });
		this.#runtimeDirs.push(this.#machine.runtimeDir);
		this.#shells = [];
		// What is made once, and stays, is there after the first of each.
		await Promise.all(['strace', 'genl'].map(() => this.#machine.run('genl', ['ctrl', 'list'])));
		const before = this.#descriptors();
		this.#spawn();
		const stop = Math.min(until, performance.now() + this.#random.between(5000, 15_000));
		while (performance.now() < stop) await this.#act();
		await this.#checkAnswers();
		await this.#settle(before);
		this.#spawn();
		await delay(this.#random.between(200, 2000));
		await this.#endMachine();
	}

	/** Removes what was made here. */
	end(): void {
		for (const dir of [this.#dir, ...this.#runtimeDirs]) rmSync(dir, { recursive: true, force: true });
	}

	#check(found: readonly string[], what: string): void {
		if (found.length > 0) this.failures.push(`life ${this.lives}, ${what}: ${found.join(', ')}`);
	}

	#note(what: string, count = 1): void {
		this.done.set(what, (this.done.get(what) ?? 0) + count);
	}

	/** As many shells as there should be, no two of a kind while there are enough kinds. */
	#spawn(): void {
		this.#shells = this.#shells.filter(shell => shell.alive);
		while (this.#shells.length < this.#count) {
			const me = ++this.#last;
			const kind = kinds[me % kinds.length]!;
			const [P, T] = [this.#dir, join(this.#dir, `${me}`)];
			mkdirSync(T);
			const variables = { ...machineVariables(this.#machine), P, T, ME: `${me}`, HELLOFS: hellofs, TERM: 'dumb' };
			this.#shells.push(new Shell(kind, scripts[kind], variables));
			this.#note(kind);
		}
	}

	/** Does one thing to somebody. */
	async #act(): Promise<void> {
		const victim = this.#random.pick([0, ...this.#processes().map(({ pid }) => pid)]);
		const signal = this.#random.weighted<NodeJS.Signals>([
			[4, 'SIGKILL'],
			[2, 'SIGINT'],
			[1, 'SIGTERM'],
			[2, 'SIGSTOP'],
			[4, 'SIGCONT'],
		]);
		if (victim !== 0 && sendIfThere(victim, signal)) this.#note(signal);
		await delay(this.#random.between(0, 300));
		this.#spawn();
	}

	/** Nobody may wait for one and the same answer for three seconds, while nobody is stopped. */
	async #checkAnswers(): Promise<void> {
		for (const { pid } of this.#processes()) sendIfThere(pid, 'SIGCONT');
		await delay(500);
		const waiting = this.#waiting();
		await delay(3000);
		const still = this.#waiting();
		this.#check(
			[...waiting].filter(([tid, since]) => still.get(tid) === since).map(([tid]) => tid),
			'threads that wait for an answer',
		);
	}

	/** Threads that wait for the machine to answer a call, and how often each has slept so far. */
	#waiting(): ReadonlyMap<string, string> {
		const threads = this.#processes().flatMap(({ pid }) =>
			readdirIfThere(`/proc/${pid}/task`).map(tid => `${pid}/task/${tid}`),
		);
		const asleep = threads.filter(tid => readProc(tid, 'wchan').includes('seccomp'));
		return new Map(
			asleep.map(tid => [tid, /^voluntary_ctxt_switches:\t(\d+)$/m.exec(readProc(tid, 'status'))?.[1] ?? '']),
		);
	}

	/** Kills all shells where they are, and looks at what the machine holds then. */
	async #settle(before: readonly string[]): Promise<void> {
		await this.#killAll('killed and still there');
		const { calls } = await this.#idleUsage();
		this.#note('system calls', calls.received);
		if (calls.answered !== calls.received || calls.waiting !== 0)
			this.#check([JSON.stringify(calls)], 'unanswered calls');
		const netlink = readFileSync(this.#machine.path('/proc/net/netlink'), 'utf8').split('\n').slice(1, -1);
		this.#check(
			netlink.filter(line => !/^\S+ +\d+ +0 /.test(line)),
			'sockets of programs that are gone',
		);
		await this.#until(() => {
			const descriptors = this.#descriptors();
			return descriptors.length > before.length ? descriptors.filter(name => !before.includes(name)) : [];
		}, 'descriptors');
		this.#check(
			this.#mounts().filter(path => path !== this.#machine.dir),
			'mounts',
		);
		const log = await this.#machine.dmesg();
		if (/BUG:|WARNING:/.test(log)) this.#check([log], 'in the log');
	}

	/** Kills the machine; nobody may wait for it, and what it leaves is cleared away. */
	async #endMachine(): Promise<void> {
		process.kill(this.#machine.pid, 'SIGKILL');
		await this.#machine.stop();
		await this.#until(
			() => this.#processes().filter(({ state }) => state === 'D'),
			'waiting for a machine that was killed',
		);
		await this.#killAll('there after the machine');
		await this.#until(() => this.#mounts(), 'mounts of a machine that was killed');
	}

	async #killAll(what: string): Promise<void> {
		await this.#until(() => {
			for (const { pid } of this.#processes()) sendIfThere(pid, 'SIGKILL');
			return this.#processes();
		}, what);
	}

	/** Waits until nothing is found any more. What still is then is a failure. */
	async #until(find: () => readonly unknown[], what: string): Promise<void> {
		const deadline = performance.now() + PATIENCE;
		let found = find();
		while (found.length > 0 && performance.now() < deadline) {
			await delay(50);
			found = find();
		}
		this.#check(
			found.map(one => JSON.stringify(one)),
			what,
		);
	}

	/** What the machine holds when it has noticed who is gone. */
	async #idleUsage() {
		for (const deadline = performance.now() + PATIENCE; ; await delay(50)) {
			const usage = await this.#machine.usage();
			if (performance.now() > deadline || (usage.calls.waiting === 0 && usage.files === 0)) return usage;
		}
	}

	/** Each with what it is. */
	#descriptors(): string[] {
		const dir = `/proc/${this.#machine.pid}/fd`;
		return readdirSync(dir).flatMap(fd => {
			const text = readlinkIfThere(join(dir, fd));
			return text === undefined ? [] : [`${fd} ${text}`];
		});
	}

	#mounts(): string[] {
		const dirs = [this.#dir, this.#machine.runtimeDir];
		return readMountInfo()
			.map(({ mountPoint }) => mountPoint)
			.filter(path => dirs.some(dir => path.startsWith(`${dir}/`)));
	}

	/** All that was started for this life, but for the machine and what watches it. */
	#processes(): Process[] {
		const mark = `RING3_RUNTIME_DIR=${this.#machine.runtimeDir}\0`;
		return readdirSync('/proc').flatMap(name => {
			if (!/^\d+$/.test(name) || !readProc(name, 'environ').includes(mark)) return [];
			const [, command = '', state = ''] = /^\d+ \((.*)\) (\S) /s.exec(readProc(name, 'stat')) ?? [];
			const isMachine = Number(name) === this.#machine.pid || readProc(name, 'cmdline').includes('clear_up');
			return isMachine || state === 'Z' || state === '' ? [] : [{ pid: Number(name), command, state }];
		});
	}
}

interface Process {
	readonly pid: number;
	readonly command: string;
	readonly state: string;
}

function readlinkIfThere(path: string): string | undefined {
	try {
		return readlinkSync(path);
	} catch {
		return undefined; // gone
	}
}

function readdirIfThere(path: string): string[] {
	try {
		return readdirSync(path);
	} catch {
		return []; // gone
	}
}

function readProc(pid: string, file: 'environ' | 'stat' | 'cmdline' | 'wchan' | 'status'): string {
	try {
		return readFileSync(`/proc/${pid}/${file}`, 'latin1');
	} catch {
		return ''; // gone
	}
}

function sendIfThere(pid: number, signal: NodeJS.Signals): boolean {
	try {
		process.kill(pid, signal);
		return true;
	} catch {
		return false; // gone
	}
}

/** Why it cannot be done here, or false. */
export function cannotRun(): string | false {
	return lacks(...needs);
}
