/** mountpoint.test - owners told apart, stale mounts found. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Libc } from '../../../mount/libc.ts';
import type { MountInfo } from '../../../mount/mountinfo.ts';
import { detachStale, isAlive, ownerOf, ownMark, ownSource } from '../../../mount/mountpoint.ts';
import { errno } from '../../../src/lib/errno.ts';

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
