/** processes - programs inside a machine look at processes: themselves, and one another. */

import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

const needsRoot = process.getuid?.() === 0 ? lacks('setpriv') : 'only root can become another';

t.test('run: programs find their own file, directory and root in /proc/self', async t => {
	const box = new Sandbox(t);
	await box.mount();
	const script = [
		'readlink /proc/self/exe /proc/self/cwd /proc/self/root /proc/$$/task/$$/cwd',
		'cmp /proc/self/exe "$(readlink -f "$(command -v cmp)")" && echo same',
		'cp "$(command -v sleep)" gone; ./gone 9 & rm gone; sleep=$!',
		'cmp /proc/$sleep/exe "$(command -v sleep)" && readlink /proc/$sleep/exe',
		'kill $sleep',
	].join('\n');
	const { stdout, stderr } = await box.ring3(['run', 'sh', '-c', script]);
	t.equal(stderr, '');
	t.match(stdout, /^\/\S*\/readlink\n/);
	t.same(stdout.split('\n').slice(1), [box.dir, '/', box.dir, 'same', `${box.dir}/gone (deleted)`, '']);
});

t.test('run: open files and namespaces of a program are read as text and followed as what they are', async t => {
	const box = new Sandbox(t);
	await box.mount();
	const script = [
		'exec 7<<<"a document" 8> removed; rm removed',
		'readlink /proc/self/fd/7 | tr -d 0-9; cat /proc/self/fd/7',
		'readlink /proc/self/fd/8; echo text > /proc/self/fd/8; stat -Lc %s /proc/$$/fd/8',
		'cat <(echo substituted) | { readlink /proc/self/fd/0 | tr -d 0-9; cat /dev/stdin; }',
		'ls -l /proc/self/fd | sed -n "s/^\\(l...\\).* 1 -> pipe:.*/\\1/p"',
		'[ "$(stat -Lc "net:[%i]" /proc/$$/ns/net)" = "$(readlink /proc/$$/ns/net)" ] && echo namespace',
		'nsenter --net=/proc/$$/ns/net echo entered',
		'grep -c heap /proc/$$/maps; tr "\\0" "\\n" < /proc/$$/environ | grep -c "^PATH="',
		'printf renamed > /proc/$$/comm; cat /proc/$$/comm; grep Name: /proc/$$/status',
		'stat -c "%A %U %n" /proc/1/fd /proc/self/limits /proc/self/ns',
	].join('\n');
	const { stdout, stderr } = await box.ring3(['run', 'bash', '-c', script]);
	t.equal(stderr, '');
	t.same(stdout.split('\n'), [
		...[
			'pipe:[]',
			'a document',
			`${box.dir}/removed (deleted)`,
			'5',
			'pipe:[]',
			'substituted',
			'l-wx',
			'namespace',
			'entered',
		],
		...['1', '1', 'renamed', 'Name:\trenamed'],
		...['dr-x------ root /proc/1/fd', '-r--r--r-- root /proc/self/limits', 'dr-x--x--x root /proc/self/ns', ''],
	]);
});

t.test('run: what is in the directory of another is for his eyes, or for root', { skip: needsRoot }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const script = [
		'sleep 60 & sleep=$!',
		'for name in io environ maps fd/0 ns/net stack cwd; do',
		'setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "head -c 9 /proc/$sleep/$name" 2>&1; done',
		'setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "cat /proc/$sleep/wchan; echo; head -c 5 /proc/$sleep/limits; echo"',
		'setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "head -c 6 /proc/self/io; echo; stat -c %u /proc/self/io"',
		'kill $sleep',
	].join('\n');
	const { stdout, stderr } = await box.ring3(['run', 'sh', '-c', script]);
	t.equal(stderr, '');
	const lines = stdout.split('\n');
	t.same(
		lines.slice(0, 7).map(line => line.replace(/.*: /, '')),
		Array(7).fill('Permission denied'),
	);
	t.same(lines.slice(7), ['0', 'Limit', 'rchar:', '65534', '']);
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
		'echo; top -bn1 -o -PID | tail -n +7',
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
	t.equal(forest, 'COMMAND\ninit\nsh\n \\_ sleep\n \\_ ps', 'who was started from outside is a child of init');
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
