/**
 * configfs_file - attributes of items: what a read gets, what a write does, and what an open file is once its item is gone.
 *
 * Simulated by kernel-sim/fs/configfs/file.ts after fs/configfs/file.c. The test module contract_configfs has an attribute of
 * each kind.
 */

import {
	O_CREAT,
	O_EXCL,
	O_RDONLY,
	O_RDWR,
	O_TRUNC,
	O_WRONLY,
	SEEK_CUR,
	SEEK_END,
	SEEK_SET,
} from '../../src/uapi/fcntl.ts';
import { DEFAULT_POLLMASK } from '../../src/uapi/poll.ts';
import { S_IFIFO, S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { asleep, calls, onSubsystem } from './configfs_subsystem.ts';
import { readFile, text, withFile, writeFile } from './files.ts';

const READING: Contract[] = [
	onSubsystem('configfs_read_iter: show runs once per open file, whatever is read of it', async (t, { sys, file }) => {
		const count = `${file}/count`;
		const fd = await sys.open(count, O_RDONLY);
		const first = text(await sys.read(fd, 100));
		t.match(first, /^\d+\n$/);
		await sys.lseek(fd, 0, SEEK_SET);
		t.equal(text(await sys.read(fd, 100)), first, 'after lseek');
		t.equal(text(await sys.pread(fd, 100, 0)), first, 'by pread');
		await sys.close(fd);
		t.equal(await readFile(sys, count), `${Number(first) + 1}\n`, 'in the next open file');
	}),
	onSubsystem('configfs_read_iter: a write through another open file is not seen', async (t, { sys, file }) => {
		await writeFile(sys, `${file}/text`, 'old');
		const fd = await sys.open(`${file}/text`, O_RDONLY);
		t.equal(text(await sys.read(fd, 1)), 'o');
		await writeFile(sys, `${file}/text`, 'new');
		t.equal(text(await sys.read(fd, 100)), 'ld');
		t.equal(text(await sys.pread(fd, 100, 0)), 'old');
		t.equal(await readFile(sys, `${file}/text`), 'new');
	}),
	onSubsystem('configfs_read_iter: a write through the same open file is', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/text`, O_RDWR);
		await sys.write(fd, 'first');
		t.equal(text(await sys.pread(fd, 100, 0)), 'first');
		await sys.pwrite(fd, 'second', 100);
		t.equal(text(await sys.pread(fd, 100, 0)), 'second');
		t.equal(text(await sys.pread(fd, 3, 2)), 'con');
		t.equal((await sys.pread(fd, 100, 6)).length, 0);
	}),
	onSubsystem('configfs_read_iter: show runs at the first read, not at open', async (t, { sys, file }) => {
		const before = Number(await readFile(sys, `${file}/count`));
		const early = await sys.open(`${file}/count`, O_RDONLY);
		const late = await sys.open(`${file}/count`, O_RDONLY);
		t.equal(text(await sys.read(late, 10)), `${before + 1}\n`);
		t.equal(text(await sys.read(early, 10)), `${before + 2}\n`);
	}),
	onSubsystem('fill_read_buffer: an attribute may show 4096 bytes', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/full`, O_RDONLY);
		t.equal(text(await sys.read(fd, 65536)), 'f'.repeat(4096));
		t.equal((await sys.read(fd, 65536)).length, 0);
		t.equal((await sys.pread(fd, 65536, 4000)).length, 96);
	}),
	onSubsystem(
		'fill_read_buffer: more than that is EIO, and a mistake of the module',
		async (t, { sys, file }) => {
			await withFile(sys, `${file}/over`, O_RDONLY, async fd => {
				await t.rejects(sys.read(fd, 100), { code: 'EIO' });
			});
		},
		{ oops: true },
	),
	onSubsystem('fill_read_buffer: what show refuses is the error of the read, each time', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/bad`, O_RDONLY);
		await t.rejects(sys.read(fd, 100), { code: 'ENODATA' });
		await t.rejects(sys.pread(fd, 100, 50), { code: 'ENODATA' });
	}),
	onSubsystem('configfs_read_iter: a read of no bytes is EFAULT, but for the end', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/full`, O_RDONLY);
		await t.rejects(sys.pread(fd, 0, 0), { code: 'EFAULT' });
		t.equal((await sys.pread(fd, 0, 4096)).length, 0);
	}),
];

