/** runtime_dir - one machine per name, whatever was left behind. */

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadLibc } from '../../../mount/libc.ts';
import { claimName } from '../../../src/machine/claim.ts';
import { RuntimeDir } from '../../../src/machine/runtime_dir.ts';
import { tempDir } from './temp_dir.ts';

const libc = loadLibc();

function openIn(dir: string): RuntimeDir {
	return RuntimeDir.open({ RING3_RUNTIME_DIR: join(dir, 'run') });
}

t.test('mount: a name is taken once, and free again when it is released', async t => {
	const dir = openIn(tempDir(t));
	const claim = claimName(libc, dir, 'a');
	t.throws(() => claimName(libc, dir, 'a'), { code: 'EEXIST' });
	t.equal(claim.socket, join(dir.path, 'a.sock'));
	claim.release();
	claimName(libc, dir, 'a').release();
	t.equal(existsSync(dir.path), false, 'the last one takes the directory with it');
});

t.test('mount: without a name the first that is free is taken', async t => {
	const dir = openIn(tempDir(t));
	const claims = [claimName(libc, dir), claimName(libc, dir), claimName(libc, dir)];
	t.same(
		claims.map(claim => claim.name),
		['m0', 'm1', 'm2'],
	);
	claims[1]!.release();
	const again = claimName(libc, dir);
	t.equal(again.name, 'm1');
	for (const claim of [claims[0]!, claims[2]!, again]) claim.release();
});

t.test('mount: what a killed machine left under a name is removed', async t => {
	const dir = openIn(tempDir(t));
	const script = `
		const { loadLibc } = await import(${JSON.stringify(new URL('../../../mount/libc.js', import.meta.url).href)});
		const { claimName } = await import(${JSON.stringify(new URL('../../../src/machine/claim.js', import.meta.url).href)});
		const { RuntimeDir } = await import(${JSON.stringify(new URL('../../../src/machine/runtime_dir.js', import.meta.url).href)});
		const claim = claimName(loadLibc(), RuntimeDir.open({ RING3_RUNTIME_DIR: ${JSON.stringify(dir.path)} }), 'a');
		(await import('node:fs')).writeFileSync(claim.socket, '');
		process.kill(process.pid, 'SIGKILL');
	`;
	const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 10_000 });
	t.equal(child.signal, 'SIGKILL', child.stderr.toString());
	t.same(readdirSync(dir.path).sort(), ['a.lock', 'a.sock']);
	t.same(dir.names(), ['a']);
	const claim = claimName(libc, dir, 'a');
	t.same(readdirSync(dir.path), ['a.lock']);
	claim.release();
});

t.test('mount: names are words, and short enough for a socket', async t => {
	const dir = openIn(tempDir(t));
	for (const name of ['', '.', '..', '-a', 'a/b', 'a b', 'a\n', 'x'.repeat(33)]) {
		t.throws(() => claimName(libc, dir, name), { code: 'EINVAL' }, JSON.stringify(name));
	}
	const deep = RuntimeDir.open({ RING3_RUNTIME_DIR: join(tempDir(t), 'd'.repeat(100)) });
	t.throws(() => deep.socket('a'), { code: 'ENAMETOOLONG' });
});

t.test('mount: a runtime directory that others can reach is refused', async t => {
	const dir = t.testdir({ file: '', real: {} });
	mkdirSync(join(dir, 'open'));
	chmodSync(join(dir, 'open'), 0o755);
	chmodSync(join(dir, 'real'), 0o700);
	symlinkSync(join(dir, 'real'), join(dir, 'link'));
	for (const name of ['open', 'link']) {
		t.throws(() => RuntimeDir.open({ RING3_RUNTIME_DIR: join(dir, name) }), { code: 'EPERM' }, name);
	}
	t.throws(() => RuntimeDir.open({ RING3_RUNTIME_DIR: join(dir, 'file') }), { code: 'EPERM' });
	writeFileSync(join(dir, 'real/x.sock'), '');
	t.same(RuntimeDir.open({ RING3_RUNTIME_DIR: join(dir, 'real') }).names(), ['x']);
});
