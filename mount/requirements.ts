/**
 * requirements - what mounting and running need of the host, and the one command that helps where it is missing.
 *
 * Asked by whoever has just been refused something, for the message, and by `ring3 doctor` beforehand.
 */

import { fileURLToPath } from 'node:url';
import { Errno, type ErrnoName } from '../src/lib/errno.ts';
import { ownFile } from '../src/lib/own_files.ts';
import { CAP_SYS_ADMIN } from '../src/uapi/capability.ts';
import type { Probes } from './probes.ts';

/** Something that is missing. */
export interface Lack {
	readonly code: ErrnoName;
	/** What is wrong, in a few words. */
	readonly what: string;
	/** The command that mends it. */
	readonly cure: string;
}

/** What is missing and what helps, in one line. */
export function lackText({ what, cure }: Pick<Lack, 'what' | 'cure'>): string {
	return `${what}; try: ${cure}`;
}

/** The Errno that says so. */
export function lackError(lack: Lack): Errno {
	return new Errno(lack.code, lackText(lack));
}

const container = 'docker run --device /dev/fuse --cap-add SYS_ADMIN --security-opt apparmor=unconfined ...';

/** True inside a container of Docker or Podman, whose rules are made outside. */
function isContainer(probes: Probes): boolean {
	return ['/.dockerenv', '/run/.containerenv'].some(path => probes.stat(path) !== undefined);
}

/** A command for root. */
function sudo({ uid }: Probes, command: string): string {
	return uid === 0 ? command : `sudo ${command}`;
}

/** The device through which file systems are served. */
export function lackOfDevice(probes: Probes): Lack | undefined {
	const refused = probes.open('/dev/fuse');
	if (refused === undefined) return undefined;
	if (refused === 'EACCES')
		return { code: 'EACCES', what: 'only root may use /dev/fuse', cure: sudo(probes, 'chmod 0666 /dev/fuse') };
	if (isContainer(probes))
		return { code: 'ENOENT', what: 'this container has no /dev/fuse of its own', cure: container };
	return { code: 'ENOENT', what: 'there is no /dev/fuse', cure: sudo(probes, 'modprobe fuse') };
}

/** Where fusermount3 is; some distributions have another one in PATH that cannot mount. */
export function findFusermount(probes: Probes): string | undefined {
	return probes.find('fusermount3', '/usr/bin/fusermount3');
}

const S_ISUID = 0o4000;

/** The program that mounts for users who may not: for all but root. */
export function lackOfFusermount(probes: Probes): Lack | undefined {
	const path = findFusermount(probes);
	if (path === undefined) {
		const what = 'fusermount3 is not installed, without which only root can mount';
		return { code: 'ENOENT', what, cure: 'sudo apt-get install fuse3' };
	}
	const { uid, mode } = probes.stat(path) ?? { uid: 0, mode: S_ISUID };
	if (uid !== 0 || (mode & S_ISUID) === 0)
		return { code: 'EPERM', what: `${path} has lost its setuid bit`, cure: `sudo chmod u+s ${path}` };
	if (/^NoNewPrivs:\s+1$/m.test(probes.read('/proc/self/status') ?? '')) {
		const what = 'no program gains rights here (no_new_privs), and so fusermount3 cannot mount';
		return { code: 'EPERM', what, cure: 'start the container without --security-opt no-new-privileges' };
	}
	return undefined;
}

/** Mounting, in a namespace of one's own as well: for root. */
export function lackOfMounting(probes: Probes): Lack | undefined {
	const capabilities = /^CapEff:\s+([0-9a-f]+)$/m.exec(probes.read('/proc/self/status') ?? '')?.[1] ?? '0';
	const capable = ((BigInt(`0x${capabilities}`) >> BigInt(CAP_SYS_ADMIN)) & 1n) === 1n;
	const { status, message } = probes.run('unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp');
	if (capable && (status === 0 || status === undefined)) return undefined;
	if (isContainer(probes)) return { code: 'EPERM', what: 'this container may not mount', cure: container };
	const what = capable ? trialFailed('mounting', message) : 'this root lacks CAP_SYS_ADMIN, and may not mount';
	return { code: 'EPERM', what, cure: 'run it outside of what confines it' };
}

/** What can switch user namespaces off: a file of /proc/sys, what it then says, and what it should. */
const switches = [
	{ file: 'user/max_user_namespaces', off: '0', on: '15000', what: 'user namespaces are switched off' },
	{ file: 'kernel/unprivileged_userns_clone', off: '0', on: '1', what: 'user namespaces are for root alone' },
	{
		file: 'kernel/apparmor_restrict_unprivileged_userns',
		off: '1',
		on: '0',
		what: 'AppArmor keeps user namespaces from having rights',
	},
] as const;

