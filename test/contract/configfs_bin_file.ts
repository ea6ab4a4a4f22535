/**
 * configfs_bin_file - binary attributes of items: fetched and handed over as a whole.
 *
 * Simulated by kernel-sim/fs/configfs/bin_file.ts after fs/configfs/file.c. `blob` of the test module contract_configfs holds 16
 * bytes, `large` any number, `beyond` more than it may.
 */

import { O_RDONLY, O_RDWR, O_WRONLY, SEEK_SET } from '../../src/uapi/fcntl.ts';
import type { Contract } from '../runner/contract.ts';
import { calls, onSubsystem } from './configfs_subsystem.ts';
import { readFile, readToEnd, text, withFile, writeFile } from './files.ts';

export const configfsBinFile: readonly Contract[] = [
	onSubsystem(
		'configfs_release_bin_file: what was written is committed by close, as a whole',
		async (t, { sys, file }) => {
			await calls({ sys, file });
			const fd = await sys.open(`${file}/blob`, O_WRONLY);
			t.equal(await sys.write(fd, 'abc'), 3);
			t.equal(await sys.write(fd, 'def'), 3);
			t.equal(await sys.pwrite(fd, 'X', 1), 1);
			t.equal(await sys.pwrite(fd, 'z', 8), 1);
			t.same(await calls({ sys, file }), []);
			await sys.close(fd);
			t.equal(await readFile(sys, `${file}/blob`), 'aXcdef\0\0z');
			t.same(await calls({ sys, file }), ['write 9', 'read']);
		},
	),
	onSubsystem('configfs_bin_write_iter: beyond its largest size is EFBIG', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/blob`, O_WRONLY);
		await t.rejects(sys.write(fd, 'x'.repeat(17)), { code: 'EFBIG' });
		await t.rejects(sys.pwrite(fd, 'x', 16), { code: 'EFBIG' });
		t.equal(await sys.write(fd, 'x'.repeat(16)), 16);
		await t.rejects(sys.write(fd, 'y'), { code: 'EFBIG' });
		await sys.close(fd);
		t.equal(await readFile(sys, `${file}/blob`), 'x'.repeat(16));
	}),
	onSubsystem('configfs_bin_read_iter: reading and writing in one open file is ETXTBSY', async (t, { sys, file }) => {
		await writeFile(sys, `${file}/blob`, 'once');
		const reading = await sys.open(`${file}/blob`, O_RDWR);
		t.equal(text(await sys.read(reading, 2)), 'on');
		await t.rejects(sys.write(reading, 'x'), { code: 'ETXTBSY' });
		t.equal(text(await sys.read(reading, 10)), 'ce');
		const writing = await sys.open(`${file}/blob`, O_RDWR);
		await sys.write(writing, 'x');
		await t.rejects(sys.pread(writing, 10, 0), { code: 'ETXTBSY' });
		await sys.close(writing);
		t.equal(await readFile(sys, `${file}/blob`), 'x');
	}),
	onSubsystem(
		'configfs_bin_read_iter: read once per open file, of any length up to its largest size',
		async (t, { sys, file }) => {
			await writeFile(sys, `${file}/blob`, 'one');
			await calls({ sys, file });
			const fd = await sys.open(`${file}/blob`, O_RDONLY);
			t.equal(text(await sys.read(fd, 2)), 'on');
			await writeFile(sys, `${file}/blob`, 'two');
			t.equal(text(await sys.read(fd, 2)), 'e');
			t.equal((await sys.read(fd, 2)).length, 0);
			t.same(await calls({ sys, file }), ['read', 'write 3']);
			t.equal(await readFile(sys, `${file}/large`), 'l'.repeat(10000));
			const beyond = await sys.open(`${file}/beyond`, O_RDONLY);
			await t.rejects(sys.read(beyond, 10), { code: 'EFBIG' });
		},
	),
	onSubsystem('configfs_bin_read_iter: one that is empty is asked again', async (t, { sys, file }) => {
		await withFile(sys, `${file}/blob`, O_WRONLY, fd => t.rejects(sys.write(fd, 'x'.repeat(17)), { code: 'EFBIG' }));
		await calls({ sys, file });
		const fd = await sys.open(`${file}/blob`, O_RDONLY);
		t.equal(await readToEnd(sys, fd), '');
		t.equal((await sys.read(fd, 10)).length, 0);
		t.same(await calls({ sys, file }), ['read', 'read']);
	}),
	onSubsystem('configfs_bin_file_operations: a binary attribute cannot be seeked in', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/large`, O_RDONLY);
		await t.rejects(sys.lseek(fd, 0, SEEK_SET), { code: 'ESPIPE' });
		t.equal((await sys.pread(fd, 100, 9990)).length, 10);
		await t.rejects(sys.open(`${file}/large`, O_WRONLY), { code: 'EACCES' });
	}),
	onSubsystem('configfs_bin_write_iter: a write of no bytes is EFAULT', async (t, { sys, file }) => {
		const fd = await sys.open(`${file}/blob`, O_WRONLY);
		await t.rejects(sys.write(fd, ''), { code: 'EFAULT' });
	}),
];
