/** mountinfo.test - lines of mountinfo, and paths as it spells them. */

import t from 'tap';
import { escapeOctal, findMount, parseMountInfo, readMountInfo } from '../../../mount/mountinfo.ts';

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

t.test('escapeOctal: a path is read as it was written', t => {
	for (const path of ['/tmp', '/a b', '/tab\t', '/line\n', '/back\\slash', '/\\040']) {
		const escaped = escapeOctal(path);
		t.notMatch(escaped, /[ \t\n]/);
		const [mount] = parseMountInfo(`1 2 0:3 / ${escaped} rw - tmpfs none rw\n`);
		t.equal(mount?.mountPoint, path);
	}
	t.end();
});
