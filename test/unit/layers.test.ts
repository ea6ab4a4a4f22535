/**
 * layers.test - which folder may import which, and the other rules of the house that a program can check.
 *
 *     src/boundary -> src/netlink -> src/uapi -> src/lib          the ground floor
 *     kernel-sim -> ground floor          mount -> ground floor          never one another
 *     src/machine -> both                 src/cli, src/testing, src/index.ts, test -> anything
 */

import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const lib = ['src/lib/'];
const uapi = ['src/uapi/', ...lib];
const netlink = ['src/netlink/', ...uapi];
const ground = ['src/boundary/', ...netlink];

/**
 * What the files below a path may import: paths in this repository, packages, or `node:` for all that Node has. The first row
 * whose `from` a file's path begins with is its own.
 */
const layers: readonly { readonly from: string; readonly to: readonly string[] }[] = [
	{ from: 'src/lib/', to: [...lib, 'node:util', 'node:buffer'] },
	{ from: 'src/uapi/', to: [...uapi, 'node:util', 'node:buffer'] },
	{ from: 'src/netlink/', to: [...netlink, 'node:util', 'node:buffer'] },
	{ from: 'src/boundary/', to: ground },
	{ from: 'kernel-sim/samples/', to: ['kernel-sim/index.ts', 'ring3/kernel', ...ground] },
	{ from: 'kernel-sim/', to: ['kernel-sim/', ...ground] },
	{ from: 'mount/fuse/', to: ['mount/fuse/', ...ground] },
	{ from: 'mount/', to: ['mount/', 'node:', 'koffi', 'fuse-native', ...ground] },
	{
		from: 'src/machine/',
		to: ['src/machine/', 'kernel-sim/', 'mount/', 'node:', 'amaro', 'memfs', '@jsonjoy.com/fs-core', ...ground],
	},
	{ from: 'src/cli/', to: [''] },
	{ from: 'src/testing/', to: [''] },
	{ from: 'src/index.ts', to: [''] },
	{ from: 'test/', to: [''] },
];

/** Packages, and files, that only these may import. */
const reserved: readonly { readonly what: string; readonly by: readonly string[] }[] = [
	{ what: 'koffi', by: ['mount/libc.ts', 'mount/watch.ts', 'test/'] },
	{ what: 'fuse-native', by: ['mount/fuse_native_package.ts'] },
	{ what: 'memfs', by: ['src/machine/node_fs.ts'] },
	{ what: '@jsonjoy.com/fs-core', by: ['src/machine/node_fs_tree.ts'] },
	{ what: 'amaro', by: ['src/machine/'] },
	{ what: 'commander', by: ['src/cli/'] },
	{ what: 'tap', by: ['test/', 'src/testing/'] },
	{ what: 'fast-check', by: ['test/'] },
	{ what: 'typescript', by: ['test/'] },
	{ what: 'src/cli/', by: ['src/cli/', 'test/'] },
	{ what: 'src/testing/', by: ['src/testing/', 'src/index.ts', 'test/'] },
	{ what: 'src/index.ts', by: ['test/'] },
	{ what: 'test/', by: ['test/'] },
];

/** Loaded only when asked for. */
const dynamicOnly = ['fuse-native'];

interface Source {
	readonly path: string;
	readonly text: string;
}

function sources(): Source[] {
	return ['src', 'kernel-sim', 'mount', 'test'].flatMap(folder =>
		readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
			.filter(name => name.endsWith('.ts'))
			.map(name => `${folder}/${name}`)
			.map(path => ({ path, text: readFileSync(`${root}${path}`, 'utf8') })),
	);
}

/** What a file imports, by `import`, `export from`, `import()` and `import('').Type`: paths from the root, or packages. */
function importsOf({ path, text }: Source): string[] {
	const { importedFiles } = ts.preProcessFile(text, true, true);
	return importedFiles.map(({ fileName }) =>
		fileName.startsWith('.') ? posix.join(posix.dirname(path), fileName) : fileName,
	);
}

/** True if an import is what a row names: a folder, a file, a package or something in it. */
function matches(specifier: string, what: string): boolean {
	if (what === '' || specifier === what) return true;
	return /[/:]$/.test(what) ? specifier.startsWith(what) : specifier.startsWith(`${what}/`);
}

/** The imports of a file that are against the rules. */
function forbidden(source: Source): string[] {
	const row = layers.find(({ from }) => source.path.startsWith(from));
	if (row === undefined) return [`${source.path} is in no layer`];
	return importsOf(source)
		.filter(
			specifier =>
				!row.to.some(what => matches(specifier, what)) ||
				reserved.some(({ what, by }) => matches(specifier, what) && !by.some(from => source.path.startsWith(from))) ||
				(dynamicOnly.includes(specifier) && !source.text.includes(`import('${specifier}')`)),
		)
		.map(specifier => `${source.path} imports ${specifier}`);
}

const all = sources();

t.test('layers: no file imports what its folder may not', async t => {
	t.ok(all.length > 50, 'the sources were found');
	t.same(all.flatMap(forbidden), []);
});

