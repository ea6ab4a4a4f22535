/** sysctl - procps' sysctl inside ring3 run, and the values that a machine sets when it boots. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

const skip = lacks('sysctl');

t.test('sysctl -a: a line for every file that can be read', { skip }, async t => {
	const box = new Sandbox(t);
	const { dir } = await box.mount();
	const { stdout, status } = await box.ring3(['run', '--', 'sysctl', '-a']);
	t.equal(status, 0);
	const lines = stdout.trimEnd().split('\n');
	t.ok(lines.length > 500, `${lines.length} lines`);
	t.ok(lines.includes('kernel.hostname = ring3'));
	t.ok(lines.includes('kernel.printk = 7\t4\t1\t7'));
	const value = (name: string) => readFileSync(join(dir, 'proc/sys', name), 'utf8').trimEnd();
	for (const name of ['vm/swappiness', 'net/ipv4/ip_forward', 'fs/nr_open', 'abi/vsyscall32']) {
		t.ok(lines.includes(`${name.replaceAll('/', '.')} = ${value(name)}`), name);
	}
});

t.test('sysctl -w: sets, refuses, and says why', { skip }, async t => {
	const box = new Sandbox(t);
	const { dir } = await box.mount();
	const set = await box.ring3(['run', '--', 'sysctl', '-w', 'vm.swappiness=40', 'kernel.hostname=zed']);
	t.match(set, { status: 0, stdout: 'vm.swappiness = 40\nkernel.hostname = zed\n' });
	t.equal(readFileSync(join(dir, 'proc/sys/kernel/hostname'), 'utf8'), 'zed\n');
	const range = await box.ring3(['run', '--', 'sysctl', '-w', 'vm.swappiness=999']);
	t.match(range, { status: 1, stderr: /setting key "vm.swappiness".*: Invalid argument/ });
	const missing = await box.ring3(['run', '--', 'sysctl', '-w', 'vm.nowhere=1']);
	t.match(missing, { status: 1, stderr: /cannot stat \/proc\/sys\/vm\/nowhere: No such file or directory/ });
	const readOnly = await box.ring3(['run', '--', 'sysctl', '-w', 'kernel.ostype=x']);
	t.match(readOnly, { stderr: /setting key "kernel.ostype"/ });
	t.equal(readFileSync(join(dir, 'proc/sys/vm/swappiness'), 'utf8'), '40\n');
});

t.test('sysctl -p: all that a file says', { skip }, async t => {
	const box = new Sandbox(t);
	const { dir } = await box.mount(['--module', 'sysctl']);
	const file = join(box.dir, 'my.conf');
	writeFileSync(file, '# mine\nnet.test.value1 = 12\n\n; yours\nnet/test/value2=13\n');
	const { status, stdout } = await box.ring3(['run', '--', 'sysctl', '-p', file]);
	t.equal(status, 0);
	t.equal(stdout, 'net.test.value1 = 12\nnet.test.value2 = 13\n');
	t.equal(readFileSync(join(dir, 'proc/sys/net/test/value2'), 'utf8'), '13\n');
});

t.test('sysctl of busybox: the same files', { skip: lacks('busybox') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const all = await box.ring3(['run', '--', 'busybox', 'sysctl', '-a']);
	t.ok(all.stdout.split('\n').includes('net.ipv4.ip_forward = 0'));
	const set = await box.ring3(['run', '--', 'busybox', 'sysctl', '-w', 'vm.swappiness=12']);
	t.match(set, { status: 0, stdout: 'vm.swappiness = 12\n' });
});

t.test('--sysctl: values at boot, by name or by file, and what is refused is in the log', async t => {
	const box = new Sandbox(t);
	const file = join(box.dir, 'boot.conf');
	writeFileSync(
		file,
		[
			'# at boot',
			'vm.swappiness = 41',
			'net.ipv4.conf.*.rp_filter = 1',
			'vm.swappiness=999',
			'nonsense',
			'-a.b = 1',
		].join('\n'),
	);
	const flags = ['--module', 'sysctl', '--sysctl', file, '--sysctl', 'net.test.value1=19', '--sysctl', 'no.where=1'];
	const { dir } = await box.mount(flags);
	const value = (name: string) => readFileSync(join(dir, 'proc/sys', name), 'utf8').trimEnd();
	t.equal(value('vm/swappiness'), '41');
	t.equal(value('net/test/value1'), '19', 'modules are there before');
	t.same(
		['all', 'default', 'lo'].map(name => value(`net/ipv4/conf/${name}/rp_filter`)),
		['1', '1', '1'],
	);
	t.match(
		readFileSync(join(dir, 'etc/sysctl.conf'), 'utf8'),
		/^# at boot\n[\s\S]*net\.test\.value1=19\nno\.where=1\n$/,
	);
	const { stdout } = await box.ring3(['dmesg']);
	t.match(stdout, 'sysctl: setting key "vm.swappiness": EINVAL');
	t.match(stdout, 'sysctl: cannot stat /proc/sys/no/where: No such file or directory');
	t.match(stdout, 'sysctl: /etc/sysctl.conf(5): invalid syntax, continuing...');
	t.notMatch(stdout, '/proc/sys/a/b');
});

t.test('--cmdline: the kernel itself sets what its command line says', async t => {
	const box = new Sandbox(t);
	const { dir } = await box.mount(['--cmdline', 'quiet sysctl.vm.swappiness=42 sysctl.kernel.nothing=1']);
	t.equal(readFileSync(join(dir, 'proc/sys/vm/swappiness'), 'utf8'), '42\n');
	t.equal(readFileSync(join(dir, 'proc/cmdline'), 'utf8'), 'quiet sysctl.vm.swappiness=42 sysctl.kernel.nothing=1\n');
	const { stdout } = await box.ring3(['dmesg']);
	t.match(stdout, "Failed to set sysctl parameter 'kernel.nothing=1': parameter not found");
});

t.test('--config: a kernel without a part', async t => {
	const box = new Sandbox(t);
	const { dir } = await box.mount(['--config', 'CONFIG_SYSFS=n', '--config', 'CONFIG_SWAP=n']);
	t.notMatch(readFileSync(join(dir, 'proc/filesystems'), 'utf8'), 'sysfs');
	t.throws(() => readFileSync(join(dir, 'proc/swaps')), { code: 'ENOENT' });
	const { status, stderr } = await box.ring3(['mount', '--daemon', '--config', 'CONFIG_NOTHING=y', join(box.dir, 'x')]);
	t.match({ status, stderr }, { status: 1, stderr: /no option CONFIG_NOTHING/ });
	const word = await box.ring3(['mount', '--daemon', '--config', 'SYSFS=n', join(box.dir, 'x')]);
	t.match(word, { status: 2, stderr: 'ring3: mount: --config SYSFS=n: neither CONFIG_X=y nor CONFIG_X=n\n' });
});

t.test('ring3 run: boots with values, and cannot change what runs', async t => {
	const box = new Sandbox(t);
	const flags = ['run', '--sysctl', 'vm.swappiness=43', '--cmdline', 'quiet', '--'];
	t.match(await box.ring3([...flags, 'cat', '/proc/sys/vm/swappiness', '/proc/cmdline']), { stdout: '43\nquiet\n' });
	await box.mount();
	t.match(await box.ring3([...flags, 'true']), { status: 1, stderr: /runs already: --sysctl/ });
	t.match(await box.ring3(['run', '--sysctl', '/no/file', '--', 'true']), { status: 2, stderr: /--sysctl \/no\/file/ });
});
