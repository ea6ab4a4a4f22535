/**
 * configfs_sample - the sample module of the kernel's documentation, whose like comes with ring3 under the same name.
 */

import { O_RDWR } from '../../src/uapi/fcntl.ts';
import { S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract, Machine } from '../runner/contract.ts';
import { readDir, readFile, withFile, writeFile } from './files.ts';

const ROOT = '/sys/kernel/config';

function onSample(
	title: string,
	run: (t: Parameters<Contract['run']>[0], machine: Machine) => Promise<void>,
): Contract {
	return { title, modules: ['configfs_sample'], file: ROOT, run };
}

/** What is in a directory besides the dots. */
async function names({ sys }: Machine, path: string): Promise<string[]> {
	const entries = await readDir(sys, path);
	return entries
		.map(({ name }) => name)
		.filter(name => !/^\.\.?$/.test(name))
		.sort();
}

/** Writes that kstrtoint takes, and what the file holds then. */
const TAKEN = [
	['42\n', '42\n'],
	['-5', '-5\n'],
	['+7', '7\n'],
	['007', '7\n'],
	['2147483647', '2147483647\n'],
	['-2147483648', '-2147483648\n'],
	['12\0abc', '12\n'],
] as const;

/** Writes that it refuses, and by what. */
const REFUSED = [
	['2147483648', 'ERANGE'],
	['-2147483649', 'ERANGE'],
	['99999999999999999999', 'ERANGE'],
	['12abc', 'EINVAL'],
	['0x10', 'EINVAL'],
	['\n', 'EINVAL'],
	[' 1', 'EINVAL'],
	['1 ', 'EINVAL'],
	['1\n\n', 'EINVAL'],
] as const;

async function storesNumbers(t: Parameters<Contract['run']>[0], { sys }: Machine, path: string): Promise<void> {
	await withFile(sys, path, O_RDWR, async fd => {
		for (const [written, held] of TAKEN) {
			t.equal(await sys.write(fd, written), Buffer.byteLength(written), JSON.stringify(written));
			t.equal(await readFile(sys, path), held);
		}
		for (const [written, code] of REFUSED) {
			await t.rejects(sys.write(fd, written), { code }, JSON.stringify(written));
			t.equal(await readFile(sys, path), '12\n');
		}
	});
}

export const configfsSample: readonly Contract[] = [
	onSample('configfs_sample: 01-childless counts and stores, and nothing can be made in it', async (t, machine) => {
		const { sys, file } = machine;
		const dir = `${file}/01-childless`;
		t.same(await names(machine, dir), ['description', 'showme', 'storeme']);
		const first = Number(await readFile(sys, `${dir}/showme`));
		t.equal(await readFile(sys, `${dir}/showme`), `${first + 1}\n`);
		t.match(await readFile(sys, `${dir}/description`), /^\[01-childless\]\n\nThe childless subsystem is .*\.\n$/s);
		t.equal((await sys.stat(`${dir}/showme`)).mode, S_IFREG | 0o444);
		t.equal((await sys.stat(`${dir}/storeme`)).mode, S_IFREG | 0o644);
		await storesNumbers(t, machine, `${dir}/storeme`);
		await t.rejects(sys.mkdir(`${dir}/new`, 0o755), { code: 'EPERM' });
	}),
	onSample('configfs_sample: 02-simple-children makes items of one number', async (t, machine) => {
		const { sys, file } = machine;
		const dir = `${file}/02-simple-children`;
		t.same(await names(machine, dir), ['description']);
		t.match(await readFile(sys, `${dir}/description`), /^\[02-simple-children\]\n\n.*writeable\.\n$/s);
		await sys.mkdir(`${dir}/one`, 0o755);
		await sys.mkdir(`${dir}/two`, 0o755);
		t.same(await names(machine, `${dir}/one`), ['storeme']);
		t.equal(await readFile(sys, `${dir}/one/storeme`), '0\n');
		await storesNumbers(t, machine, `${dir}/one/storeme`);
		t.equal(await readFile(sys, `${dir}/two/storeme`), '0\n');
		await t.rejects(sys.mkdir(`${dir}/one/new`, 0o755), { code: 'EPERM' });
		await t.rejects(sys.symlink(`${dir}/one`, `${dir}/two/link`), { code: 'EPERM' });
		for (const name of ['one', 'two']) await sys.rmdir(`${dir}/${name}`);
		await sys.mkdir(`${dir}/one`, 0o755);
		t.equal(await readFile(sys, `${dir}/one/storeme`), '0\n', 'one that comes again has forgotten');
		await sys.rmdir(`${dir}/one`);
	}),
	onSample('configfs_sample: 03-group-children makes groups like it', async (t, machine) => {
		const { sys, file } = machine;
		const dir = `${file}/03-group-children`;
		t.match(await readFile(sys, `${dir}/description`), /^\[03-group-children\]\n\n.*simple-children\.\n$/s);
		await sys.mkdir(`${dir}/group`, 0o755);
		t.match(await readFile(sys, `${dir}/group/description`), /^\[02-simple-children\]\n/);
		await sys.mkdir(`${dir}/group/item`, 0o755);
		await writeFile(sys, `${dir}/group/item/storeme`, '7');
		t.equal(await readFile(sys, `${dir}/group/item/storeme`), '7\n');
		await t.rejects(sys.mkdir(`${dir}/group/item/deeper`, 0o755), { code: 'EPERM' });
		await t.rejects(sys.rmdir(`${dir}/group`), { code: 'ENOTEMPTY' });
		await sys.rmdir(`${dir}/group/item`);
		await sys.rmdir(`${dir}/group`);
	}),
];
