/**
 * path_walk.test - kernel-sim/fs/path_walk.ts: a table of oddities, and a comparison with a naive walk over random trees.
 */

import fc from 'fast-check';
import t from 'tap';
import type { Task } from '../../../kernel-sim/fs/syscalls.ts';
import {
	O_CREAT,
	O_DIRECTORY,
	O_EXCL,
	O_NOFOLLOW,
	O_PATH,
	O_RDONLY,
	O_RDWR,
	O_TMPFILE,
	O_WRONLY,
} from '../../../src/uapi/fcntl.ts';
import { BenchKernel, codeOf, onBench } from './bench_kernel.ts';

/** A directory by its entries, a link by its text, or a file. */
type Node = { [name: string]: Node } | string | null;

function plant(task: Task, path: string, node: Node): void {
	if (node === null) void task.close(task.open(path, O_CREAT | O_WRONLY, 0o644) as number);
	else if (typeof node === 'string') task.symlink(node, path);
	else {
		if (path !== '/tmp') task.mkdir(path, 0o755);
		for (const [name, child] of Object.entries(node)) plant(task, `${path}/${name}`, child);
	}
}

/** Who walks stands in /tmp, where all of this is. */
const tree: Node = {
	f: null,
	d: { g: null, up: '..', s: { deep: null } },
	toFile: 'f',
	toDir: 'd',
	toSlash: 'd/',
	toAbsolute: '/tmp/d/g',
	nowhere: 'missing',
	self: 'self',
	a: 'b',
	b: 'a',
	...Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`l${i}`, i === 0 ? 'f' : `l${i - 1}`])),
};

onBench('link_path_walk: where a path leads, or why it leads nowhere', async (t, bench) => {
	const task = bench.kernel.task({ cwd: '/tmp' });
	plant(task, '/tmp', tree);
	const cases: [path: string, leadsTo: string][] = [
		['', 'ENOENT'],
		['/', '/'],
		['//', '/'],
		['/..', '/'],
		['/../../tmp', '/tmp'],
		['.', '/tmp'],
		['./.', '/tmp'],
		['..', '/'],
		['f', '/tmp/f'],
		['./f', '/tmp/f'],
		['/tmp//f', '/tmp/f'],
		['f/', 'ENOTDIR'],
		['f/.', 'ENOTDIR'],
		['f/..', 'ENOTDIR'],
		['f/g', 'ENOTDIR'],
		['missing', 'ENOENT'],
		['missing/', 'ENOENT'],
		['missing/..', 'ENOENT'],
		['d', '/tmp/d'],
		['d/', '/tmp/d'],
		['d///', '/tmp/d'],
		['d/.', '/tmp/d'],
		['d/..', '/tmp'],
		['d/../f', '/tmp/f'],
		['d/up', '/tmp'],
		['d/up/f', '/tmp/f'],
		['d/s/../g', '/tmp/d/g'],
		['toFile', '/tmp/f'],
		['toFile/', 'ENOTDIR'],
		['toDir', '/tmp/d'],
		['toDir/..', '/tmp'],
		['toDir/s/deep', '/tmp/d/s/deep'],
		['toSlash/g', '/tmp/d/g'],
		['toAbsolute', '/tmp/d/g'],
		['nowhere', 'ENOENT'],
		['self', 'ELOOP'],
		['self/x', 'ELOOP'],
		['a', 'ELOOP'],
		['l39', '/tmp/f'],
		['l40', 'ELOOP'],
		['x'.repeat(255), 'ENOENT'],
		['x'.repeat(256), 'ENAMETOOLONG'],
		['\u00e9'.repeat(127), 'ENOENT'],
		['\u00e9'.repeat(128), 'ENAMETOOLONG'],
		[`${'./'.repeat(2046)}f`, '/tmp/f'],
		[`${'./'.repeat(2047)}f`, '/tmp/f'],
		[`${'./'.repeat(2047)}/f`, 'ENAMETOOLONG'],
		['../proc/self/../version', '/proc/version'],
	];
	for (const [path, want] of cases) {
		const at = want.startsWith('/') ? await task.stat(want) : undefined;
		const code = await codeOf(async () =>
			t.match(await task.stat(path), { ino: at?.ino, dev: at?.dev }, path.slice(0, 40)),
		);
		t.equal(code, at === undefined ? want : undefined, path.slice(0, 40));
	}
});

