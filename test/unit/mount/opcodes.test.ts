/** opcodes.test - the table: every opcode has a row, and the refused ones their errno. */

import t from 'tap';
import { newBuffer } from '../../../mount/fuse/message.ts';
import { opcodes } from '../../../mount/fuse/opcodes.ts';
import { one, silent } from '../../../mount/fuse/reply.ts';
import { errno } from '../../../src/lib/errno.ts';
import { struct, u32 } from '../../../src/lib/struct.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { peerTest } from './tiny_peer.ts';
import { dir } from './tiny_vfs.ts';

t.test('every opcode of 7.45 has one row', t => {
	for (const [name, opcode] of Object.entries(uapi.fuse_opcode)) {
		const row = opcodes.get(opcode);
		if (name.endsWith('_RESERVED')) t.equal(row, undefined, `${name} is what INIT looks like in the wrong byte order`);
		else t.equal(row?.name, name.replace(/^FUSE_/, ''), name);
	}
	t.end();
});

t.test('the opcodes that the kernel wants no reply to', t => {
	const names = [...opcodes.values()].filter(({ out }) => out === silent).map(({ name }) => name);
	t.same(names, ['FORGET', 'INTERRUPT', 'NOTIFY_REPLY', 'BATCH_FORGET']);
	t.end();
});

peerTest(
	'an opcode that is not served has its errno',
	() => dir({}),
	async (t, peer) => {
		const cases: [number, keyof typeof errno][] = [
			[uapi.FUSE_GETLK, 'ENOSYS'],
			[uapi.FUSE_SETLK, 'ENOSYS'],
			[uapi.FUSE_SETLKW, 'ENOSYS'],
			[uapi.FUSE_BMAP, 'ENOSYS'],
			[uapi.FUSE_FALLOCATE, 'EOPNOTSUPP'],
			[uapi.FUSE_COPY_FILE_RANGE, 'ENOSYS'],
			[uapi.FUSE_SETUPMAPPING, 'ENOSYS'],
			[uapi.FUSE_REMOVEMAPPING, 'ENOSYS'],
			[uapi.FUSE_SYNCFS, 'ENOSYS'],
			[uapi.FUSE_TMPFILE, 'EOPNOTSUPP'],
			[uapi.FUSE_STATX, 'ENOSYS'],
			[uapi.FUSE_COPY_FILE_RANGE_64, 'ENOSYS'],
			[uapi.CUSE_INIT, 'ENOSYS'],
		];
		for (const [opcode, code] of cases) {
			const names = opcode === uapi.FUSE_TMPFILE ? ['x'] : [];
			t.equal((await peer.send(opcode, { names })).error, -errno[code], opcodes.get(opcode)!.name);
		}
	},
);

peerTest(
	'DESTROY is answered, NOTIFY_REPLY is not',
	() => dir({}),
	async (t, peer) => {
		t.equal((await peer.send(uapi.FUSE_DESTROY)).error, 0);
		peer.tell(uapi.FUSE_NOTIFY_REPLY, { args: { size: 3 }, payload: Buffer.from('abc') });
	},
);

t.test('an answer has the type of its struct', t => {
	const pair = struct('pair', 8, { a: u32, b: u32 });
	const { bytes, view } = newBuffer(16);
	t.equal(one(pair).write({ bytes, view }, 8, { b: 1 }), 16);
	// @ts-expect-error the struct has no such member
	one(pair).write({ bytes, view }, 0, { c: 1 });
	t.same([...bytes], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
	t.end();
});
