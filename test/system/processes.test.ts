/** processes - programs inside a machine look at processes: themselves, and one another. */

import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

t.test('run: programs find their own file, directory and root in /proc/self', async t => {
	const box = new Sandbox(t);
	await box.mount();
	const script = [
		'readlink /proc/self/exe /proc/self/cwd /proc/self/root /proc/$$/task/$$/cwd',
		'cmp /proc/self/exe "$(readlink -f "$(command -v cmp)")" && echo same',
		'cp "$(command -v sleep)" gone; ./gone 9 & rm gone; sleep=$!',
		'case $(readlink /proc/$sleep/exe) in *.host*) cmp /proc/$sleep/exe "$(command -v sleep)" && echo same; esac',
		'kill $sleep',
	].join('\n');
	const { stdout, stderr } = await box.ring3(['run', 'sh', '-c', script]);
	t.equal(stderr, '');
	t.match(stdout, /^\/\S*\/readlink\n/);
	t.same(stdout.split('\n').slice(1), [box.dir, '/', box.dir, 'same', 'same', '']);
});

t.test('run: procps shows the processes of the machine', { skip: lacks('ps', 'top', 'pgrep', 'w') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const script = [
		'sleep 60 & sleep=$!',
		'ps -eo pid,ppid,user,stat,etimes,rss,comm',
		'echo; ps -e --forest -o comm',
		'echo; pgrep -a sleep | cut -d" " -f2-',
		'echo; w | sed 1d',
		'echo; top -bn1 | tail -n +7',
		'kill $sleep',
	].join('\n');
	const { stdout, stderr } = await box.ring3(['run', 'sh', '-c', script]);
	t.equal(stderr, '');
	const [list, forest, found, users, top] = stdout.split('\n\n');
	const [heading, ...rows] = `${list}`.split('\n').map(line => line.trim().split(/ +/));
	t.same(heading, ['PID', 'PPID', 'USER', 'STAT', 'ELAPSED', 'RSS', 'COMMAND']);
	t.same(
		rows.map(row => row[6]),
		['init', 'sh', 'sleep', 'ps'],
	);
	const [init, shell, sleep] = rows;
	t.same(init, ['1', '0', 'root', 'Ss', init![4], '0', 'init']);
	t.equal(sleep![1], shell![0]);
	for (const [, , user, stat, elapsed, rss] of rows.slice(1)) {
		t.equal(user, 'root');
		t.match(stat, /^[RS]/);
		t.ok(Number(elapsed) < 60, `${elapsed} seconds`);
		t.ok(Number(rss) > 100, `${rss} KiB`);
	}
	t.equal(forest, 'COMMAND\nsh\n \\_ sleep\n \\_ ps\ninit', 'a process without its parent is a tree of its own');
	t.equal(found, 'sleep 60');
	t.match(users, /^USER +TTY /);
	t.match(top, /^ +PID USER +PR +NI +VIRT +RES +SHR S +%CPU +%MEM +TIME\+ COMMAND *\n +1 root +20 +0 .* init *\n/);
});

t.test('run: ps lists the threads of a program, each by its own number', { skip: lacks('ps') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const program = 'require("child_process").spawnSync("ps", ["-eLo", "pid,lwp,nlwp,comm"], { stdio: "inherit" })';
	const { stdout, stderr } = await box.ring3(['run', process.execPath, '-e', program]);
	t.equal(stderr, '');
	const rows = stdout
		.trimEnd()
		.split('\n')
		.map(line => line.trim().split(/ +/));
	const [, pid, count] = /^ *(\d+) +\1 +([2-9]|\d\d+) /m.exec(stdout) ?? [];
	const threads = rows.filter(row => row[0] === pid);
	t.ok(Number(count) > 1);
	t.equal(threads.length, Number(count));
	t.equal(new Set(threads.map(row => row[1])).size, threads.length);
});