onBench('lstat: the last link is not followed, unless a slash stands behind it', async (t, bench) => {
	const task = bench.kernel.task({ cwd: '/tmp' });
	plant(task, '/tmp', tree);
	t.equal(await task.readlink('toFile'), 'f');
	t.equal(await task.readlink('self'), 'self');
	t.equal((await task.lstat('toFile')).mode & 0o170000, 0o120000);
	t.equal((await task.lstat('toDir/')).mode & 0o170000, 0o040000);
	t.equal(await codeOf(() => task.lstat('toFile/')), 'ENOTDIR');
	t.equal(await codeOf(() => task.readlink('f')), 'EINVAL');
	t.equal(await codeOf(() => task.readlink('toDir/')), 'EINVAL');
});

onBench('open: which flags go with which path', async (t, bench) => {
	const task = bench.kernel.task({ cwd: '/tmp' });
	plant(task, '/tmp', tree);
	const cases: [path: string, flags: number, code: string | undefined][] = [
		['f', O_DIRECTORY, 'ENOTDIR'],
		['d', O_DIRECTORY, undefined],
		['d', O_RDWR, 'EISDIR'],
		['d', O_CREAT, 'EISDIR'],
		['d/', O_CREAT, 'EISDIR'],
		['new/', O_CREAT, 'EISDIR'],
		['.', O_CREAT, 'EISDIR'],
		['f', O_CREAT | O_DIRECTORY, 'EINVAL'],
		['f', O_CREAT | O_EXCL, 'EEXIST'],
		['toFile', O_NOFOLLOW, 'ELOOP'],
		['toFile', O_NOFOLLOW | O_PATH, undefined],
		['toDir', O_NOFOLLOW | O_DIRECTORY, 'ENOTDIR'],
		['toDir/g', O_NOFOLLOW, undefined],
		['toFile', O_CREAT | O_EXCL, 'EEXIST'],
		['nowhere', O_RDONLY, 'ENOENT'],
		['nowhere', O_CREAT | O_EXCL, 'EEXIST'],
		['nowhere', O_CREAT | O_NOFOLLOW, 'ELOOP'],
		['self', O_CREAT, 'ELOOP'],
		['f/x', O_CREAT, 'ENOTDIR'],
		['missing/x', O_CREAT, 'ENOENT'],
		['', O_CREAT, 'ENOENT'],
		['d', O_TMPFILE | O_RDWR, 'EOPNOTSUPP'],
		['d', O_TMPFILE, 'EINVAL'],
	];
	for (const [path, flags, code] of cases)
		t.equal(await codeOf(() => task.open(path, flags, 0o644)), code, `${path} ${flags}`);
	t.equal(await codeOf(() => task.stat('missing')), 'ENOENT');
	t.equal(await codeOf(() => task.open('nowhere', O_CREAT | O_WRONLY, 0o600)), undefined);
	t.equal((await task.stat('missing')).mode, 0o100600, 'a link to nowhere makes what it points to');
});

onBench('openat: begins where the descriptor is', async (t, bench) => {
	const task = bench.kernel.task();
	plant(task, '/tmp', tree);
	const dir = (await task.open('/tmp/d', O_PATH)) as number;
	const file = (await task.open('/tmp/f', O_RDONLY)) as number;
	t.equal((await task.fstat((await task.openat(dir, 'g', 0)) as number)).ino, (await task.stat('/tmp/d/g')).ino);
	t.equal((await task.fstat((await task.openat(dir, '../f', 0)) as number)).ino, (await task.stat('/tmp/f')).ino);
	t.equal(await codeOf(() => task.openat(dir, '/tmp/f', 0)), undefined);
	t.equal(await codeOf(() => task.openat(file, 'g', 0)), 'ENOTDIR');
	t.equal(await codeOf(() => task.openat(file, '/tmp/f', 0)), undefined, 'an absolute path does not ask it');
	t.equal(await codeOf(() => task.openat(99, 'g', 0)), 'EBADF');
});

