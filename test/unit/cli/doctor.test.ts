/** doctor - what is found on computers that were made up, and the same texts where something was refused. */

import t from 'tap';
import type { Trial } from '../../../mount/probes.ts';
import { examine } from '../../../src/cli/doctor.ts';
import { type DoctorProbes, realProbes } from '../../../src/cli/doctor_probes.ts';

/** What is different from a computer on which everything is there. */
interface Computer extends Partial<Omit<DoctorProbes, 'read' | 'stat' | 'open' | 'find' | 'run'>> {
	readonly files?: Readonly<Record<string, string>>;
	readonly stats?: Readonly<Record<string, { uid: number; mode: number }>>;
	readonly refused?: Readonly<Record<string, string>>;
	readonly missing?: readonly string[];
	readonly trial?: Trial;
	/** How a filter of system calls is tried. */
	readonly filter?: Trial;
	/** How FUSE in a user namespace is tried. Absent: as all the rest. */
	readonly fuse?: Trial;
}

const works: Trial = { status: 0, message: '' };

function probesOf(computer: Computer): DoctorProbes {
	const { files = {}, stats = {}, refused = {}, missing = [], trial = works, filter = works, fuse, ...rest } = computer;
	const status = 'Name:\tnode\nCapEff:\t000001ffffffffff\nNoNewPrivs:\t0\n';
	const there: Record<string, string> = { '/proc/self/status': status, ...files };
	const modes: Record<string, { uid: number; mode: number }> = {
		'/usr/bin/fusermount3': { uid: 0, mode: 0o104755 },
		...stats,
	};
	return {
		uid: 1000,
		platform: 'linux',
		release: '6.12.0-1-amd64',
		node: '22.1.0',
		koffi: async () => undefined,
		runtimeDir: () => ({ path: '/run/user/1000/ring3' }),
		staleMounts: async () => [],
		...rest,
		read: path => there[path],
		stat: path => modes[path],
		open: path => refused[path],
		find: (program, first) => (missing.includes(program) ? undefined : (first ?? `/usr/bin/${program}`)),
		run: (command, ...args) => {
			if (command === process.execPath) return filter;
			return args.join(' ').includes('/dev/fuse') ? (fuse ?? trial) : trial;
		},
	};
}

t.test('doctor: all is well', async t => {
	const user = await examine(probesOf({}));
	t.same(user, {
		well: true,
		lines: [
			'ok       Linux: 6.12.0-1-amd64',
			'ok       Node.js: 22.1.0',
			'ok       koffi: loads',
			'ok       /dev/fuse: opens',
			'ok       mounting: by fusermount3',
			'ok       fusermount3: /usr/bin/fusermount3',
			'ok       user namespaces: work',
			'ok       mount and nsenter: are installed',
			'ok       memory of programs: of every program of this user',
			'ok       system calls: are answered',
			'ok       runtime directory: /run/user/1000/ring3',
			'ok       stale mounts: none',
		],
	});
	const root = await examine(probesOf({ uid: 0, missing: ['fusermount3'] }));
	t.equal(root.well, true);
	t.match(root.lines.slice(4, 7), [
		'ok       mounting: works',
		'ok       fusermount3: root does without',
		'ok       user namespaces: root does without',
	]);
});

const docker = 'docker run --device /dev/fuse --cap-add SYS_ADMIN --security-opt apparmor=unconfined ...';
const inDocker = { '/.dockerenv': { uid: 0, mode: 0o100644 } };
const failed = { status: 1, message: 'unshare: unshare failed: Operation not permitted' };
const confined = 'CapEff:\t00000000a80425fb\nNoNewPrivs:\t0\n';

