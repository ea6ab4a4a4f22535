/**
 * clients - programs that use a machine without end, for somebody to kill.
 *
 * Each is a shell that runs everyday programs, in a process group of its own, as a job of a terminal is. It ends by itself
 * when the machine does not answer any more.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../../src/testing/machine.ts';
import { cli } from '../runner/programs.ts';

/** What the shells do. $D is where the machine is mounted, $ME a number that no other client has, $ACKS a file elsewhere. */
const scripts = {
	/** Adds records to a log, and notes elsewhere which of them were taken. */
	log: 'n=0; while echo "$ME $n" >> "$D/tmp/log"; do echo "$n" >> "$ACKS"; n=$((n + 1)); done',
	/** Counts, and notes elsewhere how often. */
	count: 'n=0; while echo 1 > "$D/proc/stress/counter"; do echo "$n" >> "$ACKS"; n=$((n + 1)); done',
	read: 'while cat "$D/proc/version" "$D/proc/stress/list" "$D/proc/meminfo" "$D/proc/self/status"; do :; done',
	small: 'while cat "$D/proc/version"; do dd if="$D/proc/stress/list" bs=7 count=60; done',
	list: 'while cat "$D/proc/version"; do ls -lR "$D/proc/stress" "$D/tmp"; find "$D/proc" -maxdepth 1; done',
	sleep:
		'while cat "$D/proc/version"; do cat "$D/proc/stress/sleep" & sleep 0.0$((ME % 10)); kill $!; wait; done; ' +
		'cat "$D/proc/stress/sleep"',
	tree:
		'cd "$D/tmp" && while mkdir -p "$ME/a/b"; do cp "$D/proc/version" "$ME/a/b/f"; mv "$ME/a/b" "$ME/c"; ' +
		'ln "$ME/c/f" "$ME/g"; cat "$ME/g"; rm -r "$ME"; done',
	/** Sees the machine at /proc, as a program of its own. */
	inside:
		'exec node "$RING3" run --name "$NAME" -- ' +
		'sh -c "while cat $D/proc/version /proc/version; do ls -l /proc/self/; ps ax; done"',
	queue: 'while echo "$ME" > "$D/proc/stress/queue0"; do head -c 1 "$D/proc/stress/queue0"; done',
} as const;

/** What a client can be. */
export type Kind = keyof typeof scripts;
export const kinds: readonly Kind[] = Object.keys(scripts) as Kind[];

/** A shell and what it has started. */
export class Shell {
	/** What it is, for whoever reads of it. */
	readonly title: string;
	readonly #child: ChildProcess;
	#alive = true;

	/** Starts a script; it gets these variables, and where programs are found. */
	constructor(title: string, script: string, variables: Readonly<Record<string, string>>) {
		this.title = title;
		const env = { PATH: process.env.PATH, LC_ALL: 'C', ...variables };
		this.#child = spawn('sh', ['-c', script], { env, cwd: '/', stdio: 'ignore', detached: true });
		this.#child.once('exit', () => {
			this.#alive = false;
		});
	}

	/** False once the shell has ended; what it has started may live on. */
	get alive(): boolean {
		return this.#alive;
	}

	/** The process group. */
	get group(): number {
		return this.#child.pid!;
	}

	/** Sends a signal to the shell and all that it has started; nothing happens if nobody of them is left. */
	kill(signal: NodeJS.Signals): void {
		try {
			process.kill(-this.group, signal);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
		}
	}
}

/** What every shell is told of its machine. */
export function machineVariables({ dir, name, runtimeDir }: Machine): Readonly<Record<string, string>> {
	return { D: dir, NAME: name, RING3: cli, RING3_RUNTIME_DIR: runtimeDir };
}

/** A shell that runs one of the scripts. */
export class Client extends Shell {
	readonly kind: Kind;
	readonly me: number;
	readonly #acks: string;

	/** `notes` is a directory elsewhere. */
	constructor(kind: Kind, me: number, machine: Machine, notes: string) {
		const acks = join(notes, `${me}`);
		super(kind, scripts[kind], { ...machineVariables(machine), ME: `${me}`, ACKS: acks });
		this.kind = kind;
		this.me = me;
		this.#acks = acks;
	}

	/** How many calls it knows to have succeeded. */
	get acknowledged(): number {
		try {
			return readFileSync(this.#acks, 'utf8').split('\n').length - 1;
		} catch {
			return 0; // killed before the first
		}
	}
}

/** The processes of these groups that have not ended, each with its state. */
export function remains(clients: readonly Shell[]): string[] {
	const groups = new Map(clients.map(client => [client.group, client]));
	return readdirSync('/proc').flatMap(pid => {
		const found = /^\d+$/.test(pid) ? statOf(pid) : undefined;
		const client = found && groups.get(found.group);
		return client === undefined || found!.state === 'Z' ? [] : [`${client.title}: ${found!.name} ${found!.state}`];
	});
}

/** Undefined for a process that is gone. */
function statOf(pid: string): { readonly name: string; readonly state: string; readonly group: number } | undefined {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
		const [, name, state, group] = /^\d+ \((.*)\) (\S) \d+ (\d+) /s.exec(text)!;
		return { name: name!, state: state!, group: Number(group) };
	} catch {
		return undefined;
	}
}
