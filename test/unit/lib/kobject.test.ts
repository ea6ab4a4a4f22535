/** kobject - objects as directories: adding, naming, moving, references, sets. */

import t, { type Test } from 'tap';
import { sysfsCreateMountPoint } from '../../../kernel-sim/fs/sysfs/dir.ts';
import { sysfsCreateFile } from '../../../kernel-sim/fs/sysfs/file.ts';
import { sysfsCreateLink, sysfsRemoveLink, sysfsRenameLink } from '../../../kernel-sim/fs/sysfs/symlink.ts';
import {
	Kobject,
	type KobjType,
	Kset,
	kobjectCreateAndAdd,
	ksetCreateAndAdd,
} from '../../../kernel-sim/lib/kobject.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { S_IFDIR } from '../../../src/uapi/stat.ts';
import { Booted } from '../fs/proc/booted.ts';

/** A machine with an object /sys/kernel/top. */
class Machine extends Booted {
	readonly top: Kobject;

	constructor(t: Test) {
		super(t);
		this.top = kobjectCreateAndAdd('top', this.kernel.sysfs.kernel);
	}
}

t.test('sysfs: the top level is that of Linux', async t => {
	const machine = new Machine(t);
	const top = ['block', 'bus', 'class', 'dev', 'devices', 'firmware', 'fs', 'kernel', 'module', 'power'];
	t.same(await machine.names('/sys'), top);
	for (const name of top) t.match(await machine.task.stat(`/sys/${name}`), { mode: S_IFDIR | 0o755, size: 0 });
	t.same(await machine.names('/sys/dev'), ['block', 'char']);
	t.same(await machine.names('/sys/firmware'), []);
});

t.test('kobject_add: a directory with the files of the type, and a path', async t => {
	const machine = new Machine(t);
	const ktype: KobjType = {
		groups: [
			{ attrs: { a: { mode: 0o444, show: kobj => kobj.name } } },
			{ name: 'inner', attrs: { b: { mode: 0o444, show: kobj => kobj.path } } },
		],
	};
	const kobj = new Kobject(ktype);
	t.notOk(kobj.inSysfs);
	t.throws(() => kobj.kn, TypeError);
	kobj.add(machine.top, 'one/two');
	t.ok(kobj.inSysfs);
	t.equal(kobj.name, 'one!two');
	t.equal(kobj.path, '/kernel/top/one!two');
	t.equal(await machine.read('/sys/kernel/top/one!two/a'), 'one!two');
	t.equal(await machine.read('/sys/kernel/top/one!two/inner/b'), '/kernel/top/one!two');
	t.match(await machine.task.stat('/sys/kernel/top'), { nlink: 3 });
});

