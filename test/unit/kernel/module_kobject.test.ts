/** module_kobject - /sys/module: modules, their parameters, sections and notes; what is built in. */

import t from 'tap';
import type { ModuleDefinition } from '../../../kernel-sim/kernel/module.ts';
import { param } from '../../../kernel-sim/kernel/moduleparam.ts';
import type { BootOptions } from '../../../kernel-sim/kernel.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { O_RDONLY, O_RDWR, O_WRONLY } from '../../../src/uapi/fcntl.ts';
import { Booted } from '../fs/proc/booted.ts';
import { codeOf, onBench } from './bench_kernel.ts';

/** A machine that also writes. */
class Machine extends Booted {
	/** One write(2); rejects also with what is thrown at once. */
	async write(path: string, text: string): Promise<number> {
		const fd = await this.task.open(path, O_WRONLY);
		try {
			return await this.task.write(fd, text);
		} finally {
			await this.task.close(fd);
		}
	}
}

const builtin = ['printk', 'kernel', 'brd', 'scsi_mod'];

const named = (rest: Partial<ModuleDefinition> = {}): ModuleDefinition => ({ name: 'm', license: 'GPL', ...rest });

t.test('mod_sysfs_setup: a module has its directory from before init until after exit', async t => {
	const machine = new Machine(t);
	const seen: string[] = [];
	const look = async () => {
		seen.push((await machine.read('/sys/module/base/initstate')).trim());
		seen.push((await machine.read('/sys/module/base/refcnt')).trim());
	};
	await machine.kernel.modules.load({ name: 'base', license: 'GPL', version: '1.2', init: look, exit: look });
	await machine.kernel.modules.load({ name: 'some-user', license: 'Other', depends: ['base', 'base'] });
	t.same(await machine.names('/sys/module'), [...builtin, 'base', 'some_user']);
	const want = { version: '1.2', initstate: 'live', coresize: '16384', initsize: '0', refcnt: '1', taint: '' };
	for (const [name, value] of Object.entries(want)) {
		t.equal(await machine.read(`/sys/module/base/${name}`), `${value}\n`, name);
	}
	t.equal(await machine.read('/sys/module/some_user/taint'), 'P\n');
	for (const name of ['version', 'srcversion', 'parameters']) {
		t.throws(() => machine.task.stat(`/sys/module/some_user/${name}`), { code: 'ENOENT' }, name);
	}
	t.equal(await machine.task.readlink('/sys/module/base/holders/some_user'), '../../some_user');
	await machine.kernel.modules.unload('some_user');
	t.same(await machine.names('/sys/module/base/holders'), []);
	await machine.kernel.modules.unload('base');
	t.same(await machine.names('/sys/module'), builtin);
	t.same(seen, ['coming', '1', 'going', '-1']);
});

t.test('mod_sysfs_setup: a module whose init fails leaves no directory', async t => {
	const machine = new Machine(t);
	const init = () => {
		throw new Errno('ENODEV');
	};
	await t.rejects(machine.kernel.modules.load(named({ init })), { code: 'ENODEV' });
	t.same(await machine.names('/sys/module'), builtin);
	await t.rejects(
		machine.kernel.modules.load(named({ name: 'printk' })),
		{ code: 'EINVAL' },
		'the name of what is built in',
	);
	t.same(await machine.names('/sys/module'), builtin);
	t.ok(machine.host.lines.some(line => line.endsWith('printk: module is already loaded')));
});

t.test('mod_sysfs_setup: what a kernel is built without, no module shows', async t => {
	const names = async (config: BootOptions['config']) => {
		const machine = new Machine(t, { config: config ?? {} });
		await machine.kernel.modules.load(named());
		return (await machine.names('/sys/module/m')).sort().join(' ');
	};
	const all = 'coresize holders initsize initstate notes refcnt sections taint uevent';
	t.equal(await names({}), all);
	t.equal(await names({ CONFIG_KALLSYMS: false }), all.replace('notes ', '').replace('sections ', ''));
	t.equal(await names({ CONFIG_MODULE_UNLOAD: false }), all.replace('refcnt ', ''));
	const none = new Machine(t, { config: { CONFIG_MODULES: false } });
	t.same(await none.names('/sys/module/printk'), ['parameters']);
});

t.test('kobject_uevent: add when init is done, remove before the directory goes', async t => {
	const machine = new Machine(t);
	const events: string[] = [];
	machine.kernel.uevents.listen(({ action, devpath }) => events.push(`${action} ${devpath}`));
	await machine.kernel.modules.load(
		named({ init: () => void events.push('init'), exit: () => void events.push('exit') }),
	);
	await machine.kernel.modules.unload('m');
	t.same(events, ['init', 'add /module/m', 'exit', 'remove /module/m']);
});

