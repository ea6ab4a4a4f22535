/** knobs - files under /proc/sys that do something: what they change, and what changes them. */

import t, { type Test } from 'tap';
import { Kernel } from '../../../../kernel-sim/kernel.ts';
import hello from '../../../../kernel-sim/samples/hello.ts';
import { FakeHost } from '../../../../src/testing/fake_host.ts';
import { O_RDONLY } from '../../../../src/uapi/fcntl.ts';
import { SysctlFiles } from './sysctl_files.ts';

function boot(t: Test, commandLine = ''): SysctlFiles & { readonly host: FakeHost } {
	const host = new FakeHost();
	const kernel = Kernel.boot(host, { commandLine });
	t.teardown(() => kernel.shutdown());
	return Object.assign(new SysctlFiles(kernel), { host });
}

/** A file of /proc of a task. */
function proc({ kernel }: SysctlFiles, path: string, task = kernel.init): string {
	const fd = task.open(`/proc/${path}`, O_RDONLY) as number;
	const text = Buffer.from(task.read(fd, 65_536) as Uint8Array).toString();
	void task.close(fd);
	return text;
}

t.test('kernel.hostname is the name of the machine', async t => {
	const files = boot(t);
	files.write('kernel/hostname', 'zed\n');
	t.equal(files.kernel.uts.nodename, 'zed');
	files.kernel.uts.domainname = 'example.org';
	t.equal(files.read('kernel/domainname'), 'example.org\n');
});

t.test('kernel.printk: the first level is that of the console, the second that of records that name none', async t => {
	const files = boot(t);
	const { pr, printk } = files.kernel;
	const shown = () => files.host.lines.length;
	files.write('kernel/printk', '4 6');
	t.equal(files.read('kernel/printk'), '4\t6\t1\t7\n');
	const before = shown();
	pr.warn('quiet\n');
	t.equal(shown(), before);
	pr.err('loud\n');
	t.equal(shown(), before + 1);
	printk.emit('plain\n');
	t.equal([...printk.records()].at(-1)?.level, 6);
	printk.consoleLoglevel = 8;
	t.equal(files.read('kernel/printk'), '8\t6\t1\t7\n');
});

t.test('kernel.kptr_restrict 2 hides addresses from root as well', async t => {
	const files = boot(t);
	t.notMatch(proc(files, 'kallsyms'), /^0{16} T _text/);
	files.write('kernel/kptr_restrict', '2');
	t.match(proc(files, 'kallsyms'), /^0{16} T _text/);
});

t.test('kernel.pid_max, threads-max and ns_last_pid: the ids of new tasks, and how many there are', async t => {
	const files = boot(t);
	const { kernel } = files;
	files.write('kernel/ns_last_pid', '399');
	t.equal(kernel.task().pid, 400);
	t.equal(files.read('kernel/ns_last_pid'), '400\n');
	files.write('kernel/pid_max', '402');
	t.same([kernel.task().pid, kernel.task().pid], [401, 300], 'counting begins again');
	const { length } = kernel.pids.list();
	files.write('kernel/threads-max', `${length}`);
	t.throws(() => kernel.task(), { code: 'EAGAIN' });
	files.write('kernel/threads-max', `${length + 1}`);
	t.ok(kernel.task());
});

t.test('kernel.tainted: a write adds to the bits, and nothing takes them away', async t => {
	const files = boot(t);
	files.write('kernel/tainted', '512');
	files.write('kernel/tainted', '4');
	files.write('kernel/tainted', '0');
	t.equal(files.read('kernel/tainted'), '516\n');
	t.ok(files.kernel.panic.hasTaint('WARN'));
	t.throws(() => files.write('kernel/tainted', '-1'), { code: 'EINVAL' });
});

t.test('kernel.modules_disabled: no module comes or goes any more, for ever', async t => {
	const files = boot(t);
	const { modules } = files.kernel;
	await modules.load(hello);
	files.write('kernel/modules_disabled', '1');
	await t.rejects(modules.load({ ...hello, name: 'other' }), { code: 'EPERM' });
	await t.rejects(modules.unload('hello'), { code: 'EPERM' });
	t.throws(() => files.write('kernel/modules_disabled', '0'), { code: 'EINVAL' });
	t.equal(modules.list().length, 1);
});

