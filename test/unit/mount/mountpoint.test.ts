/** mountpoint.test - mountinfo read, owners told apart, stale mounts found. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Libc } from '../../../mount/libc.ts';
import {
	detachStale,
	findMount,
	isAlive,
	type MountInfo,
	ownerOf,
	ownMark,
	ownSource,
	parseMountInfo,
	readMountInfo,
} from '../../../mount/mountpoint.ts';
import { errno } from '../../../src/lib/errno.ts';

const lines = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw,discard
39 27 0:39 / /tmp/with\\040space rw,nosuid,nodev,relatime shared:9 - fuse.ring3 ring3:12:345 rw,user_id=0
40 39 0:40 /sub /tmp/b\\134\\011 rw - fuse.ring3 ring3:7:8 rw
nonsense
41 27 0:41 / /tmp/none rw - tmpfs  rw
`;

t.test('mountinfo', t => {
	t.same(parseMountInfo(lines), [
		{ id: 22, major: 0, minor: 21, root: '/', mountPoint: '/proc', type: 'proc', source: 'proc' },
		{ id: 27, major: 254, minor: 0, root: '/', mountPoint: '/', type: 'ext4', source: '/dev/vda' },
		{
			id: 39,
			major: 0,
			minor: 39,
			root: '/',
			mountPoint: '/tmp/with space',
			type: 'fuse.ring3',
			source: 'ring3:12:345',
		},
		{ id: 40, major: 0, minor: 40, root: '/sub', mountPoint: '/tmp/b\\\t', type: 'fuse.ring3', source: 'ring3:7:8' },
		{ id: 41, major: 0, minor: 41, root: '/', mountPoint: '/tmp/none', type: 'tmpfs', source: '' },
	]);
	t.equal(findMount('/')?.type, readMountInfo().findLast(({ mountPoint }) => mountPoint === '/')?.type);
	t.equal(findMount('/not/a/mount'), undefined);
	t.end();
});

const mountOf = (source: string, mountPoint = '/tmp/x', type = 'fuse.ring3'): MountInfo => ({
	id: 1,
	major: 0,
	minor: 1,
	root: '/',
	mountPoint,
	type,
	source,
});

t.test('the owner of a mount', t => {
	const cases: [string, MountInfo, object | undefined][] = [
		['ours', mountOf('ring3:12:345'), { pid: 12, start: 345 }],
		['of another type', mountOf('ring3:12:345', '/tmp/x', 'tmpfs'), undefined],
		['with a source of its own', mountOf('any', '/tmp/x', 'fuse.ring3.12.345'), { pid: 12, start: 345 }],
		['with a source like ours', mountOf('ring3:1:2', '/tmp/x', 'fuse.ring3.12.345'), { pid: 12, start: 345 }],
		['of another form', mountOf('ring3:12'), undefined],
		['of a type of another form', mountOf('any', '/tmp/x', 'fuse.ring3.12'), undefined],
		["somebody else's", mountOf('sshfs:12:345'), undefined],
	];
	for (const [title, mount, want] of cases) t.same(ownerOf(mount), want, title);
	t.end();
});

t.test('a process is who it was only while it has not started anew', async t => {
	const self = ownerOf(mountOf(ownSource()))!;
	t.same(ownMark(), { type: 'fuse.ring3', source: ownSource() });
	const marked = ownMark('a name');
	t.equal(marked.source, 'a name');
	t.same(ownerOf(mountOf(marked.source, '/tmp/x', marked.type)), self);
	t.equal(self.pid, process.pid);
	t.ok(isAlive(self));
	t.notOk(isAlive({ ...self, start: self.start - 1 }), 'the id was used again');
	const child = spawn('true');
	const start = Number(readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]!.split(' ')[19]);
	await once(child, 'exit');
	t.notOk(isAlive({ pid: child.pid!, start }));
});

t.test('stale mounts are detached, topmost first, and no others', t => {
	const paths: string[] = [];
	const libc = {
		umount2(path: string) {
			paths.push(path);
			return path === '/refused' ? -1 : 0;
		},
		mount: () => -1,
		errno: () => errno.EINVAL,
	} as unknown as Libc;
	const mounts = [
		mountOf('ring3:1:1', '/below'),
		mountOf('ring3:1:1', '/refused'),
		mountOf(ownSource(), '/alive'),
		mountOf('ring3:1:1', '/above'),
		mountOf('other', '/other'),
	];
	t.same(detachStale(libc, mounts), ['/above', '/below']);
	t.same(paths, ['/above', '/refused', '/below']);
	t.end();
});
