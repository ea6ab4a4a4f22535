/**
 * oops.test - modules that stumble in what configfs calls them for: the caller gets EIO, nothing is left, and others go on.
 */

import { type ConfigGroup, ConfigItem, type ConfigItemType } from '../../../../kernel-sim/fs/configfs/item.ts';
import { O_RDONLY, O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { codeOf } from '../../kernel/bench_kernel.ts';
import { onConfigfs } from './subsystem.ts';

const stumble = () => {
	throw new TypeError('a mistake');
};

/** Makes items that stumble where `name` says so, and others. */
const clumsy: ConfigItemType = {
	makeItem(_group, name) {
		if (name === 'makeItem') return stumble();
		if (name === 'later') return Promise.reject(new TypeError('a mistake'));
		if (name === 'nonsense') return { name } as ConfigItem;
		const type: ConfigItemType = {
			attrs: { value: { show: () => 'value\n', ...(name === 'show' && { show: stumble }), store: stumble } },
			binAttrs: { bin: { read: stumble, write: stumble } },
			...(name === 'release' && { release: stumble }),
			...(name === 'isVisible' && { isVisible: stumble }),
		};
		return new ConfigItem(name, type);
	},
};

for (const name of ['makeItem', 'later', 'nonsense', 'isVisible']) {
	onConfigfs(
		`mkdir: ${name} stumbles, and it is EIO`,
		clumsy,
		async (t, kernel) => {
			t.equal(await kernel.mkdir(name), 'EIO');
			t.same(await kernel.names(kernel.dir), []);
			t.equal(kernel.refcount, 0);
			t.equal(kernel.subsys.children.size, 0);
			t.equal(kernel.subsys.mutex.locked, false);
			t.equal(await kernel.mkdir('good'), undefined);
			t.equal(await kernel.show('good/value'), 'value\n');
			t.equal(await kernel.rmdir('good'), undefined);
			await kernel.unload();
		},
		{ oopses: 1 },
	);
}

onConfigfs(
	'mkdir: an item that has its place already is EIO',
	(() => {
		let made: ConfigItem | undefined;
		return { makeItem: () => (made ??= new ConfigItem('same', {})) };
	})(),
	async (t, kernel) => {
		t.equal(await kernel.mkdir('a'), undefined);
		t.equal(await kernel.mkdir('b'), 'EIO');
		t.same(await kernel.names(kernel.dir), ['a']);
		t.equal(kernel.refcount, 2);
	},
	{ oopses: 1 },
);

onConfigfs(
	'mkdir: an item that is no group, where a group is made, is EIO',
	{ makeGroup: (_group, name) => new ConfigItem(name, {}) as ConfigGroup },
	async (t, kernel) => {
		t.equal(await kernel.mkdir('a'), 'EIO');
		t.equal(kernel.refcount, 0);
	},
	{ oopses: 1 },
);

for (const operation of ['dropItem', 'disconnectNotify'] as const) {
	onConfigfs(
		`rmdir: ${operation} stumbles, and the item is gone all the same`,
		{ ...clumsy, [operation]: stumble },
		async (t, kernel) => {
			t.equal(await kernel.mkdir('a'), undefined);
			t.equal(await kernel.rmdir('a'), undefined);
			t.same(await kernel.names(kernel.dir), []);
			t.equal(kernel.refcount, 0);
			t.equal(await kernel.mkdir('a'), undefined);
			t.match(kernel.host.lines.join('\n'), new RegExp(`${operation} in configfs`));
		},
		{ oopses: 1 },
	);
}

onConfigfs(
	'rmdir: release stumbles, and the item is gone all the same',
	clumsy,
	async (t, kernel) => {
		t.equal(await kernel.mkdir('release'), undefined);
		t.equal(await kernel.rmdir('release'), undefined);
		t.same(await kernel.names(kernel.dir), []);
		await kernel.unload();
	},
	{ oopses: 1 },
);

onConfigfs(
	'show and store: stumbling is EIO, each time',
	clumsy,
	async (t, kernel) => {
		t.equal(await kernel.mkdir('show'), undefined);
		t.equal(await kernel.show('show/value'), 'EIO');
		t.equal(await kernel.show('show/value'), 'EIO');
		t.equal(await kernel.store('show/value', 'x'), 'EIO');
		t.equal(await kernel.show('show/bin'), 'EIO');
		t.equal(await kernel.rmdir('show'), undefined, 'no lock is held');
	},
	{ oopses: 4 },
);

onConfigfs(
	'write of a binary attribute: stumbling at close is in the log alone',
	clumsy,
	async (t, kernel) => {
		t.equal(await kernel.mkdir('a'), undefined);
		const fd = await kernel.open('a/bin', O_WRONLY);
		await kernel.task.write(fd, Buffer.from('data'));
		t.equal(kernel.refcount, 3);
		t.equal(await codeOf(() => kernel.task.close(fd)), undefined);
		t.equal(kernel.refcount, 2);
	},
	{ oopses: 1 },
);

onConfigfs(
	'store: a negative count is a mistake',
	{ attrs: { bad: { store: () => -5 } } },
	async (t, kernel) => {
		t.equal(await kernel.store('bad', 'x'), 'EIO');
	},
	{ oopses: 1 },
);

onConfigfs(
	'symlink: allowLink stumbles, and there is no link; dropLink does, and it is gone',
	{
		makeItem: (_group, name) =>
			new ConfigItem(name, name === 'bad' ? { allowLink: stumble } : { allowLink: () => {}, dropLink: stumble }),
	},
	async (t, kernel) => {
		for (const name of ['bad', 'good', 'to']) await kernel.mkdir(name);
		const link = (name: string) => codeOf(() => kernel.task.symlink(`${kernel.dir}/to`, `${kernel.dir}/${name}/l`));
		t.equal(await link('bad'), 'EIO');
		t.equal(await kernel.rmdir('bad'), undefined);
		t.equal(await link('good'), undefined);
		t.equal(await codeOf(() => kernel.task.unlink(`${kernel.dir}/good/l`)), undefined);
		t.equal(await kernel.rmdir('to'), undefined, 'nothing leads to it any more');
	},
	{ oopses: 2 },
);

onConfigfs(
	'open: the files of an item that is gone keep the module, and no code of it runs',
	clumsy,
	async (t, kernel) => {
		await kernel.mkdir('a');
		const fd = await kernel.open('a/value', O_RDONLY);
		await kernel.rmdir('a');
		t.equal(kernel.refcount, 1);
		t.equal(await codeOf(() => kernel.task.read(fd, 10)), 'ENOENT');
		t.equal(await codeOf(() => kernel.unload()), 'EAGAIN');
		await kernel.task.close(fd);
		await kernel.unload();
	},
);
