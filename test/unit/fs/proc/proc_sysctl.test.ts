/** proc_sysctl - tables that come and go: what may be registered, what the log says, who is told. */

import t, { type Test } from 'tap';
import { type CtlTable, ctlEntry } from '../../../../kernel-sim/kernel/sysctl/ctl_table.ts';
import { procDointvec, procDointvecMinmax } from '../../../../kernel-sim/kernel/sysctl/dointvec.ts';
import { procDostring } from '../../../../kernel-sim/kernel/sysctl/dostring.ts';
import { procDobool, procDou8vecMinmax, procDouintvec } from '../../../../kernel-sim/kernel/sysctl/douintvec.ts';
import {
	CTL_UNNUMBERED,
	doSysctl,
	type LegacyCtlTable,
	registerSysctlTable,
	sysctlIntvec,
} from '../../../../kernel-sim/kernel/sysctl/legacy.ts';
import { Kernel } from '../../../../kernel-sim/kernel.ts';
import { ref } from '../../../../src/lib/ref.ts';
import { FakeHost } from '../../../../src/testing/fake_host.ts';
import { O_RDONLY } from '../../../../src/uapi/fcntl.ts';
import { SysctlFiles } from '../../kernel/sysctl/sysctl_files.ts';

function boot(t: Test): SysctlFiles {
	const files = new SysctlFiles(Kernel.boot(new FakeHost()));
	t.teardown(() => files.kernel.shutdown());
	return files;
}

const log = ({ kernel }: SysctlFiles): string[] => [...kernel.printk.records()].map(({ text }) => text);

const file = (value = 5): CtlTable => ({
	value: { data: ref({ value }, 'value'), mode: 0o644, handler: procDointvec },
});

t.test('register: a table with a fault is refused whole, and the log says which', async t => {
	const files = boot(t);
	const { sysctl } = files.kernel;
	const state = { int: 1, ints: [] as number[], text: '', flag: true };
	const cases: readonly (readonly [fault: string, table: CtlTable])[] = [
		['No data', { bad: { mode: 0o644, handler: procDointvec } }],
		['No data', { bad: { mode: 0o644, handler: procDostring, maxlen: 5 } }],
		['No maxlen', { bad: { data: ref(state, 'text'), mode: 0o644, handler: procDostring } }],
		['No maxlen', { bad: { data: ref(state, 'ints'), mode: 0o644, handler: procDointvec } }],
		['No proc_handler', { bad: { data: ref(state, 'int'), mode: 0o644 } }],
		['bogus .mode 0755', { bad: { data: ref(state, 'int'), mode: 0o755, handler: procDointvec } }],
		[
			'range value too large for proc_dou8vec_minmax',
			{ bad: { data: ref(state, 'int'), mode: 0o644, handler: procDou8vecMinmax({ max: 1000 }) } },
		],
		['No data', { bad: { mode: 0o644, handler: procDobool } }],
	];
	for (const [fault, table] of cases) {
		t.throws(() => sysctl.register('my/table', { ...file(), ...table }), { code: 'EINVAL' }, fault);
		t.equal(log(files).at(-1), `sysctl table check failed: my/table/bad ${fault}`);
		t.equal(sysctl.find('my'), undefined, 'nothing was made');
	}
});

t.test('register: names that are taken, files on the way and mount points', async t => {
	const files = boot(t);
	const { sysctl } = files.kernel;
	const header = sysctl.register('my/table', file());
	t.throws(() => sysctl.register('my/table', file()), { code: 'EEXIST' });
	t.equal(log(files).at(-1), 'sysctl duplicate entry: /my/table/value');
	t.throws(() => sysctl.register('my/table/value', file()), { code: 'ENOTDIR' });
	t.equal(log(files).at(-1), 'sysctl could not get directory: /my/table/value -20');
	t.throws(() => sysctl.registerMountPoint('my/table'), { code: 'EINVAL' });
	const point = sysctl.registerMountPoint('my/point');
	t.throws(() => sysctl.register('my/point', file()), { code: 'EROFS' });
	t.throws(() => sysctl.register('my/point/deeper', file()), { code: 'EROFS' });
	t.equal(log(files).at(-1), 'sysctl could not get directory: /my/point/deeper -30');
	t.same(files.list('my'), ['my/table/value']);
	await sysctl.unregister(header);
	await sysctl.unregister(point);
	await sysctl.unregister(point);
	t.equal(sysctl.find('my'), undefined);
});

