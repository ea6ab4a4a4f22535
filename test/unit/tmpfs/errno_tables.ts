/**
 * errno_tables - which error each call on names gives.
 *
 *     f g    files, h another name of f        d e    empty directories       n    a directory with n/x, n/s/y
 *     l -> f    m -> d    b -> nowhere    o -> o    links                    p    a pipe, s    a socket
 *
 * In the tables, undefined is success.
 */

import type { Test } from 'tap';
import { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDWR, O_TRUNC, O_WRONLY } from '../../../src/uapi/fcntl.ts';
import { RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT } from '../../../src/uapi/fs.ts';
import { S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK } from '../../../src/uapi/stat.ts';
import { type Calls, outcome, write } from './calls.ts';

const longest = 'x'.repeat(255);
const tooLong = 'x'.repeat(256);
const NOBODY = 65534;

function plant(calls: Calls): void {
	write(calls, 'f', 'f');
	write(calls, 'g', 'g');
	calls.link('f', 'h');
	for (const dir of ['d', 'e', 'n', 'n/s']) calls.mkdir(dir, 0o755);
	write(calls, 'n/x');
	write(calls, 'n/s/y');
	calls.symlink('f', 'l');
	calls.symlink('d', 'm');
	calls.symlink('nowhere', 'b');
	calls.symlink('o', 'o');
	calls.mknod('p', S_IFIFO | 0o644, 0);
	calls.mknod('s', S_IFSOCK | 0o644, 0);
}

type Row<A extends unknown[]> = readonly [...A, string | undefined];

