/** do_inode.test - names, attributes and links, asked for in bytes. */

import { errno } from '../../../src/lib/errno.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { MKDEV, S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG } from '../../../src/uapi/stat.ts';
import { peerTest } from './tiny_peer.ts';
import { dir, file, link } from './tiny_vfs.ts';

const tree = () =>
	dir({ version: file('6.12\n'), self: link('42', { dontcache: true }), sub: dir({ deep: file('x') }) });

peerTest('LOOKUP tells node id and attributes, valid for ever', tree, async (t, peer) => {
	const entry = (await peer.call(uapi.FUSE_LOOKUP, { names: ['version'] })).decode(uapi.fuse_entry_out);
	t.match(entry, { nodeid: 2, generation: 0, entry_valid: 1e6, attr_valid: 1e6 });
	t.match(entry.attr, { mode: S_IFREG | 0o644, size: 5, nlink: 1, blksize: 4096 });
	t.equal(await peer.lookup('version'), 2, 'one inode has one id');
	t.equal(await peer.lookup('deep', await peer.lookup('sub')), 4);
});

peerTest('LOOKUP of a name that may come to mean something else is valid for no time', tree, async (t, peer) => {
	const entry = (await peer.call(uapi.FUSE_LOOKUP, { names: ['self'] })).decode(uapi.fuse_entry_out);
	t.match(entry, { entry_valid: 0, attr_valid: 0, attr: { mode: S_IFLNK | 0o777 } });
	const { attr_valid } = (await peer.call(uapi.FUSE_GETATTR, { nodeid: entry.nodeid })).decode(uapi.fuse_attr_out);
	t.equal(attr_valid, 0);
});

peerTest('LOOKUP refuses', tree, async (t, peer) => {
	const version = await peer.lookup('version');
	const cases: [string, number, string, keyof typeof errno][] = [
		['a miss', 1, 'nothing', 'ENOENT'],
		['a name below a file', version, 'x', 'ENOTDIR'],
		['a node that is not there', 77, 'x', 'ESTALE'],
		['an empty name', 1, '', 'EINVAL'],
		['a dot', 1, '.', 'EINVAL'],
		['two dots', 1, '..', 'EINVAL'],
		['a path', 1, 'sub/deep', 'EINVAL'],
	];
	for (const [title, nodeid, name, code] of cases) {
		const { error } = await peer.send(uapi.FUSE_LOOKUP, { nodeid, names: [name] });
		t.equal(error, -errno[code], `${title} by ${code}`);
	}
});

peerTest('names keep their bytes', tree, async (t, peer) => {
	const name = 'a\udcffb\u20ac';
	await peer.call(uapi.FUSE_MKDIR, { args: { mode: 0o755 }, names: [name] });
	t.ok(peer.vfs.root.children.has(name));
});

peerTest('FORGET and BATCH_FORGET take lookups back, and nodes go at zero', tree, async (t, peer) => {
	const [version, sub] = [await peer.lookup('version'), await peer.lookup('sub')];
	const deep = await peer.lookup('deep', sub);
	await peer.lookup('version');
	t.equal(peer.session.inodes.size, 3);
	peer.tell(uapi.FUSE_FORGET, { nodeid: version, args: { nlookup: 1 } });
	t.equal(peer.session.inodes.size, 3, 'one of two lookups is left');
	peer.tell(uapi.FUSE_FORGET, { nodeid: version, args: { nlookup: 1 } });
	t.equal(peer.session.inodes.size, 2);
	const payload = new Uint8Array(48);
	const view = new DataView(payload.buffer);
	[sub, deep, 99].forEach((nodeid, i) => {
		uapi.fuse_forget_one.encode(view, i * 16, { nodeid, nlookup: 1 });
	});
	peer.tell(uapi.FUSE_BATCH_FORGET, { args: { count: 3 }, payload });
	t.equal(peer.session.inodes.size, 0);
	peer.tell(uapi.FUSE_FORGET, { nodeid: 1, args: { nlookup: 100 } });
	t.equal((await peer.send(uapi.FUSE_GETATTR)).error, 0, 'the root is never forgotten');
	t.not(await peer.lookup('version'), version, 'an id is not used again');
});

