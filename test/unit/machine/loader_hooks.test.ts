/** loader_hooks - what the hooks make of a marked URL, in the thread in which they run. */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import t from 'tap';
import { initialize, load, MARK, resolve } from '../../../src/machine/loader_hooks.ts';

/** The URL of a file that belongs to the first load of the loader `name`. */
const marked = (file: string, name = 'me') => `${pathToFileURL(file).href}?${MARK}=${name}.1`;

t.test('load: a marked file is read, stripped and told of to its loader; others are not ours', async t => {
	const dir = t.testdir({ 'a.ts': 'export const a: number = 1;\n', 'b.mjs': 'export const b = 1;\n' });
	const { port1, port2 } = new MessageChannel();
	t.teardown(() => port1.close());
	initialize({ loader: 'me', port: port1 });
	const next = () => t.fail('this one is ours') as never;
	const file = join(dir, 'a.ts');
	t.same(load(marked(file), {}, next), {
		format: 'module',
		source: `export const a         = 1;\n\n//# sourceURL=${file}`,
		shortCircuit: true,
	});
	t.same(receiveMessageOnPort(port2)?.message, { mark: 'me.1', path: file, text: 'export const a: number = 1;\n' });
	load(marked(join(dir, 'b.mjs'), 'somebody'), {}, next);
	t.equal(receiveMessageOnPort(port2), undefined, 'a file of a loader that nobody knows');
	const other = { format: 'module' };
	for (const url of [pathToFileURL(file).href, 'node:fs', 'data:text/javascript,1']) {
		t.equal(
			load(url, {}, () => other),
			other,
			url,
		);
	}
});

t.test('load: what does not parse is told of before it is refused', async t => {
	const file = join(t.testdir({ 'a.ts': 'let: = 1;\n' }), 'a.ts');
	const { port1, port2 } = new MessageChannel();
	t.teardown(() => port1.close());
	initialize({ loader: 'me', port: port1 });
	t.throws(() => load(marked(file), {}, () => t.fail() as never), { name: 'SyntaxError', message: `${file}:1:` });
	t.match(receiveMessageOnPort(port2)?.message, { path: file });
});

t.test('resolve: the mark is handed down to scripts that are named by a path', async t => {
	const parentURL = marked('/home/me/m.ts');
	const found = (url: string) => () => ({ url });
	const cases: [specifier: string, found: string, want: string][] = [
		['./n.ts', 'file:///home/me/n.ts', 'file:///home/me/n.ts?ring3=me.1'],
		['../n.mjs', 'file:///home/n.mjs', 'file:///home/n.mjs?ring3=me.1'],
		['./data.json', 'file:///home/me/data.json', 'file:///home/me/data.json'],
		['node:fs', 'node:fs', 'node:fs'],
		['package', 'file:///home/me/node_modules/package/index.js', 'file:///home/me/node_modules/package/index.js'],
	];
	for (const [specifier, url, want] of cases) t.match(resolve(specifier, { parentURL }, found(url)), { url: want });
	const plain = resolve('./n.ts', { parentURL: 'file:///home/me/m.ts' }, found('file:///home/me/n.ts'));
	t.match(plain, { url: 'file:///home/me/n.ts' });
});
