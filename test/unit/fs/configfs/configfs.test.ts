/**
 * configfs.test - what the contracts of configfs do not see: registering, references, modules that come and go, interruptions.
 */

import t from 'tap';
import {
	ConfigfsSubsystem,
	ConfigGroup,
	ConfigItem,
	type ConfigItemType,
} from '../../../../kernel-sim/fs/configfs/item.ts';
import { defineModule, type ModuleDefinition } from '../../../../kernel-sim/kernel/module.ts';
import type { Context } from '../../../../src/boundary/vfs.ts';
import { Errno } from '../../../../src/lib/errno.ts';
import { O_DIRECTORY, O_RDONLY } from '../../../../src/uapi/fcntl.ts';
import { codeOf, settle } from '../../kernel/bench_kernel.ts';
import { Booted } from '../proc/booted.ts';
import { CONFIG, onConfigfs } from './subsystem.ts';

const plain: ConfigItemType = {
	attrs: { value: { show: item => `${item.name}\n` } },
	makeItem: (_group, name) => new ConfigItem(name, { attrs: plain.attrs! }),
};

onConfigfs('rmmod: is EAGAIN while there are items, and takes the subsystem away', plain, async (t, kernel) => {
	await kernel.mkdir('a');
	t.equal(kernel.refcount, 2);
	t.equal(await codeOf(() => kernel.unload()), 'EAGAIN');
	t.equal(await kernel.show('a/value'), 'a\n');
	await kernel.rmdir('a');
	await kernel.unload();
	t.same(await kernel.names(CONFIG), []);
});

onConfigfs('rmmod: whoever is in the subsystem finds nothing there any more', plain, async (t, kernel) => {
	await kernel.task.chdir(kernel.dir);
	const fd = await kernel.task.open(kernel.dir, O_RDONLY | O_DIRECTORY);
	const changes = kernel.changes();
	await kernel.unload();
	t.ok(changes.includes('delete sub'));
	t.equal(await codeOf(() => kernel.task.stat('value')), 'ENOENT');
	t.equal(await codeOf(() => kernel.task.mkdir('new', 0o755)), 'ENOENT');
	t.equal(await codeOf(() => kernel.task.getdents(fd)), 'ENOENT');
	t.equal((await kernel.task.fstat(fd)).nlink, 0);
	await kernel.load();
	t.same(await kernel.names(CONFIG), ['sub'], 'and it may come again');
});

onConfigfs(
	'insmod: a name that is taken fails the module, and what it had registered before is gone',
	plain,
	async (t, kernel) => {
		const twin = defineModule({
			name: 'twin',
			license: 'GPL',
			init({ configfs }) {
				configfs.registerSubsystem(new ConfigfsSubsystem('other', plain));
				configfs.registerSubsystem(new ConfigfsSubsystem('sub', plain));
			},
		});
		t.equal(await codeOf(() => kernel.kernel.modules.load(twin as ModuleDefinition)), 'EEXIST');
		t.same(await kernel.names(CONFIG), ['sub']);
		t.equal(await kernel.show('value'), 'sub\n');
	},
);

t.test('registerSubsystem: what its attributes are refused for leaves nothing', async t => {
	const kernel = new Booted(t, { oopses: 1 });
	const bad = defineModule({
		name: 'bad',
		license: 'GPL',
		init({ configfs }) {
			const isVisible = () => {
				throw new TypeError('a mistake');
			};
			const subsys = new ConfigfsSubsystem('bad', { attrs: plain.attrs!, isVisible });
			try {
				configfs.registerSubsystem(subsys);
			} finally {
				t.equal(subsys.refcount, 1);
				t.equal(subsys.parent, undefined);
			}
		},
	});
	t.equal(await codeOf(() => kernel.kernel.modules.load(bad as ModuleDefinition)), 'EIO');
	t.same(await kernel.names(CONFIG), []);
});

onConfigfs('insmod: an init that fails takes along what was made meanwhile', plain, async (t, kernel) => {
	let made: string | undefined;
	const slow = defineModule({
		name: 'slow',
		license: 'GPL',
		async init({ configfs }) {
			configfs.registerSubsystem(new ConfigfsSubsystem('slow', plain));
			made = await codeOf(() => kernel.task.mkdir(`${CONFIG}/slow/item`, 0o755));
			throw new Errno('EBUSY');
		},
	});
	t.equal(await codeOf(() => kernel.kernel.modules.load(slow as ModuleDefinition)), 'EBUSY');
	t.equal(made, undefined);
	t.same(await kernel.names(CONFIG), ['sub']);
	t.match(kernel.host.lines.join('\n'), /Tried to unregister non-empty subsystem!/);
});

