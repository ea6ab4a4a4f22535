/**
 * configfs_symlink - links from one item to another, which hold what they lead to.
 *
 * Simulated by kernel-sim/fs/configfs/symlink.ts after fs/configfs/symlink.c. Of what the test module contract_configfs makes,
 * `link*` may hold links, to anything whose name does not begin with `no`.
 */

import { S_IFLNK } from '../../src/uapi/stat.ts';
import type { Contract, Machine } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { calls, onSubsystem } from './configfs_subsystem.ts';
import { readDir, readFile, writeFile } from './files.ts';

/** A contract on `link`, which may hold links, and `to`, to lead to; both go in the end. */
function onLink(title: string, run: Contract['run'], more: Partial<Contract> = {}): Contract {
	const around: Contract['run'] = async (t, machine) => {
		const { sys, file } = machine;
		for (const name of ['link', 'to']) await sys.mkdir(`${file}/${name}`, 0o755);
		await calls(machine);
		await run(t, machine);
		for (const name of ['link', 'to']) await sys.rmdir(`${file}/${name}`);
	};
	return onSubsystem(title, around, more);
}

/** A way from the root directory to the subsystem, whatever the machine's tree is at. */
const relative = ({ file }: Machine) => file.slice(1);

export const configfsSymlink: readonly Contract[] = [
	onLink('configfs_symlink: is asked for, and leads through the root of configfs', async (t, machine) => {
		const { sys, file } = machine;
		await sys.symlink(`${file}/to`, `${file}/link/l`);
		t.same(await calls(machine), ['allow link to']);
		t.equal(await sys.readlink(`${file}/link/l`), '../../contract_configfs/to');
		t.match(await sys.lstat(`${file}/link/l`), { mode: S_IFLNK | 0o777, nlink: 1 });
		await writeFile(sys, `${file}/to/text`, 'through');
		t.equal(await readFile(sys, `${file}/link/l/text`), 'through');
		t.ok((await readDir(sys, `${file}/link`)).some(({ name }) => name === 'l'));
		await sys.unlink(`${file}/link/l`);
		t.same(await calls(machine), ['unlink link to']);
		await t.rejects(sys.lstat(`${file}/link/l`), { code: 'ENOENT' });
	}),
	onLink('configfs_symlink: an item that allows none is EPERM', async (t, { sys, file, root }) => {
		await t.rejects(sys.symlink(`${file}/link`, `${file}/to/l`), { code: 'EPERM' });
		await t.rejects(sys.symlink(`${file}/link`, `${file}/l`), { code: 'EPERM' });
		await t.rejects(sys.symlink(`${file}/link`, `${root}/sys/kernel/config/l`), { code: 'EPERM' });
	}),
	onLink(
		'configfs_symlink: what is not there is ENOENT, an attribute ENOTDIR, outside configfs EPERM',
		async (t, machine) => {
			const { sys, file, root } = machine;
			await t.rejects(sys.symlink(`${file}/nowhere`, `${file}/link/l`), { code: 'ENOENT' });
			await t.rejects(sys.symlink(`${file}/to/text`, `${file}/link/l`), { code: 'ENOTDIR' });
			await t.rejects(sys.symlink(`${root}/proc`, `${file}/link/l`), { code: 'EPERM' });
			await t.rejects(sys.symlink(`${root}/`, `${file}/link/l`), { code: 'EPERM' });
			await t.rejects(sys.symlink('', `${file}/link/l`), { code: 'ENOENT' });
			t.same(await calls(machine), []);
			await t.rejects(sys.lstat(`${file}/link/l`), { code: 'ENOENT' });
		},
	),
	onLink('configfs_symlink: what the module refuses is the error', async (t, machine) => {
		const { sys, file } = machine;
		await sys.mkdir(`${file}/no`, 0o755);
		await calls(machine);
		await t.rejects(sys.symlink(`${file}/no`, `${file}/link/l`), { code: 'ERANGE' });
		t.same(await calls(machine), ['allow link no']);
		await t.rejects(sys.lstat(`${file}/link/l`), { code: 'ENOENT' });
		await sys.rmdir(`${file}/no`);
	}),
	onLink('configfs_symlink: a name that is taken is EEXIST', async (t, machine) => {
		const { sys, file } = machine;
		await t.rejects(sys.symlink(`${file}/to`, `${file}/link/text`), { code: 'EEXIST' });
		await sys.symlink(`${file}/to`, `${file}/link/l`);
		await t.rejects(sys.symlink(`${file}/to`, `${file}/link/l`), { code: 'EEXIST' });
		t.same(await calls(machine), ['allow link to']);
		await sys.unlink(`${file}/link/l`);
	}),
	onLink('configfs_rmdir: what a link leads to is EBUSY, and what holds one ENOTEMPTY', async (t, { sys, file }) => {
		await sys.symlink(`${file}/to`, `${file}/link/l`);
		await t.rejects(sys.rmdir(`${file}/to`), { code: 'EBUSY' });
		await t.rejects(sys.rmdir(`${file}/link`), { code: 'ENOTEMPTY' });
		await sys.symlink(`${file}/to`, `${file}/link/again`);
		await sys.unlink(`${file}/link/l`);
		await t.rejects(sys.rmdir(`${file}/to`), { code: 'EBUSY' });
		await sys.unlink(`${file}/link/again`);
	}),
	onLink(
		'configfs_symlink: may lead to another subsystem, to a group within a group, and to a subsystem',
		async (t, { sys, file }) => {
			await sys.mkdir(`${file}2/item`, 0o755);
			await sys.mkdir(`${file}/group`, 0o755);
			await sys.symlink(`${file}2/item`, `${file}/link/other`);
			await sys.symlink(`${file}/group/default/deep`, `${file}/link/deep`);
			await sys.symlink(file, `${file}/link/whole`);
			t.equal(await sys.readlink(`${file}/link/other`), '../../contract_configfs2/item');
			t.equal(await sys.readlink(`${file}/link/deep`), '../../contract_configfs/group/default/deep');
			t.equal(await sys.readlink(`${file}/link/whole`), '../../contract_configfs');
			await t.rejects(sys.rmdir(`${file}/group`), { code: 'EBUSY' });
			await t.rejects(sys.rmdir(`${file}2/item`), { code: 'EBUSY' });
			for (const name of ['other', 'deep', 'whole']) await sys.unlink(`${file}/link/${name}`);
			await sys.rmdir(`${file}/group`);
			await sys.rmdir(`${file}2/item`);
		},
	),
	onLink('configfs_symlink: another link on the way is followed', async (t, { sys, file }) => {
		await sys.symlink(`${file}/to`, `${file}/link/one`);
		await sys.symlink(`${file}/link/one`, `${file}/link/two`);
		t.equal(await sys.readlink(`${file}/link/two`), '../../contract_configfs/to');
		for (const name of ['one', 'two']) await sys.unlink(`${file}/link/${name}`);
	}),
	onLink(
		'configfs_symlink: a text that is not absolute begins where the caller is, not where the link is',
		async (t, machine) => {
			const { sys, file } = machine;
			await sys.chdir('/');
			await t.rejects(sys.symlink('../to', `${file}/link/l`), { code: 'ENOENT' });
			await sys.symlink(`${relative(machine)}/to`, `${file}/link/root`);
			await sys.chdir(file);
			await sys.symlink('to', `${file}/link/here`);
			await sys.chdir(`${file}/to`);
			await sys.symlink('.', `${file}/link/dot`);
			await sys.symlink('../to/../to', `${file}/link/dots`);
			await t.rejects(sys.symlink('text', `${file}/link/l`), { code: 'ENOTDIR' });
			await sys.chdir('/');
			for (const name of ['root', 'here', 'dot', 'dots']) {
				t.equal(await sys.readlink(`${file}/link/${name}`), '../../contract_configfs/to', name);
				await sys.unlink(`${file}/link/${name}`);
			}
		},
		{ needs: ['chdir'] },
	),
	onLink(
		'configfs_symlink: nobody makes and removes none',
		async (t, { sys, file }) => {
			const nobody = await sys.fork(NOBODY);
			await sys.symlink(`${file}/to`, `${file}/link/l`);
			await t.rejects(nobody.symlink(`${file}/to`, `${file}/link/mine`), { code: 'EACCES' });
			await t.rejects(nobody.unlink(`${file}/link/l`), { code: 'EACCES' });
			await sys.unlink(`${file}/link/l`);
		},
		{ needs: ['nobody'] },
	),
];