const rename: readonly Row<[from: string, to: string, flags: number]>[] = [
	['f', 'new', 0, undefined],
	['f', 'g', 0, undefined],
	['f', 'h', 0, undefined],
	['f', 'f', 0, undefined],
	['f', 'd', 0, 'EISDIR'],
	['f', 'n', 0, 'EISDIR'],
	['f', 'l', 0, undefined],
	['f', 'd/f', 0, undefined],
	['f', 'f/x', 0, 'ENOTDIR'],
	['f', 'nowhere/x', 0, 'ENOENT'],
	['f', longest, 0, undefined],
	['f', tooLong, 0, 'ENAMETOOLONG'],
	[tooLong, 'f', 0, 'ENAMETOOLONG'],
	['f', 'new/', 0, 'ENOTDIR'],
	['f/', 'new', 0, 'ENOTDIR'],
	['f', 'd/', 0, 'ENOTDIR'],
	['f', '.', 0, 'EBUSY'],
	['f', 'd/.', 0, 'EBUSY'],
	['f', 'd/..', 0, 'EBUSY'],
	['.', 'new', 0, 'EBUSY'],
	['..', 'new', 0, 'EBUSY'],
	['d/..', 'new', 0, 'EBUSY'],
	['nowhere', 'new', 0, 'ENOENT'],
	['nowhere', 'nowhere', 0, 'ENOENT'],
	['d', 'new', 0, undefined],
	['d/', 'new/', 0, undefined],
	['d', 'e', 0, undefined],
	['d', 'd', 0, undefined],
	['d', 'f', 0, 'ENOTDIR'],
	['d', 'l', 0, 'ENOTDIR'],
	['d', 'm', 0, 'ENOTDIR'],
	['d', 'p', 0, 'ENOTDIR'],
	['d', 'n', 0, 'ENOTEMPTY'],
	['n', 'd', 0, undefined],
	['n', 'n/s', 0, 'EINVAL'],
	['n', 'n/new', 0, 'EINVAL'],
	['n', 'n/x', 0, 'EINVAL'],
	['n', 'n/s/new', 0, 'EINVAL'],
	['n/s', 'n', 0, 'ENOTEMPTY'],
	['n/x', 'n', 0, 'ENOTEMPTY'],
	['n/s/y', 'n', 0, 'ENOTEMPTY'],
	['n/s', 'new', 0, undefined],
	['n/s', 'd', 0, undefined],
	['l', 'new', 0, undefined],
	['l', 'd', 0, 'EISDIR'],
	['m', 'new', 0, undefined],
	['m/', 'new', 0, 'ENOTDIR'],
	['b', 'o', 0, undefined],
	['o', 'new', 0, undefined],
	['o/x', 'new', 0, 'ELOOP'],
	['p', 'f', 0, undefined],
	['s', 'p', 0, undefined],
	['f', 'new', RENAME_NOREPLACE, undefined],
	['f', 'g', RENAME_NOREPLACE, 'EEXIST'],
	['f', 'f', RENAME_NOREPLACE, 'EEXIST'],
	['f', 'h', RENAME_NOREPLACE, 'EEXIST'],
	['d', 'f', RENAME_NOREPLACE, 'EEXIST'],
	['f', 'd', RENAME_NOREPLACE, 'EEXIST'],
	['f', 'd/', RENAME_NOREPLACE, 'EEXIST'],
	['f', '.', RENAME_NOREPLACE, 'EEXIST'],
	['.', 'f', RENAME_NOREPLACE, 'EBUSY'],
	['n', 'n/s', RENAME_NOREPLACE, 'EEXIST'],
	['n/s', 'n', RENAME_NOREPLACE, 'EEXIST'],
	['n', 'n/new', RENAME_NOREPLACE, 'EINVAL'],
	['nowhere', 'f', RENAME_NOREPLACE, 'ENOENT'],
	['f', 'g', RENAME_EXCHANGE, undefined],
	['f', 'h', RENAME_EXCHANGE, undefined],
	['f', 'f', RENAME_EXCHANGE, undefined],
	['f', 'd', RENAME_EXCHANGE, undefined],
	['n', 'd', RENAME_EXCHANGE, undefined],
	['n', 'f', RENAME_EXCHANGE, undefined],
	['n/s', 'f', RENAME_EXCHANGE, undefined],
	['f', 'n/s', RENAME_EXCHANGE, undefined],
	['n/s', 'd', RENAME_EXCHANGE, undefined],
	['l', 'p', RENAME_EXCHANGE, undefined],
	['f', 'nowhere', RENAME_EXCHANGE, 'ENOENT'],
	['nowhere', 'f', RENAME_EXCHANGE, 'ENOENT'],
	['n', 'n/x', RENAME_EXCHANGE, 'EINVAL'],
	['n', 'n/s', RENAME_EXCHANGE, 'EINVAL'],
	['n', 'n/new', RENAME_EXCHANGE, 'ENOENT'],
	['n/x', 'n', RENAME_EXCHANGE, 'EINVAL'],
	['n/s', 'n', RENAME_EXCHANGE, 'EINVAL'],
	['f', 'g/', RENAME_EXCHANGE, 'ENOTDIR'],
	['f', 'd/', RENAME_EXCHANGE, undefined],
	['f/', 'd', RENAME_EXCHANGE, 'ENOTDIR'],
	['f', '.', RENAME_EXCHANGE, 'EBUSY'],
	['f', 'new', RENAME_WHITEOUT, undefined],
	['f', 'g', RENAME_WHITEOUT, undefined],
	['d', 'e', RENAME_WHITEOUT, undefined],
	['d', 'n/new', RENAME_WHITEOUT, undefined],
	['f', 'g', RENAME_WHITEOUT | RENAME_NOREPLACE, 'EEXIST'],
	['f', 'new', RENAME_WHITEOUT | RENAME_NOREPLACE, undefined],
	['f', 'g', RENAME_EXCHANGE | RENAME_NOREPLACE, 'EINVAL'],
	['f', 'g', RENAME_EXCHANGE | RENAME_WHITEOUT, 'EINVAL'],
	['f', 'g', 8, 'EINVAL'],
	['nowhere', 'g', 8, 'EINVAL'],
];