t.test('layers: a forbidden import is found, in whatever way it is written', async t => {
	const cases: [path: string, text: string, found: boolean][] = [
		['src/lib/a.ts', `import { O_RDWR } from '../uapi/fcntl.ts';`, true],
		['src/lib/a.ts', `import { b } from './b.ts';`, false],
		['src/lib/a.ts', `import { inspect } from 'node:util';`, false],
		['src/lib/a.ts', `import { readFileSync } from 'node:fs';`, true],
		['src/uapi/a.ts', `export { u32 } from '../lib/struct.ts';`, false],
		['src/uapi/a.ts', `export { nlmsg } from '../netlink/nlmsg.ts';`, true],
		['src/boundary/a.ts', `import type { K } from '../../kernel-sim/kernel.ts';`, true],
		['kernel-sim/a.ts', `import 'node:fs';`, true],
		['kernel-sim/a.ts', `const m = await import('node:fs');`, true],
		['kernel-sim/a.ts', `let m: import('../mount/libc.ts').Libc;`, true],
		['kernel-sim/fs/a.ts', `import type { Inode } from '../../src/boundary/vfs.ts';`, false],
		['kernel-sim/samples/a.ts', `import { defineModule } from '../index.ts';`, false],
		['kernel-sim/samples/a.ts', `import { Proc } from '../fs/proc/generic.ts';`, true],
		['mount/fuse/a.ts', `import { Vfs } from '../../kernel-sim/fs/vfs.ts';`, true],
		['mount/fuse/a.ts', `import { Buffer } from 'node:buffer';`, true],
		['mount/fuse/a.ts', `import { libc } from '../libc.ts';`, true],
		['mount/a.ts', `import koffi from 'koffi';`, true],
		['mount/libc.ts', `import koffi from 'koffi';`, false],
		['mount/fuse_native_package.ts', `import fuse from 'fuse-native';`, true],
		['mount/fuse_native_package.ts', `const fuse = await import('fuse-native');`, false],
		['mount/a.ts', `export * from 'memfs/lib/volume.js';`, true],
		['src/machine/a.ts', `import { Kernel } from '../../kernel-sim/kernel.ts';`, false],
		['src/machine/a.ts', `import { Command } from 'commander';`, true],
		['src/machine/a.ts', `import { run } from '../cli/run.ts';`, true],
		['src/machine/node_fs.ts', `import { Volume } from 'memfs';`, false],
		['src/cli/a.ts', `import { Command } from 'commander';`, false],
		['src/cli/a.ts', `import { machine } from '../testing/machine.ts';`, true],
		['test/unit/a.ts', `import { transform } from 'amaro';`, true],
		['elsewhere/a.ts', '', true],
	];
	for (const [path, text, found] of cases) t.equal(forbidden({ path, text }).length > 0, found, `${path}: ${text}`);
});

t.test('layers: src/boundary is types only', async t => {
	for (const { path, text } of all.filter(({ path }) => path.startsWith('src/boundary/'))) {
		const { outputText } = ts.transpileModule(text, {
			compilerOptions: { verbatimModuleSyntax: true, removeComments: true, target: ts.ScriptTarget.ES2023 },
		});
		t.equal(outputText.trim(), 'export {};', path);
	}
});

/** Files that import one another, each in turn, until one is there again; empty where there are none. */
function circle(files: ReadonlyMap<string, readonly string[]>): string[] {
	const done = new Set<string>();
	const visit = (path: string, above: readonly string[]): string[] => {
		if (above.includes(path)) return [...above.slice(above.indexOf(path)), path];
		if (done.has(path)) return [];
		for (const imported of files.get(path) ?? []) {
			const found = visit(imported, [...above, path]);
			if (found.length > 0) return found;
		}
		done.add(path);
		return [];
	};
	return [...files.keys()].map(path => visit(path, [])).find(found => found.length > 0) ?? [];
}

t.test('layers: no files of the ground floor import one another in a circle, not even for types', async t => {
	const floor = all.filter(({ path }) => ground.some(folder => path.startsWith(folder)));
	t.same(circle(new Map(floor.map(source => [source.path, importsOf(source)]))), []);
	const linked = (text: string) => new Map(text.split(' ').map(link => [link[0]!, [...link.slice(1)]]));
	t.same(circle(linked('abc bd cd d')), []);
	t.same(circle(linked('ab bcd c da')), ['a', 'b', 'd', 'a']);
});

/** Rules for single files: what breaks them, and where that is allowed. */
const rules: readonly { readonly rule: string; readonly broken: RegExp; readonly allowed: RegExp }[] = [
	{ rule: 'a file has at most 400 lines', broken: /^(.*\n){401}/, allowed: /^src\/uapi\// },
	{ rule: 'a file is ASCII', broken: /[^\t\n -~]/, allowed: /^$/ },
	{
		rule: 'a file begins with what it is: name - one line',
		broken: /^(?!(#!.*\n)?\/\*\*(\n \*)? \S+ - \S)/,
		allowed: /^$/,
	},
	{
		rule: 'only a module of the kernel is a default export',
		broken: /^export (default (?!defineModule\()|\{[^}]*\bas default\b)/m,
		allowed: /^$/,
	},
	{ rule: 'no variable lives in a module', broken: /^(export )?(let|var) /m, allowed: /^test\// },
];

t.test('layers: every file keeps the rules of the house', async t => {
	for (const { rule, broken, allowed } of rules) {
		t.same(
			all.filter(({ path, text }) => !allowed.test(path) && broken.test(text)).map(({ path }) => path),
			[],
			rule,
		);
	}
});

t.test('layers: a file that breaks a rule is found', async t => {
	const kept = '/**\n * a - a file.\n */\n\nexport const a = 1;\n';
	const cases = [
		'x\n'.repeat(401),
		`${kept}// caf\u00e9\n`,
		'/* a - a file. */\n',
		`${kept}export default a;\n`,
		`${kept}export { a as default };\n`,
		`${kept}export let b = 1;\n`,
	];
	for (const { rule, broken } of rules) {
		t.notOk(broken.test(kept), rule);
		t.notOk(broken.test(`#!/usr/bin/env node\n${kept}`), rule);
		t.ok(
			cases.some(text => broken.test(text)),
			rule,
		);
	}
	for (const text of cases)
		t.ok(
			rules.some(({ broken }) => broken.test(text)),
			JSON.stringify(text.slice(-30)),
		);
});
