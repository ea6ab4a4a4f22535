/**
 * modules.test - kernel-sim/kernel/modules.ts, module.ts and module_context.ts.
 */

import t from 'tap';
import { defineModule, isModuleDefinition, type ModuleDefinition } from '../../../kernel-sim/kernel/module.ts';
import { param } from '../../../kernel-sim/kernel/moduleparam.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { BenchKernel, codeOf, onBench, settle } from './bench_kernel.ts';

const named = (name: string, rest: Partial<ModuleDefinition> = {}): ModuleDefinition => ({
	name,
	license: 'GPL',
	...rest,
});

onBench('insmod: init gets parameters, state and the log; rmmod calls exit', async (t, bench) => {
	const hello = defineModule({
		name: 'hello-world',
		license: 'GPL',
		params: { whom: param.charp('world'), howmany: param.int(1) },
		state: () => ({ greeted: 0 }),
		init({ params, state, pr }) {
			state.greeted += params.howmany;
			pr.info('hello, %s\n', params.whom);
		},
		exit: ({ pr, state }) => pr.info('goodbye after %d\n', state.greeted),
	});
	const module = await bench.kernel.modules.load(hello as ModuleDefinition, ['whom=you', 'howmany=3']);
	t.match(module, { name: 'hello_world', state: 'Live', refcount: 0, flags: '' });
	t.equal(bench.kernel.modules.find('hello-world'), module);
	await bench.kernel.modules.unload('hello_world');
	t.match(bench.log, /hello, you\ngoodbye after 3\n$/);
	t.same(bench.kernel.modules.list(), []);
});

onBench('insmod: a value with blanks reaches the parameter whole', async (t, { kernel }) => {
	const definition = named('m', { params: { text: param.charp('') } });
	const module = await kernel.modules.load(definition, ['text=a b  c']);
	t.equal(module.params.show('text'), 'a b  c\n');
});

onBench('rmmod: undoes in reverse what was done, exit first', async (t, { kernel }) => {
	const order: string[] = [];
	await kernel.modules.load(
		named('m', {
			init({ onExit }) {
				for (const n of [1, 2, 3]) onExit(() => void order.push(`undo ${n}`));
			},
			exit: () => void order.push('exit'),
		}),
	);
	await kernel.modules.unload('m');
	t.same(order, ['exit', 'undo 3', 'undo 2', 'undo 1']);
});

onBench('insmod: an init that refuses undoes what it has done, and is not listed', async (t, bench) => {
	const order: string[] = [];
	const load = () =>
		bench.kernel.modules.load(
			named('m', {
				init({ onExit, proc }) {
					onExit(() => void order.push('undone'));
					proc.createSingle('m', 0o444, () => {});
					throw new Errno('ENODEV');
				},
				exit: () => void t.fail('exit is not called'),
			}),
		);
	t.equal(await codeOf(load), 'ENODEV');
	t.same(order, ['undone']);
	t.equal(bench.kernel.modules.find('m'), undefined);
	t.equal(await codeOf(() => bench.kernel.task().stat('/proc/m')), 'ENOENT');
	t.equal(await codeOf(load), 'ENODEV', 'it can be tried again');
	t.notMatch(bench.log, /Oops/, 'a refusal is no mistake');
});

