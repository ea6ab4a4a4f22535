/** seq_file - what a read returns, and what the iterator is asked for it. Lengths and orders as seen on Linux 6.12 and 6.18. */

import t from 'tap';
import { SEQ_SKIP, type SeqOperations, singleOpen } from '../../../kernel-sim/fs/seq_file.ts';
import { seqEach } from '../../../kernel-sim/fs/seq_list.ts';
import { SEEK_CUR, SEEK_DATA, SEEK_END, SEEK_HOLE, SEEK_SET } from '../../../src/uapi/fcntl.ts';
import { FMODE_PREAD, FMODE_PWRITE } from '../../../src/uapi/fs.ts';
import { type Record, recording, recordText, SeqReader } from './seq_reader.ts';

/** Lengths of what reads of `count` bytes return, up to the first that returns nothing. */
async function lengths(reader: SeqReader, count: number): Promise<number[]> {
	const seen: number[] = [];
	do seen.push((await reader.read(count)).length);
	while (seen.at(-1)! > 0 && seen.length < 100);
	return seen;
}

/** 0, 1, 2 and so on, a line each, without end. */
const counter: SeqOperations<number> = {
	start: (_m, pos) => pos,
	next: (_m, v) => v + 1,
	show: (m, v) => m.printf('%d\n', v),
};

t.test('seq_file: a read returns one buffer of whole records, never the last byte of a page', async t => {
	const reader = new SeqReader(counter);
	const first = await reader.read(65536);
	t.equal(first.length, 4095);
	t.equal(first.slice(-5), '1040\n');
	const second = await reader.read(65536);
	t.equal(second.length, 4095);
	t.same([second.slice(0, 5), second.slice(-5)], ['1041\n', '1859\n']);
});

t.test('seq_file: a record that would fill the page to its last byte waits for the next read', async t => {
	t.same(await lengths(new SeqReader(recording([4000, 95, 1], [])), 65536), [4095, 1, 0]);
	t.same(await lengths(new SeqReader(recording([4000, 96, 1], [])), 65536), [4000, 97, 0]);
});

t.test('seq_file: small reads get the size they ask for, up to the end', async t => {
	t.same(await lengths(new SeqReader(recording([7, 7, 7, 2], [])), 10), [10, 10, 3, 0]);
	t.same(await lengths(new SeqReader(recording([16], [])), 10), [10, 6, 0]);
});

t.test('seq_file: a read delivers what is left over, then begins a new buffer in the same call', async t => {
	const lines = new Array(20).fill(300);
	t.same(await lengths(new SeqReader(recording(lines, [])), 3000), [3000, 3000, 0]);
	t.same(await lengths(new SeqReader(recording([42, 6063], [])), 5000), [42, 5000, 1063, 0]);
	t.same(await lengths(new SeqReader(recording([3000, 3000, 3000], [])), 2000), [2000, 2000, 2000, 2000, 1000, 0]);
});

t.test('seq_file: a record that does not fit doubles the buffer, which then stays as large', async t => {
	t.same(await lengths(new SeqReader(recording([4024, 5675, 12884, 869], [])), 65536), [4024, 5675, 13753, 0]);
	t.same(await lengths(new SeqReader(recording([10000], [])), 65536), [10000, 0]);
	t.same(
		await lengths(new SeqReader(recording([10000, ...new Array(100).fill(400)], [])), 65536),
		[16000, 16000, 16000, 2000, 0],
	);
});

const mixed: Record[] = Array.from({ length: 20 }, () => 100);
mixed[3] = { skip: 100 };
mixed[4] = { skip: 100 };
mixed[7] = 0;
mixed[10] = 5000;

t.test('seq_file: each read is one session of start, show, next, stop; what overflowed is shown again', async t => {
	const calls: string[] = [];
	const reader = new SeqReader(recording(mixed, calls));
	t.same(await lengths(reader, 65536), [700, 5900, 0]);
	const shows = (from: number, to: number) =>
		Array.from({ length: to - from }, (_, i) => [`show(${from + i})`, `next(${from + i})`]).flat();
	t.same(calls, [
		...['start(0)', ...shows(0, 10), 'show(10)', '[overflow]', 'stop(10)'],
		...['start(10)', 'show(10)', '[overflow]', 'stop(10)'],
		...['start(10)', ...shows(10, 20), 'stop(NULL)'],
		...['start(20)', 'stop(NULL)'],
	]);
});

