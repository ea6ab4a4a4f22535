/**
 * contract - a statement about what user space sees, and how it is put to a runner.
 *
 * A contract is data: a title that begins with the kernel's term, what it needs, and a function of the system calls. Each runs
 * in every runner that has what it needs; on this machine's own kernel first, where it must hold. What a runner lacks and
 * where one differs from Linux are rows of data too, and every row that applies is printed as a skip with its reason.
 */

import type { Test } from 'tap';
import { divergences } from './divergences.ts';
import type { Sys } from './sys.ts';

/** Ways of reaching a kernel. */
export type RunnerName = 'inproc' | 'wire' | 'mount' | 'fuse-native' | 'native';

/**
 * What a contract may need beyond plain calls:
 * `insmod` loading and removing a module in the middle of it, `dmesg` the kernel's log, `memory` addresses of its own,
 * `nobody` a task of another user, `signals` a signal during a call, `mount` mounting a file system, `chdir` a working directory,
 * `sockets` sockets of the kernel under test, `devices` opening character devices, `sysctl` a /proc/sys that root may write to.
 */
export type Feature =
	| 'insmod'
	| 'dmesg'
	| 'memory'
	| 'nobody'
	| 'signals'
	| 'mount'
	| 'chdir'
	| 'sockets'
	| 'devices'
	| 'sysctl';

/** Where a contract finds its kernel. */
export interface Machine {
	/** A task of root. */
	readonly sys: Sys;
	/** What stands before `/proc`: empty where the paths are the real ones. */
	readonly root: string;
	/** The contract's `file` with `root` before it, or the file that stands in for it. */
	readonly file: string;
	/** Loads a test module by name, with arguments as `name=value`. Feature `insmod`. */
	insmod(name: string, params?: readonly string[]): Promise<void>;
	/** Removes a module by name. Feature `insmod`. */
	rmmod(name: string): Promise<void>;
	/** The kernel's log as text. Feature `dmesg`. */
	dmesg(): Promise<string>;
}

/** A statement that holds on Linux. */
export interface Contract {
	readonly title: string;
	readonly needs?: readonly Feature[];
	/** Test modules (test/contract/modules) that must be loaded. */
	readonly modules?: readonly string[];
	/** The path under test. */
	readonly file?: string;
	/** True for a file that a Linux may be built without. */
	readonly optional?: boolean;
	/** A file of any Linux that must do the same, for a runner that has no such module. */
	readonly standIn?: string;
	/** True where the contract makes the kernel stumble: its log may then hold an oops. */
	readonly oops?: boolean;
	run(t: Test, machine: Machine): Promise<void>;
}

/** A kernel ready for one contract, and what is to be done after it. */
export interface Booted extends Omit<Machine, 'file'> {
	/** Ends what `boot` began. Rejects if the contract left something behind: an oops, an open file, a module in use. */
	finish(oops: boolean): Promise<void>;
}

/** One way of reaching a kernel. */
export interface Runner {
	readonly name: RunnerName;
	/** Features that are missing, each with the reason. */
	readonly lacks: ReadonlyMap<Feature, string>;
	/** Why a test module cannot be loaded; undefined where it can. */
	noModule(name: string): string | undefined;
	/** True for a file that this kernel is built without. Absent: there is none. */
	hasNot?(file: string): boolean;
	/** Makes a kernel ready, with the modules loaded. */
	boot(modules: readonly string[]): Promise<Booted>;
	/** Ends whatever runs, after the last contract or when the test file is cut short. */
	end(): Promise<void>;
}

/** Puts all contracts to a runner: one subtest each, under its title. */
export function runContracts(t: Test, runner: Runner, contracts: readonly Contract[]): void {
	runSome(t, runner, contracts);
	t.test(`divergences of ${runner.name}: each row names a contract`, async t => {
		const titles = new Set(contracts.map(contract => contract.title));
		for (const row of divergences) t.ok(titles.has(row.title), row.title);
	});
}

/** The same for some of them. */
export function runSome(t: Test, runner: Runner, contracts: readonly Contract[]): void {
	t.teardown(() => runner.end());
	for (const contract of contracts) {
		const skip = skipReason(runner, contract);
		t.test(contract.title, skip === undefined ? {} : { skip }, t => runOne(t, runner, contract));
	}
}

async function runOne(t: Test, runner: Runner, contract: Contract): Promise<void> {
	const standIn = usesStandIn(runner, contract);
	const booted = await runner.boot(standIn ? [] : (contract.modules ?? []));
	const path = (standIn ? contract.standIn : contract.file) ?? '/proc';
	try {
		await contract.run(t, { ...booted, file: booted.root + path });
	} finally {
		await booted.finish(contract.oops ?? false);
	}
}

function usesStandIn(runner: Runner, contract: Contract): boolean {
	return contract.standIn !== undefined && (contract.modules ?? []).some(name => runner.noModule(name) !== undefined);
}

function skipReason(runner: Runner, contract: Contract): string | undefined {
	const row = divergences.find(row => row.runner === runner.name && row.title === contract.title);
	if (row !== undefined) return row.reason;
	for (const need of contract.needs ?? []) {
		const reason = runner.lacks.get(need);
		if (reason !== undefined) return reason;
	}
	if (contract.optional && runner.hasNot?.(contract.file!)) return `this Linux is built without ${contract.file}`;
	if (usesStandIn(runner, contract)) return undefined;
	for (const name of contract.modules ?? []) {
		const reason = runner.noModule(name);
		if (reason !== undefined) return reason;
	}
	return undefined;
}