peerTest('SETATTR changes what is valid, and nothing else', tree, async (t, peer) => {
	const nodeid = await peer.lookup('version');
	const inode = peer.vfs.at('version');
	const set = async (args: object) =>
		(await peer.call(uapi.FUSE_SETATTR, { nodeid, args })).decode(uapi.fuse_attr_out).attr;
	t.equal((await set({ valid: uapi.FATTR_MODE, mode: S_IFREG | 0o600, uid: 5 })).mode, S_IFREG | 0o600);
	t.match(await set({ valid: uapi.FATTR_UID | uapi.FATTR_GID, uid: 5, gid: 6, size: 1 }), { uid: 5, gid: 6, size: 5 });
	t.equal((await set({ valid: uapi.FATTR_SIZE, size: 2 })).size, 2);
	const times = { valid: uapi.FATTR_ATIME | uapi.FATTR_MTIME, atime: -5, atimensec: 6, mtime: 7, mtimensec: 8 };
	t.match(await set(times), { atime: -5, atimensec: 6, mtime: 7, mtimensec: 8 });
	t.same(inode.atime, { sec: -5, nsec: 6 });
	await set({ ...times, valid: times.valid | uapi.FATTR_ATIME_NOW | uapi.FATTR_MTIME_NOW });
	t.same(
		[inode.atime, inode.mtime],
		[
			{ sec: 1, nsec: 1 },
			{ sec: 1, nsec: 1 },
		],
		"'now' is the kernel's to know",
	);
	const { error } = await peer.send(uapi.FUSE_SETATTR, { nodeid, args: { valid: uapi.FATTR_FH, fh: 9 } });
	t.equal(error, -errno.EBADF);
});

peerTest('SETATTR through an open file tells which', tree, async (t, peer) => {
	const nodeid = await peer.lookup('version');
	const fh = await peer.open(nodeid, 2);
	const seen: unknown[] = [];
	peer.vfs.setattr = (_inode, attr) => void seen.push(attr.file);
	await peer.call(uapi.FUSE_SETATTR, { nodeid, args: { valid: uapi.FATTR_FH | uapi.FATTR_SIZE, fh } });
	t.equal(seen[0], peer.session.handles.get(fh).file);
	await peer.release(fh);
});

peerTest('READLINK, STATFS and ACCESS', tree, async (t, peer) => {
	const [self, version] = [await peer.lookup('self'), await peer.lookup('version')];
	t.equal(Buffer.from((await peer.call(uapi.FUSE_READLINK, { nodeid: self })).body).toString(), '42');
	t.equal((await peer.send(uapi.FUSE_READLINK, { nodeid: version })).error, -errno.EINVAL);
	const { st } = (await peer.call(uapi.FUSE_STATFS)).decode(uapi.fuse_statfs_out);
	t.match(st, { bsize: 4096, frsize: 4096, blocks: 10, bfree: 5, bavail: 4, files: 3, ffree: 2, namelen: 255 });
	t.equal((await peer.send(uapi.FUSE_ACCESS, { nodeid: version, args: { mask: 4 } })).error, 0);
	t.equal((await peer.send(uapi.FUSE_ACCESS, { nodeid: version, args: { mask: 1 } })).error, -errno.EACCES);
});

