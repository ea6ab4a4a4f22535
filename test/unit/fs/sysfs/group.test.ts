/** group - attributes that come and go together, and files of bytes; what is refused, and mistakes of authors. */

import t, { type Test } from 'tap';
import {
	type Attribute,
	sysfsChmodFile,
	sysfsCreateBinFile,
	sysfsCreateFile,
	sysfsNotify,
	sysfsRemoveFile,
} from '../../../../kernel-sim/fs/sysfs/file.ts';
import {
	type AttributeGroup,
	sysfsCreateGroup,
	sysfsCreateGroups,
	sysfsMergeGroup,
	sysfsRemoveGroup,
	sysfsRemoveGroups,
	sysfsUnmergeGroup,
	sysfsUpdateGroup,
} from '../../../../kernel-sim/fs/sysfs/group.ts';
import { Kobject, type KobjType, kobjectCreateAndAdd } from '../../../../kernel-sim/lib/kobject.ts';
import { O_RDONLY, O_RDWR, O_WRONLY, SEEK_END } from '../../../../src/uapi/fcntl.ts';
import { S_IFREG } from '../../../../src/uapi/stat.ts';
import { Booted } from '../proc/booted.ts';

/** A machine with an object /sys/kernel/k. */
class Machine extends Booted {
	readonly kobj: Kobject;

	constructor(t: Test, oopses = 0) {
		super(t, { oopses });
		this.kobj = kobjectCreateAndAdd('k', this.kernel.sysfs.kernel);
	}

	here(dir = ''): Promise<string[]> {
		return this.names(`/sys/kernel/k${dir}`);
	}
}

const attr: Attribute = { mode: 0o444, show: () => 'text' };

t.test('sysfs_create_groups: all or nothing', async t => {
	const machine = new Machine(t);
	const { kobj } = machine;
	const one: AttributeGroup = { attrs: { a: attr, b: attr } };
	const named: AttributeGroup = { name: 'g', attrs: { c: attr }, binAttrs: { d: { mode: 0o444 } } };
	t.throws(() => sysfsCreateGroups(kobj, [one, named, { attrs: { z: attr, b: attr } }]), { code: 'EEXIST' });
	t.same(await machine.here(), []);
	t.throws(() => sysfsCreateGroup(kobj, { name: 'h', attrs: { d: attr }, binAttrs: { d: { mode: 0o444 } } }), {
		code: 'EEXIST',
	});
	t.same(await machine.here(), []);
	sysfsCreateGroups(kobj, [one, named]);
	t.same(await machine.here(), ['a', 'b', 'g']);
	t.throws(() => sysfsCreateGroup(kobj, named), { code: 'EEXIST' });
	t.same(await machine.here('/g'), ['c', 'd']);
	sysfsRemoveGroups(kobj, [one, named]);
	sysfsRemoveGroups(kobj, [one, named]);
	t.same(await machine.here(), []);
	sysfsCreateGroup(kobj, { name: 'empty' });
	t.same(await machine.here(), []);
});

t.test('sysfs_create_group: files that are made later are there for whoever looks, lists, adds or removes', async t => {
	const group: AttributeGroup = {
		attrs: { a: attr, hidden: attr },
		binAttrs: { b: { mode: 0o444 } },
		later: true,
		isVisible: (_kobj, name, { mode }) => (name === 'hidden' ? 0 : mode),
	};
	const ways: Readonly<Record<string, (machine: Machine) => unknown>> = {
		'a look-up': ({ task }) => task.stat('/sys/kernel/k/b'),
		'a listing': machine => machine.here(),
		'a name that is taken': ({ kobj }) => t.throws(() => sysfsCreateFile(kobj, 'a', attr), { code: 'EEXIST' }),
		'a change of mode': ({ kobj }) => sysfsChmodFile(kobj, 'b', 0o444),
	};
	for (const [way, look] of Object.entries(ways)) {
		const machine = new Machine(t);
		const { kobj } = machine;
		sysfsCreateGroup(kobj, group);
		sysfsCreateGroup(kobj, { name: 'g', attrs: { c: attr } });
		sysfsCreateFile(kobj, 'constructor', attr);
		t.same([...kobj.kn.made.keys()], ['g', 'constructor'], `before ${way}`);
		await look(machine);
		t.same((await machine.here()).sort(), ['a', 'b', 'constructor', 'g'], way);
		t.equal(await machine.read('/sys/kernel/k/a'), 'text');
		sysfsRemoveGroup(kobj, group);
		t.same((await machine.here()).sort(), ['constructor', 'g']);
	}
	const never = new Machine(t);
	sysfsCreateGroup(never.kobj, group);
	sysfsRemoveGroup(never.kobj, group);
	t.same(await never.here(), []);
});

