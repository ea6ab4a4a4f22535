/**
 * user_namespace - starts a program inside a machine for users other than root.
 *
 *   this process      hands signals on and waits; sees the real /proc
 *   unshare -Urm      a user namespace, in which the user is root, with a mount namespace in it
 *   /bin/sh           mounts a connection for /dev there, covers the trees, and becomes the program
 *
 * They are one process, our child. A process of several threads, which Node is, cannot make a user namespace itself. The machine
 * stays outside: its process is the same user's in the parent namespace, and so may look at whatever is inside.
 *
 *   descriptor 2   a pipe: what unshare, sh and mount have to say
 *   descriptor 3   a socket: `<- NAMESPACE`, `-> LINE` when the machine knows of it, `<- ready`, closed when the program begins
 *   descriptor 4   the standard error of the program
 *   descriptor 5   a file: what is mounted where, in the form of fstab(5)
 *   descriptor 6   the connection for /dev: a FUSE device must be opened in the user namespace that it is mounted in
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex, Readable } from 'node:stream';
import { isErrno } from '../../src/lib/errno.ts';
import { escapeOctal } from '../mountinfo.ts';
import type { Exit } from '../posix_spawn.ts';
import { hostProbes } from '../probes.ts';
import { lackOfUserNamespaces, lackText } from '../requirements.ts';
import { locate } from './command.ts';
import { type Child, type Entered, LaunchError, type Program, type Surroundings, standFor } from './launch.ts';
import { hostDev } from './lent_devices.ts';
import { coverings, devConnection, devOptions } from './namespace.ts';

/** Descriptor of the connection in that process. */
const DEV = 6;

/**
 * Gets type, source, place and options of the mount for /dev, the type empty where there is to be none; then the program and its
 * arguments.
 */
const script = `
	if [ "$1" ]; then
		exec ${DEV}<>/dev/fuse && mount -i -t "$1" -o "nosuid,nodev,$4" "$2" "$3" || exit
	fi
	shift 4
	readlink /proc/self/ns/mnt >&3 && read -r go <&3 || exit
	exec ${DEV}>&-
	mount -a -T /proc/self/fd/5 || exit
	echo ready >&3
	exec 2>&4 3>&- 4>&- 5>&-
	exec "$@"
`;

/**
 * Starts the program and stands for it as `runHere` does. Rejects with LaunchError: of step `spawn` for a command that cannot
 * be run, `unshare` where there is no such namespace for this user, with a message that says what helps.
 */
export async function runInUserNamespace(
	{ dir, dev, lent }: Surroundings,
	{ command, args, env, lastWords }: Program,
	entered: (entered: Entered) => Promise<unknown>,
	flush?: () => Promise<unknown>,
): Promise<never> {
	const located = locate(command, env.PATH);
	if ('code' in located) throw new LaunchError('spawn', located.code, command);
	if (hostProbes(env).find('unshare') === undefined) throw refusal('', env);
	const mount = dev === undefined ? ['', '', '', ''] : [dev.type, dev.source, join(dir, 'dev'), devOptions(DEV)];
	const pty = dev !== undefined && lent.includes('pts') ? ([['/dev', join(dir, 'dev', hostDev)]] as const) : [];
	const table = temporaryFile(fstab([...pty, ...coverings(dir, dev && lent)]));
	const child = spawn('unshare', ['-Urm', '/bin/sh', '-c', script, 'sh', ...mount, command, ...args], {
		env,
		stdio: [0, 1, 'pipe', 'pipe', 2, table],
	});
	closeSync(table);
	const devOf = (pid: number) => dev && { fd: DEV, connection: devConnection(dir, pid) };
	const begun = begin(child, env, async namespace => entered({ namespace, pid: child.pid!, dev: devOf(child.pid!) }));
	return standFor(() => standing(child), { begun, ...(lastWords && { lastWords }), ...(flush && { flush }) });
}

function standing(child: ChildProcess): Child {
	const exited = once(child, 'exit').catch(error => {
		throw new LaunchError('spawn', isErrno(error) ? error.code : 'EIO', String(error));
	});
	return { started: once(child, 'spawn').then(() => child.pid!), exited: exited as Promise<unknown> as Promise<Exit> };
}

/** Lines of fstab(5) for bind mounts. */
function fstab(pairs: readonly (readonly [source: string, target: string])[]): string {
	return pairs.map(([source, target]) => `${escapeOctal(source)} ${escapeOctal(target)} none rbind 0 0\n`).join('');
}

/** A descriptor of a file with that text, which has no name any more. */
function temporaryFile(text: string): number {
	const dir = mkdtempSync(join(tmpdir(), 'ring3-run-'));
	try {
		const fd = openSync(join(dir, 'fstab'), 'wx+', 0o600);
		writeSync(fd, text);
		return fd;
	} finally {
		rmSync(dir, { recursive: true });
	}
}

/** Leads the child to where it becomes the program. */
async function begin(
	child: ChildProcess,
	env: NodeJS.ProcessEnv,
	entered: (namespace: string) => Promise<unknown>,
): Promise<void> {
	let said = '';
	(child.stdio[2] as Readable).setEncoding('utf8').on('data', text => {
		said += text;
	});
	const control = child.stdio[3] as Duplex;
	control.on('error', () => {});
	const lines = createInterface({ input: control })[Symbol.asyncIterator]();
	const closed = new Promise(resolve => child.once('close', resolve));
	const failed = closed.then(() => ({ value: undefined }));
	const line = async () => (await Promise.race([lines.next(), failed])).value;
	const namespace = await line();
	if (namespace !== undefined) {
		await entered(namespace).catch(error => {
			child.kill();
			throw error;
		});
		control.write('\n');
		if ((await line()) === 'ready') return;
	}
	await closed;
	throw refusal(said, env);
}

/** Why there is no such namespace, or the trees cannot be covered in it. */
function refusal(said: string, env: NodeJS.ProcessEnv): LaunchError {
	const lack = lackOfUserNamespaces(hostProbes(env));
	const message = lack === undefined ? said.trim().split('\n', 1)[0]! : lackText(lack);
	return new LaunchError('unshare', lack?.code ?? 'EPERM', message);
}
