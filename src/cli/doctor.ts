/**
 * doctor - `ring3 doctor`
 *
 * A line for each requirement: `ok` with what was found, or `missing` with what is wrong and the one command that helps. What
 * mounting and running need is in mount/requirements.ts.
 */

import {
	findFusermount,
	type Lack,
	lackOfDevice,
	lackOfFilter,
	lackOfFusermount,
	lackOfMounting,
	lackOfPrograms,
	lackOfPtrace,
	lackOfUserNamespaces,
	lackText,
} from '../../mount/requirements.ts';
import type { Awaitable } from '../lib/awaitable.ts';
import { type DoctorProbes, realProbes } from './doctor_probes.ts';

/** What was found, in a few words, or what is missing. */
type Finding = string | Pick<Lack, 'what' | 'cure'>;

/** FUSE 7.31 came with this kernel (include/uapi/linux/fuse.h). */
const oldestLinux = [5, 4];
/** Since then a system call can be answered with a descriptor (SECCOMP_ADDFD_FLAG_SEND). */
const oldestForFilter = [5, 14];
const oldestNode = [20, 19];

const checks: readonly { readonly name: string; look(probes: DoctorProbes): Awaitable<Finding> }[] = [
	{
		name: 'Linux',
		look: ({ platform, release }) => {
			if (platform !== 'linux')
				return { what: `this is ${platform}`, cure: 'a virtual machine or a container with Linux' };
			if (!isOlder(release, oldestLinux)) return release;
			return { what: `${release} is older than ${oldestLinux.join('.')}`, cure: 'sudo apt-get dist-upgrade' };
		},
	},
	{
		name: 'Node.js',
		look: ({ node }) => {
			if (!isOlder(node, oldestNode)) return node;
			return { what: `${node} is older than ${oldestNode.join('.')}`, cure: 'nvm install 22' };
		},
	},
	{
		name: 'koffi',
		look: async probes => {
			const wrong = await probes.koffi();
			return wrong === undefined ? 'loads' : { what: wrong, cure: 'npm install koffi' };
		},
	},
	{ name: '/dev/fuse', look: probes => lackOfDevice(probes) ?? 'opens' },
	{
		name: 'mounting',
		look: probes => (probes.uid === 0 ? (lackOfMounting(probes) ?? 'works') : 'by fusermount3'),
	},
	{
		name: 'fusermount3',
		look: probes => (probes.uid === 0 ? notNeeded : (lackOfFusermount(probes) ?? findFusermount(probes)!)),
	},
	{
		name: 'user namespaces',
		look: probes => (probes.uid === 0 ? notNeeded : (lackOfUserNamespaces(probes) ?? 'work')),
	},
	{ name: 'mount and nsenter', look: probes => lackOfPrograms(probes) ?? 'are installed' },
	{ name: 'memory of programs', look: probes => lackOfPtrace(probes) ?? yama(probes) },
	{
		name: 'system calls',
		look: probes => {
			if (isOlder(probes.release, oldestForFilter))
				return { what: `${probes.release} is older than ${oldestForFilter.join('.')}`, cure: 'ring3 run --no-filter' };
			return lackOfFilter(probes) ?? `are answered${locked(probes) ? ', by ring3 run --no-mount' : ''}`;
		},
	},
	{
		name: 'runtime directory',
		look: probes => {
			const found = probes.runtimeDir();
			return 'path' in found ? found.path : { what: found.wrong, cure: 'export RING3_RUNTIME_DIR="$HOME/.ring3"' };
		},
	},
	{
		name: 'stale mounts',
		look: async probes => {
			const [stale] = await probes.staleMounts();
			return stale === undefined ? 'none' : { what: `${stale}: its machine has gone`, cure: `ring3 umount '${stale}'` };
		},
	},
];

const notNeeded = 'root does without';

/** True where programs cannot see the machine's trees at their places. */
function locked(probes: DoctorProbes): boolean {
	const lack = probes.uid === 0 ? lackOfMounting(probes) : lackOfUserNamespaces(probes);
	return lack !== undefined;
}

function yama({ uid, read }: DoctorProbes): string {
	const scope = Number(read('/proc/sys/kernel/yama/ptrace_scope') ?? 0);
	return scope === 0 || uid === 0
		? 'of every program of this user'
		: `of programs under ring3 run (ptrace_scope ${scope})`;
}

/** Compares the numbers that a version begins with. */
function isOlder(version: string, [major = 0, minor = 0]: readonly number[]): boolean {
	const [ours = 0, second = 0] = version.split(/[.-]/).map(Number);
	return ours < major || (ours === major && second < minor);
}

/** The lines for a computer, and whether nothing is missing. */
export async function examine(
	probes: DoctorProbes,
): Promise<{ readonly lines: readonly string[]; readonly well: boolean }> {
	const lines: string[] = [];
	let well = true;
	for (const { name, look } of checks) {
		const finding = await look(probes);
		const ok = typeof finding === 'string';
		lines.push(`${(ok ? 'ok' : 'missing').padEnd(7)}  ${name}: ${ok ? finding : lackText(finding)}`);
		well &&= ok;
	}
	return { lines, well };
}

/** Prints what there is and what is missing; the process ends with 1 if something is. */
export async function doctor(probes: DoctorProbes = realProbes()): Promise<void> {
	const { lines, well } = await examine(probes);
	process.stdout.write(`${lines.join('\n')}\n`);
	process.exitCode = well ? 0 : 1;
}
