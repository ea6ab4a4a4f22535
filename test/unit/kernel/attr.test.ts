/**
 * attr.test - kernel-sim/fs/attr.ts and xattr.ts.
 */

import type { Task } from '../../../kernel-sim/fs/syscalls.ts';
import type { Iattr } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { SECOND } from '../../../src/testing/fake_host.ts';
import { O_RDWR, O_TRUNC } from '../../../src/uapi/fcntl.ts';
import { S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG } from '../../../src/uapi/stat.ts';
import { codeOf, onBench } from './bench_kernel.ts';

const CAP_CHOWN = 1n << 0n;
const CAP_FOWNER = 1n << 3n;
const CAP_FSETID = 1n << 4n;

onBench('setattr_prepare: who may change what of a file of user 1, group 1, mode 0644', async (t, bench) => {
	const { kernel } = bench;
	const tasks = {
		root: kernel.task(),
		owner: kernel.task({ uid: 1, groups: [7] }),
		other: kernel.task({ uid: 2, gid: 1 }),
		chown: kernel.task({ uid: 2, caps: CAP_CHOWN }),
		fowner: kernel.task({ uid: 2, caps: CAP_FOWNER }),
	};
	const past = { sec: 1, nsec: 2 };
	const cases: [string, (task: Task, path: string) => unknown, Record<keyof typeof tasks, string | undefined>][] = [
		['chmod', (task, path) => task.chmod(path, 0o600), { ...all(undefined), other: 'EPERM', chown: 'EPERM' }],
		['chown user', (task, path) => task.chown(path, 2, -1), { ...all('EPERM'), root: undefined, chown: undefined }],
		['chown the same', (task, path) => task.chown(path, 1, 1), { ...all('EPERM'), ...ok('root', 'owner', 'chown') }],
		[
			"chgrp to one's own",
			(task, path) => task.chown(path, -1, 7),
			{ ...all('EPERM'), ...ok('root', 'owner', 'chown') },
		],
		['chgrp to another', (task, path) => task.chown(path, -1, 8), { ...all('EPERM'), ...ok('root', 'chown') }],
		['chown nothing', (task, path) => task.chown(path, -1, -1), all(undefined)],
		[
			'utimes now',
			(task, path) => task.utimensat(path, 'now', 'now'),
			{ ...all('EACCES'), ...ok('root', 'owner', 'fowner') },
		],
		[
			'utimes past',
			(task, path) => task.utimensat(path, past, past),
			{ ...all('EPERM'), ...ok('root', 'owner', 'fowner') },
		],
		[
			'utimes one',
			(task, path) => task.utimensat(path, undefined, 'now'),
			{ ...all('EPERM'), ...ok('root', 'owner', 'fowner') },
		],
		['truncate', (task, path) => task.truncate(path, 0), { ...all('EACCES'), ...ok('root', 'owner') }],
	];
	let made = 0;
	for (const [title, call, want] of cases) {
		for (const [who, task] of Object.entries(tasks)) {
			made += 1;
			bench.file(`f${made}`, { mode: S_IFREG | 0o644, uid: 1, gid: 1 });
			t.equal(await codeOf(() => call(task, `/run/f${made}`)), want[who as keyof typeof tasks], `${title} by ${who}`);
		}
	}

	function all(code: string | undefined) {
		return { root: code, owner: code, other: code, chown: code, fowner: code };
	}

	function ok(...names: (keyof typeof tasks)[]): Partial<Record<keyof typeof tasks, undefined>> {
		return Object.fromEntries(names.map(name => [name, undefined]));
	}
});

onBench('may_setattr: whoever may write may say that the file was used now', async (t, bench) => {
	bench.file('f', { mode: S_IFREG | 0o666, uid: 1 });
	const task = bench.kernel.task({ uid: 2 });
	t.equal(await codeOf(() => task.utimensat('/run/f', 'now', 'now')), undefined);
	t.equal(await codeOf(() => task.utimensat('/run/f', { sec: 1, nsec: 0 }, 'now')), 'EPERM');
});

