/** programs - programs that look at /proc, inside a machine: none finds anything missing or malformed. */

import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

/** A command line, and what it must print. `$sleep` is the id of a program in the machine that sleeps. */
type Row = readonly [command: string, printed: RegExp];

const rows: readonly Row[] = [
	['ps', /^ +PID TTY +TIME CMD\n/],
	['ps aux', /^USER +PID %CPU %MEM +VSZ +RSS TTY +STAT START +TIME COMMAND\nroot +1 .* \[init\]\n/],
	['ps -eLf', /\n\S+ +\d+ +\d+ +\d+ .* sleep 600\n/],
	['ps axjf', /\n *\d+ +\d+ .* \\_ sleep 600\n/],
	['ps -eo pid,ppid,comm,wchan:20,stat,nlwp,cgroup,cputimes,etimes', /\n *\d+ +1 sh +/],
	['ps -o pid,lstart,psr,pri,ni,sz,vsz,rss,min_flt,maj_flt,supgrp,exe,oom,oomadj -p $sleep', /\n *\d+ .*\/sleep .*\n$/],
	['ps -o netns,mntns,pidns,userns,utsns,ipcns,cgroupns -p 1', /\n4026531840 4026531841 4026531836 /],
	['top -b -n1', /^top - .*\nTasks: .*\n%Cpu\(s\): .*\nMiB Mem :.*\nMiB Swap:.*\n\n +PID USER /],
	['top -b -n1 -H -p $sleep', /\nThreads:? .*[\s\S]* sleep *\n$/],
	['free -w -t', /^ +total +used +free +shared +buffers +cache +available\nMem: .*\nSwap: .*\nTotal: /],
	['vmstat', /^procs -+memory-+ .*\n r {2}b +swpd .*\n( +\d+){17,18} *\n$/],
	['vmstat -s', /^ +\d+ K total memory\n[\s\S]* forks\n$/],
	['vmstat -d', /^disk- -+reads-+ .*\n.*\nram0 /],
	['vmstat -D', /^ +\d+ disks/],
	['vmstat -m', /^Cache +Num +Total +Size +Pages\n(\S+( +\d+){4}\n)+$/],
	['uptime', /^ \d\d:\d\d:\d\d up .* load average: \d/],
	['w', /^ \d\d:\d\d:\d\d up .*\nUSER +TTY /],
	['pgrep -a sleep', /^\d+ sleep 600\n$/],
	['pidof sleep', /^\d+\n$/],
	['pmap -x $sleep', /^\d+: +sleep 600\nAddress +Kbytes +RSS[\s\S]*\ntotal kB/],
	['pwdx $sleep', /^\d+: \/\S+\n$/],
	['slabtop -o', /^ Active \/ Total Objects [\s\S]*\n +\d+ +\d+ +\d+% .* proc_dir_entry *\n/],
	['lscpu', /^Architecture: +\S+\n[\s\S]*\nCPU\(s\): +\d+\n/],
	['lsirq', /^IRQ +TOTAL NAME\nLOC +\d+ Local timer interrupts\n/],
	['lsns', /^ +NS TYPE +NPROCS +PID USER +COMMAND\n[\s\S]* uts [\s\S]* 1 root +init\n/],
	[
		'prlimit -p $sleep -n',
		/^RESOURCE DESCRIPTION +SOFT +HARD UNITS\nNOFILE +max number of open files +\d+ +\d+ files\n$/,
	],
	['lslocks', /^(COMMAND .*\n)?/],
	['dmesg -S', /^\[.*\] Linux version /],
	[
		'ipcs',
		/^\n-+ Message Queues -+\nkey .*\n\n-+ Shared Memory Segments -+\nkey .*\n\n-+ Semaphore Arrays -+\nkey .*\n\n$/,
	],
	['ipcs -u', /^\n-+ Messages Status -+\nallocated queues = 0\n/],
	['ipcs -l', /^\n-+ Messages Limits -+\nmax queues system wide = \d+\n/],
	['findmnt -n -o FSTYPE /proc', /^proc\n$/],
];

const more: readonly (readonly [program: string, ...Row])[] = [
	['pstree', 'pstree -p', /^init\(1\)---[\s\S]*sleep\(\d+\)/],
	['fuser', 'fuser /proc/$sleep/exe', /\d/],
	['prtstat', 'prtstat $sleep', /^Process: sleep +\s+State: S \(sleeping\)\n/],
	['lsof', 'lsof -w -p $sleep', /^COMMAND +PID .*\nsleep +\d+ +\S+ +cwd +DIR .*\n[\s\S]* txt +REG .*\/sleep\n/],
];

const END = '--- end of';

/** What commands print in a machine that has a program sleeping; complaints are printed too, and so is a status other than 0. */
async function look(box: Sandbox, commands: readonly string[]): Promise<string[]> {
	const run = (command: string) => `{ ${command}; } 2>&1 || echo "status $?"; echo "${END} it"`;
	const script = ['sleep 600 & sleep=$!', ...commands.map(run), 'kill $sleep'].join('\n');
	const { stdout } = await box.ring3(['run', '--', 'sh', '-c', script], { env: { COLUMNS: '200', LC_ALL: 'C' } });
	return stdout.split(`${END} it\n`);
}

const programs = [...new Set(rows.map(([command]) => command.split(' ')[0]!))];

t.test('run: programs of procps and util-linux look at /proc', { skip: lacks(...programs) }, async t => {
	const box = new Sandbox(t);
	const printed = await look(
		box,
		rows.map(([command]) => command),
	);
	for (const [i, [command, expected]] of rows.entries()) t.match(printed[i], expected, command);
});

for (const [program, command, expected] of more) {
	t.test(`run: ${program} looks at /proc`, { skip: lacks(program) }, async t => {
		const [printed] = await look(new Sandbox(t), [command]);
		t.match(printed, expected, command);
	});
}