t.test('kernel.seccomp.actions_logged: names of actions, in their own order', async t => {
	const files = boot(t);
	files.write('kernel/seccomp/actions_logged', 'log errno\n');
	t.equal(files.read('kernel/seccomp/actions_logged'), 'errno log\n');
	for (const bad of ['allow', 'errno nothing']) {
		t.throws(() => files.write('kernel/seccomp/actions_logged', bad), { code: 'EINVAL' });
	}
	t.equal(files.read('kernel/seccomp/actions_logged'), 'errno log\n');
});

t.test('kernel.usermodehelper.bset: capabilities are taken away and not given', async t => {
	const files = boot(t);
	t.equal(files.read('kernel/usermodehelper/bset'), '4294967295\t511\n');
	files.write('kernel/usermodehelper/bset', '15 1');
	files.write('kernel/usermodehelper/bset', '255 511');
	t.equal(files.read('kernel/usermodehelper/bset'), '15\t1\n');
});

t.test('fs.file-nr, file-max and nr_open: open files, and how many there may be', async t => {
	const files = boot(t);
	const { kernel, task } = files;
	const open = () => Number(files.read('fs/file-nr').split('\t')[0]);
	const before = open();
	const fds = [1, 2, 3].map(() => task.open('/proc/version', O_RDONLY) as number);
	t.equal(open(), before + 3);
	for (const fd of fds) void task.close(fd);
	t.equal(open(), before);
	t.throws(() => task.open('/proc/version', 0o200000), { code: 'ENOTDIR' }, 'one that is refused');
	t.equal(open(), before, 'is not counted');
	files.write('fs/file-max', '0');
	const nobody = kernel.task({ uid: 1000 });
	t.throws(() => nobody.open('/proc/version', O_RDONLY), { code: 'ENFILE' });
	t.type(task.open('/proc/version', O_RDONLY), 'number', 'CAP_SYS_ADMIN may');
	files.write('fs/nr_open', '64');
	const many = kernel.task();
	for (let fd = 0; fd < 64; fd++) many.open('/proc/version', O_RDONLY);
	t.throws(() => many.open('/proc/version', O_RDONLY), { code: 'EMFILE' });
});

t.test('fs.mount-max: how much may be mounted', async t => {
	const { kernel, ...rest } = boot(t);
	const files = Object.assign(new SysctlFiles(kernel), rest);
	files.write('fs/mount-max', `${[...kernel.namespace].length}`);
	await t.rejects(async () => kernel.init.mount('tmpfs', '/tmp', 'tmpfs', 0, ''), { code: 'ENOSPC' });
	files.write('fs/mount-max', '100');
	await kernel.init.mount('tmpfs', '/tmp', 'tmpfs', 0, '');
});

t.test('vm.overcommit_ratio and overcommit_kbytes: the one that was written last is the limit', async t => {
	const files = boot(t);
	const limit = () => Number(/CommitLimit: +(\d+) kB/.exec(proc(files, 'meminfo'))?.[1]);
	const total = Number(/MemTotal: +(\d+) kB/.exec(proc(files, 'meminfo'))?.[1]);
	t.equal(limit(), total / 2);
	files.write('vm/overcommit_kbytes', '4096');
	t.equal(limit(), 4096);
	t.equal(files.read('vm/overcommit_ratio'), '0\n');
	files.write('vm/overcommit_ratio', '100');
	t.equal(limit(), total);
	t.equal(files.read('vm/overcommit_kbytes'), '0\n');
});

t.test('vm.min_free_kbytes and watermark_scale_factor: the marks of /proc/zoneinfo', async t => {
	const files = boot(t);
	const mark = (name: string) =>
		Number(new RegExp(`zone +Normal[\\s\\S]*? ${name} +(\\d+)`).exec(proc(files, 'zoneinfo'))?.[1]);
	files.write('vm/min_free_kbytes', '8000');
	t.equal(mark('min'), 2000);
	const step = mark('low') - mark('min');
	files.write('vm/watermark_scale_factor', '3000');
	t.ok(mark('low') - mark('min') > step);
});

