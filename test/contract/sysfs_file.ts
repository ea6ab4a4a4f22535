/**
 * sysfs_file - reading and writing the attributes of an object.
 *
 * Simulated by kernel-sim/fs/sysfs/file.ts after fs/sysfs/file.c, on kernel-sim/fs/kernfs/file.ts, with the test module
 * contract_sysfs.
 */

import { O_APPEND, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY, SEEK_SET } from '../../src/uapi/fcntl.ts';
import type { Contract } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readFile, readToEnd, text, withFile, writeFile } from './files.ts';

const DIR = '/sys/kernel/contract_sysfs';

/** A contract on the directory of the test module. */
function on(title: string, run: Contract['run'], more: Partial<Contract> = {}): Contract {
	return { title, modules: ['contract_sysfs'], file: DIR, run, ...more };
}

const show: readonly Contract[] = [
	on(
		'sysfs_kf_seq_show: a text is fetched at the beginning and kept for the rest of the read',
		async (t, { sys, file }) => {
			await writeFile(sys, `${file}/value`, '1234');
			await withFile(sys, `${file}/value`, O_RDONLY, async fd => {
				t.equal(text(await sys.read(fd, 1)), '1');
				await writeFile(sys, `${file}/value`, '5678');
				t.equal(text(await sys.read(fd, 100)), '234\n', 'the old value');
				t.equal(text(await sys.read(fd, 100)), '', 'the end stays the end');
				await sys.lseek(fd, 0, SEEK_SET);
				t.equal(text(await sys.read(fd, 100)), '5678\n');
				await writeFile(sys, `${file}/value`, '9');
				t.equal(text(await sys.pread(fd, 100, 0)), '9\n');
			});
		},
	),
	on(
		'sysfs_kf_seq_show: a read elsewhere than where the last one ended shows the new value',
		async (t, { sys, file }) => {
			await writeFile(sys, `${file}/value`, '1234');
			await withFile(sys, `${file}/value`, O_RDONLY, async fd => {
				t.equal(text(await sys.read(fd, 1)), '1');
				await writeFile(sys, `${file}/value`, '5678');
				t.equal(text(await sys.pread(fd, 100, 3)), '8\n');
				t.equal(text(await sys.pread(fd, 100, 100)), '');
			});
		},
	),
	on('sysfs_kf_seq_show: show is called once for each read from the beginning', async (t, { sys, file }) => {
		await withFile(sys, `${file}/counter`, O_RDONLY, async fd => {
			t.equal(await readToEnd(sys, fd, 5), 'shown 1 times\n');
			t.equal(text(await sys.pread(fd, 100, 0)), 'shown 2 times\n');
			t.equal(text(await sys.pread(fd, 100, 14)), '');
		});
		t.equal(await readFile(sys, `${file}/counter`), 'shown 3 times\n');
	}),
	on('sysfs_kf_seq_show: an open and a read of no bytes call nothing', async (t, { sys, file }) => {
		await withFile(sys, `${file}/counter`, O_RDONLY, async fd => {
			t.equal((await sys.read(fd, 0)).length, 0);
		});
		t.equal(await readFile(sys, `${file}/counter`), 'shown 1 times\n');
	}),
	on('sysfs_kf_seq_show: a page and more are cut to 4095 bytes, which is no error', async (t, { sys, file }) => {
		for (const [length, shown] of [
			[0, 0],
			[4095, 4095],
			[4096, 4095],
			[5000, 4095],
		] as const) {
			await writeFile(sys, `${file}/sized`, `${length}`);
			t.equal((await readFile(sys, `${file}/sized`)).length, shown, `${length}`);
		}
	}),
	on(
		'sysfs_kf_seq_show: the log tells of a show that gives a page',
		async (t, { sys, file, dmesg }) => {
			await writeFile(sys, `${file}/sized`, '4096');
			await readFile(sys, `${file}/sized`);
			t.match(await dmesg(), /fill_read_buffer: \S+ returned bad count/);
		},
		{ needs: ['dmesg'] },
	),
	on(
		'sysfs_kf_seq_show: the error of a show is that of the read, and nothing is an empty file',
		async (t, { sys, file }) => {
			await withFile(sys, `${file}/refuses`, O_RDONLY, async fd => {
				for (let i = 0; i < 2; i++) await t.rejects(sys.read(fd, 10), { code: 'EBUSY' });
			});
			t.equal(await readFile(sys, `${file}/empty`), '');
		},
	),
	on('kobj_attr_show: without show or store the open is allowed, and the call is EIO', async (t, { sys, file }) => {
		await withFile(sys, `${file}/noshow`, O_RDWR, async fd => {
			await t.rejects(sys.read(fd, 10), { code: 'EIO' });
			t.equal(await sys.write(fd, 'x'), 1);
		});
		await withFile(sys, `${file}/nostore`, O_RDWR, async fd => {
			t.equal(text(await sys.read(fd, 10)), 'text\n');
			await t.rejects(sys.write(fd, 'x'), { code: 'EIO' });
		});
	}),
];