t.test('seq_file: next looks one record ahead, show is not called once the caller has enough', async t => {
	const calls: string[] = [];
	const reader = new SeqReader(recording([6, 6, 6], calls));
	await reader.read(10);
	t.same(calls, ['start(0)', 'show(0)', 'next(0)', 'show(1)', 'next(1)', 'stop(2)']);
});

t.test('seq_file: open and a read of no bytes call nothing', async t => {
	const calls: string[] = [];
	const reader = new SeqReader(recording([5], calls));
	t.equal(await reader.read(0), '');
	t.same(calls, []);
	await reader.read(1);
	t.equal(calls[0], 'start(0)');
});

t.test('seq_file: SEQ_SKIP drops what was printed, and neither it nor an empty record ends the file', async t => {
	const reader = new SeqReader(recording([{ skip: 5 }, 0, 3, { skip: 5 }, 0, 4, { skip: 9000 }], []));
	t.equal(await reader.read(100), recordText(2, 3) + recordText(5, 4));
	t.equal(await reader.read(100), '');
});

t.test('seq_file: an error comes after the records before it, by a read of its own, again and again', async t => {
	const reader = new SeqReader(recording([5, 7, { error: 'EIO' }, 3], []));
	t.equal((await reader.read(100)).length, 12);
	await t.rejects(reader.read(100), { code: 'EIO' });
	await t.rejects(reader.read(100), { code: 'EIO' });
	t.equal(await reader.lseek(0, SEEK_SET), 0);
	t.equal((await reader.read(100)).length, 12);
});

t.test('seq_file: an error of start is that of the read; one of next is found by the next start', async t => {
	const { Errno } = await import('../../../src/lib/errno.ts');
	const stops: unknown[] = [];
	const refusing: SeqOperations<number> = {
		...counter,
		start(_m, pos) {
			if (pos === 2) throw new Errno('ENOMEM');
			return pos;
		},
		next(_m, _v, pos) {
			if (pos === 2) throw new Errno('EINVAL');
			return pos;
		},
		stop: (_m, v) => void stops.push(v),
	};
	const reader = new SeqReader(refusing);
	t.equal(await reader.read(100), '0\n1\n');
	await t.rejects(reader.read(100), { code: 'ENOMEM' });
	t.same(stops, [undefined, undefined], 'stop is called all the same');
});

t.test('lseek: an error on the way is its answer, and the position is 0 again', async t => {
	const reader = new SeqReader(recording([5, 7, { error: 'EIO' }, 300], []));
	await reader.read(3);
	await t.rejects(reader.lseek(20, SEEK_SET), { code: 'EIO' });
	t.equal(reader.file.pos, 0);
	t.equal(await reader.read(5), recordText(0, 5));
});

t.test('lseek: SEEK_SET and SEEK_CUR to where there is nothing are fine, all else is EINVAL', async t => {
	const reader = new SeqReader(recording([5], []));
	for (const offset of [0, 3, 5, 6, 2 ** 40]) {
		t.equal(await reader.lseek(offset, SEEK_SET), offset);
		t.equal((await reader.read(100)).length, Math.max(0, 5 - offset), `read at ${offset}`);
	}
	t.equal(await reader.lseek(2, SEEK_SET), 2);
	t.equal(await reader.lseek(1, SEEK_CUR), 3);
	t.equal(await reader.read(1), recordText(0, 5)[3]);
	for (const [offset, whence] of [
		[-1, SEEK_SET],
		[-5, SEEK_CUR],
		[0, SEEK_END],
		[0, SEEK_DATA],
		[0, SEEK_HOLE],
		[0, 99],
	]) {
		await t.rejects(reader.lseek(offset!, whence!), { code: 'EINVAL' }, `lseek(${offset}, ${whence})`);
	}
	t.equal(reader.file.pos, 4, 'a refused lseek leaves the position');
});

