/**
 * debugfs - files of debugfs that hold one variable, and those with operations of their own.
 *
 * Simulated by kernel-sim/fs/debugfs after fs/debugfs/file.c, on the test module contract_debugfs.
 */

import { O_RDONLY, O_RDWR, O_WRONLY, SEEK_CUR, SEEK_END, SEEK_SET } from '../../src/uapi/fcntl.ts';
import { DEFAULT_POLLMASK } from '../../src/uapi/poll.ts';
import type { Contract } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readFile, text, withFile, writeFile } from './files.ts';

const DIR = '/sys/kernel/debug/contract_debugfs';

/** A contract on a file of the test module. */
function on(name: string, title: string, run: Contract['run']): Contract {
	return { title: `debugfs: ${title}`, modules: ['contract_debugfs'], file: `${DIR}/${name}`, run };
}

/** What a file shows as the module makes it. */
const formats: readonly (readonly [file: string, text: string])[] = [
	['u8', '200\n'],
	['u16', '60000\n'],
	['u32', '4000000000\n'],
	['u64', '18000000000000000000\n'],
	['x8', '0xc8\n'],
	['x16', '0xea60\n'],
	['x32', '0xee6b2800\n'],
	['x64', '0xf9ccd8a1c5080000\n'],
	['size_t', '4096\n'],
	['ulong', '9000000000000000000\n'],
	['atomic_t', '-7\n'],
	['bool', 'Y\n'],
	['str', 'initial\n'],
	['blob', 'blobblob'],
	['u32_array', '1 22 333\n'],
	['no_array', ''],
	['u8_none', '200\n'],
	['seq', 'here\n'],
	['noop', ''],
	['percent', '50%\n'],
	['signed', '0\n'],
	['link', 'here\n'],
	['own', `own${'\0'.repeat(197)}`],
];

/** What is written to a file, what that answers if not the number of bytes, and what the file shows then. */
type Written = readonly [file: string, data: string, answer: string | undefined, shown: string];

const writes: readonly Written[] = [
	['u8', '256', undefined, '0\n'],
	['u8', '300', undefined, '44\n'],
	['u8', '18446744073709551615', undefined, '255\n'],
	['u8', '18446744073709551616', 'ERANGE', '255\n'],
	['u8', '0x10', undefined, '16\n'],
	['u8', '010', undefined, '8\n'],
	['u8', '+7', undefined, '7\n'],
	['u8', '9\n', undefined, '9\n'],
	['u8', '9\n\n', 'EINVAL', '9\n'],
	['u8', '-1', 'EINVAL', '9\n'],
	['u8', '-0', 'EINVAL', '9\n'],
	['u8', ' 7', 'EINVAL', '9\n'],
	['u8', '7 ', 'EINVAL', '9\n'],
	['u8', '1 2', 'EINVAL', '9\n'],
	['u8', 'abc', 'EINVAL', '9\n'],
	['u8', '3\0junk', undefined, '3\n'],
	['u8', `${'0'.repeat(22)}5junk`, undefined, '5\n'],
	['u8', `${'0'.repeat(24)}5`, undefined, '0\n'],
	['x8', '255', undefined, '0xff\n'],
	['u16', '65536', undefined, '0\n'],
	['u32', '4294967297', undefined, '1\n'],
	['u64', '18446744073709551615', undefined, '18446744073709551615\n'],
	['x64', '1', undefined, '0x0000000000000001\n'],
	['size_t', '18446744073709551615', undefined, '18446744073709551615\n'],
	['ulong', '0', undefined, '0\n'],
	['atomic_t', '-5', undefined, '-5\n'],
	['atomic_t', '2147483648', undefined, '-2147483648\n'],
	['atomic_t', '-2147483649', undefined, '2147483647\n'],
	['atomic_t', '9223372036854775808', 'ERANGE', '2147483647\n'],
	['signed', '-9223372036854775808', undefined, '-9223372036854775808\n'],
	['signed', '18446744073709551615', 'ERANGE', '-9223372036854775808\n'],
	['percent', '100', undefined, '100%\n'],
	['percent', '101', 'EDOM', '100%\n'],
	['percent', 'x', 'EINVAL', '100%\n'],
	['bool', 'off', undefined, 'N\n'],
	['bool', 'on', undefined, 'Y\n'],
	['bool', '2', undefined, 'Y\n'],
	['bool', 'x', undefined, 'Y\n'],
	['bool', 'nope'.repeat(10), undefined, 'N\n'],
	['bool', 'Y\n', undefined, 'Y\n'],
	['str', 'hello\n', undefined, 'hello\n'],
	['str', '  spaces  ', undefined, '  spaces\n'],
	['str', 'bytes \xff\xa0', undefined, 'bytes \xc3\xbf\xc2\n'],
	['str', 'a\0b', undefined, 'a\n'],
	['str', 'x'.repeat(4095), undefined, `${'x'.repeat(4095)}\n`],
	['str', 'x'.repeat(4096), 'E2BIG', `${'x'.repeat(4095)}\n`],
	['blob', 'XY', undefined, 'XYobblob'],
	['blob', 'longer than it is', '8', 'longer t'],
	['blob_ro', 'written', undefined, 'writtent'],
	['noop', 'anything', undefined, ''],
	['own', 'ab', undefined, `abn${'\0'.repeat(197)}`],
	['own', 'y'.repeat(201), 'EINVAL', `abn${'\0'.repeat(197)}`],
	['u8_ro', '1', 'EACCES', '255\n'],
	['u8_none', '1', 'EACCES', '255\n'],
	['bool_ro', '1', 'EINVAL', 'Y\n'],
	['str_ro', '1', 'EINVAL', `${'x'.repeat(4095)}\n`],
	['u32_array', '1', 'EINVAL', '1 22 333\n'],
	['seq', '1', 'EINVAL', 'here\n'],
];