t.test('sysfs_merge_group: into a group that is there, and out again', async t => {
	const machine = new Machine(t);
	const { kobj } = machine;
	const base: AttributeGroup = { name: 'power', attrs: { control: attr } };
	const more: AttributeGroup = { name: 'power', attrs: { wakeup: attr } };
	t.throws(() => sysfsMergeGroup(kobj, more), { code: 'ENOENT' });
	t.equal(sysfsUnmergeGroup(kobj, more), undefined);
	sysfsCreateGroup(kobj, base);
	sysfsMergeGroup(kobj, more);
	t.same(await machine.here('/power'), ['control', 'wakeup']);
	t.equal(await machine.read('/sys/kernel/k/power/wakeup'), 'text');
	t.throws(() => sysfsMergeGroup(kobj, more), { code: 'EEXIST' });
	t.same(await machine.here('/power'), ['control', 'wakeup']);
	sysfsUnmergeGroup(kobj, more);
	t.same(await machine.here('/power'), ['control']);
	sysfsRemoveGroup(kobj, base);
	t.same(await machine.here(), []);
});

t.test('sysfs_update_group: asks isVisible again', async t => {
	const machine = new Machine(t);
	const { kobj, task } = machine;
	const modes: Record<string, number> = { a: 0, b: 0o400 };
	const group: AttributeGroup = { attrs: { a: attr, b: attr }, isVisible: (_kobj, name) => modes[name]! };
	sysfsUpdateGroup(kobj, group);
	t.same(await machine.here(), ['b']);
	t.match(await task.stat('/sys/kernel/k/b'), { mode: S_IFREG | 0o400 });
	modes.a = 0o444;
	modes.b = 0o644;
	sysfsUpdateGroup(kobj, group);
	t.match(await task.stat('/sys/kernel/k/a'), { mode: S_IFREG | 0o444 });
	t.match(await task.stat('/sys/kernel/k/b'), { mode: S_IFREG | 0o644 });
	sysfsUpdateGroup(kobj, { name: 'late', attrs: { x: attr } });
	t.same(await machine.here('/late'), ['x']);
	sysfsUpdateGroup(kobj, { name: 'late', attrs: { x: attr }, isVisible: () => 0 });
	t.same(await machine.here('/late'), []);
});

t.test('create_files: bits that no attribute may have are taken away, with a warning', async t => {
	const machine = new Machine(t);
	sysfsCreateGroup(machine.kobj, { attrs: { odd: { mode: 0o777 }, fine: { mode: 0o664 } } });
	t.match(await machine.task.stat('/sys/kernel/k/odd'), { mode: S_IFREG | 0o664 });
	t.same(machine.warnings(), ['Attribute odd: Invalid permissions 0777']);
});

t.test('sysfs_ops: a type without show or store has files that cannot be opened for it', async t => {
	const machine = new Machine(t);
	const { task, kobj } = machine;
	const types: Record<string, KobjType> = {
		ro: { sysfsOps: { show: (_kobj, _attr, { name }) => `${name}!` } },
		wo: { sysfsOps: { store: (_kobj, _attr, buf, { count }) => count - buf.length } },
		no: { sysfsOps: {} },
	};
	for (const [name, ktype] of Object.entries(types)) {
		const child = new Kobject(ktype);
		child.add(kobj, name);
		sysfsCreateFile(child, 'f', { mode: 0o644, show: () => 'never' });
	}
	t.equal(await machine.read('/sys/kernel/k/ro/f'), 'f!');
	const fd = await task.open('/sys/kernel/k/wo/f', O_WRONLY);
	t.equal(await task.write(fd, 'ab\0cd'), 3);
	for (const [path, flags] of [
		['ro/f', O_WRONLY],
		['wo/f', O_RDONLY],
		['no/f', O_RDONLY],
		['no/f', O_WRONLY],
	] as const) {
		t.throws(() => task.open(`/sys/kernel/k/${path}`, flags), { code: 'EACCES' }, `${path} ${flags}`);
	}
});

