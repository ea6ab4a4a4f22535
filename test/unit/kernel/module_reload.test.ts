/**
 * module_reload.test - loading modules anew, in kernel-sim/kernel/modules.ts.
 */

import t from 'tap';
import type { ModuleDefinition } from '../../../kernel-sim/kernel/module.ts';
import { param } from '../../../kernel-sim/kernel/moduleparam.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { BenchKernel, codeOf, settle } from './bench_kernel.ts';

const named = (name: string, rest: Partial<ModuleDefinition> = {}): ModuleDefinition => ({
	name,
	license: 'GPL',
	...rest,
});

t.test('reload: what is remembered stays where the new code still has a place for it', async t => {
	const before = named('m', {
		state: () => ({ count: 0, dropped: 'x' }),
		init: ({ state }) => void Object.assign(state, { count: 7 }),
	});
	const bench = new BenchKernel({ modules: { '/home/m.ts': before } });
	const { kernel, host } = bench;
	await kernel.modules.load('/home/m.ts');
	host.modules.set('/home/m.ts', named('m', { state: () => ({ count: 0, added: true }) }));
	const module = await kernel.modules.reload('m');
	t.same(module.memory, { count: 7, added: true });
	await kernel.modules.unload('m');
	t.same((await kernel.modules.load('/home/m.ts')).memory, { count: 0, added: true }, 'rmmod forgets');
	t.equal(await codeOf(() => kernel.modules.reload('nothing')), 'ENOENT');
	bench.finish(t);
});

/** A bench with `/home/m.ts` loaded. */
async function loaded(definition: Partial<ModuleDefinition>, args: readonly string[] = []) {
	const bench = new BenchKernel({ modules: { '/home/m.ts': named('m', definition) } });
	await bench.kernel.modules.load('/home/m.ts', args);
	const edit = (edited: unknown, text?: string) => bench.host.modules.set('/home/m.ts', edited, text);
	return { bench, modules: bench.kernel.modules, edit };
}

