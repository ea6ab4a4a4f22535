/** pages - a sparse file holds what a dense one of the same size would, and holes cost nothing. */

import fc from 'fast-check';
import t from 'tap';
import { Pages } from '../../../kernel-sim/fs/tmpfs/pages.ts';
import { O_CREAT, O_RDWR, SEEK_DATA, SEEK_END, SEEK_HOLE } from '../../../src/uapi/fcntl.ts';
import { outcome } from './calls.ts';
import { simulatedTmpfs } from './simulated.ts';

const MAX = 40_000;
const PAGE = 4096;

const edge = fc.tuple(fc.nat(8), fc.integer({ min: -3, max: 3 })).map(([page, by]) => Math.max(0, page * PAGE + by));
const pos = fc.oneof(edge, fc.nat(MAX - 1));

const change = fc.oneof(
	fc.record({ type: fc.constant('write' as const), pos, count: fc.oneof(fc.nat(20), fc.nat(9000)), byte: fc.nat(255) }),
	fc.record({ type: fc.constant('truncate' as const), pos }),
);

t.test('reads give what a dense file gives, after any writes and truncations', async () => {
	fc.assert(
		fc.property(fc.array(change, { maxLength: 30 }), fc.array(fc.tuple(pos, fc.nat(12_000))), (changes, reads) => {
			using calls = simulatedTmpfs();
			const fd = calls.open('f', O_RDWR | O_CREAT, 0o644);
			let dense = new Uint8Array(0);
			for (const { type, pos, ...rest } of changes) {
				if (type === 'truncate') {
					calls.ftruncate(fd, pos);
					dense = resized(dense, pos);
					continue;
				}
				const { count, byte } = rest as { count: number; byte: number };
				if (count === 0) continue;
				calls.pwrite(fd, new Uint8Array(count).fill(byte), pos);
				dense = resized(dense, Math.max(dense.length, pos + count));
				dense.fill(byte, pos, pos + count);
			}
			for (const [from, count] of reads) {
				const got = Buffer.from(calls.pread(fd, count, from));
				if (!got.equals(dense.subarray(from, from + count))) throw new Error(`read of ${count} at ${from}`);
			}
			if (calls.fstat(fd).size !== dense.length) throw new Error('size');
		}),
	);
});

function resized(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
	const result = new Uint8Array(size);
	result.set(bytes.subarray(0, size));
	return result;
}

t.test('a file of 4 PiB takes the pages that were written and no more', async t => {
	using calls = simulatedTmpfs();
	const fd = calls.open('f', O_RDWR | O_CREAT, 0o644);
	const far = 2 ** 52;
	calls.pwrite(fd, Buffer.from('far'), far);
	calls.pwrite(fd, Buffer.from('near'), 10_000);
	t.equal(calls.fstat(fd).blocks, 16);
	t.equal(calls.fstat(fd).size, far + 3);
	t.equal(calls.lseek(fd, 0, SEEK_DATA), 2 * PAGE);
	t.equal(calls.lseek(fd, 2 * PAGE, SEEK_HOLE), 3 * PAGE);
	t.equal(calls.lseek(fd, 3 * PAGE, SEEK_DATA), far);
	t.equal(calls.lseek(fd, far, SEEK_HOLE), far + 3);
	t.equal(calls.lseek(fd, -3, SEEK_END), far);
	t.equal(Buffer.from(calls.pread(fd, 10, far)).toString(), 'far');
	t.same(calls.pread(fd, 5, 2 ** 40), new Uint8Array(5));
	calls.ftruncate(fd, 0);
	t.equal(calls.fstat(fd).blocks, 0);
});

t.test('the largest size is 2^53-1: a write stops there, and beyond is EFBIG', async t => {
	using calls = simulatedTmpfs();
	const fd = calls.open('f', O_RDWR | O_CREAT, 0o644);
	const last = Number.MAX_SAFE_INTEGER;
	t.equal(calls.pwrite(fd, Buffer.from('abc'), last - 2), 2);
	t.equal(
		outcome(() => calls.pwrite(fd, Buffer.from('abc'), last)),
		'EFBIG',
	);
	t.equal(
		outcome(() => calls.truncate('f', 2 ** 53)),
		'EFBIG',
	);
	t.equal(calls.lstat('f').size, last);
});

t.test('what is behind the end of the last page is gone when the file grows again', async t => {
	const pages = new Pages();
	pages.add(0).fill(1);
	t.equal(pages.truncate(100), 0);
	t.same(pages.read(98, 4), Uint8Array.of(1, 1, 0, 0));
	pages.add(1).fill(2);
	t.equal(pages.truncate(PAGE), 1, 'a size that is whole pages leaves nothing of the next');
	t.same(pages.read(98, 2), Uint8Array.of(1, 1));
});