t.test('vm.dirty_ratio and dirty_bytes: the one that was written last, and the other is 0', async t => {
	const files = boot(t);
	files.write('vm/dirty_bytes', '1048576');
	t.equal(files.read('vm/dirty_ratio'), '0\n');
	files.write('vm/dirty_ratio', '30');
	t.equal(files.read('vm/dirty_bytes'), '0\n');
	files.write('vm/dirty_background_bytes', '4096');
	t.equal(files.read('vm/dirty_background_ratio'), '0\n');
	t.throws(() => files.write('vm/dirty_bytes', '17592186044416'), { code: 'ERANGE' });
	t.equal(files.read('vm/dirty_ratio'), '30\n');
});

t.test('vm.drop_caches: the log says who asked, until 4 is added', async t => {
	const files = boot(t);
	const said = () =>
		[...files.kernel.printk.records()].filter(({ text }) => text.includes('drop_caches')).map(({ text }) => text);
	files.write('vm/drop_caches', '1');
	files.write('vm/drop_caches', '4');
	files.write('vm/drop_caches', '3');
	t.same(said(), [`test (${files.task.pid}): drop_caches: 1`, `test (${files.task.pid}): drop_caches: 4`]);
	t.throws(() => files.write('vm/drop_caches', '5'), { code: 'EINVAL' });
	t.throws(() => files.write('vm/compact_memory', '2'), { code: 'EINVAL' });
	t.equal(files.write('vm/compact_memory', '1'), 1);
});

t.test('user.max_inotify_watches is fs.inotify.max_user_watches', async t => {
	const files = boot(t);
	files.write('user/max_inotify_watches', '99');
	t.equal(files.read('fs/inotify/max_user_watches'), '99\n');
});

t.test('net.ipv4.ip_forward is conf/all/forwarding, and that of all others', async t => {
	const files = boot(t);
	const all = () =>
		['ip_forward', 'conf/all/forwarding', 'conf/default/forwarding', 'conf/lo/forwarding'].map(name =>
			files.read(`net/ipv4/${name}`),
		);
	files.write('net/ipv4/ip_forward', '1');
	t.same(all(), ['1\n', '1\n', '1\n', '1\n']);
	t.equal(files.read('net/ipv4/conf/all/accept_redirects'), '0\n');
	t.equal(files.kernel.net.devconf.device('lo')?.values.forwarding, 1);
	for (const { name } of files.kernel.net.devices) t.equal(files.read(`net/ipv4/conf/${name}/forwarding`), '1\n', name);
	files.write('net/ipv4/conf/all/forwarding', '0');
	t.same(all(), ['0\n', '0\n', '0\n', '0\n']);
});

t.test('net.ipv4.conf.default: devices follow where nobody has written otherwise', async t => {
	const files = boot(t);
	files.write('net/ipv4/conf/lo/rp_filter', '1');
	files.write('net/ipv4/conf/default/rp_filter', '2');
	files.write('net/ipv4/conf/default/log_martians', '1');
	t.equal(files.read('net/ipv4/conf/lo/rp_filter'), '1\n');
	t.equal(files.read('net/ipv4/conf/lo/log_martians'), '1\n');
	t.equal(files.read('net/ipv4/conf/all/log_martians'), '0\n');
});

t.test('net.ipv4.neigh: the same time in several units', async t => {
	const files = boot(t);
	const dir = 'net/ipv4/neigh/default';
	files.write(`${dir}/retrans_time_ms`, '1515');
	t.equal(files.read(`${dir}/retrans_time`), '152\n', 'ticks of 10 ms, rounded up');
	t.equal(files.read(`${dir}/retrans_time_ms`), '1520\n');
	files.write(`${dir}/base_reachable_time`, '7');
	t.equal(files.read(`${dir}/base_reachable_time_ms`), '7000\n');
	files.write(`${dir}/unres_qlen`, '2');
	t.equal(files.read(`${dir}/unres_qlen_bytes`), '4180\n');
});

t.test('command line: values are set by the kernel when it boots', async t => {
	const files = boot(
		t,
		'quiet sysctl.vm.swappiness=40 sysctl/kernel/hostname="a b" hung_task_panic=1 sysctl.vm.overcommit_ratio',
	);
	t.equal(files.read('vm/swappiness'), '40\n');
	t.equal(files.read('kernel/hostname'), 'a b\n');
	t.equal(files.read('kernel/hung_task_panic'), '1\n');
	const said = [...files.kernel.printk.records()].map(({ text }) => text);
	t.ok(said.includes("Setting sysctl args: `' invalid for parameter `sysctl.vm.overcommit_ratio'"));
});
