/**
 * user_namespace - starts a program inside a machine for users other than root.
 *
 *   this process      hands signals on and waits; sees the real /proc
 *   unshare -Urm      a user namespace, in which the user is root, with a mount namespace in it
 *   /bin/sh           covers the trees there, and becomes the program
 *
 * They are one process, our child. A process of several threads, which Node is, cannot make a user namespace itself. The machine
 * stays outside: its process is the same user's in the parent namespace, and so may look at whatever is inside.
 *
 *   descriptor 2   a pipe: what unshare, sh and mount have to say
 *   descriptor 3   a socket: `<- NAMESPACE`, `-> LINE` when the machine knows of it, `<- ready`, closed when the program begins
 *   descriptor 4   the standard error of the program
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Duplex, Readable } from 'node:stream';
import { hostProbes } from '../probes.ts';
import { lackOfUserNamespaces, lackText } from '../requirements.ts';
import { locate } from './command.ts';
import { LaunchError, type Program, standFor } from './launch.ts';
import { coverings } from './namespace.ts';

/** Gets pairs of what to mount and where to, then `--`, then the program and its arguments. */
const script = `
	readlink /proc/self/ns/mnt >&3 && read -r go <&3 || exit
	while [ "$1" != -- ]; do
		mount --rbind "$1" "$2" || exit
		shift 2
	done
	shift
	echo ready >&3
	exec 2>&4 3>&- 4>&-
	exec "$@"
`;

/** Gets what /proc calls the program's mount namespace; the program begins when it has settled. */
type Entered = (namespace: string) => Promise<unknown>;

/**
 * Starts the program and stands for it as `runHere` does. Rejects with LaunchError: of step `spawn` for a command that cannot
 * be run, `unshare` where there is no such namespace for this user, with a message that says what helps.
 */
export async function runInUserNamespace(
	dir: string,
	{ command, args, env, lastWords }: Program,
	entered: Entered,
	flush?: () => Promise<unknown>,
): Promise<never> {
	const located = locate(command, env.PATH);
	if ('code' in located) throw new LaunchError('spawn', located.code, command);
	if (hostProbes(env).find('unshare') === undefined) throw refusal('', env);
	const pairs = coverings(dir).flat();
	const child = spawn('unshare', ['-Urm', '/bin/sh', '-c', script, 'sh', ...pairs, '--', command, ...args], {
		env,
		stdio: [0, 1, 'pipe', 'pipe', 2],
	});
	const begun = begin(child, env, entered);
	return standFor(child, { begun, ...(lastWords && { lastWords }), ...(flush && { flush }) });
}

/** Leads the child to where it becomes the program. */
async function begin(child: ChildProcess, env: NodeJS.ProcessEnv, entered: Entered): Promise<void> {
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
