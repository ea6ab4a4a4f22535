/**
 * tools.test - the everyday programs on a mounted machine do what they do on Linux's own /proc.
 *
 * Each script runs twice, with $P as this machine's /proc and as the mount's, and what it prints, what it complains of and its
 * status must be the same. A script prints what does not depend on the machine. $T is a directory of its own.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import t from 'tap';
import { Machine } from '../../src/testing/machine.ts';
import { moduleSource } from '../runner/modules.ts';
import { cannotMount } from '../runner/mount.ts';

const reading = [
	'cat $P/version | wc -l',
	'cat $P/uptime | wc -lw',
	'cat $P/version $P/nothing $P/version | wc -l',
	'cat $P/version > $T/a; cat < $P/version | cmp - $T/a && echo same',
	'head -c 5 $P/version',
	'head -n 1 $P/version | cut -c 1-14',
	'head -c 3 $P/uptime | wc -c',
	'dd if=$P/version bs=1 count=13 status=none',
	'dd if=$P/version bs=1 status=none | cmp - $P/version && echo same',
	'dd if=$P/version bs=1 skip=6 count=7 status=none',
	'dd if=$P/version bs=7 skip=1 count=1 status=none',
	'dd if=$P/version of=/dev/null bs=64k 2>&1 | head -n 2',
	'tail -c 1 $P/version | od -An -c',
	'tail -n 1 $P/version | cut -c 1-14',
	'tail -n +2 $P/version | wc -l',
	'tail -n 1 $P/filesystems | wc -l',
	'tac $P/version | cut -c 1-14',
	'wc -l $P/version',
	'test $(wc -c < $P/meminfo) -eq $(cat $P/meminfo | wc -c) && echo equal',
	'grep -c ^processor $P/cpuinfo | grep -x "[1-9][0-9]*" > /dev/null; echo $?',
	'grep -n ^MemTotal: $P/meminfo | cut -d: -f1-2',
	'grep -l Linux $P/version $P/uptime',
	'grep -r Linux $P/version | cut -c 1-14',
	'grep -rl Linux $P/version $P/tty; echo $?',
	'grep nodev.proc $P/filesystems',
	'read -r word rest < $P/version; echo $word',
	'while IFS= read -r line; do echo "$line"; done < $P/filesystems | cmp - $P/filesystems && echo same',
	'mapfile -t lines < $P/version; echo "$lines" | cut -c 1-14',
	'exec 3< $P/version; read -r -n 5 -u 3 word; echo $word; head -c 8 <&3',
	'sed -n 1p $P/version | cut -d" " -f 1-2',
	"awk '{ print NF }' $P/uptime",
	'sort $P/version | cut -c 1-14',
	'od -c -N 5 $P/version',
	'diff $P/filesystems $P/filesystems; echo $?',
	'cp $P/filesystems $T/b && cmp $T/b $P/filesystems && stat -c "%a %F" $T/b',
	'cp -p $P/version $T/c; stat -c "%a" $T/c',
	'tee $T/d < $P/version | cmp - $P/version; cmp $T/d $P/version; echo $?',
	'xargs -a $P/uptime -n 1 | wc -l',
	'tar -cf - -C $P version | tar -tf -',
];

const looking = [
	'find $P -maxdepth 1 -name version -printf "%f %y %s %m %n %b\\n"',
	'find $P/version -size 0 -type f',
	'find $P -maxdepth 1 -type l 2> /dev/null | sort | grep -v net',
	'find $P/fs -maxdepth 0 -type d -printf "%f %m %s\\n"',
	'ls $P/version',
	'ls -la $P/version | cut -d" " -f 1-5',
	'ls -ld $P | cut -c 1-10',
	'ls -a $P | head -n 2',
	'ls -1 $P | grep -x -e version -e uptime -e self',
	'ls -l $P/mounts | cut -d" " -f 1-5,9-',
	'ls $P/nothing',
	'ls -i $P/version | wc -l',
	'stat -c "%A %h %u %g %s %b %B %F %o %t %T" $P/version',
	'stat -c "%A %u %g %F" $P $P/self',
	'stat $P/nothing',
	'readlink $P/mounts $P/version; echo $?',
	'test -e $P/version -a -r $P/version -a -w $P/version -a ! -x $P/version -a ! -s $P/version -a -f $P/version; echo $?',
	'test -d $P -a -x $P -a -L $P/self; echo $?',
	'cd $P && cat ./version ../proc/version | wc -l',
	'du -s $P/version | cut -f 1',
	'file_size=$(stat -c %s $P/uptime); echo $file_size',
];

const changing = [
	'echo x > $P/version',
	'echo x >> $P/version',
	'echo x > $P/nothing',
	'echo x >> $P/nothing',
	'echo -n > $P/version',
	': > $P/version; echo $?',
	'echo x | tee $P/version',
	'echo x | tee -a $P/version',
	'echo x | tee $P/nothing',
	'echo x > $T/e; cp $T/e $P/version',
	'echo x > $T/f; cp $T/f $P/nothing',
	'echo x > $T/g; mv $T/g $P/nothing',
	'dd if=/dev/zero of=$P/version bs=1 count=1 status=none',
	'mkdir $P/nothing',
	'mkdir -p $P/nothing/below',
	'mkdir $P/version',
	'rmdir $P/tty',
	'rmdir $P',
	'rm -f $P/version',
	'mv $P/version $P/nothing',
	'mv $P/version $P/uptime',
	'mv $P/version $T/',
	'ln -s version $P/nothing',
	'ln $P/version $P/nothing',
	'ln $P/version $T/h',
	'touch $P/nothing',
	'touch $P/version; echo $?',
	'mkfifo $P/nothing',
	'mknod $P/nothing c 1 3',
	'truncate -s 0 $P/version; truncate -s 9 $P/version; stat -c %s $P/version',
	'chmod 444 $P/version; echo $?',
	'install -m 600 $P/version $P/nothing',
];

/** What differs, and why. */
const differs: ReadonlyMap<string, string> = new Map([
	['echo x | tee -a $P/version', 'tee seeks to the end first, which FUSE allows and procfs does not: EIO, not EINVAL'],
]);