const WRITING: Contract[] = [
	onSubsystem('configfs_write_iter: one store per write, of 4095 bytes at most', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/text`, O_RDWR);
		for (const size of [4095, 4096, 5000, 65536]) {
			t.equal(await sys.pwrite(fd, 'x'.repeat(size), 0), 4095, `${size} bytes`);
			t.equal((await readFile(sys, `${file}/text`)).length, 4095);
		}
	}),
	onSubsystem(
		'configfs_write_iter: the position is not where it writes, and moves by the count',
		async (t, { sys, file }) => {
			const fd = await sys.open(`${file}/text`, O_RDWR);
			t.equal(await sys.write(fd, 'abc'), 3);
			t.equal(await sys.lseek(fd, 0, SEEK_CUR), 3);
			t.equal(await sys.write(fd, 'de'), 2);
			t.equal(await sys.lseek(fd, 0, SEEK_CUR), 5);
			t.equal(await readFile(sys, `${file}/text`), 'de');
			t.equal((await sys.read(fd, 10)).length, 0, 'behind the end');
			t.equal(await sys.pwrite(fd, 'fghijk', 1000), 6);
			t.equal(text(await sys.read(fd, 10)), 'k');
		},
	),
	onSubsystem('configfs_write_iter: what store says is what write returns', async (t, { sys, file }) => {
		await calls({ sys, file });
		const fd = await sys.open(`${file}/some`, O_WRONLY);
		t.equal(await sys.write(fd, 'abcdef'), 2);
		t.equal(await sys.lseek(fd, 0, SEEK_CUR), 2);
		t.same(await calls({ sys, file }), ['some 6']);
	}),
	onSubsystem('configfs_write_iter: what store refuses is the error of the write', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/bad`, O_WRONLY);
		await t.rejects(sys.write(fd, 'x'), { code: 'EXDEV' });
		t.equal(await sys.lseek(fd, 0, SEEK_CUR), 0);
	}),
	onSubsystem('configfs_write_iter: a write of no bytes is EFAULT', async (t, { sys, file }) => {
		await writeFile(sys, `${file}/text`, 'kept');
		const fd = await sys.open(`${file}/text`, O_WRONLY);
		await t.rejects(sys.write(fd, ''), { code: 'EFAULT' });
		t.equal(await readFile(sys, `${file}/text`), 'kept');
	}),
	onSubsystem('configfs_write_iter: bytes are as they are, NULs and all', async (t, { sys, file }) => {
		await writeFile(sys, `${file}/text`, 'a\0b\n\u00e4');
		t.equal(await readFile(sys, `${file}/text`), 'a\0b\n\u00e4');
	}),
];

