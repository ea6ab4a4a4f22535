/**
 * times - which times each call moves: a table, tried on this machine's tmpfs first and then on ours.
 *
 *     f    a file of five bytes, h another name of it    g    another file, i another name of it    e    an empty file
 *     d    a directory with d/x                          n    an empty directory                    l -> f
 *
 * A row names what moved: `f: mc` is the time of modification and that of change of f. `a` is the time of access.
 */

import t, { type Test } from 'tap';
import { SECOND } from '../../../src/testing/fake_host.ts';
import { O_APPEND, O_CREAT, O_DIRECTORY, O_NOATIME, O_RDONLY, O_RDWR, O_TRUNC } from '../../../src/uapi/fcntl.ts';
import { RENAME_EXCHANGE } from '../../../src/uapi/fs.ts';
import { S_IFSOCK } from '../../../src/uapi/stat.ts';
import { type Calls, list, outcome, type Stat, write } from './calls.ts';
import { nativeTmpfs, noNative } from './native.ts';
import { simulatedTmpfs } from './simulated.ts';

const PATHS = ['.', 'f', 'g', 'h', 'i', 'e', 'd', 'd/x', 'n', 'l', 'new', 'n/new'];
const five = Buffer.from('12345');
const none = new Uint8Array(0);
const DAY = 24 * 60 * 60;

function plant(calls: Calls): void {
	write(calls, 'f', 'first');
	calls.link('f', 'h');
	write(calls, 'g', 'other');
	calls.link('g', 'i');
	write(calls, 'e');
	calls.mkdir('d', 0o755);
	write(calls, 'd/x');
	calls.mkdir('n', 0o755);
	calls.symlink('f', 'l');
}

function using(calls: Calls, path: string, flags: number, body: (fd: number) => void): void {
	const fd = calls.open(path, flags, 0o644);
	try {
		body(fd);
	} finally {
		calls.close(fd);
	}
}

function read(calls: Calls, path: string, flags: number = O_RDONLY): void {
	using(calls, path, flags, fd => calls.read(fd, 10));
}

const rows: readonly (readonly [call: string, body: (calls: Calls) => void, moved: string])[] = [
	['write', calls => using(calls, 'f', O_RDWR, fd => calls.write(fd, five)), 'f: mc, h: mc'],
	['write with O_APPEND', calls => using(calls, 'f', O_RDWR | O_APPEND, fd => calls.write(fd, five)), 'f: mc, h: mc'],
	['write of no bytes', calls => using(calls, 'f', O_RDWR, fd => calls.write(fd, none)), ''],
	['write beyond what fits', calls => using(calls, 'e', O_RDWR, fd => outcome(() => calls.write(fd, five))), 'e: mc'],
	['read', calls => read(calls, 'f'), 'f: a, h: a'],
	['read at the end', calls => read(calls, 'e'), 'e: a'],
	['read with O_NOATIME', calls => read(calls, 'f', O_NOATIME), ''],
	['lseek', calls => using(calls, 'f', O_RDWR, fd => calls.lseek(fd, 2, 0)), ''],
	['fsync', calls => using(calls, 'f', O_RDWR, fd => calls.fsync(fd)), ''],
	['open', calls => using(calls, 'f', O_RDWR, () => {}), ''],
	['open with O_CREAT of what is there', calls => using(calls, 'f', O_RDWR | O_CREAT, () => {}), ''],
	['open with O_TRUNC', calls => using(calls, 'f', O_RDWR | O_TRUNC, () => {}), 'f: mc, h: mc'],
	['open with O_TRUNC of an empty file', calls => using(calls, 'e', O_RDWR | O_TRUNC, () => {}), 'e: mc'],
	['open with O_CREAT', calls => using(calls, 'new', O_RDWR | O_CREAT, () => {}), '.: mc, new: new'],
	['truncate', calls => calls.truncate('f', 2), 'f: mc, h: mc'],
	['truncate upwards', calls => calls.truncate('f', 10_000), 'f: mc, h: mc'],
	['truncate to the size it has', calls => calls.truncate('f', 5), 'f: mc, h: mc'],
	['truncate of an empty file to nothing', calls => calls.truncate('e', 0), ''],
	['ftruncate', calls => using(calls, 'f', O_RDWR, fd => calls.ftruncate(fd, 2)), 'f: mc, h: mc'],
	['ftruncate to the size it has', calls => using(calls, 'f', O_RDWR, fd => calls.ftruncate(fd, 5)), 'f: mc, h: mc'],
	['mkdir', calls => calls.mkdir('new', 0o755), '.: mc, new: new'],
	['mkdir below', calls => calls.mkdir('n/new', 0o755), 'n: mc, n/new: new'],
	['rmdir', calls => calls.rmdir('n'), '.: mc, n: gone'],
	['rmdir of what is not empty', calls => outcome(() => calls.rmdir('d')), ''],
	['mknod', calls => calls.mknod('new', S_IFSOCK | 0o644, 0), '.: mc, new: new'],
	['symlink', calls => calls.symlink('f', 'new'), '.: mc, new: new'],
	['readlink', calls => calls.readlink('l'), 'l: a'],
	['a walk through a link', calls => using(calls, 'l', O_RDONLY, () => {}), 'l: a'],
	['link', calls => calls.link('f', 'new'), '.: mc, f: c, h: c, new: new'],
	['unlink', calls => calls.unlink('f'), '.: mc, f: gone, h: c'],
	['unlink of the last name', calls => calls.unlink('e'), '.: mc, e: gone'],
	['rename', calls => calls.rename('f', 'new', 0), '.: mc, f: gone, h: c, new: new'],
	['rename to another directory', calls => calls.rename('f', 'n/new', 0), '.: mc, f: gone, h: c, n: mc, n/new: new'],
	['rename over a file', calls => calls.rename('e', 'g', 0), '.: mc, g: other, i: c, e: gone'],
	['rename of one name over another', calls => calls.rename('f', 'h', 0), ''],
	['rename of a directory', calls => calls.rename('d', 'n/new', 0), '.: mc, d: gone, d/x: gone, n: mc, n/new: new'],
	['rename over a directory', calls => calls.rename('d', 'n', 0), '.: mc, d: gone, d/x: gone, n: other'],
	['exchange', calls => calls.rename('f', 'd/x', RENAME_EXCHANGE), '.: mc, f: other, h: c, d: mc, d/x: other'],
	['chmod', calls => calls.chmod('f', 0o600), 'f: c, h: c'],
	['chmod to the mode it has', calls => calls.chmod('f', 0o644), 'f: c, h: c'],
	['chmod of a directory', calls => calls.chmod('d', 0o700), 'd: c'],
	['chown', calls => calls.chown('f', 1, 1), 'f: c, h: c'],
	['utimes', calls => calls.utimes('f', 1, 2), 'f: amc, h: amc'],
	['getdents', calls => using(calls, 'd', O_DIRECTORY, fd => calls.getdents(fd, 512)), 'd: a'],
	['lstat', calls => calls.lstat('f'), ''],
	['setxattr', calls => calls.setxattr('f', 'user.a', five, 0), 'f: c, h: c'],
	['getxattr', calls => outcome(() => calls.getxattr('f', 'user.a')), ''],
	['removexattr of what is not there', calls => outcome(() => calls.removexattr('f', 'user.a')), ''],
];

