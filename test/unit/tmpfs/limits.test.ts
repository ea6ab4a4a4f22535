/** limits - what a full tmpfs refuses, and when space comes back: each tried on this machine's tmpfs first, then on ours. */

import t, { type Test } from 'tap';
import { O_APPEND, O_CREAT, O_DIRECTORY, O_RDWR } from '../../../src/uapi/fcntl.ts';
import { RENAME_WHITEOUT, XATTR_CREATE, XATTR_REPLACE } from '../../../src/uapi/fs.ts';
import { S_IFCHR } from '../../../src/uapi/stat.ts';
import { type Calls, outcome, write } from './calls.ts';
import { nativeTmpfs, noNative } from './native.ts';
import { simulatedTmpfs } from './simulated.ts';

const PAGE = 4096;

/** Tests a claim on both. */
function both(title: string, options: string, claim: (t: Test, calls: Calls) => void): void {
	t.test(`tmpfs of Linux: ${title}`, { skip: noNative }, async t => {
		using calls = nativeTmpfs(options);
		claim(t, calls);
	});
	t.test(`tmpfs: ${title}`, async t => {
		using calls = simulatedTmpfs(options);
		claim(t, calls);
	});
}

const create = (calls: Calls, path: string, flags = 0) => calls.open(path, O_RDWR | O_CREAT | flags, 0o644);

both('a write takes what fits and then is ENOSPC', 'size=8k', (t, calls) => {
	const fd = create(calls, 'f');
	t.equal(calls.pwrite(fd, new Uint8Array(3 * PAGE), 100), 2 * PAGE - 100);
	t.equal(
		outcome(() => calls.pwrite(fd, new Uint8Array(10), 2 * PAGE)),
		'ENOSPC',
	);
	t.equal(calls.pwrite(fd, new Uint8Array(10), 50), 10, 'pages that are there may be written');
	t.equal(
		outcome(() => calls.pwrite(fd, new Uint8Array(10), 5 * PAGE)),
		'ENOSPC',
	);
	t.equal(calls.fstat(fd).size, 2 * PAGE, 'what was refused makes nothing longer');
	calls.ftruncate(fd, 10 * PAGE);
	t.equal(calls.statfs('.').bfree, 0, 'a hole takes nothing');
	calls.ftruncate(fd, PAGE);
	t.equal(calls.statfs('.').bfree, 1);
	calls.close(fd);
});

both('a removed file lives until its last close', 'size=8k', (t, calls) => {
	const fd = create(calls, 'f');
	calls.pwrite(fd, Buffer.from('still there'), 0);
	const other = calls.open('f', O_RDWR);
	calls.unlink('f');
	t.equal(
		outcome(() => calls.lstat('f')),
		'ENOENT',
	);
	t.equal(calls.fstat(fd).nlink, 0);
	calls.close(other);
	calls.pwrite(fd, Buffer.from(' and grows'), 11);
	t.equal(Buffer.from(calls.pread(fd, 100, 0)).toString(), 'still there and grows');
	t.equal(calls.statfs('.').bfree, 1);
	calls.close(fd);
	t.equal(calls.statfs('.').bfree, 2);
});

both('nr_inodes counts every name', 'nr_inodes=4', (t, calls) => {
	write(calls, 'f');
	calls.link('f', 'g');
	calls.mkdir('d', 0o755);
	for (const refused of [
		() => create(calls, 'new'),
		() => calls.link('f', 'new'),
		() => calls.mkdir('new', 0o755),
		() => calls.symlink('f', 'new'),
		() => calls.rename('f', 'd/new', RENAME_WHITEOUT),
		() => calls.setxattr('f', 'user.a', new Uint8Array(1), 0),
	]) {
		t.equal(outcome(refused), 'ENOSPC');
	}
	t.same([calls.statfs('.').ffree, calls.lstat('.').size, calls.lstat('f').nlink], [0, 100, 2]);
	calls.unlink('f');
	t.equal(calls.statfs('.').ffree, 1);
	calls.rename('g', 'd/new', RENAME_WHITEOUT);
	const { mode, rdev } = calls.lstat('g');
	t.same([mode, rdev], [S_IFCHR, 0], 'what a whiteout leaves');
	calls.rename('d/new', 'g', 0);
	t.equal(calls.statfs('.').ffree, 1, 'what is replaced is given back');
});

both('a directory that is open lives until its last close', 'nr_inodes=3', (t, calls) => {
	calls.mkdir('d', 0o755);
	const fd = calls.open('d', O_DIRECTORY);
	calls.rmdir('d');
	t.equal(
		outcome(() => calls.getdents(fd, 100)),
		'ENOENT',
	);
	t.same([calls.fstat(fd).nlink, calls.statfs('.').ffree], [0, 1]);
	calls.close(fd);
	t.equal(calls.statfs('.').ffree, 2);
});

both('a symbolic link of 128 bytes takes a page', 'size=4k', (t, calls) => {
	calls.symlink('x'.repeat(127), 'short');
	t.same([calls.lstat('short').blocks, calls.statfs('.').bfree], [0, 1]);
	calls.symlink('x'.repeat(128), 'long');
	t.same([calls.lstat('long').blocks, calls.statfs('.').bfree], [8, 0]);
	t.equal(calls.readlink('long'), 'x'.repeat(128));
	t.equal(
		outcome(() => calls.symlink('x'.repeat(128), 'longer')),
		'ENOSPC',
	);
	calls.unlink('long');
	t.equal(calls.statfs('.').bfree, 1);
});

both('extended attributes count, and what is replaced is given back', 'nr_inodes=4', (t, calls) => {
	write(calls, 'f');
	const value = new Uint8Array(2048 - 40 - 'user.a'.length);
	calls.setxattr('f', 'user.a', value, XATTR_CREATE);
	t.equal(calls.statfs('.').ffree, 0);
	t.equal(
		outcome(() => calls.setxattr('f', 'user.a', value, XATTR_REPLACE)),
		'ENOSPC',
		'the new one is counted before the old one is given back',
	);
	t.same(calls.getxattr('f', 'user.a'), value);
	calls.removexattr('f', 'user.a');
	t.equal(calls.statfs('.').ffree, 2);
	t.equal(
		outcome(() => calls.removexattr('f', 'user.a')),
		'ENODATA',
	);
	calls.setxattr('f', 'user.a', value, 0);
	calls.unlink('f');
	t.equal(calls.statfs('.').ffree, 3);
});

both('writes with O_APPEND go to the end, wherever they are told to', '', (t, calls) => {
	const one = create(calls, 'f', O_APPEND);
	const two = create(calls, 'f', O_APPEND);
	calls.write(one, Buffer.from('1'));
	calls.write(two, Buffer.from('2'));
	calls.pwrite(one, Buffer.from('3'), 0);
	t.equal(Buffer.from(calls.pread(two, 10, 0)).toString(), '123');
	for (const fd of [one, two]) calls.close(fd);
});

t.test('tmpfs: a limit of 0 is none, and statfs shows zeros', async t => {
	using calls = simulatedTmpfs('size=0,nr_inodes=0');
	write(calls, 'f', 'text');
	const { blocks, bfree, files, ffree } = calls.statfs('.');
	t.same({ blocks, bfree, files, ffree }, { blocks: 0, bfree: 0, files: 0, ffree: 0 });
});