/** Mounts FUSE as /dev of a program is mounted; nobody serves it, and it goes with the namespace. */
const mountFuse = `exec 6<>/dev/fuse && mount -i -t fuse.ring3 -o fd=6,rootmode=40000,user_id=0,group_id=0 ring3 /tmp`;

/** A user namespace in which one may mount: for `ring3 run` of all but root. */
export function lackOfUserNamespaces(probes: Probes): Lack | undefined {
	const trial = probes.run('unshare', '-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp');
	if (trial.status === 0) return lackOfFuseInside(probes);
	if (probes.find('unshare') === undefined)
		return { code: 'ENOENT', what: 'unshare is not installed', cure: 'sudo apt-get install util-linux' };
	const off = switches.find(({ file, off }) => probes.read(`/proc/sys/${file}`)?.trim() === off);
	if (off !== undefined)
		return { code: 'EPERM', what: off.what, cure: `sudo sysctl -w ${off.file.replace('/', '.')}=${off.on}` };
	if (isContainer(probes))
		return { code: 'EPERM', what: 'this container may not make user namespaces', cure: container };
	return { code: 'EPERM', what: trialFailed('a user namespace', trial.message), cure: 'run it as root' };
}

/** Some kernels and some security modules keep FUSE out of user namespaces. */
function lackOfFuseInside(probes: Probes): Lack | undefined {
	if (lackOfDevice(probes) !== undefined) return undefined;
	const { status, message } = probes.run('unshare', '-Urm', 'sh', '-c', mountFuse);
	if (status === 0) return undefined;
	return { code: 'EPERM', what: trialFailed('FUSE in a user namespace', message), cure: 'run it as root' };
}

/** Programs by which a machine mounts where a program is that has called mount(2) or fsopen(2). */
export function lackOfPrograms(probes: Probes): Lack | undefined {
	const missing = ['mount', 'nsenter'].filter(program => probes.find(program) === undefined);
	if (missing.length === 0) return undefined;
	const what = `${missing.join(', ')} not installed, by which programs inside get what they mount`;
	return { code: 'ENOENT', what, cure: sudo(probes, 'apt-get install mount util-linux') };
}

function trialFailed(what: string, message: string): string {
	return message === '' ? `${what} does not work` : `${what} does not work (${message})`;
}

/**
 * A daemon's way to the memory of the programs that call it, for ioctl(2). Yama's scopes 1 and 2 leave root that of everybody, and
 * a user that of programs under `ring3 run`, which are in a user namespace of his (yama_ptrace_access_check).
 */
export function lackOfPtrace(probes: Probes): Lack | undefined {
	if (probes.read('/proc/sys/kernel/yama/ptrace_scope')?.trim() !== '3') return undefined;
	const what = 'Yama keeps programs out of the memory of others (ptrace_scope 3, until the next boot)';
	return { code: 'EPERM', what, cure: 'sudo sed -i /ptrace_scope/d /etc/sysctl.conf /etc/sysctl.d/*.conf' };
}

const tryFilter = fileURLToPath(ownFile('mount/run/try_filter'));

/** A filter whose system calls another process answers: for `ring3 run`, but with --no-filter. */
export function lackOfFilter(probes: Probes): Lack | undefined {
	const { status, message } = probes.run(process.execPath, tryFilter);
	if (status === 0) return undefined;
	const without = 'ring3 run --no-filter';
	if (message.startsWith('EBUSY'))
		return { code: 'EBUSY', what: 'system calls are answered by somebody else here already', cure: without };
	if (message.startsWith('EPERM') && isContainer(probes))
		return { code: 'EPERM', what: 'this container may not filter system calls', cure: without };
	return { code: 'ENOSYS', what: trialFailed('a filter of system calls', message), cure: without };
}

/**
 * A daemon's way to the memory of programs that are in no user namespace of its own (`ring3 run --no-mount`), and were not started
 * by it. Yama leaves that to root.
 */
export function lackOfOtherMemory(probes: Probes): Lack | undefined {
	const scope = Number(probes.read('/proc/sys/kernel/yama/ptrace_scope') ?? 0);
	if (scope === 0 || probes.uid === 0) return undefined;
	const what = `Yama keeps programs out of the memory of others (ptrace_scope ${scope})`;
	return { code: 'EPERM', what, cure: 'sudo sysctl -w kernel.yama.ptrace_scope=0' };
}