onBench('notify_change: what changes, and which times with it', async (t, bench) => {
	const start = 946_684_800;
	const cases: [string, (task: Task, path: string) => unknown, object][] = [
		['chmod', (task, path) => task.chmod(path, 0o7750), { mode: S_IFREG | 0o7750, ctime: 5, mtime: 0 }],
		['chown', (task, path) => task.chown(path, 3, 4), { uid: 3, gid: 4, ctime: 5, mtime: 0 }],
		[
			'utimes',
			(task, path) => task.utimensat(path, { sec: start + 9, nsec: 1 }, 'now'),
			{ atime: 9, mtime: 5, ctime: 5 },
		],
		[
			'one time',
			(task, path) => task.utimensat(path, { sec: start + 9, nsec: 1 }, undefined),
			{ atime: 9, mtime: 0, ctime: 5 },
		],
		['truncate by name', (task, path) => task.truncate(path, 0), { mtime: 0, ctime: 0 }],
		['O_TRUNC', (task, path) => task.open(path, O_RDWR | O_TRUNC), { mtime: 5, ctime: 5 }],
		[
			'ftruncate',
			async (task, path) => task.ftruncate(await task.open(path, O_RDWR), 3),
			{ mtime: 5, ctime: 5, size: 0 },
		],
	];
	const task = bench.kernel.task();
	for (const [i, [title, call, want]] of cases.entries()) {
		const inode = bench.file(`f${i}`, { mode: S_IFREG | 0o644, time: { sec: start, nsec: 0 } });
		if (i === 0) bench.host.advance(5 * SECOND);
		await call(task, `/run/f${i}`);
		const { atime, mtime, ctime } = inode;
		t.match({ ...inode, atime: atime.sec - start, mtime: mtime.sec - start, ctime: ctime.sec - start }, want, title);
	}
});

onBench('setattr: a file system sees times that are times, and its refusal changes nothing', async (t, bench) => {
	const seen: Iattr[] = [];
	bench.file('f', { op: { setattr: (_inode, attr) => void seen.push(attr) } });
	const refused = bench.file('refused', {
		op: {
			setattr: () => {
				throw new Errno('EPERM');
			},
		},
	});
	const task = bench.kernel.task();
	await task.utimensat('/run/f', 'now', { sec: 1, nsec: 0 });
	t.same(seen, [{ atime: { sec: 946_684_800, nsec: 0 }, mtime: { sec: 1, nsec: 0 } }]);
	bench.host.advance(SECOND);
	t.equal(await codeOf(() => task.chmod('/run/refused', 0)), 'EPERM');
	t.match(refused, { mode: 0o100666, ctime: { sec: 946_684_800 } });
});

onBench('set-id bits: lost to a new owner and to a new size, kept by who may', async (t, bench) => {
	const { kernel } = bench;
	const owner = kernel.task({ uid: 1 });
	const fsetid = kernel.task({ uid: 1, caps: CAP_FSETID });
	const chown = (task: Task, path: string) => task.chown(path, 1, 1);
	const truncate = (task: Task, path: string) => task.truncate(path, 0);
	const chmod = (task: Task, path: string) => task.chmod(path, 0o2755);
	const cases: [string, number, number, Task, (task: Task, path: string) => unknown, number][] = [
		['chown', S_IFREG | 0o6755, 1, owner, chown, 0o0755],
		['chown: of a mandatory lock nothing is known, the group counts', S_IFREG | 0o6745, 1, owner, chown, 0o2745],
		['chown of a directory', S_IFDIR | 0o6755, 1, owner, chown, 0o6755],
		['chown even by who has CAP_FSETID', S_IFREG | 0o6755, 1, fsetid, chown, 0o0755],
		['truncate', S_IFREG | 0o6755, 1, owner, truncate, 0o0755],
		['truncate by who has CAP_FSETID', S_IFREG | 0o6755, 1, fsetid, truncate, 0o6755],
		["chmod g+s in one's own group", S_IFREG | 0o755, 1, owner, chmod, 0o2755],
		['chmod g+s in another group', S_IFREG | 0o755, 9, owner, chmod, 0o0755],
		['chmod g+s in another group by who may', S_IFREG | 0o755, 9, fsetid, chmod, 0o2755],
	];
	for (const [i, [title, mode, gid, task, call, want]] of cases.entries()) {
		const inode = bench.file(`f${i}`, { mode, uid: 1, gid });
		await call(task, `/run/f${i}`);
		t.equal(inode.mode & 0o7777, want, title);
	}
});

