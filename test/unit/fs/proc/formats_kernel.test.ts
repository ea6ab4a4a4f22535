/** formats_kernel.test - files in /proc about the kernel's own affairs say what its parts know. */

import t from 'tap';
import { defineModule } from '../../../../kernel-sim/index.ts';
import { parsePsiTrigger } from '../../../../kernel-sim/kernel/psi.ts';
import { SECOND } from '../../../../src/testing/fake_host.ts';
import { O_RDWR } from '../../../../src/uapi/fcntl.ts';
import { codeOf } from '../../kernel/bench_kernel.ts';
import { Booted } from './booted.ts';

const MIB = 1 << 20;

t.test('proc_schedstat: a processor has run as long as /proc/stat says', async t => {
	const booted = new Booted(t, { host: { hardware: { cpus: 3 } } });
	booted.host.advance(SECOND);
	booted.host.tasks.set({ pid: 70, utime: 30, stime: 12, processor: 1 });
	t.equal(
		await booted.read('/proc/schedstat'),
		'version 16\ntimestamp 100\ncpu0 0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 420000000 0 0\ncpu2 0 0 0 0 0 0 0 0 0\n',
	);
	t.match(await booted.read('/proc/stat'), /^cpu1 30 0 12 /m);
});

t.test('proc_vmallocinfo: the areas of modules, with a guard page each; meminfo counts their pages', async t => {
	const plain = (name: string) => defineModule({ name, license: 'GPL' });
	const booted = new Booted(t, { host: { modules: { one: plain('one'), two: plain('two') } } });
	const free = async () => Number(/MemFree: +(\d+)/.exec(await booted.read('/proc/meminfo'))![1]);
	const before = await free();
	t.equal(await booted.read('/proc/vmallocinfo'), '');
	for (const name of ['one', 'two']) await booted.kernel.modules.load(name);
	const addresses = booted.kernel.modules.list().map(({ base }) => base.toString(16));
	const rows = (await booted.read('/proc/vmallocinfo')).split('\n').slice(0, -1);
	t.same(
		rows.map(row => /^0x(\w+)-/.exec(row)![1]),
		addresses.sort(),
	);
	for (const row of rows) {
		const [, from, to, size, pages] = /^0x(\w+)-0x(\w+) {3}(\d+) pages=(\d+) vmalloc N0=\4$/.exec(row)!;
		t.equal(BigInt(`0x${to}`) - BigInt(`0x${from}`), BigInt(size!));
		t.equal((Number(pages) + 1) * 4096, Number(size));
	}
	t.equal(before - (await free()), 2 * 16);
	t.match(await booted.read('/proc/meminfo'), /^VmallocUsed: +32 kB$/m);
	booted.kernel.printk.kptrRestrict = 2;
	t.match(await booted.read('/proc/vmallocinfo'), /^(0x0{16}-0x0{16} {3}20480 pages=4 vmalloc N0=4\n){2}$/);
});

t.test('proc_slabinfo: the objects that there are, in slabs; meminfo and vmstat count their pages', async t => {
	const booted = new Booted(t);
	const caches = async () => {
		const rows = (await booted.read('/proc/slabinfo')).split('\n').slice(2, -1);
		return new Map(rows.map(row => [row.split(' ')[0]!, row.match(/\d+/g)!.map(Number)]));
	};
	const before = await caches();
	t.same([...before.keys()], ['proc_dir_entry', 'mnt_cache', 'filp', 'task_struct']);
	for (const [name, [active, all, size, perSlab, pages, , , , slabs, sameSlabs]] of before) {
		t.equal(all, perSlab! * slabs!, name);
		t.equal(slabs, sameSlabs, name);
		t.ok(active! <= all! && perSlab! * size! <= pages! * 4096, name);
	}
	for (let i = 0; i < 30; i++) booted.kernel.proc.mkdir(`dir${i}`);
	const tasks = Array.from({ length: 7 }, () => booted.fork({}));
	const after = await caches();
	t.equal(after.get('proc_dir_entry')![0]! - before.get('proc_dir_entry')![0]!, 30);
	t.equal(after.get('task_struct')![0]! - before.get('task_struct')![0]!, 7);
	t.equal(after.get('filp')![0], 1, 'the one that is being read');
	const open = await booted.task.open('/proc/version', O_RDWR);
	const { slab } = booted.kernel.mm.info();
	t.match(await booted.read('/proc/meminfo'), new RegExp(`^SUnreclaim: +${slab * 4} kB$`, 'm'));
	t.match(await booted.read('/proc/vmstat'), new RegExp(`^nr_slab_unreclaimable ${slab}$`, 'm'));
	await booted.task.close(open);
	for (const task of tasks) task.exit();
	for (let i = 0; i < 30; i++) booted.kernel.proc.removeEntry(`dir${i}`);
	t.same(await caches(), before);
});

t.test('proc_key_users: what root may have is what kernel.keys says', async t => {
	const booted = new Booted(t);
	t.equal(await booted.read('/proc/key-users'), '    0:     3 2/2 0/1000000 0/25000000\n');
	const fd = await booted.task.open('/proc/sys/kernel/keys/root_maxkeys', O_RDWR);
	await booted.task.write(fd, '77\n');
	t.equal(await booted.read('/proc/key-users'), '    0:     3 2/2 0/77 0/25000000\n');
});

t.test('proc: what there is none of is an empty file, or a heading', async t => {
	const booted = new Booted(t, { host: { hardware: { memory: 64 * MIB } } });
	for (const name of ['crypto', 'fb', 'keys', 'misc']) t.equal(await booted.read(`/proc/${name}`), '', name);
	t.same(await booted.names('/proc/sysvipc'), ['msg', 'sem', 'shm']);
	t.same(await booted.names('/proc/pressure'), ['io', 'cpu', 'memory']);
	t.equal(await booted.read('/proc/cgroups'), '#subsys_name\thierarchy\tnum_cgroups\tenabled\n');
});

t.test('psi_trigger_create: what is taken, and for whom', async t => {
	t.same(parsePsiTrigger('some 150000 1000000', true), { full: false, threshold: 150_000, window: 1_000_000 });
	t.same(parsePsiTrigger('full 1 2000000 and more', false), { full: true, threshold: 1, window: 2_000_000 });
	t.same(parsePsiTrigger('some   5 10000000', true).window, 10_000_000);
	for (const text of ['', 'some', 'some 1', 'some a b', 'some 0 5', 'some 5 0', 'some 6 5', 'some 1 10000001']) {
		t.equal(await codeOf(() => parsePsiTrigger(text, true)), 'EINVAL', text);
	}
	t.equal(await codeOf(() => parsePsiTrigger('some 1 3000000', false)), 'EINVAL');
	t.equal(await codeOf(() => parsePsiTrigger(`some 1 ${' '.repeat(30)}2`, true)), 'EINVAL', 'only 31 bytes count');
});