onConfigfs(
	'registerSubsystem: one that is registered is EEXIST, and may go before its module does',
	plain,
	async (t, kernel) => {
		const other = new ConfigfsSubsystem('other', plain);
		const unregister = kernel.user.registerSubsystem(other);
		t.throws(() => kernel.user.registerSubsystem(other), { code: 'EEXIST' });
		t.same((await kernel.names(CONFIG)).sort(), ['other', 'sub']);
		await unregister();
		await unregister();
		t.same(await kernel.names(CONFIG), ['sub']);
		t.equal(other.refcount, 1);
		await kernel.unload();
	},
);

onConfigfs('registerGroup: a group in what is there already, as if it had come with it', plain, async (t, kernel) => {
	const group = new ConfigGroup('late', plain);
	const undo = kernel.user.registerGroup(kernel.subsys, group);
	t.equal(await kernel.show('late/value'), 'late\n');
	t.equal(await kernel.rmdir('late'), 'EPERM');
	t.equal(await kernel.mkdir('late'), 'EEXIST');
	await undo();
	t.equal(await kernel.show('late/value'), 'ENOENT');
	const made = kernel.user.registerDefaultGroup(kernel.subsys, 'made', plain);
	t.equal(await kernel.show('made/value'), 'made\n');
	t.equal(made.subsys, kernel.subsys);
	t.throws(() => kernel.user.registerDefaultGroup(kernel.subsys, 'made', plain), { code: 'EEXIST' });
	t.throws(() => kernel.user.registerGroup(new ConfigGroup('nowhere', plain), group), { code: 'ENOENT' });
	await kernel.unload();
});

onConfigfs('config_item_put: the last reference releases, wherever it is given back', plain, async (t, kernel) => {
	const released: string[] = [];
	const type: ConfigItemType = { release: item => void released.push(item.name) };
	const group = new ConfigGroup('group', { ...type, makeItem: (_group, name) => new ConfigItem(name, type) });
	kernel.user.registerGroup(kernel.subsys, group);
	await kernel.mkdir('group/a');
	const held = group.findItem('a')!;
	t.equal(held.refcount, 3);
	t.equal(group.findItem('b'), undefined);
	await kernel.rmdir('group/a');
	t.same(released, []);
	t.equal(held.parent, undefined);
	held.put();
	t.same(released, ['a']);
	t.throws(() => held.put(), RangeError);
});

const released: string[] = [];

onConfigfs(
	'configfs_remove_default_groups: gives back what came with a group, which settles with what it releases',
	{
		makeGroup(_group, name) {
			const group: ConfigGroup = new ConfigGroup(name, { release: () => group.removeDefaultGroups() });
			group.addDefaultGroup(new ConfigGroup('in', { release: () => settle().then(() => void released.push(name)) }));
			return group;
		},
	},
	async (t, kernel) => {
		await kernel.mkdir('a');
		await kernel.rmdir('a');
		t.same(released, ['a']);
	},
);
onConfigfs('configfs_depend_item: not what is not there', plain, async (t, kernel) => {
	const { user, subsys } = kernel;
	t.throws(() => user.dependItem(subsys, new ConfigItem('loose', {})), { code: 'ENOENT' });
	t.throws(() => user.dependItemUnlocked(subsys, new ConfigItem('loose', {})), { code: 'EINVAL' });
	t.throws(() => user.undependItem(new ConfigItem('loose', {})), RangeError);
	t.throws(() => user.dependItem(new ConfigfsSubsystem('unknown', {}), subsys), { code: 'ENOENT' });
	await kernel.mkdir('a');
	const item = subsys.findItem('a')!;
	user.dependItem(subsys, item);
	t.equal(await kernel.rmdir('a'), 'EBUSY');
	user.undependItem(item);
	t.throws(() => user.undependItem(item), RangeError);
	await kernel.rmdir('a');
	t.throws(() => user.dependItem(subsys, item), { code: 'ENOENT' });
});

