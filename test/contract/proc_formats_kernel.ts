/**
 * proc_formats_kernel - texts of /proc about the kernel's own affairs: control groups, keys, pressure, timers and the like.
 *
 * Simulated by the files of kernel-sim/fs/proc that are named as the files of /proc. A Linux may be built without some of them.
 */

import { O_RDONLY, O_RDWR, O_WRONLY } from '../../src/uapi/fcntl.ts';
import { POLLERR, POLLIN, POLLOUT, POLLPRI } from '../../src/uapi/poll.ts';
import { S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { readFile, readLines, text, withFile } from './files.ts';

/** A contract on each line of a file, behind a heading where it has one. */
function rows(title: string, file: string, row: RegExp, heading?: string): Contract {
	return {
		title: `${file}: ${title}`,
		file,
		optional: true,
		async run(t, { sys, file }) {
			const lines = await readLines(sys, file);
			if (heading !== undefined) t.equal(lines.shift(), heading);
			for (const line of lines) if (!row.test(line)) t.fail(line);
			t.pass();
		},
	};
}

const tables: readonly Contract[] = [
	rows(
		'name, hierarchy, groups, and whether it is on',
		'/proc/cgroups',
		/^\w+\t\d+\t\d+\t[01]$/,
		'#subsys_name\thierarchy\tnum_cgroups\tenabled',
	),
	rows('a property a line, and an empty line behind each algorithm', '/proc/crypto', /^([a-z ]{12} : \S*.*)?$/),
	rows('number and name', '/proc/fb', /^\d+ \S.*$/),
	rows(
		'serial number, flags, uses, expiry, permissions, owners, type and description',
		'/proc/keys',
		/^[0-9a-f]{8} [-IRDQUNi]{7} [ \d]{4}\d .{4} [0-9a-f]{8} [ \d-]{4}\d [ \d-]{4}\d .{9} .*: .*$/,
	),
	rows(
		'user, uses, keys, and how much of what it may have',
		'/proc/key-users',
		/^[ \d]{4}\d: [ \d]{4}\d \d+\/\d+ \d+\/\d+ \d+\/\d+$/,
	),
	rows('from, to, size and what it is for', '/proc/vmallocinfo', /^0x[0-9a-f]{16}-0x[0-9a-f]{16} [ \d]{6}\d( \S+)*$/),
	rows(
		'message queues under their heading',
		'/proc/sysvipc/msg',
		/^( *-?\d+){14}$/,
		'       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime',
	),
	rows(
		'sets of semaphores under their heading',
		'/proc/sysvipc/sem',
		/^( *-?\d+){10}$/,
		'       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime',
	),
	rows(
		'segments of memory under their heading',
		'/proc/sysvipc/shm',
		/^( *-?\d+){16}$/,
		'       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ' +
			'ctime                   rss                  swap',
	),
];

/** Modes of files that not everybody may read. */
const modes: readonly (readonly [file: string, mode: number])[] = [
	['/proc/vmallocinfo', 0o400],
	['/proc/timer_list', 0o400],
	['/proc/sysrq-trigger', 0o200],
	['/proc/kmsg', 0o400],
];

const restricted = modes.map(
	([file, mode]): Contract => ({
		title: `${file}: mode ${mode.toString(8)}, and nothing for nobody`,
		needs: ['nobody'],
		file,
		optional: true,
		async run(t, { sys, file }) {
			t.match(await sys.stat(file), { mode: S_IFREG | mode, uid: 0, gid: 0, size: 0 });
			const nobody = await sys.fork(NOBODY);
			for (const flags of [O_RDONLY, O_WRONLY]) await t.rejects(nobody.open(file, flags), { code: 'EACCES' });
		},
	}),
);

const scheduler: readonly Contract[] = [
	{
		title: '/proc/schedstat: version, ticks, and nine numbers for each processor',
		file: '/proc/schedstat',
		optional: true,
		async run(t, { sys, root, file }) {
			const [version, timestamp, ...lines] = await readLines(sys, file);
			t.match(version, /^version \d+$/);
			t.match(timestamp, /^timestamp \d+$/);
			const cpus = lines.filter(line => /^cpu/.test(line));
			for (const [i, line] of cpus.entries()) t.match(line, new RegExp(`^cpu${i}( \\d+){9}$`));
			for (const line of lines.filter(line => !/^cpu/.test(line))) t.match(line, /^domain\d+ [0-9a-f,]+( \d+)+$/);
			const known = (await readLines(sys, `${root}/proc/stat`)).filter(line => /^cpu\d/.test(line));
			t.equal(cpus.length, known.length);
		},
	},
	{
		title: '/proc/timer_list: the time, and clocks with their timers for each processor',
		file: '/proc/timer_list',
		optional: true,
		async run(t, { sys, file }) {
			const [head, ...blocks] = (await readFile(sys, file)).split('\n\n');
			t.match(head, /^Timer List Version: v0\.\d+\nHRTIMER_MAX_CLOCK_BASES: \d+\nnow at \d+ nsecs$/);
			const now = Number(/now at (\d+)/.exec(head!)![1]);
			const cpus = blocks.filter(block => block.startsWith('cpu: '));
			t.ok(cpus.length > 0);
			for (const [i, cpu] of cpus.entries()) {
				t.match(cpu, new RegExp(`^cpu: ${i}\\n clock 0:\\n  \\.base:       [0-9a-f]{16}\\n  \\.index:      0\\n`));
				t.equal([...cpu.matchAll(/^active timers:$/gm)].length, [...cpu.matchAll(/^ clock \d+:$/gm)].length);
				for (const [, from, left] of cpu.matchAll(/^ # expires at (\d+)-\d+ nsecs \[in (-?\d+) to -?\d+ nsecs\]$/gm)) {
					if (Number(left) > 0) t.ok(Number(from) > now - 1e9);
				}
			}
		},
	},
];

const sysrq: Contract = {
	title:
		'write_sysrq_trigger: a key without an operation lists those that have one, kernel.sysrq or not; reading is EIO',
	file: '/proc/sysrq-trigger',
	optional: true,
	needs: ['dmesg'],
	async run(t, { sys, file, dmesg }) {
		await withFile(sys, file, O_RDWR, async fd => {
			t.equal(await sys.write(fd, 'h and what follows it\n'), 22);
			await t.rejects(sys.read(fd, 1), { code: 'EIO' });
			t.equal(await sys.write(fd, '_99'), 3);
		});
		const log = await dmesg();
		t.match(log, /sysrq: HELP : loglevel\(0-9\) .*crash\(c\).* show-memory-usage\(m\) .*show-task-states\(t\)/);
		t.match(log, /sysrq: Changing Loglevel\n.*sysrq: Loglevel set to 9\n.*sysrq: Changing Loglevel\n/);
	},
};

const averages =
	/^(some avg10=\d+\.\d\d avg60=\d+\.\d\d avg300=\d+\.\d\d total=\d+\n)(full avg10=\d+\.\d\d avg60=\d+\.\d\d avg300=\d+\.\d\d total=\d+\n)$/;

/** Triggers that are none, and what is wrong with them. */
const wrongTriggers = [
	'some',
	'half 150000 1000000',
	'some 0 1000000',
	'some 150000 0',
	'some 1000001 1000000',
	'some 150000 10000001',
	' some 150000 1000000',
	'some -1 1000000',
];

const pressure: readonly Contract[] = ['cpu', 'memory', 'io'].map(
	(name): Contract => ({
		title: `/proc/pressure/${name}: two lines of averages, and one trigger for each open file`,
		file: `/proc/pressure/${name}`,
		optional: true,
		async run(t, { sys, file }) {
			t.match(await sys.stat(file), { mode: S_IFREG | 0o666 });
			t.match(await readFile(sys, file), averages);
			const fd = await sys.open(file, O_RDWR);
			t.equal(await sys.poll(fd, POLLIN | POLLPRI, 0), POLLIN | POLLPRI | POLLERR);
			for (const wrong of wrongTriggers) await t.rejects(sys.write(fd, `${wrong}\n`), { code: 'EINVAL' }, wrong);
			t.equal(await sys.write(fd, 'some 10000000 10000000\n'), 23);
			await t.rejects(sys.write(fd, 'some 10000000 10000000\n'), { code: 'EBUSY' });
			t.equal(await sys.poll(fd, POLLIN | POLLOUT | POLLPRI, 0), POLLIN | POLLOUT);
			t.match(text(await sys.pread(fd, 4096, 0)), averages);
		},
	}),
);

const unprivileged: Contract = {
	title: 'psi_trigger_create: without CAP_SYS_RESOURCE windows are multiples of two seconds',
	needs: ['nobody'],
	file: '/proc/pressure/memory',
	optional: true,
	async run(t, { sys, file }) {
		const nobody = await sys.fork(NOBODY);
		const fd = await nobody.open(file, O_RDWR);
		await t.rejects(nobody.write(fd, 'some 150000 1000000'), { code: 'EINVAL' });
		t.equal(await nobody.write(fd, 'full 1500000 2000000\n'), 21);
	},
};

export const procFormatsKernel: readonly Contract[] = [
	...tables,
	...restricted,
	...scheduler,
	sysrq,
	...pressure,
	unprivileged,
];
