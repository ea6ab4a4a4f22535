/**
 * plain_user - a user other than root, on a computer whose devices and settings a test chooses.
 *
 * The computer is a mount namespace: what is changed in it is changed for nobody else, and is gone when the test is, with all
 * that was mounted there.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { parseMountInfo } from '../../mount/mountinfo.ts';
import { lacks } from './needs.ts';
import type { CommandOptions, Completed, Running, Sandbox } from './sandbox.ts';

/** Why tests with a plain user are to be skipped, or false. */
export function lacksPlainUser(): string | false {
	if (process.getuid!() !== 0) return 'needs root, to become somebody else';
	return lacks('fusermount3', 'unshare', 'setpriv', 'nsenter', 'mount');
}

const uid = 1000;
const gid = 1000;

/** That user, at work in a sandbox, which is his. */
export class PlainUser {
	readonly #box: Sandbox;
	readonly #holder: number;

	private constructor(box: Sandbox, holder: number) {
		this.#box = box;
		this.#holder = holder;
	}

	/**
	 * Makes the computer: /dev/fuse is for everybody there. `setup` is a shell script that root runs in it first; in it, `cover FILE
	 * TEXT` puts a file over another.
	 */
	static async create(t: Test, box: Sandbox, setup = ''): Promise<PlainUser> {
		for (const dir of [box.dir, join(box.dir, 'tmp')]) chownSync(dir, uid, gid);
		const script = `
			set -e
			mknod -m 0666 "$0/fuse" c 10 229
			mount --bind "$0/fuse" /dev/fuse
			cover() { cover=$(mktemp -p "$0"); echo "$2" > "$cover"; chmod 0755 "$cover"; mount --bind "$cover" "$1"; }
			${setup}
			echo ready
			read line
		`;
		const { PATH } = process.env;
		const holder = spawn('unshare', ['-m', 'sh', '-c', script, box.dir], {
			env: { PATH },
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		t.teardown(() => holder.kill('SIGKILL'));
		await once(holder.stdout, 'data');
		return new PlainUser(box, holder.pid!);
	}

	/** Starts a command as this user, with no other group and no capability. */
	start(command: string, args: readonly string[], options: CommandOptions = {}): Running {
		return this.#enter(['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'], command, args, options);
	}

	/** Starts a command on the same computer as root. */
	startAsRoot(command: string, args: readonly string[], options: CommandOptions = {}): Running {
		return this.#enter([], command, args, options);
	}

	/** Starts `ring3` as this user. */
	ring3Running(args: readonly string[], options: CommandOptions = {}): Running {
		return this.start(process.execPath, this.#box.command(args), options);
	}

	/** Runs `ring3` as this user to its end. */
	ring3(args: readonly string[], options: CommandOptions = {}): Promise<Completed> {
		return this.ring3Running(args, options).ended;
	}

	/** Starts `ring3 mount` in the foreground and resolves when its tree can be read. */
	async mount(args: readonly string[] = []): Promise<Running & { readonly dir: string; readonly name: string }> {
		const running = this.ring3Running(['mount', ...args]);
		const [, name = '', dir = ''] = await running.printed(/^(\S+): mounted on (.*)\n/);
		return { ...running, name, dir };
	}

	/** Runs a shell script as this user; rejects where it fails or says something on its standard error. */
	async shell(script: string, ...args: readonly string[]): Promise<string> {
		const { status, stdout, stderr } = await this.start('sh', ['-c', script, 'sh', ...args]).ended;
		if (status !== 0 || stderr !== '') throw new Error(`${script}: ${status}: ${stderr}`);
		return stdout;
	}

	/** The FUSE mounts of this sandbox on that computer: where, of what type and source. */
	mounts(): string[] {
		const mounts = parseMountInfo(readFileSync(`/proc/${this.#holder}/mountinfo`, 'utf8'));
		const { dir } = this.#box;
		return mounts
			.filter(({ type, mountPoint }) => type.startsWith('fuse') && mountPoint.startsWith(`${dir}/`))
			.map(({ mountPoint, type, source }) => `${mountPoint.slice(dir.length + 1)} ${type} ${source}`);
	}

	#enter(privileges: readonly string[], command: string, args: readonly string[], options: CommandOptions): Running {
		const { cwd = this.#box.dir } = options;
		const enter = ['-t', String(this.#holder), '-m', ...privileges, 'env', '-C', cwd, command, ...args];
		return this.#box.start('nsenter', enter, { ...options, cwd: '/' });
	}
}