t.test(
	'seq_file: reading elsewhere shows the records from the first one again; pread does not move the position',
	async t => {
		const calls: string[] = [];
		const reader = new SeqReader(recording([5, 5, 5, 5], calls));
		await reader.read(5);
		calls.length = 0;
		t.equal(await reader.pread(2, 12), recordText(2, 5).slice(2, 4));
		t.same(calls, ['start(0)', 'show(0)', 'next(0)', 'show(1)', 'next(1)', 'show(2)', 'next(2)', 'stop(3)']);
		t.equal(reader.file.pos, 5);
		calls.length = 0;
		t.equal(await reader.read(5), recordText(1, 5));
		t.same(calls, ['start(0)', 'show(0)', 'next(0)', 'stop(1)', 'start(1)', 'show(1)', 'next(1)', 'stop(2)']);
	},
);

t.test('seq_file: a read at the end asks again, so that a file that has grown goes on', async t => {
	const calls: string[] = [];
	const records = [3];
	const reader = new SeqReader(recording(records, calls));
	t.same(await lengths(reader, 10), [3, 0]);
	calls.length = 0;
	t.equal(await reader.read(10), '');
	t.same(calls, ['start(1)', 'stop(NULL)']);
	records.push(4);
	t.equal(await reader.read(10), recordText(1, 4));
	t.equal(await reader.pread(10, 0), recordText(0, 3) + recordText(1, 4), 'offset 0 is the first record');
});

t.test('seq_open: pwrite is taken from the file, pread is not', t => {
	const { file } = new SeqReader(counter);
	t.equal(file.mode & FMODE_PWRITE, 0);
	t.not(file.mode & FMODE_PREAD, 0);
	t.end();
});

t.test('single_open: one record, shown anew by a read at the beginning and kept for the others', async t => {
	let shown = 0;
	const reader = new SeqReader(counter);
	singleOpen(reader.file, m => {
		shown++;
		m.printf('shown %d times\n', shown);
	});
	t.equal(await reader.read(7), 'shown 1');
	t.equal(await reader.read(100), ' times\n');
	t.equal(await reader.read(100), '');
	t.equal(shown, 1);
	t.equal(await reader.pread(7, 0), 'shown 2');
	t.equal(await reader.lseek(6, SEEK_SET), 6);
	t.equal(await reader.read(1), '3', 'a read elsewhere shows it again');
});

t.test('single_open: a record of any length is one read', async t => {
	const reader = new SeqReader(counter);
	singleOpen(reader.file, m => {
		for (let i = 0; i < 100_000; i++) m.putc('x');
	});
	t.same(await lengths(reader, 1 << 20), [100_000, 0]);
});

t.test('seq_escape: the given characters become octal, as in mount tables', async t => {
	const reader = new SeqReader(counter);
	singleOpen(reader.file, m => {
		m.escape('a b\tc\nd\\e#f', ' \t\n\\');
		m.escape('#', ' \t\n\\#');
	});
	t.equal(await reader.read(100), 'a\\040b\\011c\\012d\\134e#f\\043');
});

t.test('seq_pad: fills up to the width that was set', async t => {
	const reader = new SeqReader(counter);
	singleOpen(reader.file, m => {
		m.setWidth(8);
		m.puts('ab');
		m.pad('\n');
		m.setWidth(1);
		m.puts('abc');
		m.pad();
	});
	t.equal(await reader.read(100), 'ab      \nabc');
});

t.test('seq_puts: the length of a record is that of its UTF-8, and a name keeps bytes that are none', async t => {
	const snowman = '\u2603';
	const full = 1365; // of three bytes each, one byte short of a page
	for (const [text, want] of [
		[snowman.repeat(full), [4095, 1, 0]],
		[`${snowman.repeat(full - 1)}1234`, [4097, 0]],
		['x'.repeat(4095), [4095, 1, 0]],
		['x'.repeat(4096), [4097, 0]],
		[`${'x'.repeat(50)}\u{1f600}\udcff`, [56, 0]],
	] as const) {
		const reader = new SeqReader(
			seqEach(
				() => [text, 'y'],
				(m, s) => m.puts(s),
			),
		);
		t.same(await lengths(reader, 1 << 20), want);
	}
	const reader = new SeqReader(counter);
	singleOpen(reader.file, m => m.puts('\udcff\udc80'));
	t.equal(await reader.read(10), '\xff\x80');
});

t.test('seq_write: bytes as they are, refused whole when they do not fit', async t => {
	const reader = new SeqReader(counter);
	let sizes = '';
	singleOpen(reader.file, m => {
		m.write(Uint8Array.of(0, 255, 10));
		m.write(new Uint8Array(4093));
		sizes += m.hasOverflowed() ? 'overflow ' : 'fits ';
	});
	t.equal((await reader.read(1 << 20)).length, 4096);
	t.equal(sizes, 'overflow fits ');
});