const unlink: readonly Row<[path: string]>[] = [
	['f', undefined],
	['l', undefined],
	['b', undefined],
	['o', undefined],
	['p', undefined],
	['s', undefined],
	['n/x', undefined],
	['m', undefined],
	['d', 'EISDIR'],
	['n', 'EISDIR'],
	['d/', 'EISDIR'],
	['f/', 'ENOTDIR'],
	['m/', 'ENOTDIR'],
	['nowhere', 'ENOENT'],
	['nowhere/', 'ENOENT'],
	['f/x', 'ENOTDIR'],
	['l/x', 'ENOTDIR'],
	['m/x', 'ENOENT'],
	['b/x', 'ENOENT'],
	['o/x', 'ELOOP'],
	['.', 'EISDIR'],
	['..', 'EISDIR'],
	['d/.', 'EISDIR'],
	[tooLong, 'ENAMETOOLONG'],
	[longest, 'ENOENT'],
];

const rmdir: readonly Row<[path: string]>[] = [
	['d', undefined],
	['d/', undefined],
	['n', 'ENOTEMPTY'],
	['n/s', 'ENOTEMPTY'],
	['f', 'ENOTDIR'],
	['l', 'ENOTDIR'],
	['m', 'ENOTDIR'],
	['m/', 'ENOTDIR'],
	['p', 'ENOTDIR'],
	['nowhere', 'ENOENT'],
	['d/.', 'EINVAL'],
	['d/..', 'ENOTEMPTY'],
	['.', 'EINVAL'],
	['..', 'ENOTEMPTY'],
	['f/x', 'ENOTDIR'],
	[tooLong, 'ENAMETOOLONG'],
];

const link: readonly Row<[from: string, to: string]>[] = [
	['f', 'new', undefined],
	['f', 'd/new', undefined],
	['l', 'new', undefined],
	['b', 'new', undefined],
	['p', 'new', undefined],
	['s', 'new', undefined],
	['f', 'g', 'EEXIST'],
	['f', 'f', 'EEXIST'],
	['f', 'h', 'EEXIST'],
	['f', 'd', 'EEXIST'],
	['f', 'b', 'EEXIST'],
	['f', '.', 'EEXIST'],
	['f', 'd/..', 'EEXIST'],
	['d', 'new', 'EPERM'],
	['n', 'new', 'EPERM'],
	['d', 'f', 'EEXIST'],
	['nowhere', 'new', 'ENOENT'],
	['f', 'nowhere/new', 'ENOENT'],
	['f', 'g/new', 'ENOTDIR'],
	['f', 'new/', 'ENOENT'],
	['f/', 'new', 'ENOTDIR'],
	['f', tooLong, 'ENAMETOOLONG'],
	['f', longest, undefined],
];

const mkdir: readonly Row<[path: string]>[] = [
	['new', undefined],
	['new/', undefined],
	['d/new', undefined],
	['m/new', undefined],
	['f', 'EEXIST'],
	['d', 'EEXIST'],
	['d/', 'EEXIST'],
	['b', 'EEXIST'],
	['b/', 'EEXIST'],
	['.', 'EEXIST'],
	['d/..', 'EEXIST'],
	['f/new', 'ENOTDIR'],
	['nowhere/new', 'ENOENT'],
	['o/new', 'ELOOP'],
	[longest, undefined],
	[tooLong, 'ENAMETOOLONG'],
];

const symlink: readonly Row<[text: string, path: string]>[] = [
	['x', 'new', undefined],
	['x'.repeat(4095), 'new', undefined],
	['x'.repeat(4096), 'new', 'ENAMETOOLONG'],
	['', 'new', 'ENOENT'],
	['x', 'f', 'EEXIST'],
	['x', 'b', 'EEXIST'],
	['x', 'new/', 'ENOENT'],
	['x', 'f/new', 'ENOTDIR'],
	['x', tooLong, 'ENAMETOOLONG'],
];