/** Status and both outputs of a script, with the paths that differ replaced. */
function outcome(script: string, proc: string, dir: string): Record<string, unknown> {
	const env = { PATH: process.env.PATH, LC_ALL: 'C', P: proc, T: dir };
	const { status, signal, stdout, stderr } = spawnSync('bash', ['-c', script], {
		env,
		timeout: 20_000,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'pipe'], // a socket would make bash read the start files of a remote login
	});
	const plain = (text: string) =>
		text
			.replaceAll(dir, '$T')
			.replaceAll(proc, '$P')
			.replace(/^bash: line \d+: /gm, '');
	return { status, signal, stdout: plain(stdout), stderr: plain(stderr) };
}

const skip = cannotMount() ?? false;

t.test('tools: what they do on /proc they do on the mount', { skip }, async t => {
	const machine = await Machine.start();
	t.teardown(() => machine.stop());
	const dir = t.testdir({});
	for (const [index, script] of [...reading, ...looking, ...changing].entries()) {
		const [here, there] = [`${dir}/native-${index}`, `${dir}/mount-${index}`];
		mkdirSync(here);
		mkdirSync(there);
		await t.test(script, { skip: differs.get(script) ?? false }, async t => {
			t.same(outcome(script, machine.path('/proc'), there), outcome(script, '/proc', here));
		});
	}
});

t.test('tools: what a write removes is gone, and what it makes is there, when the write returns', { skip }, async t => {
	const machine = await Machine.start({ modules: [moduleSource('contract_gone')] });
	t.teardown(() => machine.stop());
	const script = `cd $P/contract_gone && for i in {1..100}; do
		echo x > toggle; test -e victims && echo still there; echo *
		echo x > toggle; test -e victims/sub/inner || echo not there; echo *
	done | sort | uniq -c`;
	const { stdout, stderr } = outcome(script, machine.path('/proc'), t.testdir({}));
	t.same({ stdout, stderr }, { stdout: '    100 toggle\n    100 toggle victims\n', stderr: '' });
});