onBench('vfs_truncate: what has no size', async (t, bench) => {
	const task = bench.kernel.task();
	const cases: [number, string][] = [
		[S_IFDIR | 0o755, 'EISDIR'],
		[S_IFCHR | 0o666, 'EINVAL'],
	];
	for (const [i, [mode, code]] of cases.entries()) {
		bench.file(`f${i}`, { mode });
		t.equal(await codeOf(() => task.truncate(`/run/f${i}`, 0)), code);
	}
	bench.file('f', {});
	t.equal(await codeOf(() => task.truncate('/run/f', -1)), 'EINVAL');
	t.equal(await codeOf(() => task.truncate('/run/f', 5)), undefined);
	t.equal((await task.stat('/run/f')).size, 0, 'a size that nobody keeps is forgotten');
});

onBench('notify_change: the mode of a link cannot be changed', async (t, bench) => {
	bench.file('l', { mode: S_IFLNK | 0o777, op: { getLink: () => '/run/f' } });
	bench.file('f', {});
	const { kernel } = bench;
	const task = kernel.task();
	await task.chmod('/run/l', 0o600);
	t.equal((await task.stat('/run/f')).mode, S_IFREG | 0o600, 'it is followed');
	await task.lchown('/run/l', 5, 6);
	t.match(await task.lstat('/run/l'), { uid: 5, gid: 6, mode: S_IFLNK | 0o777 });
});

onBench('xattr_permission: who may, by the first part of the name', async (t, bench) => {
	const value = new Uint8Array([1]);
	const op = { getxattr: () => value, setxattr() {}, removexattr() {}, listxattr: () => ['user.a'] };
	bench.file('f', { op, mode: S_IFREG | 0o644 });
	bench.file('dev', { op, mode: S_IFCHR | 0o666 });
	bench.file('sticky', { op, mode: S_IFDIR | 0o1777, nlink: 2 });
	bench.file('none', { op: { getxattr: () => undefined } });
	bench.file('plain', {});
	const root = bench.kernel.task();
	const nobody = bench.kernel.task({ uid: 65534 });
	const get = (task: Task, path: string, name: string) => () => task.getxattr(`/run/${path}`, name);
	const set = (task: Task, path: string, name: string) => () => task.setxattr(`/run/${path}`, name, value);
	const cases: [string, () => unknown, string | undefined][] = [
		['get user.', get(nobody, 'f', 'user.a'), undefined],
		['set user.', set(nobody, 'f', 'user.a'), 'EACCES'],
		['set user. by root', set(root, 'f', 'user.a'), undefined],
		['get trusted.', get(nobody, 'f', 'trusted.a'), 'ENODATA'],
		['set trusted.', set(nobody, 'f', 'trusted.a'), 'EPERM'],
		['set trusted. by root', set(root, 'f', 'trusted.a'), undefined],
		['set security.', set(nobody, 'f', 'security.a'), 'EPERM'],
		['set security. by root', set(root, 'f', 'security.a'), undefined],
		['get security.', get(nobody, 'f', 'security.a'), undefined],
		['get user. of a device', get(root, 'dev', 'user.a'), 'ENODATA'],
		['set user. of a device', set(root, 'dev', 'user.a'), 'EPERM'],
		['set user. of a sticky directory', set(nobody, 'sticky', 'user.a'), 'EPERM'],
		['get none', get(root, 'none', 'user.a'), 'ENODATA'],
		['get where there are none', get(root, 'plain', 'user.a'), 'EOPNOTSUPP'],
		['set where there are none', set(root, 'plain', 'user.a'), 'EOPNOTSUPP'],
		['remove where there are none', () => root.removexattr('/run/plain', 'user.a'), 'EOPNOTSUPP'],
		['remove', () => root.removexattr('/run/f', 'user.a'), undefined],
		['remove by nobody', () => nobody.removexattr('/run/f', 'user.a'), 'EACCES'],
		['no name', get(root, 'f', ''), 'ERANGE'],
		['a name of 256 bytes', get(root, 'f', 'x'.repeat(256)), 'ERANGE'],
		['flags', () => root.setxattr('/run/f', 'user.a', value, 4), 'EINVAL'],
		['a large value', () => root.setxattr('/run/f', 'user.a', new Uint8Array(65537)), 'E2BIG'],
	];
	for (const [title, call, code] of cases) t.equal(await codeOf(call), code, title);
	t.same(await root.listxattr('/run/f'), ['user.a']);
	t.same(await root.listxattr('/run/plain'), []);
});