t.test('kobject_add: what is refused leaves nothing behind, and is logged', t => {
	const machine = new Machine(t);
	const { top, host } = machine;
	const logged = (pattern: RegExp) =>
		t.ok(
			host.lines.splice(0).some(line => pattern.test(line)),
			`${pattern}`,
		);
	t.throws(() => new Kobject().add(top, ''), { code: 'EINVAL' });
	logged(/attempted to be registered with empty name/);
	new Kobject().add(top, 'taken');
	const set = new Kset();
	set.add(top, 'set');
	const second = new Kobject();
	second.kset = set;
	t.throws(() => second.add(top, 'taken'), { code: 'EEXIST' });
	logged(/sysfs: cannot create duplicate filename '\/kernel\/top\/taken'/);
	t.notOk(second.inSysfs);
	t.equal(second.parent, undefined);
	t.same([...set.list], []);

	const attr = { mode: 0o444, show: () => '' };
	const broken = {
		groups: [{ attrs: { fine: attr } }, { name: 'g', attrs: { x: attr } }, { name: 'g', attrs: { y: attr } }],
	};
	t.throws(() => new Kobject(broken).add(top, 'broken'), { code: 'EEXIST' });
	t.equal(top.kn.findChild('broken'), undefined);
	logged(/kobject_add_internal failed for broken with -EEXIST, don't try to register things/);

	top.del();
	t.throws(() => new Kobject().add(top, 'late'), { code: 'ENOENT' });
	logged(/kobject_add_internal failed for late \(error: -2 parent: top\)/);
	t.throws(() => new Kobject().add(undefined, 'nowhere'), TypeError);
	t.end();
});

t.test('kobject_put: the last reference takes it out of sysfs and releases it', t => {
	const { top } = new Machine(t);
	const released: string[] = [];
	const ktype: KobjType = { release: kobj => released.push(kobj.name) };
	const parent = new Kobject(ktype);
	const child = new Kobject(ktype);
	parent.add(top, 'parent');
	child.add(parent, 'child');
	t.equal(parent.refcount, 2, 'a child refers to its parent');
	child.get();
	child.put();
	t.ok(child.inSysfs);
	child.put();
	t.notOk(child.inSysfs);
	t.same(released, ['child']);
	parent.put();
	t.same(released, ['child', 'parent']);
	t.equal(top.kn.findChild('parent'), undefined);
	t.throws(() => parent.put(), RangeError);
	t.end();
});

t.test('kobject_del: twice is no mistake, and a parent that goes first takes the directories along', async t => {
	const machine = new Machine(t);
	const parent = kobjectCreateAndAdd('parent', machine.top);
	const child = kobjectCreateAndAdd('child', parent);
	parent.del();
	parent.del();
	t.throws(() => machine.task.stat('/sys/kernel/top/parent'), { code: 'ENOENT' });
	t.throws(() => sysfsCreateFile(child, 'late', { mode: 0o444 }), { code: 'ENOENT' });
	child.del();
	t.same(await machine.names('/sys/kernel/top'), []);
});

t.test('kset: the place of its objects, which it finds by name', t => {
	const { top } = new Machine(t);
	const kset = ksetCreateAndAdd('set', top);
	const add = (name: string, parent?: Kobject) => {
		const kobj = new Kobject();
		kobj.kset = kset;
		kobj.add(parent, name);
		return kobj;
	};
	const [here, there] = [add('here'), add('there', top)];
	t.equal(here.parent, kset);
	t.equal(there.parent, top);
	t.same([...kset.list], [here, there]);
	t.equal(kset.find('there'), there);
	t.equal(kset.find('nowhere'), undefined);
	t.equal(kset.refcount, 4, 'itself, two members, one child');
	here.put();
	t.same([...kset.list], [there]);
	t.end();
});

t.test('kobject_rename, kobject_move: the directory goes along, and who has it open keeps it', async t => {
	const machine = new Machine(t);
	const { top, task, kernel } = machine;
	const events: (readonly string[])[] = [];
	kernel.uevents.listen(({ env }) => events.push(env));
	const kset = ksetCreateAndAdd('set', top);
	const kobj = new Kobject();
	kobj.kset = kset;
	kobj.add(top, 'old');
	const { seqnum } = kernel.uevents;
	sysfsCreateFile(kobj, 'name', { mode: 0o444, show: ({ name }) => name });
	const fd = await task.open('/sys/kernel/top/old/name', 0);
	kobj.rename('new');
	t.equal(await machine.read('/sys/kernel/top/new/name'), 'new');
	t.throws(() => task.stat('/sys/kernel/top/old'), { code: 'ENOENT' });
	t.equal(Buffer.from(await task.read(fd, 10)).toString(), 'new');
	kobj.move(undefined);
	t.equal(kobj.path, '/kernel/top/set/new');
	t.equal(await machine.read('/sys/kernel/top/set/new/name'), 'new');
	kobjectCreateAndAdd('taken', kset);
	t.throws(() => kobj.rename('taken'), { code: 'EEXIST' });
	t.equal(kobj.name, 'new');
	t.throws(() => kernel.sysfs.power.rename('weakness'), { code: 'EINVAL' });
	t.throws(() => kernel.sysfs.power.move(undefined), { code: 'EINVAL' });
	t.same(events, [
		['ACTION=move', 'DEVPATH=/kernel/top/new', 'SUBSYSTEM=set', 'DEVPATH_OLD=/kernel/top/old', `SEQNUM=${seqnum + 1}`],
		[
			'ACTION=move',
			'DEVPATH=/kernel/top/set/new',
			'SUBSYSTEM=set',
			'DEVPATH_OLD=/kernel/top/new',
			`SEQNUM=${seqnum + 2}`,
		],
	]);
});

t.test('kobject_get_ownership: a type may say who owns directory and files', async t => {
	const machine = new Machine(t);
	const ktype: KobjType = {
		getOwnership: () => ({ uid: 5, gid: 6 }),
		groups: [{ attrs: { a: { mode: 0o600 } }, binAttrs: { b: { mode: 0o600 } } }],
	};
	new Kobject(ktype).add(machine.top, 'owned');
	for (const path of ['owned', 'owned/a', 'owned/b']) {
		t.match(await machine.task.stat(`/sys/kernel/top/${path}`), { uid: 5, gid: 6 }, path);
	}
});

t.test('sysfs_create_link: links follow what they lead to, and can be renamed', async t => {
	const machine = new Machine(t);
	const { top, task } = machine;
	const [a, b] = [kobjectCreateAndAdd('a', top), kobjectCreateAndAdd('b', top)];
	sysfsCreateLink(a, b, 'link');
	t.throws(() => sysfsCreateLink(a, b, 'link'), { code: 'EEXIST' });
	t.equal(await task.readlink('/sys/kernel/top/a/link'), '../b');
	sysfsRenameLink(a, 'link', 'other');
	sysfsRenameLink(a, 'nothing', 'something');
	t.same(await machine.names('/sys/kernel/top/a'), ['other']);
	sysfsRemoveLink(a, 'other');
	sysfsRemoveLink(a, 'other');
	t.same(await machine.names('/sys/kernel/top/a'), []);
	sysfsCreateMountPoint(a, 'point');
	t.match(await task.stat('/sys/kernel/top/a/point'), { mode: S_IFDIR | 0o555, nlink: 2 });
});

t.test('modules: what a module makes goes with it, also if its init fails', async t => {
	const machine = new Machine(t);
	const { modules } = machine.kernel;
	await modules.load({
		name: 'maker',
		license: 'GPL',
		init({ kobject, sysfs }) {
			const kobj = kobject.createAndAdd('made', kobject.kernelKobj);
			const set = kobject.ksetCreateAndAdd('set', kobj);
			sysfs.createFile(kobj, 'file', { mode: 0o444, show: () => 'text' });
			sysfs.createBinFile(kobj, 'bytes', { mode: 0o444, read: () => Buffer.from('bytes') });
			sysfs.createGroup(kobj, { name: 'group', attrs: { inner: { mode: 0o444, show: () => '' } } });
			sysfs.createLink(kobj, set, 'link');
			sysfs.createFile(kobj, 'away', { mode: 0o444 });
			sysfs.removeFile(kobj, 'away');
		},
	});
	t.same(await machine.names('/sys/kernel/made'), ['set', 'file', 'bytes', 'group', 'link']);
	await modules.unload('maker');
	t.throws(() => machine.task.stat('/sys/kernel/made'), { code: 'ENOENT' });
	const init: NonNullable<Parameters<typeof modules.load>[0] & object>['init'] = ({ kobject }) => {
		kobject.createAndAdd('at_top');
		throw new Errno('ENODEV');
	};
	await t.rejects(modules.load({ name: 'fails', license: 'GPL', init: init! }), { code: 'ENODEV' });
	t.throws(() => machine.task.stat('/sys/at_top'), { code: 'ENOENT' });
});