type Times = Pick<Stat, 'ino' | 'atime' | 'mtime' | 'ctime'>;

function times(calls: Calls): Map<string, Times | undefined> {
	return new Map(
		PATHS.map(path => {
			const stat = outcome(() => calls.lstat(path));
			return [path, typeof stat === 'string' ? undefined : stat];
		}),
	);
}

function difference(before: Times | undefined, after: Times | undefined): string {
	if (before === undefined) return after === undefined ? '' : 'new';
	if (after === undefined) return 'gone';
	if (before.ino !== after.ino) return 'other';
	const letters = { a: 'atime', m: 'mtime', c: 'ctime' } as const;
	return Object.entries(letters)
		.filter(([, time]) => before[time] !== after[time])
		.map(([letter]) => letter)
		.join('');
}

/** What a call moved, in the order of `PATHS`. */
function moved(calls: Calls, body: (calls: Calls) => void): string[] {
	const before = times(calls);
	calls.tick();
	body(calls);
	const after = times(calls);
	return PATHS.map(path => [path, difference(before.get(path), after.get(path))] as const)
		.filter(([, what]) => what !== '')
		.map(([path, what]) => `${path}: ${what}`);
}

/** On a file system that is full after planting. */
function table(t: Test, mount: (options: string) => Calls): void {
	for (const [call, body, expected] of rows) {
		using calls = mount('size=8k');
		plant(calls);
		const want = expected === '' ? [] : expected.split(', ');
		t.same(moved(calls, body).sort(), want.sort(), call);
	}
}

t.test('tmpfs of Linux: each call moves the times in the table', { skip: noNative }, async t => {
	table(t, nativeTmpfs);
});

t.test('tmpfs: each call moves the times in the table', async t => {
	table(t, simulatedTmpfs);
});

t.test('relatime: a second read moves nothing until the file changes', async t => {
	const mounts = noNative ? [simulatedTmpfs] : [nativeTmpfs, simulatedTmpfs];
	for (const mount of mounts) {
		using calls = mount();
		write(calls, 'f', 'text');
		calls.mkdir('d', 0o755);
		for (const [path, look] of [
			['f', () => read(calls, 'f')],
			['d', () => list(calls, 'd')],
		] as const) {
			calls.tick();
			t.same(moved(calls, look), [`${path}: a`]);
			t.same(moved(calls, look), []);
			calls.tick();
			calls.chmod(path, 0o700);
			t.same(moved(calls, look), [`${path}: a`]);
			t.same(moved(calls, look), []);
		}
	}
});

t.test('relatime: a read moves the time of access when a day has gone by', async t => {
	using calls = simulatedTmpfs();
	write(calls, 'f', 'text');
	calls.tick();
	read(calls, 'f');
	calls.host.advance((DAY - 1) * SECOND);
	t.same(
		moved(calls, () => read(calls, 'f')),
		[],
	);
	calls.host.advance(SECOND);
	t.same(
		moved(calls, () => read(calls, 'f')),
		['f: a'],
	);
});