t.test('register: a directory that several tables share goes with the last', async t => {
	const files = boot(t);
	const { sysctl } = files.kernel;
	const outer = sysctl.register('my', { one: file().value! });
	const inner = sysctl.register('my/deep/er', file());
	const beside = sysctl.register('my', { two: file().value! });
	t.same(files.list('my'), ['my/deep/er/value', 'my/one', 'my/two']);
	await sysctl.unregister(outer);
	t.same(files.list('my'), ['my/deep/er/value', 'my/two']);
	await sysctl.unregister(beside);
	t.same(files.list('my'), ['my/deep/er/value']);
	await sysctl.unregister(inner);
	t.throws(() => files.list('my'), { code: 'ENOENT' });
});

t.test('register: who caches the tree is told what comes and goes', async t => {
	const files = boot(t);
	const { sysctl, fsnotify } = files.kernel;
	const before = files.list('abi');
	const events: string[] = [];
	t.teardown(fsnotify.listen(event => events.push('name' in event ? `${event.type} ${event.name}` : event.type)));
	const header = sysctl.register('abi', file());
	t.same(events.splice(0), ['entry value', 'attr']);
	t.same(files.list('abi'), ['abi/value', ...before].sort());
	await sysctl.unregister(header);
	t.same(events.splice(0), ['delete value', 'attr']);
	t.same(files.list('abi'), before);
});

t.test('unregister: waits for a handler that sleeps, and lets nobody in', async t => {
	const files = boot(t);
	const { sysctl } = files.kernel;
	let wake = () => {};
	const header = sysctl.register('my', {
		slow: ctlEntry<never>({
			mode: 0o644,
			handler: async (_table, call) => {
				await new Promise<void>(resolve => {
					wake = resolve;
				});
				call.reply('late\n');
			},
		}),
	});
	const fd = files.open('my/slow');
	const reading = files.task.read(fd, 100) as Promise<Uint8Array>;
	let gone = false;
	const unregistered = Promise.resolve(sysctl.unregister(header)).then(() => {
		gone = true;
	});
	t.throws(() => files.task.pread(fd, 100, 0), { code: 'ENOENT' });
	t.throws(() => files.read('my/slow'), { code: 'ENOENT' });
	await Promise.resolve();
	t.notOk(gone);
	wake();
	t.equal(Buffer.from(await reading).toString(), 'late\n');
	await unregistered;
	t.ok(gone);
});

t.test('handler: what it throws is the answer, and what is no Errno is an oops', async t => {
	const files = boot(t);
	const { sysctl, panic } = files.kernel;
	sysctl.register('my', {
		bad: ctlEntry<never>({
			mode: 0o644,
			handler: (_table, call) => {
				if (call.write) throw new TypeError('a mistake');
				call.reply('fine\n');
			},
		}),
	});
	await t.rejects(async () => files.write('my/bad', '1'), { code: 'EIO' });
	t.equal(panic.oopses, 1);
	t.match(log(files).join('\n'), /a mistake/);
	t.equal(files.read('my/bad'), 'fine\n');
});

t.test('watch: told after each write that was taken', async t => {
	const files = boot(t);
	const { sysctl } = files.kernel;
	let told = 0;
	const stop = sysctl.watch('kernel/hostname', () => told++);
	files.write('kernel/hostname', 'one');
	t.throws(() => files.write('vm/swappiness', '999'), { code: 'EINVAL' });
	t.equal(told, 1);
	t.equal(sysctl.data<string>('kernel/hostname').get(), 'one');
	stop();
	files.write('kernel/hostname', 'two');
	t.equal(told, 1);
	t.throws(() => sysctl.watch('kernel/nothing', () => {}), { code: 'ENOENT' });
	t.throws(() => sysctl.data('kernel'), { code: 'ENOENT' });
});

t.test('call: who may not open a file may not use one that another has opened', async t => {
	const { kernel, task } = boot(t);
	const nobody = kernel.task({ uid: 65_534 });
	const fd = task.open('/proc/sys/kernel/cad_pid', O_RDONLY) as number;
	const copy = nobody.files.install(task.files.get(fd), false);
	t.throws(() => nobody.pread(copy, 10, 0), { code: 'EPERM' });
	const admin = kernel.task({ uid: 65_534, caps: 1n << 12n });
	const files = new SysctlFiles(kernel, admin);
	t.equal(files.write('net/ipv4/ip_forward', '1'), 1, 'CAP_NET_ADMIN is enough under net');
	t.throws(() => files.write('vm/swappiness', '1'), { code: 'EACCES' });
	t.throws(() => new SysctlFiles(kernel, nobody).write('net/ipv4/ip_forward', '0'), { code: 'EACCES' });
	const resource = new SysctlFiles(kernel, kernel.task({ uid: 65_534, caps: 1n << 24n }));
	t.equal(resource.write('user/max_user_namespaces', '5'), 1);
	const plainRoot = new SysctlFiles(kernel, kernel.task({ uid: 0, caps: 0n }));
	t.throws(() => plainRoot.write('user/max_user_namespaces', '5'), { code: 'EACCES' });
	t.throws(() => plainRoot.write('kernel/dmesg_restrict', '1'), { code: 'EPERM' });
	t.throws(() => plainRoot.write('kernel/tainted', '1'), { code: 'EPERM' });
	t.equal(plainRoot.write('vm/swappiness', '1'), 1, 'the mode alone decides');
});