peerTest('what is made is an entry, with the umask that the request carries', tree, async (t, peer) => {
	const version = await peer.lookup('version');
	const rdev = MKDEV(250, 0x12345);
	const cases: [number, object, string[], object][] = [
		[uapi.FUSE_MKDIR, { mode: 0o777, umask: 0o27 }, ['d'], { mode: S_IFDIR | 0o750 }],
		[uapi.FUSE_MKNOD, { mode: S_IFCHR | 0o666, rdev: 0x1230fa45, umask: 0o22 }, ['c'], { mode: S_IFCHR | 0o644 }],
		[uapi.FUSE_SYMLINK, {}, ['l', '../any thing'], { mode: S_IFLNK | 0o777, size: 12 }],
		[uapi.FUSE_LINK, { oldnodeid: version }, ['v2'], { mode: S_IFREG | 0o644, nlink: 2 }],
	];
	for (const [opcode, args, names, want] of cases) {
		const { attr } = (await peer.call(opcode, { args, names })).decode(uapi.fuse_entry_out);
		t.match(attr, want, `${names[0]}`);
		t.equal((await peer.send(opcode, { args, names })).error, -errno.EEXIST, `${names[0]} twice`);
	}
	t.equal(peer.vfs.at('c').rdev, rdev, 'a device number arrives as the kernel has it');
	t.equal(peer.session.inodes.find(peer.vfs.at('v2')), version);
});

peerTest('UNLINK, RMDIR, RENAME and RENAME2', tree, async (t, peer) => {
	const sub = await peer.lookup('sub');
	const error = async (opcode: number, call: object) => (await peer.send(opcode, call)).error;
	t.equal(await error(uapi.FUSE_UNLINK, { names: ['sub'] }), -errno.EISDIR);
	t.equal(await error(uapi.FUSE_RMDIR, { names: ['sub'] }), -errno.ENOTEMPTY);
	t.equal(await error(uapi.FUSE_RENAME, { names: ['version', 'v'], args: { newdir: sub } }), 0);
	t.same([...peer.vfs.at('sub').children.keys()], ['deep', 'v']);
	const noreplace = { nodeid: sub, names: ['v', 'deep'], args: { newdir: sub, flags: 1 } };
	t.equal(await error(uapi.FUSE_RENAME2, noreplace), -errno.EEXIST);
	t.equal(await error(uapi.FUSE_RENAME2, { ...noreplace, args: { newdir: 99 } }), -errno.ESTALE);
	t.equal(await error(uapi.FUSE_UNLINK, { nodeid: sub, names: ['v'] }), 0);
	t.equal(await error(uapi.FUSE_UNLINK, { nodeid: sub, names: ['deep'] }), 0);
	t.equal(await error(uapi.FUSE_RMDIR, { names: ['sub'] }), 0);
	t.equal(await error(uapi.FUSE_RMDIR, { names: ['sub'] }), -errno.ENOENT);
});

peerTest('extended attributes', tree, async (t, peer) => {
	const names = ['trusted.name'];
	const payload = Buffer.from('value');
	const get = (size: number, opcode: number = uapi.FUSE_GETXATTR) =>
		peer.send(opcode, { args: { size }, names: opcode === uapi.FUSE_GETXATTR ? names : [] });
	t.equal((await get(0)).error, -errno.ENODATA);
	await peer.call(uapi.FUSE_SETXATTR, { args: { size: 5, flags: 1 }, names, payload });
	t.equal((await get(0)).decode(uapi.fuse_getxattr_out).size, 5, 'size 0 asks for the size');
	t.equal(Buffer.from((await get(5)).body).toString(), 'value');
	t.equal((await get(4)).error, -errno.ERANGE);
	t.equal((await get(0, uapi.FUSE_LISTXATTR)).decode(uapi.fuse_getxattr_out).size, 13);
	t.equal(Buffer.from((await get(64, uapi.FUSE_LISTXATTR)).body).toString(), 'trusted.name\0');
	const short = await peer.send(uapi.FUSE_SETXATTR, { args: { size: 6 }, names, payload });
	t.equal(short.error, -errno.EINVAL, 'a value that is not as long as it says');
	t.equal((await peer.send(uapi.FUSE_REMOVEXATTR, { names })).error, 0);
	t.equal((await peer.send(uapi.FUSE_REMOVEXATTR, { names })).error, -errno.ENODATA);
});