/** The text of bytes, one character for each. */
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What lseek to 0, lseek to the end and pread from 1 answer: a result, or an errno. */
const seeks: readonly (readonly [file: string, set: string, end: string, pread: string])[] = [
	['u8', 'ESPIPE', 'ESPIPE', 'ESPIPE'],
	['percent', 'ESPIPE', 'ESPIPE', 'ESPIPE'],
	['u32_array', 'ESPIPE', 'ESPIPE', 'ESPIPE'],
	['bool', '0', '0', '\n'],
	['blob', '0', '0', 'lob'],
	['str', '0', '0', 'nit'],
	['noop', '0', '0', ''],
];

const answer = (call: Promise<unknown>): Promise<string> =>
	call.then(
		result => (result instanceof Uint8Array ? text(result) : `${result}`),
		(error: { code: string }) => error.code,
	);

const seekContracts = seeks.map(([name, set, end, pread]) =>
	on(name, `${name}: lseek to 0 is ${set}, and pread answers accordingly`, async (t, { sys, file }) => {
		await withFile(sys, file, O_RDONLY, async fd => {
			t.equal(await answer(sys.lseek(fd, 0, SEEK_SET)), set);
			t.equal(await answer(sys.lseek(fd, 0, SEEK_END)), end);
			t.equal(await answer(sys.pread(fd, 3, 1)), pread);
			t.equal(await sys.poll(fd, DEFAULT_POLLMASK, 0), DEFAULT_POLLMASK);
		});
	}),
);

/** Opens, reads and writes for root, whatever the mode. */
async function transfers(sys: Sys, path: string): Promise<string> {
	const read = await withFile(sys, path, O_RDONLY, fd => answer(sys.read(fd, 100)));
	const write = await withFile(sys, path, O_WRONLY, fd => answer(sys.write(fd, '1')));
	return `${read} ${write}`;
}

