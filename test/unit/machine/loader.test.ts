/** loader - files and samples become definitions; edits are seen; errors name the line. */

import { execFileSync } from 'node:child_process';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FileLoader } from '../../../src/machine/loader.ts';

const loader = new FileLoader();

/** What a file exports. */
async function load(source: string): Promise<unknown> {
	return (await loader.load(source)).definition;
}

/** The error that a file is refused with. */
async function refusal(source: string): Promise<Error & { code: string }> {
	try {
		await loader.load(source);
	} catch (error) {
		return error as Error & { code: string };
	}
	throw new Error(`${source} was loaded`);
}

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
		t.same(await load(join(dir, file)), { word: file[0] }, file);
	}
});

t.test('insmod: ring3/kernel is the running copy, from any folder', async t => {
	const dir = t.testdir({
		'a.ts': "import { isErrno } from 'ring3/kernel';\nexport default { isErrno };\n",
	});
	const kernel = await import('../../../kernel-sim/index.ts');
	t.same(await load(join(dir, 'a.ts')), { isErrno: kernel.isErrno });
});

t.test('insmod: an edited file is read anew, and so is what it imports by a relative path', async t => {
	const dir = t.testdir({
		'm.ts': "import { word } from './lib/words.ts';\nexport default { word };\n",
		lib: { 'words.ts': "export { word } from './deep.mjs';\n", 'deep.mjs': "export const word = 'old';\n" },
	});
	t.same(await load(join(dir, 'm.ts')), { word: 'old' });
	writeFileSync(join(dir, 'lib/deep.mjs'), "export const word = 'new';\n");
	t.same(await load(join(dir, 'm.ts')), { word: 'new' });
	writeFileSync(join(dir, 'm.ts'), moduleText('other'));
	t.same(await load(join(dir, 'm.ts')), { word: 'other' });
});

t.test('insmod: a link to a file is the file, and its imports are found beside the file', async t => {
	const dir = t.testdir({
		real: { 'm.mjs': "export { default } from './n.mjs';\n", 'n.mjs': moduleText('n') },
		elsewhere: {},
	});
	symlinkSync(join(dir, 'real/m.mjs'), join(dir, 'elsewhere/m.mjs'));
	t.same(await load(join(dir, 'elsewhere/m.mjs')), { word: 'n' });
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
	const { init } = (await load(join(dir, 'm.ts'))) as { init(): void };
	try {
		init();
		t.fail('init returned');
	} catch (error) {
		const stack = (error as Error).stack!.split('\n').slice(0, 3);
		t.same(stack, ['TypeError: boom', `    at fail (${dir}/fail.ts:4:8)`, `    at init (${dir}/m.ts:3:33)`]);
	}
});

t.test('insmod: what cannot be loaded is a line that says why', async t => {
	const dir = t.testdir({
		'words.txt': 'words',
		'type.ts': 'let a = 1;\n\nlet b: = 3;\n',
		'enum.ts': 'enum A { B }\nexport default A;\n',
		'tabs.ts': 'let a = 1;\n\ta = (;\n',
		'eof.ts': 'let a = 1;\n/* never',
		'binary.ts': '\u0001\u0000\u0002',
		'deep_js.ts': "import './syntax.mjs';\n",
		'syntax.mjs': 'export default {};\nlet 3 = 4;\n',
		'deep.ts': "\nexport { default } from './type.ts';\n",
		'throws.ts': 'type A = string;\nnull!.x;\nexport default {};\n',
		'nodefault.ts': 'export const a = 1;\n',
		'nofile.ts': "import './missing.ts';\n",
		'nopackage.ts': "import 'not-installed';\n",
		'noexport.ts': "import { nothing } from './nodefault.ts';\nexport default nothing;\n",
		'huge.ts': '',
		'folder.ts': {},
	});
	execFileSync('mkfifo', [join(dir, 'pipe.ts')]);
	truncateSync(join(dir, 'huge.ts'), 2 ** 24 + 1);
	const cases: [string, string, string][] = [
		['missing.ts', 'ENOENT', `${dir}/missing.ts: no such file`],
		['words.txt', 'ENOEXEC', `${dir}/words.txt: not a .ts, .mts, .js or .mjs file`],
		['type.ts', 'ENOEXEC', `${dir}/type.ts:3:8: Unexpected token`],
		['tabs.ts', 'ENOEXEC', `${dir}/tabs.ts:2:7: Expression expected`],
		['eof.ts', 'ENOEXEC', `${dir}/eof.ts:2: Unterminated block comment`],
		['enum.ts', 'ENOEXEC', `${dir}/enum.ts:1:1: TypeScript enum is not supported in strip-only mode`],
		['syntax.mjs', 'ENOEXEC', `${dir}/syntax.mjs:2:1: `],
		['deep.ts', 'ENOEXEC', `${dir}/type.ts:3:8: Unexpected token`],
		['deep_js.ts', 'ENOEXEC', `${dir}/syntax.mjs:2:1: `],
		['throws.ts', 'ENOEXEC', `${dir}/throws.ts:2:7: Cannot read properties of null`],
		['nodefault.ts', 'ENOEXEC', `${dir}/nodefault.ts: no default export`],
		['nofile.ts', 'ENOEXEC', `${dir}/nofile.ts: Cannot find module '${dir}/missing.ts'`],
		['nopackage.ts', 'ENOEXEC', `${dir}/nopackage.ts: Cannot find package 'not-installed'`],
		['noexport.ts', 'ENOEXEC', `${dir}/noexport.ts: The requested module './nodefault.ts' does not provide`],
		['binary.ts', 'ENOEXEC', `${dir}/binary.ts:1:1: Unexpected character`],
		['folder.ts', 'ENOEXEC', `${dir}/folder.ts: not a file`],
		['pipe.ts', 'ENOEXEC', `${dir}/pipe.ts: not a file`],
		['huge.ts', 'EFBIG', `${dir}/huge.ts: larger than 16777216 bytes`],
	];
	for (const [file, code, message] of cases) {
		const error = await refusal(join(dir, file));
		const [first] = error.message.split('\n');
		t.equal(error.code, code, file);
		t.equal(first!.slice(0, code.length + 2 + message.length), `${code}: ${message}`, file);
		t.notMatch(error.message, /\?ring3=/, `${file}: a plain path`);
	}
});

