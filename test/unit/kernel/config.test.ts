/** config - a kernel without one of its parts is as Linux is without it. */

import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { type ConfigName, configText, configure } from '../../../kernel-sim/kernel/config.ts';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import { FakeHost } from '../../../src/testing/fake_host.ts';
import { Booted } from '../fs/proc/booted.ts';

t.test('configure: what is named, what it selects, and nothing whose dependences are off', async t => {
	const cases: [wish: Parameters<typeof configure>[0], on: ConfigName[], off: ConfigName[]][] = [
		[{}, ['CONFIG_PROC_FS', 'CONFIG_IKCONFIG_PROC', 'CONFIG_MODULE_UNLOAD', 'CONFIG_CONFIGFS_FS'], []],
		[{ CONFIG_PROC_FS: false }, ['CONFIG_IKCONFIG'], ['CONFIG_PROC_FS', 'CONFIG_IKCONFIG_PROC', 'CONFIG_SCSI_PROC_FS']],
		[{ CONFIG_IKCONFIG: false, CONFIG_IKCONFIG_PROC: true }, [], ['CONFIG_IKCONFIG_PROC']],
		[{ CONFIG_MODULES: false }, [], ['CONFIG_MODULE_UNLOAD']],
		[{ CONFIG_SYSFS: false }, [], ['CONFIG_SYSFS', 'CONFIG_CONFIGFS_FS']],
		[{ CONFIG_SYSFS: false, CONFIG_CONFIGFS_FS: true }, ['CONFIG_SYSFS', 'CONFIG_CONFIGFS_FS'], []],
	];
	for (const [wish, on, off] of cases) {
		const config = configure(wish);
		for (const name of on) t.equal(config[name], true, `${JSON.stringify(wish)}: ${name}`);
		for (const name of off) t.equal(config[name], false, `${JSON.stringify(wish)}: ${name}`);
	}
	t.throws(() => configure({ CONFIG_NONSENSE: true } as object), { code: 'EINVAL' });
	t.throws(() => Kernel.boot(new FakeHost(), { config: { CONFIG_NONSENSE: true } as object }), { code: 'EINVAL' });
});

t.test('configText: as Kconfig writes it', async t => {
	const kernel = { release: '6.12.0-mine', cpus: 3 };
	const text = configText({ ...kernel, config: configure({ CONFIG_TMPFS: false }) });
	t.match(
		text,
		/^#\n# Automatically generated file; DO NOT EDIT\.\n# Linux\/x86 6\.12\.0-mine Kernel Configuration\n#\n/,
	);
	for (const line of text.trimEnd().split('\n')) {
		t.match(line, /^$|^#( .*)?$|^CONFIG_\w+=(y|\d+|".*")$/);
	}
	for (const line of [
		'CONFIG_PROC_FS=y',
		'# CONFIG_TMPFS is not set',
		'CONFIG_NR_CPUS=3',
		'CONFIG_LOCALVERSION="-mine"',
	]) {
		t.ok(text.split('\n').includes(line), line);
	}
	t.match(text, /\n#\n# Pseudo filesystems\n#\nCONFIG_PROC_FS=y\n[\s\S]*\n# end of Pseudo filesystems\n/);
	const names = [...text.matchAll(/^(?:# )?(CONFIG_\w+)/gm)].map(([, name]) => name);
	t.equal(new Set(names).size, names.length, 'no option twice');
	t.same(
		Object.keys(configure()).filter(name => !names.includes(name)),
		[],
		'every one that can be switched is there',
	);
	const without = configText({ ...kernel, config: configure({ CONFIG_MODULES: false }) });
	t.match(without, /^# CONFIG_MODULES is not set$/m);
	t.notMatch(without, /CONFIG_MODULE_UNLOAD/, 'what is not possible is not asked for');
});

t.test('proc_config_gz: the configuration, packed, with its size', async t => {
	const booted = new Booted(t, { config: { CONFIG_KALLSYMS: false } });
	const packed = Buffer.from(await booted.read('/proc/config.gz'), 'latin1');
	t.match(await booted.task.stat('/proc/config.gz'), { mode: 0o100444, size: packed.length });
	const { config, uts, host } = booted.kernel;
	t.equal(gunzipSync(packed).toString(), configText({ config, release: uts.release, cpus: host.hardware.cpus }));
	t.match(gunzipSync(packed).toString(), /^# CONFIG_KALLSYMS is not set$/m);
	const fd = await booted.task.open('/proc/config.gz', 0);
	t.equal(await booted.task.lseek(fd, -8, 2), packed.length - 8, 'SEEK_END knows the size');
});

t.test('what is off has no files', async t => {
	const cases: [option: ConfigName, path: string][] = [
		['CONFIG_IKCONFIG', '/proc/config.gz'],
		['CONFIG_IKCONFIG_PROC', '/proc/config.gz'],
		['CONFIG_KALLSYMS', '/proc/kallsyms'],
		['CONFIG_MODULES', '/proc/modules'],
		['CONFIG_SWAP', '/proc/swaps'],
		['CONFIG_SCSI_PROC_FS', '/proc/scsi'],
		['CONFIG_IDE_PROC_FS', '/proc/ide'],
		['CONFIG_FILE_LOCKING', '/proc/locks'],
		['CONFIG_PROC_FS', '/proc/version'],
		['CONFIG_SYSFS', '/sys/module'],
	];
	for (const [option, path] of cases) {
		t.ok(await new Booted(t).task.stat(path), path);
		const { task } = new Booted(t, { config: { [option]: false } });
		t.throws(() => task.stat(path), { code: 'ENOENT' }, `${path} without ${option}`);
	}
});

t.test('what is off cannot be mounted, and is no file system that is known: ENODEV', async t => {
	for (const [option, type] of [
		['CONFIG_PROC_FS', 'proc'],
		['CONFIG_SYSFS', 'sysfs'],
		['CONFIG_TMPFS', 'tmpfs'],
		['CONFIG_DEBUG_FS', 'debugfs'],
		['CONFIG_CONFIGFS_FS', 'configfs'],
	] as const) {
		const booted = new Booted(t, { config: { [option]: false } });
		t.throws(() => booted.task.mount('none', '/run', type, 0, ''), { code: 'ENODEV' }, type);
		if (type !== 'proc') t.notMatch(await booted.read('/proc/filesystems'), new RegExp(`\\t${type}\\n`));
		t.notOk(
			[...booted.kernel.namespace].some(({ sb }) => sb.type === type),
			`${type} is not mounted`,
		);
	}
});

t.test('CONFIG_MODULES, CONFIG_MODULE_UNLOAD: without them the calls are ENOSYS', async t => {
	const none = new Booted(t, { config: { CONFIG_MODULES: false } });
	await t.rejects(none.kernel.modules.load({ name: 'some', license: 'GPL' }), { code: 'ENOSYS' });
	const stays = new Booted(t, { config: { CONFIG_MODULE_UNLOAD: false } });
	await stays.kernel.modules.load({ name: 'some', license: 'GPL' });
	await t.rejects(stays.kernel.modules.unload('some'), { code: 'ENOSYS' });
	t.equal(await stays.read('/proc/modules'), 'some 16384 - - Live 0xffffffffc0000000\n');
});
