/** fuse.test - the FUSE tables on messages as kernels send them. Sizes and offsets are the affair of headers.test. */

import t from 'tap';
import {
	FUSE_INIT_EXT,
	FUSE_REC_ALIGN,
	fuse_attr,
	fuse_dirent,
	fuse_in_header,
	fuse_init_in,
	fuse_init_out,
	fuse_interrupt_in,
	fuse_lk_in,
	fuse_lseek_in,
	fuse_notify_inval_inode_out,
	fuse_open_in,
	fuse_setattr_in,
} from '../../../src/uapi/fuse.ts';

function viewOf(...hex: string[]): DataView {
	const bytes = Uint8Array.from(Buffer.from(hex.join('').replaceAll(' ', ''), 'hex'));
	return new DataView(bytes.buffer);
}

// INIT of Linux 6.18
const init = viewOf(
	'68000000 1a000000', // len, opcode
	'0200000000000000', // unique
	'0000000000000000', // nodeid
	'00000000 00000000 00000000', // uid, gid, pid
	'0000 0000', // total_extlen, padding
	'07000000 2d000000', // major, minor
	'00000200', // max_readahead
	'fbffff73', // flags
	'fd050000', // flags2
	'00'.repeat(44),
);

t.test('FUSE_INIT: what Linux 6.18 sends', async t => {
	const header = fuse_in_header.decode(init, 0);
	t.equal(
		fuse_in_header.format(header),
		'{len=104, opcode=FUSE_INIT, unique=2, nodeid=0, uid=0, gid=0, pid=0, total_extlen=0}',
	);
	const body = fuse_init_in.decode(init, fuse_in_header.size, header.len - fuse_in_header.size);
	t.match(body, { major: 7, minor: 45, max_readahead: 131072, flags: 0x73fffffb, flags2: 0x5fd });
	t.ok(body.flags & FUSE_INIT_EXT);
	t.match(
		fuse_init_in.format(body),
		/\|FUSE_SETXATTR_EXT\|FUSE_INIT_EXT, flags2=FUSE_SECURITY_CTX\|FUSE_CREATE_SUPP_GROUP\|/,
	);
});

t.test('FUSE_INIT: an old kernel sends 16 bytes, an old server answers 8', async t => {
	t.same(fuse_init_in.decode(viewOf('07000000 08000000 00100000 0b000000'), 0, 16), {
		major: 7,
		minor: 8,
		max_readahead: 4096,
		flags: 11,
		flags2: 0,
	});
	t.match(fuse_init_out.decode(viewOf('07000000 05000000'), 0, 8), { major: 7, minor: 5, max_write: 0, flags2: 0 });
});

t.test('times before 1970 and offsets below zero keep their sign', async t => {
	const view = new DataView(new ArrayBuffer(256));
	fuse_attr.encode(view, 0, { mtime: -1 });
	t.equal(view.getBigInt64(fuse_attr.offsetof.mtime, true), -1n);
	fuse_setattr_in.encode(view, 0, { atime: -86400 });
	t.equal(fuse_setattr_in.decode(view, 0).atime, -86400);
	fuse_notify_inval_inode_out.encode(view, 0, { ino: 5, off: -1, len: 0 });
	t.equal(view.getBigInt64(8, true), -1n);
	fuse_lseek_in.encode(view, 0, { offset: -5 });
	t.equal(fuse_lseek_in.decode(view, 0).offset, -5);
});

t.test('numbers that the kernel makes of all 64 bits survive', async t => {
	const view = new DataView(new Uint8Array(64).fill(0xff).buffer);
	view.setBigUint64(0, 1n, true);
	t.match(fuse_lk_in.decode(view, 0), { fh: 1, owner: 2n ** 64n - 1n, lk: { start: 2n ** 64n - 1n, pid: 0xffffffff } });
	view.setBigUint64(0, 1n << 63n, true);
	t.equal(fuse_interrupt_in.decode(view, 0).unique, 1n << 63n, 'a number that was sent again');
	t.throws(() => fuse_in_header.decode(view, 0), { code: 'EINVAL' });
});

t.test('open flags, modes and types print by name', async t => {
	t.equal(
		fuse_open_in.format({ flags: 0o104001, open_flags: 0 }),
		'{flags=O_WRONLY|O_NONBLOCK|O_LARGEFILE, open_flags=0}',
	);
	t.equal(fuse_dirent.format({ ino: 1, off: 2, namelen: 3, type: 4 }), '{ino=1, off=2, namelen=3, type=DT_DIR}');
	t.match(fuse_attr.format(fuse_attr.decode(new DataView(new ArrayBuffer(88)), 0)), /mode=0, .*flags=0}$/);
});

t.test('FUSE_REC_ALIGN: the next multiple of 8', async t => {
	t.same([0, 1, 7, 8, 9, 27].map(FUSE_REC_ALIGN), [0, 8, 8, 8, 16, 32]);
});
