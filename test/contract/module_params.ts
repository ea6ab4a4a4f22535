/**
 * module_params - parameters of modules: the text of each type, what may be written, and what insmod refuses.
 *
 * Simulated by kernel-sim/kernel/params.ts and module_kobject.ts after kernel/params.c. The module is contract_params.
 */

import { O_APPEND, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from '../../src/uapi/fcntl.ts';
import type { Contract, Machine } from '../runner/contract.ts';
import { readDir, readFile, readToEnd, withFile, writeFile } from './files.ts';

const dir = '/sys/module/contract_params/parameters';

/** What every contract here needs. */
const shared = { modules: ['contract_params'], file: dir } as const;

/** What a write becomes: the text that is shown then, or the error and the text after it. */
type Write = readonly [name: string, written: string, shown: string, code?: string];

/** Writes each, and reads what it shows then. */
function writes(title: string, rows: readonly Write[]): Contract {
	return {
		...shared,
		title,
		async run(t, { sys, file }) {
			for (const [name, written, shown, code] of rows) {
				const what = `${name} = ${JSON.stringify(written.slice(0, 20))}`;
				const writing = writeFile(sys, `${file}/${name}`, written);
				if (code === undefined) t.equal(await writing, Buffer.byteLength(written), what);
				else await t.rejects(writing, { code }, what);
				t.equal(await readFile(sys, `${file}/${name}`), shown, `${what}: what it shows`);
			}
		},
	};
}

/** The text of each parameter that can be read. */
async function textsOf({ sys, file }: Machine): Promise<Record<string, string>> {
	const texts: Record<string, string> = {};
	for (const { name } of await readDir(sys, file)) {
		if (!['.', '..', 'p_wo', 'p_noget'].includes(name)) texts[name] = await readFile(sys, `${file}/${name}`);
	}
	return texts;
}

const initial = {
	...{ p_byte: '1\n', p_short: '-2\n', p_ushort: '3\n', p_int: '-4\n', p_uint: '5\n', p_long: '-6\n', p_ulong: '7\n' },
	...{ p_ullong: '8\n', p_hexint: '0x0000ab\n', p_bool: 'N\n', p_invbool: 'Y\n', p_bint: '0\n', p_once: 'N\n' },
	...{ p_charp: 'text\n', p_null: '(null)\n', p_string: 'abc\n', p_array: '1,2\n', p_words: '', p_ro: '10\n' },
	...{ p_unsafe: '12\n', p_even: 'even=14', p_noset: 'even=14' },
};

const reading: readonly Contract[] = [
	{
		...shared,
		title: 'module_param: a file for each parameter whose mode is not 0, with that mode',
		async run(t, { sys, file }) {
			const names = (await readDir(sys, file)).map(({ name }) => name).filter(name => !name.startsWith('.'));
			t.same(names.sort(), [...Object.keys(initial), 'p_wo', 'p_noget'].sort());
			for (const [name, mode] of Object.entries({ p_int: 0o644, p_ro: 0o444, p_wo: 0o200, p_null: 0o600 })) {
				t.match(await sys.stat(`${file}/${name}`), { mode: 0o100000 | mode, size: 4096, nlink: 1 }, name);
			}
			t.equal((await sys.stat(file)).mode, 0o040755);
		},
	},
	{
		...shared,
		title: 'param_get: the text of each type',
		run: async (t, machine) => void t.same(await textsOf(machine), initial),
	},
	{
		...shared,
		title: 'param_attr_show: read in pieces, it stays what it was at the beginning',
		async run(t, { sys, file }) {
			await withFile(sys, `${file}/p_uint`, O_RDWR, async fd => {
				t.equal(Buffer.from(await sys.read(fd, 1)).toString(), '5');
				await writeFile(sys, `${file}/p_uint`, '678');
				t.equal(Buffer.from(await sys.read(fd, 10)).toString(), '\n');
				t.equal(Buffer.from(await sys.pread(fd, 10, 0)).toString(), '678\n');
			});
		},
	},
	{
		...shared,
		title: 'param_ops: without get a read is EPERM, without set a write is',
		async run(t, { sys, file }) {
			await t.rejects(readFile(sys, `${file}/p_noget`), { code: 'EPERM' });
			await t.rejects(writeFile(sys, `${file}/p_noset`, '4'), { code: 'EPERM' });
			t.equal(await writeFile(sys, `${file}/p_noget`, '4'), 1);
		},
	},
];

const long = '1'.repeat(1024);

const writing: readonly Contract[] = [
	writes('param_set_int: base, sign and one newline', [
		['p_int', '0x10', '16\n'],
		['p_int', '010', '8\n'],
		['p_int', '+7\n', '7\n'],
		['p_int', '-2147483648', '-2147483648\n'],
		['p_int', '2147483647\n', '2147483647\n'],
		['p_int', '', '2147483647\n'],
	]),
	writes('param_set_int: what is no number is EINVAL, and changes nothing', [
		['p_int', '\n', '-4\n', 'EINVAL'],
		['p_int', '1\n\n', '-4\n', 'EINVAL'],
		['p_int', ' 1', '-4\n', 'EINVAL'],
		['p_int', '1 ', '-4\n', 'EINVAL'],
		['p_int', '12abc', '-4\n', 'EINVAL'],
		['p_int', '1.5', '-4\n', 'EINVAL'],
		['p_int', '0x', '-4\n', 'EINVAL'],
		['p_int', '\0', '-4\n', 'EINVAL'],
		['p_uint', '-1', '5\n', 'EINVAL'],
		['p_byte', '-1', '1\n', 'EINVAL'],
		['p_ulong', '-1', '7\n', 'EINVAL'],
		['p_hexint', 'xyz', '0x0000ab\n', 'EINVAL'],
	]),
	writes('param_set_int: what does not fit is ERANGE, and changes nothing', [
		['p_byte', '256', '1\n', 'ERANGE'],
		['p_short', '32768', '-2\n', 'ERANGE'],
		['p_short', '-32769', '-2\n', 'ERANGE'],
		['p_ushort', '65536', '3\n', 'ERANGE'],
		['p_int', '2147483648', '-4\n', 'ERANGE'],
		['p_int', '-2147483649', '-4\n', 'ERANGE'],
		['p_uint', '4294967296', '5\n', 'ERANGE'],
		['p_long', '9223372036854775808', '-6\n', 'ERANGE'],
		['p_ulong', '18446744073709551616', '7\n', 'ERANGE'],
		['p_ullong', '99999999999999999999', '8\n', 'ERANGE'],
		['p_hexint', '0x100000000', '0x0000ab\n', 'ERANGE'],
		['p_int', '1'.repeat(4095), '-4\n', 'ERANGE'],
	]),
	writes('param_set_int: the largest and the smallest of each type', [
		['p_byte', '255', '255\n'],
		['p_short', '-32768', '-32768\n'],
		['p_ushort', '65535', '65535\n'],
		['p_uint', '4294967295', '4294967295\n'],
		['p_long', '-9223372036854775808', '-9223372036854775808\n'],
		['p_long', '9223372036854775807', '9223372036854775807\n'],
		['p_ulong', '18446744073709551615', '18446744073709551615\n'],
		['p_ullong', '0xffffffffffffffff', '18446744073709551615\n'],
		['p_hexint', '4294967295', '0xffffffff\n'],
		['p_hexint', '0', '0x000000\n'],
	]),
	writes('param_set_bool: the first letter counts, of o the second too', [
		...['y', 'Y', 't', 'T', '1', 'on', 'oN', '1junk', 'Yes please\n'].map((text): Write => ['p_bool', text, 'Y\n']),
		...['n', 'N', 'f', 'F', '0', 'off', 'of', '0\n\n'].map((text): Write => ['p_bool', text, 'N\n']),
		...['2', ' 1', 'o', '\n', 'enable', '-1'].map((text): Write => ['p_bool', text, 'N\n', 'EINVAL']),
	]),
	writes('param_set_invbool, param_set_bint: as a bool, and shown otherwise', [
		['p_invbool', '1', 'Y\n'],
		['p_invbool', 'off', 'N\n'],
		['p_invbool', '2', 'N\n', 'EINVAL'],
		['p_bint', 'yes', '1\n'],
		['p_bint', '2', '1\n', 'EINVAL'],
		['p_bint', '0', '0\n'],
	]),
	writes('param_set_bool_enable_only: what is set stays so: EROFS', [
		['p_once', '0', 'N\n'],
		['p_once', '1', 'Y\n'],
		['p_once', '0', 'Y\n', 'EROFS'],
		['p_once', 'y', 'Y\n'],
	]),
	writes('param_set_charp: keeps the newline, up to 1024 bytes', [
		['p_charp', 'abc\n', 'abc\n\n'],
		['p_charp', '\n', '\n\n'],
		['p_charp', ' a b ', ' a b \n'],
		['p_charp', 'caf\u00e9', 'caf\u00e9\n'],
		['p_charp', long, `${long}\n`],
		['p_charp', `${long}1`, `${long}\n`, 'ENOSPC'],
		['p_null', 'no longer', 'no longer\n'],
	]),
	writes('param_set_copystring: what does not fit into the buffer is ENOSPC', [
		['p_string', 'abcdefg', 'abcdefg\n'],
		['p_string', 'abcdefgh', 'abcdefg\n', 'ENOSPC'],
		['p_string', '123456\n', '123456\n\n'],
	]),
	writes('param_array: replaces them all; an element that is refused leaves those before it', [
		['p_array', '4,5,6', '4,5,6\n'],
		['p_array', '5\n', '5\n'],
		['p_array', '0x1,-2\n', '1,-2\n'],
		['p_array', '1,,2', '1\n', 'EINVAL'],
		['p_array', '7,8,x', '7,8\n', 'EINVAL'],
		['p_array', '3,2,1,0', '3,2,1\n', 'EINVAL'],
		['p_array', '1,99999999999', '1\n', 'ERANGE'],
		['p_array', ',', '', 'EINVAL'],
		['p_words', 'a,b\n', 'a,b\n\n'],
		['p_words', ',', ',\n'],
		['p_words', 'a,b,c', 'a,b\n', 'EINVAL'],
	]),
	writes('param_attr_store: a NUL ends the text', [
		['p_int', '12\0abc', '12\n'],
		['p_charp', 'ab\0cd', 'ab\n'],
		['p_array', '1\0,2', '1\n'],
	]),
	writes('module_param_cb: the operations of the module decide', [
		['p_even', '16\n', 'even=16'],
		['p_even', '3', 'even=16', 'EDOM'],
		['p_even', 'x', 'even=16', 'EINVAL'],
	]),
	{
		...shared,
		title: 'param_attr_store: where and how it is written does not matter',
		async run(t, { sys, file }) {
			const path = `${file}/p_int`;
			await withFile(sys, path, O_WRONLY, async fd => {
				t.equal(await sys.pwrite(fd, '21', 1000), 2);
				t.equal(await sys.write(fd, '22\n'), 3);
			});
			t.equal(await readFile(sys, path), '22\n');
			await withFile(sys, path, O_WRONLY | O_APPEND | O_TRUNC, fd => sys.write(fd, '23'));
			t.equal(await readFile(sys, path), '23\n');
			await sys.truncate(path, 0);
			t.match(await sys.stat(path), { size: 4096 });
			t.equal(await readFile(sys, path), '23\n');
		},
	},
	{
		...shared,
		title: 'param_attr_store: of a write of a megabyte, a page is looked at',
		async run(t, { sys, file }) {
			await withFile(sys, `${file}/p_charp`, O_WRONLY, async fd => {
				await t.rejects(sys.write(fd, 'x'.repeat(1 << 20)), { code: 'ENOSPC' });
			});
			t.equal(await readFile(sys, `${file}/p_charp`), 'text\n');
			await withFile(sys, `${file}/p_int`, O_WRONLY, async fd => {
				t.equal(await sys.write(fd, `5\n${'\0'.repeat((1 << 20) - 2)}`), 4096, 'what is not a page is left');
			});
			t.equal(await readFile(sys, `${file}/p_int`), '5\n');
		},
	},
];

const access: readonly Contract[] = [
	{
		...shared,
		title: 'param_attr: what the mode does not allow is EACCES, for root too',
		async run(t, { sys, file }) {
			for (const flags of [O_WRONLY, O_RDWR]) {
				await t.rejects(sys.open(`${file}/p_ro`, flags), { code: 'EACCES' });
			}
			for (const flags of [O_RDONLY, O_RDWR]) {
				await t.rejects(sys.open(`${file}/p_wo`, flags), { code: 'EACCES' });
			}
			t.equal(await writeFile(sys, `${file}/p_wo`, '5'), 1);
		},
	},
	{
		...shared,
		title: 'param_attr: nobody may do what the mode allows others',
		needs: ['nobody'],
		async run(t, { sys, file }) {
			const nobody = await sys.fork(65534);
			t.equal(await readFile(nobody, `${file}/p_int`), '-4\n');
			await t.rejects(nobody.open(`${file}/p_int`, O_WRONLY), { code: 'EACCES' });
			await t.rejects(nobody.open(`${file}/p_null`, O_RDONLY), { code: 'EACCES' });
			await t.rejects(nobody.open(`${file}/p_wo`, O_RDONLY), { code: 'EACCES' });
		},
	},
	{
		...shared,
		title: 'param_attr: chmod does not let a parameter be written whose mode did not: EIO',
		async run(t, { sys, file }) {
			await sys.chmod(`${file}/p_ro`, 0o666);
			await t.rejects(writeFile(sys, `${file}/p_ro`, '5'), { code: 'EIO' });
			t.equal(await readFile(sys, `${file}/p_ro`), '10\n');
			await sys.chmod(`${file}/p_wo`, 0o600);
			t.equal(await readFile(sys, `${file}/p_wo`), '11\n');
		},
	},
	{
		title: 'rmmod: a file of a parameter that is open does not hold the module, and is ENODEV then',
		needs: ['insmod'],
		file: dir,
		async run(t, { sys, file, insmod, rmmod }) {
			await insmod('contract_params');
			const fd = await sys.open(`${file}/p_int`, O_RDWR);
			t.equal(await readToEnd(sys, fd), '-4\n');
			await rmmod('contract_params');
			await t.rejects(sys.pread(fd, 10, 0), { code: 'ENODEV' });
			await t.rejects(sys.write(fd, '1'), { code: 'ENODEV' });
			await t.rejects(sys.stat(file), { code: 'ENOENT' });
			await insmod('contract_params', ['p_int=3']);
			await t.rejects(sys.pread(fd, 10, 0), { code: 'ENODEV' }, 'also when the module is back');
			t.equal(await readFile(sys, `${file}/p_int`), '3\n');
			await sys.close(fd);
		},
	},
];

/** What is given to insmod, and what the log says of it. */
type Load = readonly [args: readonly string[], code: string | undefined, ...log: string[]];

const loads: readonly Load[] = [
	[['p_int=zz'], 'EINVAL', "contract_params: `zz' invalid for parameter `p_int'"],
	[['p-int'], 'EINVAL', "contract_params: `' invalid for parameter `p-int'"],
	[['p_invbool'], 'EINVAL', "contract_params: `' invalid for parameter `p_invbool'"],
	[['p_byte=300'], 'ERANGE', "contract_params: `300' invalid for parameter `p_byte'"],
	[
		['p_array=1,2,3,4'],
		'EINVAL',
		'p_array: can only take 3 arguments',
		"contract_params: `1' invalid for parameter `p_array'",
	],
	[
		['p_string=12345678'],
		'ENOSPC',
		"p_string: string doesn't fit in 7 chars.",
		"contract_params: `12345678' too large for parameter `p_string'",
	],
	[[`p_charp=${long}1`], 'ENOSPC', 'p_charp: string parameter too long'],
	[['p_even=3'], 'EDOM', "contract_params: `3' invalid for parameter `p_even'"],
	[
		['p_int=1', 'p_int=x', 'p_byte=y'],
		'EINVAL',
		"`x' invalid for parameter `p_int'",
		"`y' invalid for parameter `p_byte'",
	],
	[['nosuch=1', 'also'], undefined, "contract_params: unknown parameter 'nosuch' ignored", "parameter 'also' ignored"],
	[['p_unsafe=5'], undefined, 'Setting dangerous option p_unsafe - tainting kernel'],
];

const loading: readonly Contract[] = [
	{
		title: 'parse_args: a module with a parameter that is refused is not loaded, and the log says why',
		needs: ['insmod', 'dmesg'],
		async run(t, { sys, root, insmod, rmmod, dmesg }) {
			for (const [args, code, ...log] of loads) {
				const before = (await dmesg()).length;
				const what = args.join(' ').slice(0, 30);
				if (code === undefined) {
					await insmod('contract_params', args);
					await rmmod('contract_params');
				} else {
					await t.rejects(insmod('contract_params', args), { code }, what);
				}
				await t.rejects(sys.stat(root + dir), { code: 'ENOENT' }, what);
				const said = (await dmesg()).slice(before);
				for (const line of log) t.ok(said.includes(`${line}\n`), `${line}\n${said}`);
			}
		},
	},
	{
		title: 'parse_args: names with - and _, quotes, bare bools, hidden parameters',
		needs: ['insmod'],
		file: dir,
		async run(t, { insmod, ...machine }) {
			const quoted = ['p_charp="a b"', 'p_words="x y",z', 'p_hidden=3'];
			await insmod('contract_params', ['p-int=0x10', 'p_bool', 'p_bint', 'p_array=7', ...quoted, 'p_ro=5']);
			t.same(await textsOf({ insmod, ...machine }), {
				...initial,
				...{ p_int: '16\n', p_bool: 'Y\n', p_bint: '1\n', p_array: '7\n', p_charp: 'a b\n', p_ro: '5\n' },
				p_words: 'x y",z\n',
			});
		},
	},
];

export const moduleParams: readonly Contract[] = [...reading, ...writing, ...access, ...loading];