const OPENING: Contract[] = [
	onSubsystem(
		'configfs_open_file: root, too, reads only what can be shown and writes only what can be stored',
		async (t, { sys, file }) => {
			for (const flags of [O_WRONLY, O_RDWR]) {
				await t.rejects(sys.open(`${file}/count`, flags), { code: 'EACCES' });
			}
			for (const flags of [O_RDONLY, O_RDWR]) {
				await t.rejects(sys.open(`${file}/wo`, flags), { code: 'EACCES' });
			}
			t.equal(await writeFile(sys, `${file}/wo`, 'stored'), 6);
			t.equal(await readFile(sys, `${file}/text`), 'stored');
		},
	),
	onSubsystem(
		'configfs_open_file: another mode does not make it writable, and a mode without reading is EACCES',
		async (t, { sys, file }) => {
			await sys.chmod(`${file}/count`, 0o666);
			await t.rejects(sys.open(`${file}/count`, O_WRONLY), { code: 'EACCES' });
			await sys.chmod(`${file}/count`, 0o200);
			await t.rejects(sys.open(`${file}/count`, O_RDONLY), { code: 'EACCES' });
			await sys.chmod(`${file}/count`, 0o444);
			t.match(await readFile(sys, `${file}/count`), /^\d+\n$/);
		},
	),
	onSubsystem(
		"configfs_open_file: nobody writes to what is root's",
		async (t, { sys, file }) => {
			const nobody = await sys.fork(NOBODY);
			await t.rejects(nobody.open(`${file}/text`, O_WRONLY), { code: 'EACCES' });
			await t.rejects(nobody.open(`${file}/text`, O_RDWR), { code: 'EACCES' });
			t.type(await readFile(nobody, `${file}/text`), 'string');
			await sys.chmod(`${file}/text`, 0o666);
			t.equal(await writeFile(nobody, `${file}/text`, 'mine'), 4);
			await sys.chmod(`${file}/text`, 0o644);
		},
		{ needs: ['nobody'] },
	),
	onSubsystem(
		"configfs_lookup: attributes are 4096 bytes long, binary ones none, and modes are the module's",
		async (t, { sys, file }) => {
			const of = async (name: string) => {
				const { mode, size, nlink, blksize, blocks } = await sys.stat(`${file}/${name}`);
				return { mode, size, nlink, blksize, blocks };
			};
			const plain = { size: 4096, nlink: 1, blksize: 4096, blocks: 0 };
			t.same(await of('text'), { ...plain, mode: S_IFREG | 0o644 });
			t.same(await of('count'), { ...plain, mode: S_IFREG | 0o444 });
			t.same(await of('wo'), { ...plain, mode: S_IFREG | 0o200 });
			t.same(await of('blob'), { ...plain, size: 0, mode: S_IFREG | 0o644 });
			t.same(await of('large'), { ...plain, size: 0, mode: S_IFREG | 0o444 });
		},
	),
	onSubsystem('populate_attrs: what is not visible is not there', async (t, { sys, file }) => {
		await t.rejects(sys.stat(`${file}/hidden`), { code: 'ENOENT' });
	}),
	onSubsystem('configfs: O_TRUNC takes nothing of the value', async (t, { sys, file }) => {
		await writeFile(sys, `${file}/text`, 'kept');
		const fd = await sys.open(`${file}/text`, O_RDWR | O_TRUNC);
		t.equal(text(await sys.pread(fd, 100, 0)), 'kept');
		await sys.close(fd);
		t.equal((await sys.stat(`${file}/text`)).size, 4096);
	}),
	onSubsystem('configfs_setattr: a size that is set shows until the file is closed', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/text`, O_RDWR | O_TRUNC);
		t.equal((await sys.fstat(fd)).size, 0);
		t.equal(await sys.lseek(fd, 0, SEEK_END), 0);
		await sys.ftruncate(fd, 10);
		t.equal((await sys.stat(`${file}/text`)).size, 10);
		await sys.close(fd);
		t.equal((await sys.stat(`${file}/text`)).size, 4096);
	}),
	onSubsystem(
		'configfs: truncate and ftruncate are taken, and change nothing of the value',
		async (t, { sys, file }) => {
			await writeFile(sys, `${file}/text`, 'kept');
			await sys.truncate(`${file}/text`, 2);
			t.equal((await sys.stat(`${file}/text`)).size, 4096);
			const fd = await sys.open(`${file}/text`, O_RDWR);
			await sys.ftruncate(fd, 10);
			await sys.close(fd);
			t.equal((await sys.stat(`${file}/text`)).size, 4096);
			t.equal(await readFile(sys, `${file}/text`), 'kept');
		},
	),
	onSubsystem('configfs_setattr: owner, mode and times stay', async (t, { sys, file }) => {
		const path = `${file}/bad`;
		await sys.chmod(path, 0o600);
		await sys.chown(path, NOBODY, NOBODY);
		await sys.utimes(path, 1000, 2000);
		t.match(await sys.stat(path), {
			mode: S_IFREG | 0o600,
			uid: NOBODY,
			gid: NOBODY,
			atime: 1_000_000,
			mtime: 2_000_000,
		});
		await sys.chown(path, 0, 0);
		await sys.chmod(path, 0o644);
	}),
	onSubsystem('configfs: lseek goes by 4096 bytes', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/text`, O_RDONLY);
		t.equal(await sys.lseek(fd, 0, SEEK_END), 4096);
		t.equal(await sys.lseek(fd, -96, SEEK_END), 4000);
		await t.rejects(sys.lseek(fd, -1, SEEK_SET), { code: 'EINVAL' });
	}),
	onSubsystem('configfs: poll is always ready, ioctl is ENOTTY', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/text`, O_RDONLY);
		t.equal(await sys.poll(fd, DEFAULT_POLLMASK, 0), DEFAULT_POLLMASK);
		await t.rejects(sys.ioctl(fd, 0x1234, 0), { code: 'ENOTTY' });
		await t.rejects(sys.setxattr(`${file}/text`, 'user.x', 'y'), { code: 'EOPNOTSUPP' });
	}),
	onSubsystem('configfs: names of files are neither made nor removed from outside', async (t, { sys, file }) => {
		await t.rejects(sys.unlink(`${file}/text`), { code: 'EPERM' });
		await t.rejects(sys.open(`${file}/new`, O_CREAT | O_WRONLY), { code: 'EACCES' });
		await t.rejects(sys.open(`${file}/text`, O_CREAT | O_EXCL | O_WRONLY), { code: 'EEXIST' });
		await t.rejects(sys.mknod(`${file}/new`, S_IFREG | 0o644, 0), { code: 'EACCES' });
		await t.rejects(sys.mknod(`${file}/new`, S_IFIFO | 0o644, 0), { code: 'EPERM' });
		await t.rejects(sys.link(`${file}/text`, `${file}/new`), { code: 'EPERM' });
		await t.rejects(sys.rename(`${file}/text`, `${file}/new`), { code: 'EPERM' });
		await t.rejects(sys.rmdir(`${file}/text`), { code: 'ENOTDIR' });
	}),
];

const GONE: Contract[] = [
	onSubsystem(
		'configfs: an open file of an item that is gone is ENOENT to read and write',
		async (t, { sys, file }) => {
			await sys.mkdir(`${file}/gone`, 0o755);
			const read = await sys.open(`${file}/gone/text`, O_RDWR);
			const fresh = await sys.open(`${file}/gone/text`, O_RDWR);
			await sys.write(read, 'value');
			t.equal(text(await sys.pread(read, 100, 0)), 'value');
			await sys.rmdir(`${file}/gone`);
			t.equal(text(await sys.pread(read, 100, 0)), 'value', 'what was read is still there');
			await t.rejects(sys.read(fresh, 100), { code: 'ENOENT' });
			await t.rejects(sys.write(fresh, 'x'), { code: 'ENOENT' });
			await t.rejects(sys.write(read, 'x'), { code: 'ENOENT' });
			await t.rejects(sys.pread(read, 100, 0), { code: 'ENOENT' });
			t.match(await sys.fstat(fresh), { mode: S_IFREG | 0o644 });
		},
	),
	onSubsystem(
		'configfs: an item that comes again is another, and the old files stay dead',
		async (t, { sys, file }) => {
			await sys.mkdir(`${file}/again`, 0o755);
			const old = await sys.open(`${file}/again/text`, O_RDWR);
			await sys.rmdir(`${file}/again`);
			await sys.mkdir(`${file}/again`, 0o755);
			await t.rejects(sys.write(old, 'x'), { code: 'ENOENT' });
			await writeFile(sys, `${file}/again/text`, 'new');
			t.equal(await readFile(sys, `${file}/again/text`), 'new');
			await t.rejects(sys.read(old, 10), { code: 'ENOENT' });
			await sys.rmdir(`${file}/again`);
		},
	),
	onSubsystem('configfs_rmdir: waits for a show that is under way', async (t, { sys, file }) => {
		await sys.mkdir(`${file}/busy`, 0o755);
		await writeFile(sys, `${file}/busy/text`, 'shown');
		const reader = await sys.fork();
		const fd = await reader.open(`${file}/busy/slow`, O_RDONLY);
		const got = reader.read(fd, 100);
		await asleep({ sys, file }, 1);
		const remover = await sys.fork();
		let gone = false;
		const removed = remover.rmdir(`${file}/busy`).then(() => {
			gone = true;
		});
		await calls({ sys, file });
		t.equal(gone, false);
		await writeFile(sys, `${file}2/wake`, 'x');
		t.equal(text(await got), 'shown');
		await removed;
	}),
];

export const configfsFile: readonly Contract[] = [...READING, ...WRITING, ...OPENING, ...GONE];