onBench('getcwd: the names that were walked by, links followed', async (t, bench) => {
	const task = bench.kernel.task();
	plant(task, '/tmp', tree);
	const cases: [path: string, cwd: string, code?: string][] = [
		['/tmp/toDir/s', '/tmp/d/s'],
		['..', '/tmp/d'],
		['up', '/tmp'],
		['../../..', '/'],
		['proc/self', '/proc/%d'],
		['..', '/proc'],
		['/tmp/f', '/proc', 'ENOTDIR'],
		['missing', '/proc', 'ENOENT'],
	];
	t.equal(task.getcwd(), '/');
	for (const [path, cwd, code] of cases) {
		t.equal(await codeOf(() => task.chdir(path)), code, path);
		t.equal(task.getcwd(), cwd.replace('%d', `${task.pid}`));
	}
	const fd = (await task.open('/tmp/d', O_RDONLY)) as number;
	await task.fchdir(fd);
	t.equal(task.getcwd(), '/tmp/d');
});

/** Where a path leads in a tree that is mounted at the root: the chain of names, or an error. */
class NaiveWalk {
	readonly #root: { [name: string]: Node };
	#links = 0;

	constructor(root: { [name: string]: Node }) {
		this.#root = root;
	}

	find(path: string, base: readonly string[], follow: boolean): readonly string[] | string {
		if (path === '') return 'ENOENT';
		let at = path.startsWith('/') ? [] : [...base];
		const names = path.split('/');
		const last = names.findLastIndex(name => name !== '');
		for (const [i, name] of names.entries()) {
			if (name === '') continue;
			const here = this.#node(at);
			if (here === null || typeof here === 'string') return 'ENOTDIR';
			if (name === '.') continue;
			if (name === '..') {
				at = at.slice(0, -1);
				continue;
			}
			const child = Object.hasOwn(here, name) ? here[name] : undefined;
			if (child === undefined) return 'ENOENT';
			if (typeof child !== 'string' || (i === last && !follow && !path.endsWith('/'))) at = [...at, name];
			else {
				this.#links += 1;
				if (this.#links > 40) return 'ELOOP';
				const target = this.find(child, at, true);
				if (typeof target === 'string') return target;
				at = [...target];
			}
		}
		const end = this.#node(at);
		return path.endsWith('/') && (end === null || typeof end === 'string') ? 'ENOTDIR' : at;
	}

	#node(path: readonly string[]): Node {
		return path.reduce<Node>((node, name) => (node as { [name: string]: Node })[name]!, this.#root);
	}
}

const name = fc.constantFrom('a', 'b', 'c');
const component = fc.oneof({ weight: 4, arbitrary: name }, fc.constantFrom('.', '..', ''));
const relative = fc.array(component, { minLength: 1, maxLength: 6 }).map(names => names.join('/'));
const path = fc.tuple(fc.constantFrom('', '/tmp/'), relative, fc.constantFrom('', '/')).map(parts => parts.join(''));
const { dir } = fc.letrec<{ dir: { [name: string]: Node } }>(tie => ({
	dir: fc.dictionary(
		name,
		fc.oneof(
			{ maxDepth: 4 },
			fc.constant(null),
			path.filter(text => text !== ''),
			tie('dir'),
		),
		{ maxKeys: 3, noNullPrototype: true },
	),
}));

t.test('link_path_walk: agrees with a naive walk on random trees', async t => {
	fc.assert(
		fc.property(dir, fc.array(fc.tuple(path, fc.boolean()), { minLength: 1, maxLength: 10 }), (root, asked) => {
			const { kernel } = new BenchKernel();
			const task = kernel.task({ cwd: '/tmp' });
			plant(task, '/tmp', root);
			for (const [text, follow] of asked) {
				const want = new NaiveWalk({ tmp: root }).find(text, ['tmp'], follow);
				t.equal(
					inodeAt(task, text, follow),
					typeof want === 'string' ? want : inodeAt(task, `/${want.join('/')}`, false),
				);
			}
			kernel.shutdown();
		}),
		{ numRuns: 300 },
	);
});

function inodeAt(task: Task, text: string, follow: boolean): string {
	try {
		const { dev, ino } = (follow ? task.stat(text) : task.lstat(text)) as { dev: number; ino: number };
		return `${dev}:${ino}`;
	} catch (error) {
		return (error as { code: string }).code;
	}
}