t.test('writes_strict 0: the log is told once of who wrote in the middle', async t => {
	const files = boot(t);
	files.write('kernel/sysctl_writes_strict', '0');
	const fd = files.open('vm/swappiness');
	for (const value of ['5\n', '6\n', '7\n']) await files.task.write(fd, value);
	t.equal(files.read('vm/swappiness'), '7\n');
	const warnings = log(files).filter(text =>
		text.startsWith('test wrote to swappiness when file position was not 0!\n'),
	);
	t.equal(warnings.length, 1);
});

const limits = { min: 10, max: 20 };
const values = { value1: 10, value2: 20 };
const entry = (procname: 'value1' | 'value2', ctlName = CTL_UNNUMBERED) => ({
	...{ ctlName, procname, data: ref(values, procname), maxlen: 4, mode: 0o644 },
	...{
		procHandler: procDointvecMinmax,
		strategy: sysctlIntvec,
		extra1: ref(limits, 'min'),
		extra2: ref(limits, 'max'),
	},
});
const end = { ctlName: 0 };
const root: LegacyCtlTable = [
	{
		...{ ctlName: 3, procname: 'net', mode: 0o555 },
		child: [{ ctlName: 9, procname: 'test', mode: 0o555, child: [entry('value1', 1), entry('value2'), end] }, end],
	},
	end,
	{ ctlName: CTL_UNNUMBERED, procname: 'behind', mode: 0o644 },
];

t.test('register_sysctl_table: tables in tables, up to the entry that ends each', async t => {
	const files = boot(t);
	const { sysctl } = files.kernel;
	const undo = registerSysctlTable(sysctl, root);
	t.same(files.list('net/test'), ['net/test/value1', 'net/test/value2']);
	t.throws(() => files.read('behind'), { code: 'ENOENT' });
	t.equal(files.write('net/test/value1', '12\n'), 3);
	t.throws(() => files.write('net/test/value1', '21'), { code: 'EINVAL' });
	limits.max = 30;
	t.equal(files.write('net/test/value1', '21'), 2, 'the limits are variables');
	limits.max = 20;
	await undo();
	t.throws(() => files.list('net/test'), { code: 'ENOENT' });
	t.ok(files.list('net/core').length > 20, 'what others made is there');
});

t.test('register_sysctl_table: nothing stays of a table that is refused in its middle', async t => {
	const files = boot(t);
	const { sysctl } = files.kernel;
	const bad = [
		{ ctlName: CTL_UNNUMBERED, procname: 'two', mode: 0o555, child: [{ ctlName: 1, procname: 'x', mode: 0o644 }] },
	];
	const good = [{ ctlName: CTL_UNNUMBERED, procname: 'one', mode: 0o555, child: [entry('value1')] }];
	t.throws(() => registerSysctlTable(sysctl, [...good, ...bad]), { code: 'EINVAL' });
	t.equal(sysctl.find('one'), undefined);
});

t.test('sysctl(2): numbers lead to a value, and the strategy says which new one is good', async t => {
	const int = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
	const ask = (name: number[], value?: Uint8Array, uid = 0) => doSysctl(root, name, { uid }, value);
	values.value1 = 12;
	t.same(ask([3, 9, 1]), int(12));
	t.same(ask([3, 9, 1], int(15)), int(12), 'the old value');
	t.equal(values.value1, 15);
	t.throws(() => ask([3, 9, 1], int(9)), { code: 'EINVAL' });
	t.throws(() => ask([3, 9, 1], new Uint8Array(3)), { code: 'EINVAL' });
	t.throws(() => ask([3, 9, 1], int(11), 1000), { code: 'EPERM' });
	for (const name of [[], [3], [3, 9], [3, 9, 7], [3, 9, CTL_UNNUMBERED], [3, 9, 1, 1], [0]]) {
		t.throws(() => ask(name), { code: 'ENOTDIR' }, `${name}`);
	}
	t.equal(values.value1, 15);
});

t.test('types: a handler goes with the type of its variable', async t => {
	const state = { number: 1, text: '' };
	const table: CtlTable = {
		number: { data: ref(state, 'number'), mode: 0o644, handler: procDouintvec },
		//@ts-expect-error a string is no int
		wrong: { data: ref(state, 'text'), mode: 0o644, handler: procDointvec },
	};
	t.ok(table.number);
});