onBench('insmod: an init that stumbles is EIO, and the log has its stack', async (t, bench) => {
	bench.expectedOopses = 1;
	const load = () =>
		bench.kernel.modules.load(
			named('m', {
				async init() {
					await settle();
					throw new TypeError('mistake');
				},
			}),
		);
	t.equal(await codeOf(load), 'EIO');
	t.match(bench.log, /BUG: TypeError: mistake\nOops: init of module m: \[#1\]\n/);
	t.match(bench.log, /modules\.test/);
	t.equal(bench.kernel.modules.find('m'), undefined);
});

onBench('rmmod: a module whose exit or undoing stumbles is gone all the same', async (t, bench) => {
	bench.expectedOopses = 3;
	const order: string[] = [];
	await bench.kernel.modules.load(
		named('m', {
			init({ onExit }) {
				onExit(() => void order.push('first'));
				onExit(() => Promise.reject(new Error('later')));
				onExit(() => {
					throw new Error('undo');
				});
			},
			exit() {
				throw new Error('exit');
			},
		}),
	);
	await bench.kernel.modules.unload('m');
	t.same(order, ['first']);
	t.equal(bench.kernel.modules.find('m'), undefined);
	for (const message of ['exit', 'undo', 'later']) t.match(bench.log, `BUG: Error: ${message}\n`);
});

onBench('rmmod: waits for what takes its time to undo', async (t, { kernel }) => {
	let release = () => {};
	const busy = new Promise<void>(resolve => {
		release = resolve;
	});
	await kernel.modules.load(named('m', { init: ({ onExit }) => onExit(() => busy) }));
	let gone = false;
	const unloading = kernel.modules.unload('m').then(() => {
		gone = true;
	});
	await settle();
	t.equal(gone, false);
	t.match(kernel.modules.find('m'), { state: 'Unloading', flags: '(-)' });
	t.equal(await codeOf(() => kernel.modules.unload('m')), 'EBUSY');
	t.equal(kernel.modules.find('m')?.tryGet(), false);
	release();
	await unloading;
	t.equal(gone, true);
});

onBench(
	'insmod: what is refused',
	async (t, { kernel }) => {
		await kernel.modules.load(named('taken'));
		const cases: [string | ModuleDefinition, readonly string[], string][] = [
			['/x/missing.ts', [], 'ENOENT'],
			['/x/text.ts', [], 'ENOEXEC'],
			['/x/none.ts', [], 'ENOEXEC'],
			[named('x'.repeat(56)), [], 'ENOEXEC'],
			[named('taken'), [], 'EEXIST'],
			[named('m', { depends: ['missing'] }), [], 'ENOENT'],
			[named('m', { params: { n: param.int(0) } }), ['n=x'], 'EINVAL'],
			[named('m', { params: { n: param.charp('') } }), ['n=a\0b'], 'EINVAL'],
			[named('m', { params: { n: param.int(0) } }), ['n=99999999999'], 'ERANGE'],
			[named('m', { params: { n: param.int(0) } }), ['n'], 'EINVAL'],
		];
		for (const [source, args, code] of cases) t.equal(await codeOf(() => kernel.modules.load(source, args)), code);
		t.same(
			kernel.modules.list().map(({ name }) => name),
			['taken'],
		);
	},
	{ modules: { '/x/text.ts': 'text', '/x/none.ts': {} } },
);

t.test('insmod: a module that is still being loaded is waited for', async t => {
	for (const succeeds of [true, false]) {
		const bench = new BenchKernel();
		const { kernel } = bench;
		let finish = (_error?: Error) => {};
		const init = () =>
			new Promise<void>((resolve, reject) => {
				finish = error => (error === undefined ? resolve() : reject(error));
			});
		const first = codeOf(() => kernel.modules.load(named('m', { init })));
		await settle();
		t.match(kernel.modules.find('m'), { state: 'Loading', flags: '(+)', refcount: 1 });
		t.equal(await codeOf(() => kernel.modules.unload('m')), 'EBUSY');
		const second = codeOf(() => kernel.modules.load(named('m')));
		await settle();
		finish(succeeds ? undefined : new Errno('ENOMEM'));
		t.equal(await first, succeeds ? undefined : 'ENOMEM');
		t.equal(await second, succeeds ? 'EEXIST' : 'EBUSY');
		bench.finish(t);
	}
});

onBench('depends: a module that others need is counted, and cannot go', async (t, { kernel }) => {
	const base = await kernel.modules.load(named('base'));
	await kernel.modules.load(named('one', { depends: ['base'] }));
	await kernel.modules.load(named('two', { depends: ['base'] }));
	t.equal(base.refcount, 2);
	t.same(
		base.usedBy.map(({ name }) => name),
		['two', 'one'],
		'the last user comes first',
	);
	t.equal(await codeOf(() => kernel.modules.unload('base')), 'EAGAIN');
	await kernel.modules.unload('one');
	await kernel.modules.unload('two');
	t.equal(base.refcount, 0);
	await kernel.modules.unload('base');
});

onBench('depends: a module that fails to load lets go of what it needed', async (t, { kernel }) => {
	const base = await kernel.modules.load(named('base'));
	const failing = named('m', { depends: ['base'], init: () => Promise.reject(new Errno('ENOMEM')) });
	t.equal(await codeOf(() => kernel.modules.load(failing)), 'ENOMEM');
	t.match(base, { refcount: 0, usedBy: [] });
});

onBench('try_module_get: a module in use cannot go', async (t, { kernel }) => {
	const module = await kernel.modules.load(named('m'));
	t.equal(module.tryGet(), true);
	t.equal(module.refcount, 1);
	t.equal(await codeOf(() => kernel.modules.unload('m')), 'EAGAIN');
	module.put();
	t.throws(() => module.put(), RangeError);
	t.equal(await codeOf(() => kernel.modules.unload('nothing')), 'ENOENT');
	await kernel.modules.unload('m');
});

onBench('insmod: of several at once with one name, one is loaded', async (t, { kernel: { modules } }) => {
	const loads = [1, 2, 3].map(() => codeOf(() => modules.load(named('m', { init: () => settle() }))));
	t.same((await Promise.all(loads)).sort(), ['EEXIST', 'EEXIST', undefined]);
	t.equal(modules.list().length, 1);
});

onBench('lsmod: the last loaded comes first', async (t, { kernel }) => {
	for (const name of ['a', 'b', 'c']) await kernel.modules.load(named(name));
	t.same(
		kernel.modules.list().map(({ name }) => name),
		['c', 'b', 'a'],
	);
	const bases = kernel.modules.list().map(({ base }) => base);
	t.equal(new Set(bases).size, 3, 'each has an address of its own');
});

t.test('taint: a module from a file, and one that is not free, leave a mark', async t => {
	const closed = { name: 'closed', license: 'Proprietary' };
	const bench = new BenchKernel({
		modules: { '/x/one.ts': named('one'), '/x/two.ts': named('two'), sample: closed },
	});
	const { kernel } = bench;
	await kernel.modules.load('/x/one.ts');
	await kernel.modules.load('/x/two.ts');
	await kernel.modules.load('sample');
	t.same(
		kernel.modules.list().map(({ flags }) => flags),
		['(P)', '(O)', '(O)'],
	);
	t.equal(kernel.panic.printTainted().slice(0, 30), 'Tainted: P           O      ');
	t.match(
		bench.log,
		/one: loading out-of-tree module taints kernel\.\nclosed: module license 'Proprietary' taints kernel\.\n$/,
	);
	bench.finish(t);
});

t.test('module_context: two kernels and two modules share nothing', async t => {
	const [one, two] = [new BenchKernel(), new BenchKernel()];
	const seen: unknown[] = [];
	const definition = named('m', {
		state: () => ({}),
		params: { list: param.array(param.int, 4, [1]) },
		init: ({ state, params, pr }) => {
			seen.push(state, params.list);
			pr.info('here\n');
		},
	} as Partial<ModuleDefinition>);
	await one.kernel.modules.load(definition);
	await two.kernel.modules.load(definition);
	t.equal(new Set(seen).size, 4);
	t.match(one.log, /here\n$/);
	t.equal(one.log, two.log);
	for (const bench of [one, two]) bench.finish(t);
});

onBench('module_context: what is asked for twice is made once', async (t, { kernel }) => {
	await kernel.modules.load(
		named('m', {
			init(k) {
				t.equal(k.proc, k.proc);
				t.not(k.mutex(), k.mutex());
				t.not(k.waitQueueHead(), k.waitQueueHead());
				t.equal(k.time, kernel.time);
			},
		}),
	);
});

t.test('defineModule: what is no module is told apart', async t => {
	const cases: [unknown, boolean][] = [
		[named('m'), true],
		[{ name: 'm', license: 'GPL', init() {}, exit() {} }, true],
		[{ name: '', license: 'GPL' }, false],
		[{ name: 'm' }, false],
		[{ license: 'GPL' }, false],
		[{ name: 'm', license: 'GPL', init: 1 }, false],
		['m', false],
		[null, false],
		[undefined, false],
		[() => {}, false],
		[named('../m'), false],
		[named('a b'), false],
		[named('a-b_9'), true],
		[{ ...named('m'), depends: 'base' }, false],
		[{ ...named('m'), depends: [1] }, false],
		[{ ...named('m'), state: {} }, false],
		[{ ...named('m'), params: 1 }, false],
		[{ ...named('m'), params: { n: 1 } }, false],
		[{ ...named('m'), params: { 'a-b': param.int(1) } }, false],
		[{ ...named('m'), params: { n: param.int(1) } }, true],
	];
	for (const [value, want] of cases) t.equal(isModuleDefinition(value), want, JSON.stringify(value));
});

t.test('defineModule: infers the types of parameters and state', async t => {
	defineModule({
		name: 'm',
		license: 'GPL',
		params: { n: param.int(1) },
		state: () => ({ text: '' }),
		init({ params, state }) {
			const n: number = params.n;
			const text: string = state.text;
			// @ts-expect-error: there is no such parameter
			t.fail(`${n} ${text} ${params.missing}`);
		},
	});
	defineModule({
		name: 'm',
		license: 'GPL',
		// @ts-expect-error: a module without state has none
		init: ({ state }) => void t.notOk(state.text),
	});
	t.pass();
});