t.test('insmod: behind the line that says why is a picture of the place', async t => {
	const dir = t.testdir({
		'type.ts': 'let a = 1;\n\nlet b: = 3;\n',
		'deep.ts': "\nexport { default } from './throws.ts';\n",
		'throws.ts': 'type A = string;\n\tnull!.x;\nexport default {};\n',
	});
	const picture = async (file: string) => (await refusal(join(dir, file))).message.split('\n').slice(1);
	t.same(await picture('type.ts'), ['  2 |', '> 3 | let b: = 3;', '    |        ^', '  4 |']);
	t.same(await picture('deep.ts'), [
		'  1 | type A = string;',
		'> 2 |     null!.x;',
		'    |           ^',
		'  3 | export default {};',
	]);
});

t.test('insmod: a file that waits for ever while it is imported is ETIMEDOUT, and others load meanwhile', async t => {
	const dir = t.testdir({ 'waits.ts': 'await new Promise(() => {});\nexport default {};\n', 'm.ts': moduleText('m') });
	const waits = t.rejects(new FileLoader({ timeout: 200 }).load(join(dir, 'waits.ts')), {
		code: 'ETIMEDOUT',
		message: `ETIMEDOUT: ${dir}/waits.ts: waits for something while it is imported, and has waited long enough`,
	});
	t.same(await load(join(dir, 'm.ts')), { word: 'm' });
	await waits;
});

t.test('ModuleImage: the text of each file as it was read, and a digest that changes with it', async t => {
	const dir = t.testdir({
		'm.ts': "export { default } from './n.ts';\n",
		'n.ts': moduleText('n'),
		'bad.ts': 'let 3;\n',
	});
	const [m, n] = [join(dir, 'm.ts'), join(dir, 'n.ts')];
	const before = await loader.load(m);
	t.same(
		[...before.files],
		[
			[m, "export { default } from './n.ts';\n"],
			[n, moduleText('n')],
		],
	);
	t.same((await loader.load(m)).digest, before.digest);
	writeFileSync(n, moduleText('other'));
	const after = await loader.load(m);
	t.equal(after.files.get(n), moduleText('other'));
	t.equal(before.files.get(n), moduleText('n'));
	t.notSame(after.digest, before.digest);
	t.same(loader.filesOf(m), [m, n]);
	writeFileSync(m, "import './bad.ts';\n");
	await t.rejects(loader.load(m), { code: 'ENOEXEC' });
	t.same(loader.filesOf(m), [m, join(dir, 'bad.ts')], 'also of an attempt that has failed');
	t.same(loader.filesOf('seqfile'), []);
});

t.test('insmod: a bare name is a sample; no such sample is ENOENT', async t => {
	await t.rejects(loader.load('no_such_sample'), { code: 'ENOENT' });
	await t.rejects(loader.load('../kernel'), { code: 'EINVAL' });
	t.match(await loader.load('seqfile'), { definition: { name: 'seqfile' }, digest: { length: 20 } });
	t.equal(await load('seqfile'), await load('seqfile'), 'it is the same each time');
	t.equal(await load('sysfs-ex'), await load('sysfs_ex'), '- and _ are the same');
});