const mknod: readonly Row<[path: string, mode: number, rdev: number]>[] = [
	['new', S_IFREG | 0o644, 0],
	['new', 0o644, 0],
	['new', S_IFIFO | 0o644, 0],
	['new', S_IFSOCK | 0o644, 0],
	['new', S_IFCHR | 0o644, 0x103],
].map(row => [...row, undefined] as unknown as Row<[string, number, number]>);

const mknodErrors: readonly Row<[path: string, mode: number, rdev: number]>[] = [
	['new', S_IFDIR | 0o755, 0, 'EPERM'],
	['new', S_IFLNK | 0o755, 0, 'EINVAL'],
	['f', S_IFIFO | 0o644, 0, 'EEXIST'],
	['f', S_IFDIR | 0o755, 0, 'EPERM'],
	['f/x', S_IFIFO | 0o644, 0, 'ENOTDIR'],
	['new/', S_IFIFO | 0o644, 0, 'ENOENT'],
];

const open: readonly Row<[path: string, flags: number]>[] = [
	['f', O_RDWR, undefined],
	['new', O_RDWR, 'ENOENT'],
	['new', O_RDWR | O_CREAT, undefined],
	['f', O_RDWR | O_CREAT | O_EXCL, 'EEXIST'],
	['b', O_RDWR | O_CREAT | O_EXCL, 'EEXIST'],
	['b', O_RDWR | O_CREAT, undefined],
	['b', O_RDWR, 'ENOENT'],
	['o', O_RDWR, 'ELOOP'],
	['l', O_RDWR | O_NOFOLLOW, 'ELOOP'],
	['d', 0, undefined],
	['d', O_RDWR, 'EISDIR'],
	['d', O_CREAT, 'EISDIR'],
	['d', O_TRUNC, 'EISDIR'],
	['f', O_DIRECTORY, 'ENOTDIR'],
	['m', O_DIRECTORY, undefined],
	['m', O_DIRECTORY | O_NOFOLLOW, 'ENOTDIR'],
	['s', O_WRONLY, 'ENXIO'],
	['f/x', O_CREAT, 'ENOTDIR'],
	['new/', O_CREAT | O_RDWR, 'EISDIR'],
	['f/', 0, 'ENOTDIR'],
	[tooLong, O_CREAT, 'ENAMETOOLONG'],
	[longest, O_CREAT, undefined],
];

const sizes: readonly Row<[path: string, size: number]>[] = [
	['f', 0, undefined],
	['f', 100_000, undefined],
	['f', -1, 'EINVAL'],
	['l', 10, undefined],
	['d', 0, 'EISDIR'],
	['p', 0, 'EINVAL'],
	['s', 0, 'EINVAL'],
	['b', 0, 'ENOENT'],
];