t.test('seq_set_overflow: the record is shown again in a larger buffer', async t => {
	const reader = new SeqReader(counter);
	let shown = 0;
	singleOpen(reader.file, m => {
		shown++;
		m.puts('text');
		if (shown < 4) m.setOverflow();
	});
	t.equal(await reader.read(100), 'text');
	t.equal(shown, 4);
});

t.test('seqEach: a heading, then a record per element; a session goes on where the last one ended', async t => {
	const elements = Array.from({ length: 2000 }, (_, i) => i);
	const begun: number[] = [];
	let closed = 0;
	function* items() {
		begun.push(0);
		try {
			yield* elements;
		} finally {
			closed++;
		}
	}
	const ops = seqEach(
		items,
		(m, i: number) => (i % 2 ? SEQ_SKIP : m.printf('%d\n', i)),
		m => m.puts('HEAD\n'),
	);
	const reader = new SeqReader(ops);
	let text = '';
	for (let part = await reader.read(4096); part !== ''; part = await reader.read(4096)) text += part;
	t.equal(
		text,
		`HEAD\n${elements
			.filter(i => i % 2 === 0)
			.map(i => `${i}\n`)
			.join('')}`,
	);
	t.equal(begun.length, 3, 'one iterator per session');
	t.equal(closed, 3, 'each closed when its session ends');
	t.equal(
		await new SeqReader(
			seqEach(
				() => [],
				() => {},
			),
		).read(10),
		'',
	);
});

t.test('seq_operations: each may sleep, in the same order and with the same answers', async t => {
	const calls: string[] = [];
	const awake: string[] = [];
	const sleeper = new SeqReader(recording(mixed, calls, () => Promise.resolve()));
	const reader = new SeqReader(recording(mixed, awake));
	for (const count of [10, 1000, 65536, 65536, 1]) {
		t.equal(await sleeper.read(count), await reader.read(count));
	}
	t.equal(await sleeper.lseek(650, SEEK_SET), await reader.lseek(650, SEEK_SET));
	t.equal(await sleeper.read(5000), await reader.read(5000));
	t.same(calls, awake);
});

t.test('seq_file: nothing sleeps, nothing is promised', t => {
	const { file } = new SeqReader(counter);
	const m = file.privateData as import('../../../kernel-sim/fs/seq_file.ts').SeqFile;
	const ctx = {} as import('../../../src/boundary/vfs.ts').Context;
	t.type(m.read(10, 0, ctx), Uint8Array);
	t.equal(m.llseek(5, SEEK_SET, ctx), 5);
	t.end();
});

t.test('m->lock: two reads of one open file run one after the other', async t => {
	const calls: string[] = [];
	const wake: (() => void)[] = [];
	const reader = new SeqReader(recording([3, 3], calls, () => new Promise(resolve => wake.push(resolve))));
	const both = Promise.all([reader.pread(3, 0), reader.pread(3, 3)]);
	for (let i = 0; i < 12; i++) {
		wake.shift()?.();
		await new Promise(setImmediate);
		t.ok(wake.length <= 1, 'never two operations at once');
	}
	t.same(await both, [recordText(0, 3), recordText(1, 3)]);
	t.same(calls, [
		...['start(0)', 'show(0)', 'next(0)', 'stop(1)'],
		...['start(1)', 'show(1)', 'next(1)', 'stop(NULL)'],
	]);
});

t.test('seq_file: a mistake of the iterator is thrown as it is, after stop, and leaves nothing behind', async t => {
	const mistake = new TypeError('no such member');
	let broken = true;
	const stops: unknown[] = [];
	const reader = new SeqReader({
		start: (_m, pos) => pos,
		next: (_m, v: number) => (v < 5 ? v + 1 : undefined),
		show(m, v: number) {
			m.printf('%d ', v);
			if (broken && v === 3) throw mistake;
		},
		stop: (_m, v) => void stops.push(v),
	});
	await t.rejects(reader.read(100), mistake);
	t.same(stops, [3]);
	broken = false;
	t.equal(await reader.pread(100, 0), '0 1 2 3 4 5 ');
});