t.test('sysfs_kf_write: any bytes come and go, up to a NUL', async t => {
	const { kobj, task } = new Machine(t);
	let kept = '';
	sysfsCreateFile(kobj, 'f', {
		mode: 0o644,
		show: () => kept,
		store(_kobj, buf) {
			kept = buf;
		},
	});
	const fd = await task.open('/sys/kernel/k/f', O_RDWR);
	for (const bytes of [[0xff, 0xfe, 0x41], [0xc3, 0xa4, 0xc3], [...Buffer.from('\u00e4\u{1f600}\n')]]) {
		t.equal(await task.write(fd, Uint8Array.from([...bytes, 0, 1])), bytes.length + 2);
		t.same([...(await task.pread(fd, 100, 0))], bytes);
	}
	t.equal(await task.write(fd, '\0'), 1);
	t.equal((await task.pread(fd, 100, 0)).length, 0);
});

t.test('sysfs_kf_bin_read: an llseek of its own, and a file that can neither be read nor written', async t => {
	const { kobj, task } = new Machine(t);
	sysfsCreateBinFile(kobj, 'seeks', { mode: 0o444, size: 7, read: () => new Uint8Array(0), llseek: () => 3 });
	const fd = await task.open('/sys/kernel/k/seeks', O_RDONLY);
	t.equal(await task.lseek(fd, 0, SEEK_END), 3);
	sysfsCreateBinFile(kobj, 'dead', { mode: 0o644 });
	t.throws(() => task.open('/sys/kernel/k/dead', O_RDONLY), { code: 'EACCES' });
	t.throws(() => task.open('/sys/kernel/k/dead', O_WRONLY), { code: 'EACCES' });
});

t.test('sysfs_chmod_file, sysfs_notify, sysfs_remove_file: of what is there and what is not', async t => {
	const { kobj, task } = new Machine(t);
	sysfsCreateGroup(kobj, { name: 'g', attrs: { f: attr } });
	sysfsCreateFile(kobj, 'f', attr);
	sysfsChmodFile(kobj, 'f', 0o400);
	t.match(await task.stat('/sys/kernel/k/f'), { mode: S_IFREG | 0o400 });
	t.throws(() => sysfsChmodFile(kobj, 'x', 0o400), { code: 'ENOENT' });
	for (const [group, name] of [
		[undefined, 'f'],
		['g', 'f'],
		['x', 'f'],
		[undefined, 'x'],
	] as const) {
		sysfsNotify(kobj, group, name);
	}
	sysfsRemoveFile(kobj, 'f');
	sysfsRemoveFile(kobj, 'f');
	t.throws(() => task.stat('/sys/kernel/k/f'), { code: 'ENOENT' });
});

t.test('sysfs: a mistake in show or store is an oops, EIO, and the machine goes on', async t => {
	const machine = new Machine(t, 4);
	const { kobj, task, kernel } = machine;
	const wrong: Attribute = {
		mode: 0o644,
		show() {
			throw new TypeError('shown wrongly');
		},
		store: () => -5,
	};
	const later: Attribute = {
		mode: 0o644,
		show: async () => {
			throw new TypeError('shown wrongly later');
		},
		async store() {
			throw new TypeError('stored wrongly later');
		},
	};
	sysfsCreateGroup(kobj, { attrs: { wrong, later, fine: attr } });
	for (const name of ['wrong', 'later']) {
		const fd = await task.open(`/sys/kernel/k/${name}`, O_RDWR);
		await t.rejects(async () => task.read(fd, 10), { code: 'EIO' });
		await t.rejects(async () => task.write(fd, 'x'), { code: 'EIO' });
	}
	t.equal(kernel.panic.oopses, 4);
	t.ok(machine.host.lines.some(line => /BUG: RangeError: store of wrong returned -5/.test(line)));
	t.equal(await machine.read('/sys/kernel/k/fine'), 'text');
	t.equal(await machine.read('/sys/kernel/oops_count'), '4\n');
	t.equal(kobj.del(), undefined, 'nobody is inside');
});