const cases: readonly [title: string, computer: Computer, ...lines: string[]][] = [
	['no Linux', { platform: 'darwin' }, 'Linux: this is darwin; try: a virtual machine or a container with Linux'],
	[
		'an old kernel',
		{ release: '5.3.18-lp152' },
		'Linux: 5.3.18-lp152 is older than 5.4; try: sudo apt-get dist-upgrade',
		'system calls: 5.3.18-lp152 is older than 5.14; try: ring3 run --no-filter',
	],
	[
		'a kernel that cannot give descriptors away',
		{ release: '5.10.0-30-amd64' },
		'system calls: 5.10.0-30-amd64 is older than 5.14; try: ring3 run --no-filter',
	],
	[
		'a filter around us',
		{ filter: { status: 1, message: 'EBUSY: the system calls of this process are answered by somebody already' } },
		'system calls: system calls are answered by somebody else here already; try: ring3 run --no-filter',
	],
	[
		'a container without filters',
		{
			stats: { '/.dockerenv': { uid: 0, mode: 0o100644 }, '/usr/bin/fusermount3': { uid: 0, mode: 0o104755 } },
			filter: { status: 1, message: 'EPERM: seccomp' },
		},
		'system calls: this container may not filter system calls; try: ring3 run --no-filter',
	],
	[
		'a host without filters',
		{ filter: { status: 1, message: 'ENOSYS: none' } },
		'system calls: a filter of system calls does not work (ENOSYS: none); try: ring3 run --no-filter',
	],
	[
		'a kernel that keeps FUSE out of user namespaces',
		{ fuse: { status: 32, message: 'mount: /tmp: permission denied.' } },
		'user namespaces: FUSE in a user namespace does not work (mount: /tmp: permission denied.); try: run it as root',
	],
	[
		'a small container as root',
		{ uid: 0, missing: ['mount', 'nsenter'] },
		'mount and nsenter: mount, nsenter not installed, by which programs inside get what they mount; try: apt-get install mount util-linux',
	],
	['an old Node', { node: '20.18.3' }, 'Node.js: 20.18.3 is older than 20.19; try: nvm install 22'],
	[
		'koffi that does not load',
		{ koffi: async () => 'Cannot find the native Koffi module' },
		'koffi: Cannot find the native Koffi module; try: npm install koffi',
	],
	['no FUSE', { refused: { '/dev/fuse': 'ENOENT' } }, '/dev/fuse: there is no /dev/fuse; try: sudo modprobe fuse'],
	[
		'no FUSE, as root',
		{ uid: 0, refused: { '/dev/fuse': 'ENOENT' } },
		'/dev/fuse: there is no /dev/fuse; try: modprobe fuse',
	],
	[
		'no FUSE in a container',
		{ refused: { '/dev/fuse': 'EPERM' }, stats: inDocker },
		`/dev/fuse: this container has no /dev/fuse of its own; try: ${docker}`,
	],
	[
		'FUSE for root alone',
		{ refused: { '/dev/fuse': 'EACCES' } },
		'/dev/fuse: only root may use /dev/fuse; try: sudo chmod 0666 /dev/fuse',
	],
	[
		'no fusermount3',
		{ missing: ['fusermount3'] },
		'fusermount3: fusermount3 is not installed, without which only root can mount; try: sudo apt-get install fuse3',
	],
	[
		'fusermount3 without its setuid bit',
		{ stats: { '/usr/bin/fusermount3': { uid: 0, mode: 0o100755 } } },
		'fusermount3: /usr/bin/fusermount3 has lost its setuid bit; try: sudo chmod u+s /usr/bin/fusermount3',
	],
	[
		'fusermount3 of somebody else',
		{ stats: { '/usr/bin/fusermount3': { uid: 7, mode: 0o104755 } } },
		'fusermount3: /usr/bin/fusermount3 has lost its setuid bit; try: sudo chmod u+s /usr/bin/fusermount3',
	],
	[
		'no_new_privs',
		{ files: { '/proc/self/status': 'NoNewPrivs:\t1\n' } },
		'fusermount3: no program gains rights here (no_new_privs), and so fusermount3 cannot mount; try: start the container without --security-opt no-new-privileges',
	],
	[
		"Docker's default profile, as root",
		{ uid: 0, stats: inDocker, trial: failed, files: { '/proc/self/status': confined } },
		`mounting: this container may not mount; try: ${docker}`,
	],
	[
		'root without CAP_SYS_ADMIN',
		{ uid: 0, files: { '/proc/self/status': confined } },
		'mounting: this root lacks CAP_SYS_ADMIN, and may not mount; try: run it outside of what confines it',
	],
	[
		'root who may not mount',
		{ uid: 0, trial: failed },
		`mounting: mounting does not work (${failed.message}); try: run it outside of what confines it`,
	],
	[
		'no user namespaces at all',
		{ trial: failed, files: { '/proc/sys/user/max_user_namespaces': '0\n' } },
		'user namespaces: user namespaces are switched off; try: sudo sysctl -w user.max_user_namespaces=15000',
	],
	[
		"Debian's switch",
		{ trial: failed, files: { '/proc/sys/kernel/unprivileged_userns_clone': '0\n' } },
		'user namespaces: user namespaces are for root alone; try: sudo sysctl -w kernel.unprivileged_userns_clone=1',
	],
	[
		"Ubuntu's AppArmor",
		{ trial: failed, files: { '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n' } },
		'user namespaces: AppArmor keeps user namespaces from having rights; try: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
	],
	[
		'user namespaces in a container',
		{ trial: failed, stats: inDocker },
		`user namespaces: this container may not make user namespaces; try: ${docker}`,
	],
	[
		'no unshare',
		{ trial: { status: undefined, message: 'spawnSync unshare ENOENT' }, missing: ['unshare'] },
		'user namespaces: unshare is not installed; try: sudo apt-get install util-linux',
	],
	[
		'user namespaces that do not work',
		{ trial: failed },
		`user namespaces: a user namespace does not work (${failed.message}); try: run it as root`,
	],
	[
		'Yama without a way',
		{ files: { '/proc/sys/kernel/yama/ptrace_scope': '3\n' } },
		'memory of programs: Yama keeps programs out of the memory of others (ptrace_scope 3, until the next boot); try: sudo sed -i /ptrace_scope/d /etc/sysctl.conf /etc/sysctl.d/*.conf',
	],
	[
		'a runtime directory that is not safe',
		{ runtimeDir: () => ({ wrong: '/tmp/x: must be a directory of your own with mode 0700' }) },
		'runtime directory: /tmp/x: must be a directory of your own with mode 0700; try: export RING3_RUNTIME_DIR="$HOME/.ring3"',
	],
	[
		'a stale mount',
		{ staleMounts: async () => ['/tmp/my mount', '/tmp/b'] },
		"stale mounts: /tmp/my mount: its machine has gone; try: ring3 umount '/tmp/my mount'",
	],
];

