/** stat.test - modes and device numbers. */

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import * as stat from '../../../src/uapi/stat.ts';

t.test('modeString: as ls -l prints it', async t => {
	const cases: [number, string][] = [
		[0o100644, '-rw-r--r--'],
		[0o040755, 'drwxr-xr-x'],
		[0o120777, 'lrwxrwxrwx'],
		[0o020666, 'crw-rw-rw-'],
		[0o060660, 'brw-rw----'],
		[0o010600, 'prw-------'],
		[0o140700, 'srwx------'],
		[0o041777, 'drwxrwxrwt'],
		[0o041776, 'drwxrwxrwT'],
		[0o104755, '-rwsr-xr-x'],
		[0o104655, '-rwSr-xr-x'],
		[0o102755, '-rwxr-sr-x'],
		[0o102745, '-rwxr-Sr-x'],
		[0o107000, '---S--S--T'],
		[0o000644, '?rw-r--r--'],
		[0o170000, '?---------'],
	];
	for (const [mode, want] of cases) t.equal(stat.modeString(mode), want, mode.toString(8));
});

t.test('file types: one test each, and the DT_* of it', async t => {
	const tests: [number, (mode: number) => boolean, number][] = [
		[stat.S_IFIFO, stat.isFifo, stat.DT_FIFO],
		[stat.S_IFCHR, stat.isChr, stat.DT_CHR],
		[stat.S_IFDIR, stat.isDir, stat.DT_DIR],
		[stat.S_IFBLK, stat.isBlk, stat.DT_BLK],
		[stat.S_IFREG, stat.isReg, stat.DT_REG],
		[stat.S_IFLNK, stat.isLnk, stat.DT_LNK],
		[stat.S_IFSOCK, stat.isSock, stat.DT_SOCK],
	];
	for (const [type, , dirent] of tests) {
		const mode = type | 0o7777;
		t.same(
			tests.filter(([, is]) => is(mode)).map(([own]) => own),
			[type],
		);
		t.equal(stat.direntType(mode), dirent);
	}
});

t.test('device numbers: what the C library and the kernel make of major and minor', async t => {
	// [major, minor, MKDEV, new_encode_dev, makedev], computed by C
	const cases: [number, number, number, number, bigint][] = [
		[0, 0, 0, 0, 0n],
		[1, 3, 0x100003, 0x103, 0x103n],
		[36, 0, 0x2400000, 0x2400, 0x2400n],
		[8, 255, 0x8000ff, 0x8ff, 0x8ffn],
		[8, 256, 0x800100, 0x100800, 0x100800n],
		[0, 0xfffff, 0xfffff, 0xfff000ff, 0xfff000ffn],
		[4095, 0xfffff, 0xffffffff, 0xffffffff, 0xffffffffn],
		[259, 0x12345, 0x10312345, 0x12310345, 0x12310345n],
	];
	for (const [major, minor, dev, encoded, libc] of cases) {
		const title = `${major}:${minor}`;
		t.equal(stat.MKDEV(major, minor), dev, title);
		t.same([stat.MAJOR(dev), stat.MINOR(dev)], [major, minor], title);
		t.equal(stat.new_encode_dev(dev), encoded, title);
		t.equal(stat.new_decode_dev(encoded), dev, title);
		t.equal(stat.makedev(major, minor), libc, title);
	}
	t.equal(stat.makedev(0x12345678, 0x9abcdef0), 0x123459abcde678f0n);
	t.equal(stat.major(stat.makedev(0xfffff123, 5)), 0xfffff123);
	t.equal(stat.minor(stat.makedev(5, 0xfffff123)), 0xfffff123);
});

t.test('device numbers: every spelling says the same', async t => {
	const property = fc.property(fc.nat(0xfff), fc.nat(0xfffff), (major, minor) => {
		const dev = stat.MKDEV(major, minor);
		const libc = stat.makedev(major, minor);
		return (
			stat.new_decode_dev(stat.new_encode_dev(dev)) === dev &&
			libc === BigInt(stat.new_encode_dev(dev)) &&
			stat.major(libc) === major &&
			stat.minor(libc) === minor
		);
	});
	t.doesNotThrow(() => fc.assert(property));
});

t.test('device numbers: /dev/null of this machine', { skip: process.platform !== 'linux' && 'not Linux' }, async t => {
	const rdev = Number(execFileSync('stat', ['-c', '%r', '/dev/null'], { encoding: 'utf8' }));
	t.equal(stat.new_encode_dev(stat.MKDEV(1, 3)), rdev);
});