let wake = () => {};
const asleep = new Promise<void>(resolve => {
	wake = resolve;
});
const sleepy = { slow: { show: () => asleep.then(() => 'shown\n') }, quick: { show: () => 'quick\n' } };

onConfigfs(
	'configfs_rmdir: a signal that kills ends the wait for a show with EINTR, and everything is as before',
	{ makeItem: (_group, name) => new ConfigItem(name, { attrs: sleepy }) },
	async (t, kernel) => {
		await kernel.mkdir('a');
		const reading = kernel.show('a/slow');
		await settle();
		const remover = kernel.fork({ comm: 'rmdir' });
		const removing = codeOf(() => remover.rmdir(`${kernel.dir}/a`));
		await settle();
		const late = kernel.show('a/quick');
		remover.interrupt();
		await settle();
		t.equal(remover.state, 'S', 'no other signal does');
		remover.kill();
		t.equal(await removing, 'EINTR');
		t.equal(await late, 'quick\n', 'who came behind it goes on');
		wake();
		t.equal(await reading, 'shown\n');
		t.equal(await kernel.mkdir('b'), undefined);
		t.equal(await kernel.rmdir('a'), undefined);
	},
);

onConfigfs(
	'mkdir, show and store: are told who calls, and can be interrupted',
	(() => {
		const until = ({ signal }: Context) =>
			new Promise<never>((_, reject) => {
				signal.addEventListener('abort', () => reject(new Errno('EINTR')), { once: true });
			});
		const attrs = { value: { show: (_: ConfigItem, ctx: Context) => until(ctx), store: storeUntil } };
		async function storeUntil(_item: ConfigItem, _page: string, _bytes: Uint8Array, ctx: Context) {
			await until(ctx);
		}
		return { attrs, makeItem: (_group: ConfigGroup, _name: string, ctx: Context) => until(ctx) };
	})(),
	async (t, kernel) => {
		const calls = [kernel.mkdir('a'), kernel.show('value'), kernel.store('value', 'x')];
		await settle();
		kernel.task.interrupt();
		t.same(await Promise.all(calls), ['EINTR', 'EINTR', 'EINTR']);
		t.same(await kernel.names(kernel.dir), ['value']);
		t.equal(kernel.subsys.mutex.locked, false);
	},
);

onConfigfs(
	'mkdir: two hundred levels, and down again',
	(() => {
		const nested: ConfigItemType = { makeGroup: (_group, name) => new ConfigGroup(name, nested) };
		return nested;
	})(),
	async (t, kernel) => {
		const paths = Array.from({ length: 200 }, (_, depth) =>
			Array(depth + 1)
				.fill('d')
				.join('/'),
		);
		for (const path of paths) t.equal(await kernel.mkdir(path), undefined);
		t.equal(kernel.refcount, 400);
		t.equal(await kernel.rmdir(paths[0]!), 'ENOTEMPTY');
		for (const path of paths.reverse()) t.equal(await kernel.rmdir(path), undefined);
		t.equal(kernel.refcount, 0);
	},
);

onConfigfs('mount: wherever it is mounted, it is the same tree', plain, async (t, kernel) => {
	await kernel.task.mount('none', '/tmp', 'configfs');
	await kernel.task.mkdir('/tmp/sub/a', 0o755);
	t.equal(await kernel.show('a/value'), 'a\n');
	await kernel.task.umount('/tmp');
	t.equal(await kernel.show('a/value'), 'a\n');
	t.equal(await codeOf(() => kernel.task.setxattr(kernel.dir, 'trusted.x', Buffer.from('y'))), 'EOPNOTSUPP');
});

t.test('CONFIG_CONFIGFS_FS off: a module registers what nobody sees', async t => {
	const kernel = new Booted(t, { config: { CONFIG_CONFIGFS_FS: false } });
	t.notOk((await kernel.names('/sys/kernel')).includes('config'));
	const definition = defineModule({
		name: 'm',
		license: 'GPL',
		init: ({ configfs }) => void configfs.registerSubsystem(new ConfigfsSubsystem('s', plain)),
	});
	await kernel.kernel.modules.load(definition as ModuleDefinition);
	t.equal(await codeOf(() => kernel.task.mount('none', '/tmp', 'configfs')), 'ENODEV');
	await kernel.kernel.modules.unload('m');
});