export const debugfs: readonly Contract[] = [
	on('', 'each kind of file shows its variable in its own way', async (t, { sys, file }) => {
		for (const [name, shown] of formats) t.equal(await readFile(sys, `${file}${name}`), shown, name);
	}),
	on('', 'what is written is parsed and wraps; what is refused changes nothing', async (t, { sys, file }) => {
		for (const [name, data, result, shown] of writes) {
			const title = `${name} <- ${JSON.stringify(data.slice(0, 30))}`;
			const written = await answer(writeFile(sys, `${file}${name}`, data));
			t.equal(written, result ?? `${Buffer.byteLength(data)}`, title);
			const bytes = await withFile(sys, `${file}${name}`, O_RDONLY, fd => sys.read(fd, 5000));
			t.equal(latin1(bytes), shown, `${title}: what it shows`);
		}
	}),
	on('u8', 'a write of no bytes is no number', async (t, { sys, file }) => {
		t.equal(await answer(writeFile(sys, file, '')), 'EINVAL');
		t.equal(await answer(writeFile(sys, file.replace(/u8$/, 'bool'), '')), '0');
	}),
	on('', 'root opens what the mode forbids, and what is not there is refused by the call', async (t, { sys, file }) => {
		t.equal(await transfers(sys, `${file}u8_ro`), '200\n EACCES');
		t.equal(await transfers(sys, `${file}u8_wo`), 'EACCES 1');
		t.equal(await transfers(sys, `${file}u8_none`), '1\n EACCES');
		t.equal(await transfers(sys, `${file}bool_ro`), 'Y\n EINVAL');
		t.equal(await transfers(sys, `${file}bool_wo`), 'EINVAL 1');
		t.equal(await transfers(sys, `${file}u32_array`), '1 22 333\n EINVAL');
	}),
	on('u8', 'simple_attr_read: the number is formatted once, and kept for who reads on', async (t, { sys, file }) => {
		const fd = await sys.open(file, O_RDWR);
		t.equal(text(await sys.read(fd, 1)), '2');
		t.equal(await sys.write(fd, '99'), 2);
		t.equal(text(await sys.read(fd, 10)), '00\n');
		t.equal(text(await sys.read(fd, 10)), '', 'nothing is read anew');
		await sys.close(fd);
		t.equal(await readFile(sys, file), '99\n');
	}),
	on('u8', 'simple_attr_write: a write does not move the position', async (t, { sys, file }) => {
		const fd = await sys.open(file, O_RDWR);
		t.equal(await sys.write(fd, '33'), 2);
		t.equal(text(await sys.read(fd, 10)), '33\n');
		await sys.close(fd);
	}),
	...seekContracts,
	on('own', 'a file without llseek is ESPIPE, and pread works', async (t, { sys, file }) => {
		const fd = await sys.open(file, O_RDONLY);
		await t.rejects(sys.lseek(fd, 0, SEEK_SET), { code: 'ESPIPE' });
		t.equal((await sys.pread(fd, 500, 150)).length, 50);
		await sys.close(fd);
	}),
	on('own', 'simple_read_from_buffer: 200 bytes, then the end', async (t, { sys, file }) => {
		const fd = await sys.open(file, O_RDONLY);
		t.equal((await sys.read(fd, 500)).length, 200);
		t.equal((await sys.read(fd, 500)).length, 0);
		await sys.close(fd);
	}),
	on('own', 'a handler that leaves the position alone: read after write begins at 0', async (t, { sys, file }) => {
		const fd = await sys.open(file, O_RDWR);
		t.equal(await sys.write(fd, 'ab'), 2);
		t.equal((await sys.read(fd, 500)).length, 200);
		await sys.close(fd);
	}),
	on('str', 'debugfs_write_file_str: at its end it grows, within it is EINVAL', async (t, { sys, file }) => {
		await writeFile(sys, file, 'abc');
		const fd = await sys.open(file, O_RDWR);
		t.equal(await sys.pwrite(fd, 'def', 3), 3);
		t.equal(text(await sys.pread(fd, 100, 0)), 'abcdef\n');
		await t.rejects(sys.pwrite(fd, 'zz', 2), { code: 'EINVAL' });
		await t.rejects(sys.pwrite(fd, 'z'.repeat(4090), 6), { code: 'E2BIG' });
		t.equal(text(await sys.pread(fd, 100, 0)), 'abcdef\n');
		await sys.close(fd);
	}),
	on('str', 'debugfs_write_file_str: a write does not move the position', async (t, { sys, file }) => {
		const fd = await sys.open(file, O_RDWR);
		t.equal(await sys.write(fd, 'ab'), 2);
		t.equal(await sys.lseek(fd, 0, SEEK_CUR), 0);
		await sys.close(fd);
	}),
	on('blob', 'simple_write_to_buffer: within its bytes, and none at the end', async (t, { sys, file }) => {
		const fd = await sys.open(file, O_RDWR);
		t.equal(await sys.pwrite(fd, 'XYZ', 6), 2);
		t.equal(await sys.pwrite(fd, 'XYZ', 8), 0);
		t.equal(await sys.pwrite(fd, 'XYZ', 20), 0);
		t.equal(text(await sys.pread(fd, 100, 0)), 'blobblXY');
		t.equal(text(await sys.pread(fd, 100, 20)), '');
		await sys.close(fd);
	}),
	on('seq', 'seq_lseek: SEEK_END of a file of one record is EINVAL', async (t, { sys, file }) => {
		const fd = await sys.open(file, O_RDONLY);
		await t.rejects(sys.lseek(fd, 0, SEEK_END), { code: 'EINVAL' });
		t.equal(text(await sys.pread(fd, 3, 1)), 'ere');
		await sys.close(fd);
	}),
];