t.test('module_param_sysfs_setup: a file for each parameter with a mode, and it is the value', async t => {
	const machine = new Machine(t);
	const params = {
		n: param.int(1, 0o644),
		once: param.bool(false, 0o444),
		hidden: param.int(5),
		secret: param.int(7, 0o600),
	};
	const module = await machine.kernel.modules.load(named({ params }), ['n=3']);
	const dir = '/sys/module/m/parameters';
	t.same(await machine.names(dir), ['n', 'once', 'secret']);
	t.equal((await machine.task.stat(`${dir}/secret`)).mode & 0o777, 0o600);
	const values = module.params.values as { n: number };
	await machine.write(`${dir}/n`, '0x10\n');
	t.equal(values.n, 16, 'a write is seen by the module');
	values.n = -8;
	t.equal(await machine.read(`${dir}/n`), '-8\n', 'and the reverse');
	t.throws(() => machine.task.open(`${dir}/once`, O_WRONLY), { code: 'EACCES' });
	await machine.task.chmod(`${dir}/once`, 0o666);
	await t.rejects(machine.write(`${dir}/once`, '1'), { code: 'EIO' }, 'chmod does not help');
	t.equal(module.params.show('once'), 'N\n');
});

t.test('param_attr_store: an open file of a parameter does not hold the module, and is dead without it', async t => {
	const machine = new Machine(t);
	await machine.kernel.modules.load(named({ params: { n: param.int(1, 0o644) } }));
	const fd = await machine.task.open('/sys/module/m/parameters/n', O_RDWR);
	t.equal(await machine.read('/sys/module/m/refcnt'), '0\n');
	await machine.kernel.modules.unload('m');
	t.throws(() => machine.task.read(fd, 10), { code: 'ENODEV' });
	t.throws(() => machine.task.write(fd, '2'), { code: 'ENODEV' });
	await machine.kernel.modules.load(named({ params: { n: param.int(1, 0o644) } }));
	t.throws(() => machine.task.write(fd, '2'), { code: 'ENODEV' }, 'also when the module is back');
	t.equal(await machine.read('/sys/module/m/parameters/n'), '1\n');
});

onBench('param_attr_show: what a callback throws by mistake is an oops, and the machine goes on', async (t, bench) => {
	const mistake = () => {
		throw new TypeError('a mistake');
	};
	const params = { p: param.cb({ set: mistake, get: mistake }, 0, 0o644), n: param.int(1, 0o644) };
	const { kernel } = bench;
	await kernel.modules.load(named({ params }));
	const task = kernel.task();
	const fd = await task.open('/sys/module/m/parameters/p', O_RDWR);
	t.equal(await codeOf(() => task.read(fd, 10)), 'EIO');
	t.equal(await codeOf(() => task.write(fd, '1')), 'EIO');
	t.equal(await codeOf(() => kernel.modules.load(named({ name: 'other', params }), ['p=1'])), 'EIO');
	t.equal(kernel.modules.find('other'), undefined);
	t.match(bench.log, /BUG: TypeError: a mistake\nOops: parameters of module other/);
	t.equal(kernel.modules.find('m')?.params.show('n'), '1\n');
	bench.expectedOopses = 3;
});

t.test(
	'add_sect_attrs: addresses agree with /proc/modules and /proc/kallsyms, and are for CAP_SYSLOG alone',
	async t => {
		const machine = new Machine(t);
		const before = await machine.kernel.modules.load(named({ name: 'before' }));
		await machine.kernel.modules.load(named({ init() {}, exit() {}, params: { n: param.int(1) } }));
		const dir = '/sys/module/m/sections';
		const address = async (name: string) => BigInt((await machine.read(`${dir}/${name}`)).trim());
		const text = await address('.text');
		t.match(await machine.read('/proc/modules'), `m 16384 0 - Live 0x${text.toString(16)}\n`);
		const symbols = await machine.read('/proc/kallsyms');
		t.match(symbols, `${(await address('.exit.text')).toString(16)} t cleanup_module\t[m]\n`);
		t.match(symbols, `${(await address('.gnu.linkonce.this_module')).toString(16)} d __this_module\t[m]\n`);
		t.notMatch(symbols, /init_module\t\[m\]/, 'what init was is given back');
		t.equal(text - before.base, 16384n);
		const { printk } = machine.kernel;
		printk.kptrRestrict = 2;
		t.equal(await address('.text'), 0n, 'kernel.kptr_restrict of 2 is for everybody');
		printk.kptrRestrict = 1;
		t.equal(await address('.text'), text);
		t.ok((await machine.names(dir)).includes('__param'));
		t.notOk((await machine.names('/sys/module/before/sections')).includes('.init.text'));
		const stat = await machine.task.stat(`${dir}/.text`);
		t.match(stat, { mode: 0o100400, size: 19 });
		const fd = await machine.task.open(`${dir}/.text`, O_RDONLY);
		t.equal((await machine.task.read(fd, 3)).length, 3);
		t.throws(() => machine.task.read(fd, 3), { code: 'EINVAL' }, 'it is read whole or not at all');
		t.throws(() => machine.fork({ uid: 65534 }).open(`${dir}/.text`, O_RDONLY), { code: 'EACCES' });
		const powerless = machine.fork({ caps: 0n });
		t.equal(await machine.read(`${dir}/.text`, powerless), `0x${'0'.repeat(16)}\n`);
	},
);