/** Writes, and gives what `stored` has told of it. */
async function stored(
	sys: Sys,
	dir: string,
	write: (fd: number) => Promise<unknown>,
	flags = O_WRONLY,
): Promise<string> {
	await writeFile(sys, `${dir}/log`, 'forget');
	await withFile(sys, `${dir}/stored`, flags, write);
	return (await readFile(sys, `${dir}/log`)).trim();
}

const store: readonly Contract[] = [
	on('sysfs_kf_write: each write is one store with all that was written', async (t, { sys, file }) => {
		const log = await stored(sys, file, async fd => {
			t.equal(await sys.write(fd, 'one'), 3);
			t.equal(await sys.write(fd, 'four\n'), 5);
		});
		t.equal(log, '3/3 5/5');
	}),
	on('sysfs_kf_write: a write of no bytes stores nothing', async (t, { sys, file }) => {
		t.equal(await stored(sys, file, async fd => t.equal(await sys.write(fd, ''), 0)), '');
	}),
	on('kernfs_fop_write_iter: a page is the most that is taken', async (t, { sys, file }) => {
		const log = await stored(sys, file, async fd => {
			t.equal(await sys.write(fd, 'x'.repeat(5000)), 4096);
			t.equal(await sys.write(fd, 'x'.repeat(904)), 904);
			t.equal(await sys.write(fd, 'x'.repeat(4096)), 4096);
		});
		t.equal(log, '4096/4096 904/904 4096/4096');
	}),
	on('sysfs_kf_write: the text ends at a NUL, all the same everything was taken', async (t, { sys, file }) => {
		t.equal(await stored(sys, file, async fd => t.equal(await sys.write(fd, '12\x004'), 4)), '4/2');
		t.equal(await writeFile(sys, `${file}/value`, '12\x004'), 4);
		t.equal(await readFile(sys, `${file}/value`), '12\n');
	}),
	on('sysfs_kf_write: where it is written does not matter', async (t, { sys, file }) => {
		await withFile(sys, `${file}/value`, O_WRONLY, async fd => {
			t.equal(await sys.pwrite(fd, '42', 1000), 2);
			t.equal(await readFile(sys, `${file}/value`), '42\n');
			await sys.lseek(fd, 77, SEEK_SET);
			t.equal(await sys.write(fd, '43'), 2);
			t.equal(await readFile(sys, `${file}/value`), '43\n');
		});
		for (const flags of [O_WRONLY | O_TRUNC, O_WRONLY | O_APPEND]) {
			await withFile(sys, `${file}/value`, flags, fd => sys.write(fd, `${flags}`));
			t.equal(await readFile(sys, `${file}/value`), `${flags}\n`);
			t.equal((await sys.stat(`${file}/value`)).size, 4096);
		}
	}),
	on(
		'kernfs_fop_write_iter: a write moves the position, and is not what the next read shows',
		async (t, { sys, file }) => {
			await withFile(sys, `${file}/value`, O_RDWR, async fd => {
				t.equal(await sys.write(fd, '77'), 2);
				t.equal(text(await sys.read(fd, 100)), '\n');
				t.equal(await sys.write(fd, '88'), 2);
				t.equal(text(await sys.pread(fd, 100, 0)), '88\n');
			});
		},
	),
	on('sysfs_kf_write: the error of a store is that of the write', async (t, { sys, file }) => {
		await t.rejects(writeFile(sys, `${file}/refuses`, 'x'), { code: 'EPERM' });
		await writeFile(sys, `${file}/value`, '5');
		const cases: [data: string, code: string][] = [
			['abc', 'EINVAL'],
			['\n', 'EINVAL'],
			['1\n\n', 'EINVAL'],
			[' 1', 'EINVAL'],
			['1 ', 'EINVAL'],
			['0x10', 'EINVAL'],
			['\x001', 'EINVAL'],
			['2147483648', 'ERANGE'],
			['99999999999999999999', 'ERANGE'],
		];
		for (const [data, code] of cases) {
			await t.rejects(writeFile(sys, `${file}/value`, data), { code }, JSON.stringify(data));
		}
		t.equal(await readFile(sys, `${file}/value`), '5\n', 'nothing was changed');
		for (const [data, shown] of [
			['+7', '7\n'],
			['-7\n', '-7\n'],
			['007', '7\n'],
		] as const) {
			await writeFile(sys, `${file}/value`, data);
			t.equal(await readFile(sys, `${file}/value`), shown);
		}
	}),
	on(
		'sysfs_kf_write: what store returns is what write returns, be it less than was written',
		async (t, { sys, file }) => {
			await withFile(sys, `${file}/four`, O_RDWR, async fd => {
				t.equal(await sys.write(fd, '12345\n'), 4);
				t.equal(text(await sys.pread(fd, 100, 0)), '12345\n');
				t.equal(await sys.write(fd, '5\n'.padEnd(4)), 4);
				t.equal(text(await sys.pread(fd, 100, 0)), '5\n');
			});
		},
	),
	on(
		'sysfs_kf_write: what store returns is what write returns, be it more than was written',
		async (t, { sys, file }) => {
			await withFile(sys, `${file}/four`, O_RDWR, async fd => {
				t.equal(await sys.write(fd, '7\n'), 4);
				t.equal(text(await sys.pread(fd, 100, 0)), '7\n');
			});
		},
	),
];

export const sysfsFile: readonly Contract[] = [...show, ...store];