t.test('doctor: what is missing is one line, with the one command that helps', async t => {
	for (const [title, computer, ...missing] of cases) {
		const { lines, well } = await examine(probesOf(computer));
		t.equal(well, false, title);
		t.same(
			lines.filter(line => !line.startsWith('ok ')),
			missing.map(line => `missing  ${line}`),
			title,
		);
		t.equal(lines.length, 12);
	}
});

t.test('doctor: what is set and does no harm', async t => {
	const works: readonly [title: string, computer: Computer, ...lines: string[]][] = [
		[
			'Yama, for a user',
			{ files: { '/proc/sys/kernel/yama/ptrace_scope': '1\n' } },
			'memory of programs: of programs under ring3 run (ptrace_scope 1)',
		],
		[
			'Yama, for root',
			{ uid: 0, files: { '/proc/sys/kernel/yama/ptrace_scope': '1\n' } },
			'memory of programs: of every program of this user',
		],
		['no unshare, as root', { uid: 0, trial: { status: undefined, message: 'ENOENT' } }, 'mounting: works'],
		[
			"Ubuntu's AppArmor with an exception",
			{ files: { '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1' } },
			'user namespaces: work',
		],
	];
	for (const [title, computer, line] of works) {
		const { lines, well } = await examine(probesOf(computer));
		t.equal(well, true, title);
		t.ok(lines.includes(`ok       ${line}`), title);
	}
});

t.test('doctor: the real computer', async t => {
	const dir = t.testdir({ loose: {} });
	const probes = (env: NodeJS.ProcessEnv) => realProbes({ PATH: process.env.PATH, ...env });
	const { platform, release, node } = probes({});
	t.match(
		{ platform, release, node },
		{ platform: process.platform, release: /^\d+\.\d+/, node: process.versions.node },
	);
	t.equal(await probes({}).koffi(), undefined);
	t.same(probes({ RING3_RUNTIME_DIR: `${dir}/a/b` }).runtimeDir(), { path: `${dir}/a/b` });
	t.match(probes({ RING3_RUNTIME_DIR: `${dir}/loose` }).runtimeDir(), { wrong: /must be a directory of your own/ });
	t.ok(Array.isArray(await probes({}).staleMounts()));
	t.match(probes({}).run('sh', '-c', 'echo one >&2; echo two >&2; exit 3'), { status: 3, message: 'one' });
	t.match(probes({}).run('/no/such/program'), { status: undefined, message: /ENOENT/ });
	t.equal(probes({}).find('sh', '/no/such/sh')?.endsWith('/sh'), true);
	t.equal(probes({}).find('no-such-program'), undefined);
	t.equal(probes({}).open('/no/such/file'), 'ENOENT');
	t.equal(probes({}).open('/dev/null'), undefined);
	t.equal(probes({}).stat('/no/such/file'), undefined);
	t.equal(probes({}).read('/no/such/file'), undefined);
});
