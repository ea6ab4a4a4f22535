/**
 * options - what mount(2) is told, what comes of it and what /proc/mounts shows: a table, tried on this machine first.
 *
 * `half` stands for what half of the memory gives, blocks or inodes; the machine's own here, 1 GiB there.
 */

import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { parseOptions, showOptions } from '../../../kernel-sim/fs/tmpfs/options.ts';
import { type Calls, outcome } from './calls.ts';
import { nativeTmpfs, noNative } from './native.ts';
import { simulatedTmpfs } from './simulated.ts';

/** 1 GiB. */
const TOTALRAM_PAGES = 1 << 18;

interface Want {
	readonly blocks?: number;
	readonly files?: number;
	readonly mode?: number;
	readonly uid?: number;
	readonly gid?: number;
	/** Absent: the options themselves. */
	readonly shown?: string;
}

const rows: readonly (readonly [options: string, want: Want | string])[] = [
	['', {}],
	['size=1m', { blocks: 256, shown: 'size=1024k' }],
	['size=1M', { blocks: 256, shown: 'size=1024k' }],
	['size=4096', { blocks: 1, shown: 'size=4k' }],
	['size=4097', { blocks: 2, shown: 'size=8k' }],
	['size=1', { blocks: 1, shown: 'size=4k' }],
	['size=0x2000', { blocks: 2, shown: 'size=8k' }],
	['size=020000', { blocks: 2, shown: 'size=8k' }],
	['size=2g', { blocks: 524288, shown: 'size=2097152k' }],
	['size=0', { blocks: 0, shown: 'size=0k' }],
	['size=', 'EINVAL'],
	['size=k', { blocks: 0, shown: 'size=0k' }],
	['nr_inodes=', 'EINVAL'],
	['uid=', 'EINVAL'],
	['size=4kb', 'EINVAL'],
	['size=-1', 'EINVAL'],
	['size= 1', 'EINVAL'],
	['size', 'EINVAL'],
	['nr_blocks=10', { blocks: 10, shown: 'size=40k' }],
	['nr_blocks=1k', { blocks: 1024, shown: 'size=4096k' }],
	['nr_blocks=0x8000000000000000', 'EINVAL'],
	['nr_inodes=10', { files: 10 }],
	['nr_inodes=1k', { files: 1024, shown: 'nr_inodes=1024' }],
	['nr_inodes=0', { files: 0 }],
	['nr_inodes=x', 'EINVAL'],
	['nr_inodes=0x40000000000000', 'EINVAL'],
	['mode=755', { mode: 0o755 }],
	['mode=1777', { shown: '' }],
	['mode=7', { mode: 0o007, shown: 'mode=007' }],
	['mode=0', { mode: 0, shown: 'mode=000' }],
	['mode=107777', { mode: 0o7777, shown: 'mode=7777' }],
	['mode=8', 'EINVAL'],
	['mode=', 'EINVAL'],
	['mode=77777777777', 'EINVAL'],
	['uid=5', { uid: 5 }],
	['uid=0x10', { uid: 16, shown: 'uid=16' }],
	['uid=4294967294', { uid: 4294967294 }],
	['uid=4294967295', 'EINVAL'],
	['uid=4294967296', 'EINVAL'],
	['uid=-1', 'EINVAL'],
	['uid=root', 'EINVAL'],
	['gid=7,uid=5', { uid: 5, gid: 7, shown: 'uid=5,gid=7' }],
	['size=4k,size=8k', { blocks: 2, shown: 'size=8k' }],
	[',,size=8k,', { blocks: 2, shown: 'size=8k' }],
	['size=8k,mode=700,nr_inodes=3', { blocks: 2, files: 3, mode: 0o700, shown: 'size=8k,nr_inodes=3,mode=700' }],
	['size=8k,5', 'EINVAL'],
	['unknown', 'EINVAL'],
	['unknown=1', 'EINVAL'],
	['Size=8k', 'EINVAL'],
	['toString=1', 'EINVAL'],
	['huge=never', { shown: '' }],
	['huge=x', 'EINVAL'],
];

function table(t: Test, mount: (options: string) => Calls, shown: (calls: Calls) => string): void {
	using plain = mount('');
	const half = plain.statfs('.');
	for (const [options, want] of rows) {
		if (typeof want === 'string') {
			t.equal(
				outcome(() => mount(options)[Symbol.dispose]()),
				want,
				options,
			);
			continue;
		}
		using calls = mount(options);
		const { blocks, bfree, files, ffree } = calls.statfs('.');
		const { mode, uid, gid } = calls.lstat('.');
		const size = want.blocks ?? half.blocks;
		const inodes = want.files ?? half.files;
		t.same(
			{ blocks, bfree, files, ffree, mode, uid, gid, shown: shown(calls) },
			{
				blocks: size,
				bfree: size,
				files: inodes,
				ffree: Math.max(0, inodes - 1),
				mode: 0o40000 | (want.mode ?? 0o1777),
				uid: want.uid ?? 0,
				gid: want.gid ?? 0,
				shown: want.shown ?? options,
			},
			options,
		);
	}
}

t.test('tmpfs of Linux: options give what is in the table', { skip: noNative }, async t => {
	table(t, nativeTmpfs, calls => {
		const { dir } = calls as ReturnType<typeof nativeTmpfs>;
		const line = readFileSync('/proc/thread-self/mounts', 'utf8')
			.split('\n')
			.find(mount => mount.includes(` ${dir} `));
		return line!
			.split(' ')[3]!
			.replace(/^rw,relatime,?/, '')
			.replace(/,?inode64$/, '');
	});
});

t.test('tmpfs: options give what is in the table', async t => {
	table(t, simulatedTmpfs, calls => {
		const text = (calls as ReturnType<typeof simulatedTmpfs>).sb.showOptions!();
		return text.replace(/,inode64$/, '').slice(1);
	});
});

t.test('tmpfs: shares of the memory, inode32, inode64 and noswap', async t => {
	const shown = (options: string) => showOptions(parseOptions(options, TOTALRAM_PAGES), TOTALRAM_PAGES);
	t.equal(shown(''), ',inode64');
	t.equal(shown('size=50%'), ',inode64');
	t.equal(shown('size=25%'), `,size=${TOTALRAM_PAGES}k,inode64`);
	t.equal(shown('inode32,noswap'), ',inode32,noswap');
	t.equal(shown('inode32,inode64'), ',inode64');
	for (const options of ['inode32=1', 'inode64=', 'noswap=1']) {
		t.equal(
			outcome(() => shown(options)),
			'EINVAL',
			options,
		);
	}
});