/** What somebody who owns nothing may do; in `n` nobody may write, `w` is sticky and holds root's w/f and w/d. */
const nobody: readonly Row<[call: string, body: (calls: Calls) => void]>[] = [
	['rename out of it', calls => calls.rename('n/x', 'new', 0), 'EACCES'],
	['rename into it', calls => calls.rename('mine', 'n/new', 0), 'EACCES'],
	['rename over what is in it', calls => calls.rename('mine', 'n/x', 0), 'EACCES'],
	['unlink', calls => calls.unlink('n/x'), 'EACCES'],
	['unlink of what is not there', calls => calls.unlink('n/nowhere'), 'ENOENT'],
	['rmdir', calls => calls.rmdir('n/s'), 'EACCES'],
	['link', calls => calls.link('mine', 'n/new'), 'EACCES'],
	['mkdir', calls => calls.mkdir('n/new', 0o755), 'EACCES'],
	['mkdir of what is there', calls => calls.mkdir('n/s', 0o755), 'EEXIST'],
	['symlink', calls => calls.symlink('x', 'n/new'), 'EACCES'],
	['unlink in a sticky directory', calls => calls.unlink('w/f'), 'EPERM'],
	['rmdir in a sticky directory', calls => calls.rmdir('w/d'), 'EPERM'],
	['rmdir of a file in a sticky directory', calls => calls.rmdir('w/f'), 'EPERM'],
	['rename in a sticky directory', calls => calls.rename('w/f', 'w/new', 0), 'EPERM'],
	['rename over what is in a sticky directory', calls => calls.rename('mine', 'w/f', 0), 'EPERM'],
	['exchange with what is in a sticky directory', calls => calls.rename('mine', 'w/f', RENAME_EXCHANGE), 'EPERM'],
	['mkdir in a sticky directory', calls => calls.mkdir('w/new', 0o755), undefined],
	["rename of another's directory to another parent", calls => calls.rename('d', 'w/new', 0), 'EACCES'],
	["rename of another's directory in its parent", calls => calls.rename('d', 'new', 0), undefined],
	['chmod', calls => calls.chmod('f', 0o600), 'EPERM'],
	['chmod of what is his', calls => calls.chmod('mine', 0o600), undefined],
	['chown', calls => calls.chown('mine', 0, -1), 'EPERM'],
	['chown to himself', calls => calls.chown('mine', NOBODY, NOBODY), undefined],
	['utimes', calls => calls.utimes('f', 1, 1), 'EPERM'],
	['truncate', calls => calls.truncate('f', 0), 'EACCES'],
	['mknod of a device', calls => calls.mknod('new', S_IFCHR | 0o644, 0x103), 'EPERM'],
	['mknod of a pipe', calls => calls.mknod('new', S_IFIFO | 0o644, 0), undefined],
	['whiteout', calls => calls.rename('mine', 'new', RENAME_WHITEOUT), undefined],
];

/** Runs each row on a tree that was just planted. */
function table<A extends unknown[]>(
	t: Test,
	mount: () => Calls,
	rows: readonly Row<A>[],
	call: (calls: Calls, ...args: A) => unknown,
): void {
	for (const row of rows) {
		using calls = mount();
		plant(calls);
		const args = row.slice(0, -1) as A;
		const result = outcome(() => void call(calls, ...args));
		t.equal(result, row.at(-1), args.map(arg => show(arg)).join(', '));
	}
}

function show(value: unknown): string {
	if (typeof value !== 'string') return String(value);
	return value.length > 20 ? `'x' x ${value.length}` : `'${value}'`;
}

/** Runs all tables, each row on what `mount` gives. */
export function errnoTables(t: Test, mount: () => Calls): void {
	t.test('renameat2', async t => table(t, mount, rename, (calls, from, to, flags) => calls.rename(from, to, flags)));
	t.test('unlink', async t => table(t, mount, unlink, (calls, path) => calls.unlink(path)));
	t.test('rmdir', async t => table(t, mount, rmdir, (calls, path) => calls.rmdir(path)));
	t.test('link', async t => table(t, mount, link, (calls, from, to) => calls.link(from, to)));
	t.test('mkdir', async t => table(t, mount, mkdir, (calls, path) => calls.mkdir(path, 0o755)));
	t.test('symlink', async t => table(t, mount, symlink, (calls, text, path) => calls.symlink(text, path)));
	t.test('mknod', async t =>
		table(t, mount, [...mknod, ...mknodErrors], (calls, path, mode, rdev) => calls.mknod(path, mode, rdev)),
	);
	t.test('open', async t => table(t, mount, open, (calls, path, flags) => calls.close(calls.open(path, flags, 0o644))));
	t.test('truncate', async t => table(t, mount, sizes, (calls, path, size) => calls.truncate(path, size)));
	t.test('calls of a user without rights', async t => {
		table(t, mount, nobody, (calls, _title, body) => {
			calls.chmod('.', 0o777);
			calls.mkdir('w', 0);
			calls.chmod('w', 0o1777);
			write(calls, 'w/f');
			calls.mkdir('w/d', 0o777);
			write(calls, 'mine');
			calls.chown('mine', NOBODY, NOBODY);
			calls.as(NOBODY, () => body(calls));
		});
	});
}
