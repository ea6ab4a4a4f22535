/** loader - files and samples become definitions; edits are seen; errors name the line. */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FileLoader } from '../../../src/machine/loader.ts';

const loader = new FileLoader();

/** A module that remembers what it was made of. */
function moduleText(word: string): string {
	return `export default { word: '${word}' };\n`;
}

t.test('insmod: each of the four extensions is loaded, types and all', async t => {
	const dir = t.testdir({
		'a.ts': "interface A { word: string }\nexport default { word: 'a' } satisfies A as A;\n",
		'b.mts': "export default { word: 'b' as string };\n",
		'c.js': moduleText('c'),
		'd.mjs': moduleText('d'),
	});
	for (const file of ['a.ts', 'b.mts', 'c.js', 'd.mjs']) {
		t.same(await loader.load(join(dir, file)), { word: file[0] }, file);
	}
});

t.test('insmod: ring3/kernel is the running copy, from any folder', async t => {
	const dir = t.testdir({
		'a.ts': "import { isErrno } from 'ring3/kernel';\nexport default { isErrno };\n",
	});
	const kernel = await import('../../../kernel-sim/index.ts');
	t.same(await loader.load(join(dir, 'a.ts')), { isErrno: kernel.isErrno });
});

t.test('insmod: an edited file is read anew, and so is what it imports by a relative path', async t => {
	const dir = t.testdir({
		'm.ts': "import { word } from './lib/words.ts';\nexport default { word };\n",
		lib: { 'words.ts': "export { word } from './deep.mjs';\n", 'deep.mjs': "export const word = 'old';\n" },
	});
	t.same(await loader.load(join(dir, 'm.ts')), { word: 'old' });
	writeFileSync(join(dir, 'lib/deep.mjs'), "export const word = 'new';\n");
	t.same(await loader.load(join(dir, 'm.ts')), { word: 'new' });
	writeFileSync(join(dir, 'm.ts'), moduleText('other'));
	t.same(await loader.load(join(dir, 'm.ts')), { word: 'other' });
});

t.test('insmod: a link to a file is the file, and its imports are found beside the file', async t => {
	const dir = t.testdir({
		real: { 'm.mjs': "export { default } from './n.mjs';\n", 'n.mjs': moduleText('n') },
		elsewhere: {},
	});
	symlinkSync(join(dir, 'real/m.mjs'), join(dir, 'elsewhere/m.mjs'));
	t.same(await loader.load(join(dir, 'elsewhere/m.mjs')), { word: 'n' });
});

t.test('insmod: an error keeps its line in the .ts file, with a plain path', async t => {
	const dir = t.testdir({
		'm.ts': [
			'type Unused = { a: string };',
			"import { fail } from './fail.ts';",
			'export default { init(): void { fail(); } };',
			'',
		].join('\n'),
		'fail.ts': 'interface Nothing {}\n\nexport function fail(): never {\n\tthrow new TypeError("boom");\n}\n',
	});
	const { init } = (await loader.load(join(dir, 'm.ts'))) as { init(): void };
	try {
		init();
		t.fail('init returned');
	} catch (error) {
		const stack = (error as Error).stack!.split('\n').slice(0, 3);
		t.same(stack, ['TypeError: boom', `    at fail (${dir}/fail.ts:4:8)`, `    at init (${dir}/m.ts:3:33)`]);
	}
});

t.test('insmod: what cannot be loaded is one line that says why', async t => {
	const dir = t.testdir({
		'words.txt': 'words',
		'type.ts': 'let a = 1;\n\nlet b: = 3;\n',
		'enum.ts': 'enum A { B }\nexport default A;\n',
		'syntax.mjs': 'export default {};\nlet 3 = 4;\n',
		'deep.ts': "\nexport { default } from './type.ts';\n",
		'throws.ts': 'type A = string;\nnull!.x;\nexport default {};\n',
		'nodefault.ts': 'export const a = 1;\n',
		'nofile.ts': "import './missing.ts';\n",
		'nopackage.ts': "import 'not-installed';\n",
		'noexport.ts': "import { nothing } from './nodefault.ts';\nexport default nothing;\n",
		'folder.ts': {},
	});
	mkdirSync(join(dir, 'empty'));
	const cases: [string, string, string][] = [
		['missing.ts', 'ENOENT', `ENOENT: ${dir}/missing.ts: no such file`],
		['words.txt', 'ENOEXEC', `ENOEXEC: ${dir}/words.txt: not a .ts, .mts, .js or .mjs file`],
		['type.ts', 'ENOEXEC', `ENOEXEC: ${dir}/type.ts:3: Unexpected token`],
		['enum.ts', 'ENOEXEC', `ENOEXEC: ${dir}/enum.ts:1: TypeScript enum is not supported in strip-only mode`],
		['syntax.mjs', 'ENOEXEC', `ENOEXEC: ${dir}/syntax.mjs:2: `],
		['deep.ts', 'ENOEXEC', `ENOEXEC: ${dir}/type.ts:3: Unexpected token`],
		['throws.ts', 'ENOEXEC', `ENOEXEC: ${dir}/throws.ts:2: Cannot read properties of null`],
		['nodefault.ts', 'ENOEXEC', `ENOEXEC: ${dir}/nodefault.ts: no default export`],
		['nofile.ts', 'ENOEXEC', `ENOEXEC: ${dir}/nofile.ts: Cannot find module '${dir}/missing.ts'`],
		['nopackage.ts', 'ENOEXEC', `ENOEXEC: ${dir}/nopackage.ts: Cannot find package 'not-installed'`],
		['noexport.ts', 'ENOEXEC', `ENOEXEC: ${dir}/noexport.ts: The requested module './nodefault.ts' does not provide`],
		['folder.ts', 'ENOEXEC', `ENOEXEC: ${dir}/folder.ts: not a file`],
	];
	for (const [file, code, message] of cases) {
		try {
			await loader.load(join(dir, file));
			t.fail(`${file} was loaded`);
		} catch (error) {
			const { code: gotCode, message: gotMessage } = error as { code: string; message: string };
			t.equal(gotCode, code, file);
			t.equal(gotMessage.slice(0, message.length), message, file);
			t.notMatch(gotMessage, /\n|\?ring3=/, `${file}: one line, a plain path`);
		}
	}
});

t.test('insmod: a bare name is a sample; no such sample is ENOENT', async t => {
	await t.rejects(loader.load('no_such_sample'), { code: 'ENOENT' });
	await t.rejects(loader.load('../kernel'), { code: 'EINVAL' });
	t.ok(await loader.load('seqfile'));
});