t.test('add_notes_attrs, srcversion: other text has other digits', async t => {
	const machine = new Machine(t);
	const notes = async () =>
		machine.task.read(await machine.task.open('/sys/module/m/notes/.note.gnu.build-id', O_RDONLY), 99);
	const seen: string[] = [];
	for (const text of ['one', 'two++']) {
		machine.host.modules.set('/x/m.ts', named({ version: '7' }), text);
		await machine.kernel.modules.load('/x/m.ts');
		const note = await notes();
		t.equal(
			Buffer.from(note.subarray(0, 16)).toString('hex'),
			`040000001400000003000000${Buffer.from('GNU\0').toString('hex')}`,
		);
		t.equal(note.length, 36);
		const srcversion = await machine.read('/sys/module/m/srcversion');
		t.match(srcversion, /^[0-9A-F]{23}\n$/);
		t.equal(srcversion.slice(0, 23), Buffer.from(note.subarray(16)).toString('hex').slice(0, 23).toUpperCase());
		seen.push(srcversion);
		await machine.kernel.modules.unload('m');
	}
	t.not(seen[0], seen[1]);
});

t.test('param_sysfs_builtin: the kernel has parameters, which the command line sets', async t => {
	const commandLine =
		'quiet printk.time=0 printk.ignore-loglevel nosuch.thing=1 printk.console_suspend=maybe module_blacklist=a,bad';
	const machine = new Machine(t, { commandLine });
	const dir = '/sys/module/printk';
	t.same(await machine.names(dir), ['uevent', 'parameters']);
	t.equal(await machine.read(`${dir}/parameters/time`), 'N\n');
	t.equal(await machine.read(`${dir}/parameters/ignore_loglevel`), 'Y\n');
	t.equal(await machine.read(`${dir}/parameters/console_suspend`), 'Y\n', 'what was refused');
	t.ok(machine.host.lines.includes("Booting kernel: `maybe' invalid for parameter `printk.console_suspend'"));
	t.equal(await machine.read('/sys/module/kernel/parameters/module_blacklist'), 'a,bad\n');
	await t.rejects(machine.kernel.modules.load(named({ name: 'bad' })), { code: 'EPERM' });
	t.ok(machine.host.lines.includes('Module bad is blacklisted'));
	await machine.kernel.modules.load(named({ name: 'good' }));
});

t.test('printk.time, printk.ignore_loglevel: what the console shows', async t => {
	const machine = new Machine(t);
	const { pr } = machine.kernel;
	const said = (text: string) => machine.host.lines.filter(line => line.endsWith(text));
	pr.debug('one\n');
	await machine.write('/sys/module/printk/parameters/ignore_loglevel', 'Y');
	pr.debug('two\n');
	await machine.write('/sys/module/printk/parameters/time', '0');
	pr.warn('three\n');
	t.same(said('one'), []);
	t.match(said('two'), [/^\[ +\d+\.\d{6}\] two$/]);
	t.same(said('three'), ['three']);
});

t.test('param.unsafe: setting it taints the kernel, also when it is refused', async t => {
	const machine = new Machine(t);
	const params = { risky: param.unsafe(param.int(1, 0o644)) };
	await machine.kernel.modules.load(named({ params }));
	t.equal(machine.kernel.panic.hasTaint('USER'), false);
	await t.rejects(machine.write('/sys/module/m/parameters/risky', 'x'), { code: 'EINVAL' });
	t.equal(machine.kernel.panic.hasTaint('USER'), true);
	t.ok(machine.host.lines.some(line => line.endsWith('Setting dangerous option risky - tainting kernel')));
});
