/**
 * proc_pid - the directory of a process, as the process itself and others see it.
 *
 * Simulated by kernel-sim/fs/proc/base.ts, array.ts and proc_namespace.ts after the files of the same names.
 */

import { O_RDONLY } from '../../src/uapi/fcntl.ts';
import { S_IFDIR } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { readDir, readFile, readLines } from './files.ts';

/** Lines of /proc/<pid>/status that are parsed everywhere, in their order. */
const statusKeys =
	'Name Umask State Tgid Ngid Pid PPid TracerPid Uid Gid FDSize Groups VmPeak VmSize VmRSS Threads SigQ SigPnd ShdPnd SigBlk ' +
	'SigIgn SigCgt CapInh CapPrm CapEff CapBnd CapAmb';

export const procPid: readonly Contract[] = [
	{
		title: 'proc_pid: the directory is 0555 and belongs to whom the process runs as',
		needs: ['nobody'],
		async run(t, { sys, root }) {
			t.match(await sys.stat(`${root}/proc/self`), { mode: S_IFDIR | 0o555, uid: 0, gid: 0 });
			const nobody = await sys.fork(NOBODY);
			t.match(await nobody.stat(`${root}/proc/self`), { mode: S_IFDIR | 0o555, uid: NOBODY, gid: NOBODY });
		},
	},
	{
		title: 'proc_pid: a number that is no process is ENOENT',
		run: async (t, { sys, root }) => void (await t.rejects(sys.stat(`${root}/proc/4194304`), { code: 'ENOENT' })),
	},
	{
		title: 'proc_pid_readdir: the files that every process has',
		async run(t, { sys, root }) {
			const names = (await readDir(sys, `${root}/proc/self`)).map(({ name }) => name);
			t.same(names.slice(0, 2), ['.', '..']);
			for (const name of ['cmdline', 'comm', 'mountinfo', 'mounts', 'stat', 'statm', 'status', 'task']) {
				t.ok(names.includes(name), name);
			}
		},
	},
	{
		title: 'proc_task_readdir: a thread is in task, and its files tell of it',
		async run(t, { sys, root }) {
			const names = (await readDir(sys, `${root}/proc/self/task`)).map(({ name }) => name);
			t.ok(names.includes(`${sys.pid}`), `${sys.pid} of ${names}`);
			const comm = await readFile(sys, `${root}/proc/self/comm`);
			t.equal(await readFile(sys, `${root}/proc/thread-self/comm`), comm);
			t.equal(await readFile(sys, `${root}/proc/self/task/${sys.pid}/comm`), comm);
		},
	},
	{
		title: 'proc_pid_comm: one line, the name in stat and status',
		async run(t, { sys, root }) {
			const comm = (await readFile(sys, `${root}/proc/self/comm`)).trimEnd();
			t.match(comm, /^.{1,15}$/);
			t.ok((await readFile(sys, `${root}/proc/self/stat`)).startsWith(`${sys.pid} (${comm}) `));
			t.equal((await readLines(sys, `${root}/proc/self/status`))[0], `Name:\t${comm}`);
		},
	},
	{
		title: 'proc_pid_cmdline: arguments, each ended by a NUL, and no newline',
		run: async (t, { sys, root }) => void t.match(await readFile(sys, `${root}/proc/self/cmdline`), /^$|^[^\n]*\0$/),
	},
	{
		title: 'proc_pid_stat: 52 fields in one line, about the process that is asked for',
		async run(t, { sys, root }) {
			const other = await sys.fork();
			const text = await readFile(other, `${root}/proc/self/stat`);
			const [, pid, state, rest] = /^(\d+) \(.*\) ([RSDTZ]) (.*)\n$/.exec(text) ?? [];
			t.equal(Number(pid), other.pid);
			t.ok(state);
			t.equal(`${rest}`.split(' ').length, 49);
			t.notMatch(`${rest}`, /[^-\d ]/);
		},
	},
	{
		title: 'proc_pid_status: keys and tabs as Linux has them, ids of the process',
		needs: ['nobody'],
		async run(t, { sys, root }) {
			const nobody = await sys.fork(NOBODY);
			const lines = await readLines(nobody, `${root}/proc/self/status`);
			const known = statusKeys.split(' ');
			const keys = lines.map(line => line.slice(0, line.indexOf(':')));
			t.same(
				keys.filter(key => known.includes(key)),
				known.filter(key => keys.includes(key)),
				'the order of Linux',
			);
			const of = (key: string) => lines.find(line => line.startsWith(`${key}:\t`))?.slice(key.length + 2);
			t.equal(of('Pid'), `${nobody.pid}`);
			t.equal(of('Tgid'), `${nobody.pid}`);
			t.match(`${of('State')}`, /^[RSD] \((running|sleeping|disk sleep)\)$/);
			t.equal(of('Uid'), Array(4).fill(NOBODY).join('\t'));
			t.equal(of('Gid'), Array(4).fill(NOBODY).join('\t'));
			t.equal(of('CapEff'), '0000000000000000');
			t.match(`${of('Umask')}`, /^0[0-7]{3}$/);
		},
	},
	{
		title: 'proc_pid_statm: seven numbers, and no more resident than there is',
		async run(t, { sys, root }) {
			const text = await readFile(sys, `${root}/proc/self/statm`);
			t.match(text, /^\d+( \d+){6}\n$/);
			const [size, resident] = text.split(' ').map(Number);
			t.ok(resident! <= size!);
		},
	},
	{
		title: 'show_mountinfo: the fields of each mount, and the mount points that mounts has',
		async run(t, { sys, root }) {
			const info = await readLines(sys, `${root}/proc/self/mountinfo`);
			for (const line of info) {
				t.match(line, /^\d+ \d+ \d+:\d+ \S+ \/\S* r[wo]\S*( (shared|master|propagate_from):\d+)* - \S+ \S+ r[wo]\S*$/);
			}
			const mounts = await readLines(sys, `${root}/proc/self/mounts`);
			t.same(
				info.map(line => line.split(' ')[4]),
				mounts.map(line => line.split(' ')[1]),
			);
		},
	},
	{
		title: 'proc_setattr: the mode of a file of a process cannot be changed',
		run: async (t, { sys, root }) =>
			void (await t.rejects(sys.chmod(`${root}/proc/self/stat`, 0o600), { code: 'EPERM' })),
	},
	{
		title: 'epoll_ctl: a file of a process cannot be watched',
		needs: ['memory'],
		async run(t, { sys, root }) {
			await t.rejects(sys.epollAdd(await sys.open(`${root}/proc/self/stat`, O_RDONLY)), { code: 'EPERM' });
		},
	},
	{
		title: 'proc_pid: a file stays readable to who has it open, and is ESRCH once the process is gone',
		async run(t, { sys, root }) {
			const other = await sys.fork();
			const fd = await sys.open(`${root}/proc/${other.pid}/stat`, O_RDONLY);
			t.ok((await sys.pread(fd, 100, 0)).length > 0);
			await other.exit();
			await t.rejects(sys.pread(fd, 100, 0), { code: 'ESRCH' });
			await t.rejects(sys.stat(`${root}/proc/${other.pid}`), { code: 'ENOENT' });
		},
	},
];
