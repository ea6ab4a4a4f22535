/** mount_dir - where a machine is mounted, and what is left of it. */

import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { Devres } from '../../../src/lib/devres.ts';
import { canonical, prepareDir } from '../../../src/machine/mount_dir.ts';
import { tempDir } from './temp_dir.ts';

t.test('mount: what was made is removed, and nothing else', async t => {
	const dir = tempDir(t);
	mkdirSync(join(dir, 'there'));
	const undo = new Devres();
	const [fresh, made, there] = [undefined, join(dir, 'made'), join(dir, 'there')].map(path => prepareDir(path, undo));
	t.equal(dirname(fresh!), realpathSync(tmpdir()));
	t.same([made, there], [join(dir, 'made'), join(dir, 'there')]);
	for (const path of [fresh, made, there]) t.ok(existsSync(path!));
	undo.releaseAll();
	t.same(
		[fresh, made, there].map(path => existsSync(path!)),
		[false, false, true],
	);
});

t.test('mount: what somebody has put into a directory stays', async t => {
	const dir = join(tempDir(t), 'made');
	const undo = new Devres();
	prepareDir(dir, undo);
	writeFileSync(join(dir, 'file'), '');
	undo.releaseAll();
	t.same(readdirSync(dir), ['file']);
});

t.test('mount: what cannot be mounted on', async t => {
	const dir = tempDir(t);
	writeFileSync(join(dir, 'file'), '');
	const undo = new Devres();
	t.throws(() => prepareDir(join(dir, 'file'), undo), { code: 'ENOTDIR' });
	t.throws(() => prepareDir(join(dir, 'file/below'), undo), { code: 'ENOTDIR' });
	t.throws(() => prepareDir(join(dir, 'a/b'), undo), { code: 'ENOENT' });
	t.equal(undo.size, 0);
});

t.test('mount: a mount point is spelled as the kernel does, without a look at it', async t => {
	const dir = tempDir(t);
	mkdirSync(join(dir, 'real'));
	symlinkSync('real', join(dir, 'link'));
	const cases: [string, string][] = [
		[join(dir, 'link/x'), join(dir, 'real/x')],
		[join(dir, 'real/../real/x'), join(dir, 'real/x')],
		[`${dir}/real/`, join(dir, 'real')],
		['/', '/'],
		['/proc', '/proc'],
	];
	for (const [path, want] of cases) t.equal(canonical(path), want);
});
