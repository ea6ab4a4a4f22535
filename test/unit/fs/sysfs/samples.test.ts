/** samples - the sample modules that live in /sys, used as their first lines say. */

import t from 'tap';
import sysfsEx from '../../../../kernel-sim/samples/sysfs_ex.ts';
import sysfsEx2 from '../../../../kernel-sim/samples/sysfs_ex2.ts';
import { O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { S_IFREG } from '../../../../src/uapi/stat.ts';
import { Booted } from '../proc/booted.ts';

/** Writes as the C library does: what was not taken is written again. */
async function echo(booted: Booted, text: string, path: string): Promise<void> {
	const { task } = booted;
	const fd = await task.open(path, O_WRONLY);
	for (let rest = text; rest !== ''; ) rest = rest.slice(await task.write(fd, rest));
	await task.close(fd);
}

t.test('sysfs_ex: two numbers, of which a store takes four characters at a time', async t => {
	const booted = new Booted(t);
	const { kernel, task } = booted;
	await kernel.modules.load(sysfsEx);
	t.same(await booted.names('/sys/fs/myfs'), ['first', 'second']);
	t.match(await task.stat('/sys/fs/myfs/first'), { mode: S_IFREG | 0o644, size: 4096 });
	t.equal(await booted.read('/sys/fs/myfs/first'), '1\n');
	t.equal(await booted.read('/sys/fs/myfs/second'), '2\n');
	const cases: [written: string, shown: string][] = [
		['77\n', '77\n'],
		['-5\n', '-5\n'],
		['12345\n', '5\n'],
		['123456\n', '56\n'],
		['12x\n', '12\n'],
		[' 8\n', '8\n'],
		['abc\n', '8\n'],
		['\n', '8\n'],
	];
	for (const [written, shown] of cases) {
		await echo(booted, written, '/sys/fs/myfs/first');
		t.equal(await booted.read('/sys/fs/myfs/first'), shown, JSON.stringify(written));
	}
	t.equal(await booted.read('/sys/fs/myfs/second'), '2\n');
	await kernel.modules.reload('sysfs_ex');
	t.equal(await booted.read('/sys/fs/myfs/first'), '8\n', 'it remembers');
	await kernel.modules.unload('sysfs_ex');
	t.throws(() => task.stat('/sys/fs/myfs'), { code: 'ENOENT' });
});

t.test('sysfs_ex2: a parameter that is written behind its back, and an attribute of a bus', async t => {
	const booted = new Booted(t);
	const { kernel, task } = booted;
	await kernel.modules.load(sysfsEx2, ['value=3']);
	t.equal(await booted.read('/sys/module/sysfs_ex2/parameters/value'), '3\n');
	await echo(booted, '4\n', '/sys/module/sysfs_ex2/parameters/value');
	t.equal(await booted.read('/sys/module/sysfs_ex2/parameters/value'), '4\n');
	const wanted = ['devices', 'drivers', 'uevent', 'drivers_autoprobe', 'drivers_probe', 'busval'];
	t.same((await booted.names('/sys/bus/my_pseudo_bus')).sort(), wanted.sort());
	t.equal(await booted.read('/sys/bus/my_pseudo_bus/busval'), '1\n');
	await echo(booted, '6\n', '/sys/bus/my_pseudo_bus/busval');
	t.equal(await booted.read('/sys/bus/my_pseudo_bus/busval'), '6\n');
	await kernel.modules.unload('sysfs_ex2');
	t.throws(() => task.stat('/sys/bus/my_pseudo_bus'), { code: 'ENOENT' });
});