t.test('reload: parameters that were set since stay, those of insmod too, the others are as declared now', async t => {
	const params = (word: string) => ({
		word: param.charp(word, 0o644),
		args: param.int(1, 0o644),
		list: param.array(param.int, 4, [1], 0o644),
		gone: param.charp(null),
	});
	const { bench, modules, edit } = await loaded({ params: params('old') }, ['args=5']);
	modules.find('m')!.params.store('list', '7,8\n');
	edit(named('m', { params: params('new') }));
	t.match((await modules.reload('m')).params.values, { word: 'new', args: 5, list: [7, 8], gone: null });
	modules.find('m')!.params.store('word', 'mine\n');
	const { gone, ...others } = params('newer');
	edit(named('m', { params: { ...others, word: param.string(3, '') } }));
	t.same((await modules.reload('m')).params.values, { word: '', args: 5, list: [7, 8] }, 'what does not fit is left');
	t.match(bench.log, /word: string doesn't fit in 2 chars\.\nm: parameter 'word' is not what it was\n/);
	t.match((await modules.reload('m', ['args=6'])).params.values, { args: 6 }, 'arguments that are given count');
	t.equal(gone.initial, null);
	bench.finish(t);
});

t.test('reload: what can be refused without the new code is, and the old one has not noticed', async t => {
	const calls: string[] = [];
	const exit = () => void calls.push('exit');
	const { bench, modules, edit } = await loaded({ init: () => void calls.push('init'), exit, state: () => ({ n: 1 }) });
	const old = modules.find('m');
	const cases: [unknown, string][] = [
		['text', 'ENOEXEC'],
		[named('other'), 'EINVAL'],
		[named('m', { depends: ['missing'] }), 'ENOENT'],
		[named('m', { depends: ['m'] }), 'ENOENT'],
		[{ ...named('m'), params: { x: 1 } }, 'ENOEXEC'],
	];
	for (const [edited, code] of cases) {
		edit(edited);
		t.equal(await codeOf(() => modules.reload('m')), code);
		t.equal(modules.find('m'), old);
	}
	edit(named('m'));
	old!.tryGet();
	t.equal(await codeOf(() => modules.reload('m')), 'EAGAIN', 'in use');
	old!.put();
	t.same(calls, ['init']);
	edit({ ...named('m'), state: () => JSON.parse('{') });
	t.equal(await codeOf(() => modules.reload('m')), 'EIO', 'a state that stumbles');
	bench.expectedOopses = 1;
	t.equal(modules.find('m'), old);
	bench.finish(t);
});

t.test('reload: when the new init fails, the old one is loaded again with its state and parameters', async t => {
	const calls: string[] = [];
	const params = { n: param.int(1, 0o644) };
	const { bench, modules, edit } = await loaded({
		params,
		state: () => ({ count: 0 }),
		init: ({ params, state }) =>
			void calls.push(`init ${(params as { n: number }).n} ${(state as { count: number }).count}`),
		exit: () => void calls.push('exit'),
	});
	modules.find('m')!.params.store('n', '3');
	Object.assign(modules.find('m')!.memory, { count: 9 });
	const failures: [Partial<ModuleDefinition>, string][] = [
		[{ init: () => Promise.reject(new Errno('ENODEV')) }, 'ENODEV'],
		[{ init: () => Promise.reject(new TypeError('mistake')) }, 'EIO'],
	];
	for (const [failing, code] of failures) {
		edit(named('m', failing));
		t.equal(await codeOf(() => modules.reload('m')), code);
		t.match(modules.find('m'), { state: 'Live', refcount: 0, memory: { count: 9 } });
	}
	t.same(calls, ['init 1 0', 'exit', 'init 3 9', 'exit', 'init 3 9']);
	t.match(bench.log, /m: loaded again as it was before\n/);
	bench.expectedOopses = 1;
	bench.finish(t);
});

t.test('reload: where not even the old one loads any more, nothing is left', async t => {
	let times = 0;
	const init = () => {
		if (++times > 1) throw new Errno('EBUSY');
	};
	const { bench, modules, edit } = await loaded({ init });
	edit(named('m', { init: () => Promise.reject(new Errno('ENODEV')) }));
	t.equal(await codeOf(() => modules.reload('m')), 'ENODEV');
	t.equal(modules.find('m'), undefined);
	t.match(bench.log, /m: what was there before cannot be loaded any more: EBUSY\n$/);
	edit(named('m'));
	await modules.load('/home/m.ts');
	bench.finish(t);
});

t.test('reload, insmod at once: the name is never free in between', async t => {
	const { bench, modules, edit } = await loaded({ exit: () => settle() });
	edit(named('m', { init: () => settle() }));
	const reloading = modules.reload('m');
	const gone = Promise.resolve(modules.whenGone('m', new AbortController().signal)).then(() => 'gone');
	const codes = await Promise.all([1, 2, 3].map(() => codeOf(() => modules.load(named('m')))));
	t.strictSame(new Set(codes).has(undefined), false, codes.join());
	await reloading;
	t.equal(await Promise.race([gone, settle().then(() => 'there')]), 'there', 'loading anew is no end');
	await modules.unload('m');
	t.equal(await gone, 'gone');
	bench.finish(t);
});

t.test('oops: a picture of the line that has thrown, as it was when the module was loaded', async t => {
	const at = (line: number) =>
		Object.assign(new TypeError('mistake'), { stack: `TypeError: mistake\n    at init (/home/m.ts:${line}:3)` });
	const { bench, modules, edit } = await loaded({});
	edit(named('m', { init: () => Promise.reject(at(2)) }), 'one\ntwo\nthree\n');
	await t.rejects(modules.reload('m'), {
		code: 'EIO',
		message:
			/m: init threw TypeError: mistake\n\/home\/m\.ts:2:3\n {2}1 \| one\n> 2 \| two\n {4}\| {3}\^\n {2}3 \| three$/,
	});
	t.match(
		bench.log,
		/Modules linked in: m\(O\+\) \[last unloaded: m\(O\)\]\n---\[ end trace 0{16} \]---\n\/home\/m\.ts:2:3\n {2}1 \| one\n/,
	);
	bench.kernel.panic.oops(at(2), 'somewhere');
	t.notMatch(bench.log.slice(bench.log.indexOf('somewhere')), /\| two/, 'the text of what is loaded now is not known');
	bench.expectedOopses = 2;
	bench.finish(t);
});
