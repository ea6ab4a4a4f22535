/**
 * configfs_dir - items that mkdir makes and rmdir removes, and the groups that they are in.
 *
 * Simulated by kernel-sim/fs/configfs/dir.ts after fs/configfs/dir.c. What the test module contract_configfs makes goes by the
 * name that is asked for; its `log` tells what it was called for.
 */

import { O_DIRECTORY, O_RDONLY } from '../../src/uapi/fcntl.ts';
import { CONFIGFS_MAGIC } from '../../src/uapi/magic.ts';
import { DT_DIR, DT_REG, S_IFDIR, S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { asleep, calls, onSubsystem } from './configfs_subsystem.ts';
import { readDir, readFile, readLines, text, writeFile } from './files.ts';

const ROOT = '/sys/kernel/config';

const MAKING: Contract[] = [
	onSubsystem(
		'configfs_mkdir: an item is 0755 whatever mode is asked for, with its attributes in it',
		async (t, { sys, file }) => {
			await sys.mkdir(`${file}/a`, 0o700);
			t.match(await sys.stat(`${file}/a`), { mode: S_IFDIR | 0o755, uid: 0, gid: 0, nlink: 2, size: 0, blocks: 0 });
			t.match(await sys.stat(`${file}/a/text`), { mode: S_IFREG | 0o644, size: 4096 });
			const names = (await readDir(sys, `${file}/a`)).map(({ name }) => name);
			t.same(names.sort(), ['.', '..', 'slow', 'text']);
			await writeFile(sys, `${file}/a/text`, 'of a');
			t.equal(await readFile(sys, `${file}/a/text`), 'of a');
			await sys.rmdir(`${file}/a`);
			await t.rejects(sys.stat(`${file}/a`), { code: 'ENOENT' });
		},
	),
	onSubsystem(
		'configfs_mkdir: the root, an item that is no group, and one that makes nothing are EPERM',
		async (t, { sys, file, root }) => {
			await t.rejects(sys.mkdir(`${root}${ROOT}/new`, 0o755), { code: 'EPERM' });
			await sys.mkdir(`${file}/plain`, 0o755);
			await t.rejects(sys.mkdir(`${file}/plain/new`, 0o755), { code: 'EPERM' });
			await sys.mkdir(`${file}2/item`, 0o755);
			await t.rejects(sys.mkdir(`${file}2/item/new`, 0o755), { code: 'EPERM' });
			await sys.rmdir(`${file}2/item`);
			await sys.rmdir(`${file}/plain`);
		},
	),
	onSubsystem(
		'configfs_mkdir: what the make operation refuses is the error, and nothing at all is ENOMEM',
		async (t, { sys, file }) => {
			await calls({ sys, file });
			for (const [name, code] of [
				['err-16', 'EBUSY'],
				['err-22', 'EINVAL'],
				['err-28', 'ENOSPC'],
				['null', 'ENOMEM'],
			]) {
				await t.rejects(sys.mkdir(`${file}/${name}`, 0o755), { code });
				await t.rejects(sys.stat(`${file}/${name}`), { code: 'ENOENT' });
			}
			t.same(await calls({ sys, file }), ['make err-16', 'make err-22', 'make err-28', 'make null']);
		},
	),
	onSubsystem('configfs_mkdir: a name that is there is EEXIST, whatever it is of', async (t, { sys, file }) => {
		await sys.mkdir(`${file}/a`, 0o755);
		await calls({ sys, file });
		await t.rejects(sys.mkdir(`${file}/a`, 0o755), { code: 'EEXIST' });
		await t.rejects(sys.mkdir(`${file}/text`, 0o755), { code: 'EEXIST' });
		await t.rejects(sys.mkdir(`${file}/blob`, 0o755), { code: 'EEXIST' });
		t.same(await calls({ sys, file }), []);
		await sys.rmdir(`${file}/a`);
	}),
	onSubsystem('configfs_mkdir: a name may have 255 bytes, and any but a slash', async (t, { sys, file }) => {
		await t.rejects(sys.mkdir(`${file}/${'n'.repeat(256)}`, 0o755), { code: 'ENAMETOOLONG' });
		await t.rejects(sys.stat(`${file}/${'n'.repeat(256)}`), { code: 'ENAMETOOLONG' });
		await t.rejects(sys.mkdir(`${file}/${'\u00e4'.repeat(128)}`, 0o755), { code: 'ENAMETOOLONG' });
		const names = [
			'n'.repeat(255),
			'\u00e4'.repeat(127),
			' with blanks ',
			'.hidden',
			'...',
			'new\nline',
			'\u65e5\u672c',
			'*',
		];
		for (const name of names) await sys.mkdir(`${file}/${name}`, 0o755);
		const found = (await readDir(sys, file)).filter(({ type }) => type === DT_DIR).map(({ name }) => name);
		t.same(found.sort(), [...names, '.', '..'].sort());
		for (const name of names) {
			t.equal(await readFile(sys, `${file}/${name}/text`), '');
			await sys.rmdir(`${file}/${name}`);
		}
	}),
	onSubsystem('configfs_mkdir: dots are no names', async (t, { sys, file }) => {
		await t.rejects(sys.mkdir(`${file}/.`, 0o755), { code: 'EEXIST' });
		await t.rejects(sys.mkdir(`${file}/..`, 0o755), { code: 'EEXIST' });
		await t.rejects(sys.rmdir(`${file}/.`), { code: 'EINVAL' });
		await t.rejects(sys.rmdir(`${file}/..`), { code: 'ENOTEMPTY' });
	}),
	onSubsystem(
		'configfs: nobody makes and removes nothing',
		async (t, { sys, file }) => {
			const nobody = await sys.fork(NOBODY);
			await sys.mkdir(`${file}/roots`, 0o755);
			await t.rejects(nobody.mkdir(`${file}/new`, 0o755), { code: 'EACCES' });
			await t.rejects(nobody.rmdir(`${file}/roots`), { code: 'EACCES' });
			t.ok(await nobody.stat(`${file}/roots`));
			await sys.rmdir(`${file}/roots`);
		},
		{ needs: ['nobody'] },
	),
	onSubsystem('configfs: what a module is called for, from mkdir to rmdir', async (t, { sys, file }) => {
		await calls({ sys, file });
		await sys.mkdir(`${file}/a`, 0o755);
		t.same(await calls({ sys, file }), ['make a']);
		await sys.rmdir(`${file}/a`);
		t.same(await calls({ sys, file }), ['disconnect a', 'drop a', 'release']);
	}),
	onSubsystem(
		'configfs: a module is used by its items, twice each, and by their open files',
		async (t, { sys, root, file }) => {
			const users = async () => {
				const line = (await readLines(sys, `${root}/proc/modules`)).find(line => line.startsWith('contract_configfs '));
				return Number(line!.split(' ')[2]);
			};
			t.equal(await users(), 0);
			await sys.mkdir(`${file}/a`, 0o755);
			t.equal(await users(), 2);
			await sys.mkdir(`${file}/group`, 0o755);
			t.equal(await users(), 4, 'groups that come with it do not count');
			const fd = await sys.open(`${file}/a/text`, O_RDONLY);
			t.equal(await users(), 5);
			await sys.rmdir(`${file}/group`);
			await sys.rmdir(`${file}/a`);
			t.equal(await users(), 1);
			await sys.close(fd);
			t.equal(await users(), 0);
		},
	),
	onSubsystem('configfs_readdir: the newest entry is the first', async (t, { sys, file }) => {
		for (const name of ['b', 'c', 'a']) await sys.mkdir(`${file}/${name}`, 0o755);
		const entries = (await readDir(sys, file)).map(({ name, type }) => [name, type]);
		t.same(entries.slice(0, 7), [
			['.', DT_DIR],
			['..', DT_DIR],
			['a', DT_DIR],
			['c', DT_DIR],
			['b', DT_DIR],
			['beyond', DT_REG],
			['large', DT_REG],
		]);
		for (const name of ['b', 'c', 'a']) await sys.rmdir(`${file}/${name}`);
	}),
	onSubsystem('configfs: links of a directory are two and its directories', async (t, { sys, file }) => {
		const links = async (path: string) => (await sys.stat(path)).nlink;
		t.equal(await links(file), 2);
		await sys.mkdir(`${file}/group`, 0o755);
		t.equal(await links(file), 3);
		t.equal(await links(`${file}/group`), 3);
		await sys.rmdir(`${file}/group`);
		t.equal(await links(file), 2);
	}),
	onSubsystem('configfs: statfs tells the magic number of configfs', async (t, { sys, file }) => {
		t.match(await sys.statfs(file), { type: CONFIGFS_MAGIC, bsize: 4096 });
	}),
];

const REMOVING: Contract[] = [
	onSubsystem('configfs_rmdir: a subsystem is EPERM, an item with items in it ENOTEMPTY', async (t, { sys, file }) => {
		await t.rejects(sys.rmdir(file), { code: 'EPERM' });
		await sys.mkdir(`${file}/group`, 0o755);
		await sys.mkdir(`${file}/group/in`, 0o755);
		await t.rejects(sys.rmdir(`${file}/group`), { code: 'ENOTEMPTY' });
		await sys.rmdir(`${file}/group/in`);
		await sys.rmdir(`${file}/group`);
		await t.rejects(sys.rmdir(`${file}/group`), { code: 'ENOENT' });
	}),
	onSubsystem('configfs_rmdir: a group that came with another is EPERM, and goes with it', async (t, { sys, file }) => {
		await sys.mkdir(`${file}/group`, 0o755);
		t.ok(await sys.stat(`${file}/group/default/deep/text`));
		await t.rejects(sys.rmdir(`${file}/group/default`), { code: 'EPERM' });
		await t.rejects(sys.rmdir(`${file}/group/default/deep`), { code: 'EPERM' });
		await sys.mkdir(`${file}/group/default/item`, 0o755);
		await t.rejects(sys.rmdir(`${file}/group`), { code: 'ENOTEMPTY' });
		await t.rejects(sys.rmdir(`${file}/group/default`), { code: 'EPERM' });
		await sys.rmdir(`${file}/group/default/item`);
		await calls({ sys, file });
		await sys.rmdir(`${file}/group`);
		t.same(await calls({ sys, file }), ['disconnect group', 'drop group', 'release']);
		await t.rejects(sys.stat(`${file}/group/default/deep`), { code: 'ENOENT' });
	}),
	onSubsystem('configfs_rmdir: refused, it changes nothing', async (t, { sys, file }) => {
		await sys.mkdir(`${file}/group`, 0o755);
		await sys.mkdir(`${file}/group/default/item`, 0o755);
		const fd = await sys.open(`${file}/group/default/deep/text`, O_RDONLY);
		await t.rejects(sys.rmdir(`${file}/group`), { code: 'ENOTEMPTY' });
		t.equal(text(await sys.read(fd, 10)), '');
		await sys.mkdir(`${file}/group/default/other`, 0o755);
		await writeFile(sys, `${file}/group/default/other/text`, 'there');
		t.equal(await readFile(sys, `${file}/group/default/other/text`), 'there');
		for (const name of ['other', 'item']) await sys.rmdir(`${file}/group/default/${name}`);
		await sys.rmdir(`${file}/group`);
	}),
	onSubsystem(
		'configfs_attach_group: groups of one name fail the mkdir, and nothing of it is left',
		async (t, { sys, file }) => {
			await calls({ sys, file });
			await t.rejects(sys.mkdir(`${file}/clash`, 0o755), { code: 'EEXIST' });
			await t.rejects(sys.stat(`${file}/clash`), { code: 'ENOENT' });
			t.same(await calls({ sys, file }), ['make clash', 'disconnect clash', 'drop clash', 'release']);
			t.equal((await sys.stat(file)).nlink, 2);
		},
	),
	onSubsystem('configfs_depend_item: what the kernel depends on is EBUSY', async (t, { sys, file }) => {
		await sys.mkdir(`${file}/a`, 0o755);
		await writeFile(sys, `${file}/depend`, '+a');
		await writeFile(sys, `${file}/depend`, '+a');
		await t.rejects(sys.rmdir(`${file}/a`), { code: 'EBUSY' });
		await writeFile(sys, `${file}/depend`, '-a');
		await t.rejects(sys.rmdir(`${file}/a`), { code: 'EBUSY' });
		await writeFile(sys, `${file}/depend`, '-a');
		await sys.rmdir(`${file}/a`);
		await t.rejects(writeFile(sys, `${file}/depend`, '+a'), { code: 'ENOENT' });
	}),
	onSubsystem('configfs_rmdir: a directory that is open lists nothing more', async (t, { sys, file }) => {
		await sys.mkdir(`${file}/a`, 0o755);
		const fd = await sys.open(`${file}/a`, O_RDONLY | O_DIRECTORY);
		await sys.rmdir(`${file}/a`);
		await t.rejects(sys.getdents(fd), { code: 'ENOENT' });
		t.equal((await sys.fstat(fd)).nlink, 0);
	}),
	onSubsystem(
		'configfs_register_subsystem: a name that is taken is EEXIST, and leaves nothing',
		async (t, { sys, file }) => {
			t.equal(await readFile(sys, `${file}/twice`), '-17\n');
			t.ok(await sys.stat(`${file}/count`));
		},
	),
];

const TOGETHER: Contract[] = [
	onSubsystem(
		'configfs_mkdir: while one sleeps, its name is nowhere, and another of the subsystem waits',
		async (t, { sys, file }) => {
			const [one, two] = [await sys.fork(), await sys.fork()];
			await calls({ sys, file });
			const slow = one.mkdir(`${file}/slow`, 0o755);
			await asleep({ sys, file }, 1);
			const other = two.mkdir(`${file}/other`, 0o755);
			t.same(await calls({ sys, file }), ['make slow']);
			await writeFile(sys, `${file}2/wake`, 'x');
			await Promise.all([slow, other]);
			t.same(await calls({ sys, file }), ['make other']);
			for (const name of ['slow', 'other']) await sys.rmdir(`${file}/${name}`);
		},
	),
	onSubsystem('configfs_mkdir: two of one name, and the second is EEXIST', async (t, { sys, file }) => {
		const [one, two] = [await sys.fork(), await sys.fork()];
		await calls({ sys, file });
		const first = one.mkdir(`${file}/slow`, 0o755);
		await asleep({ sys, file }, 1);
		const second = t.rejects(two.mkdir(`${file}/slow`, 0o755), { code: 'EEXIST' });
		await writeFile(sys, `${file}2/wake`, 'x');
		await Promise.all([first, second]);
		t.same(await calls({ sys, file }), ['make slow']);
		await sys.rmdir(`${file}/slow`);
	}),
	onSubsystem(
		'configfs_rmdir: an item in which one is being made waits, and is ENOTEMPTY',
		async (t, { sys, file }) => {
			const [one, two] = [await sys.fork(), await sys.fork()];
			await sys.mkdir(`${file}/group`, 0o755);
			const made = one.mkdir(`${file}/group/slow`, 0o755);
			await asleep({ sys, file }, 1);
			const refused = t.rejects(two.rmdir(`${file}/group`), { code: 'ENOTEMPTY' });
			await writeFile(sys, `${file}2/wake`, 'x');
			await Promise.all([made, refused]);
			await sys.rmdir(`${file}/group/slow`);
			await sys.rmdir(`${file}/group`);
		},
	),
	onSubsystem(
		'configfs_rmdir: one that is being made in a group that goes with another is ENOENT',
		async (t, { sys, file }) => {
			const [one, two] = [await sys.fork(), await sys.fork()];
			await sys.mkdir(`${file}/group`, 0o755);
			await calls({ sys, file });
			const refused = t.rejects(one.mkdir(`${file}/group/default/slow`, 0o755), { code: 'ENOENT' });
			await asleep({ sys, file }, 1);
			const removed = two.rmdir(`${file}/group`);
			await new Promise(resolve => setTimeout(resolve, 100));
			await writeFile(sys, `${file}2/wake`, 'x');
			await Promise.all([refused, removed]);
			t.same(await calls({ sys, file }), [
				...['make slow', 'disconnect slow', 'drop slow', 'release'],
				...['disconnect group', 'drop group', 'release'],
			]);
		},
	),
	onSubsystem(
		'configfs_rmdir: waits for a show that sleeps, and a signal that does not kill ends neither',
		async (t, { sys, file }) => {
			const [one, two] = [await sys.fork(), await sys.fork()];
			await sys.mkdir(`${file}/a`, 0o755);
			const shown = readFile(one, `${file}/a/slow`);
			await asleep({ sys, file }, 1);
			let ended = false;
			const removed = two.rmdir(`${file}/a`).finally(() => {
				ended = true;
			});
			await new Promise(resolve => setTimeout(resolve, 100));
			await two.interrupt();
			await new Promise(resolve => setTimeout(resolve, 200));
			t.equal(ended, false);
			await writeFile(sys, `${file}2/wake`, 'x');
			await Promise.all([shown, removed]);
			await t.rejects(sys.stat(`${file}/a`), { code: 'ENOENT' });
		},
		{ needs: ['signals'] },
	),
	onSubsystem('configfs: many make and remove one name, and nothing is left', async (t, { sys, file }) => {
		const workers = await Promise.all(Array.from({ length: 6 }, () => sys.fork()));
		const allowed = new Set(['EEXIST', 'ENOENT']);
		const attempt = async (call: Promise<void>) => {
			await call.catch((error: { code: string }) => t.ok(allowed.has(error.code), error.code));
		};
		await Promise.all(
			workers.map(async worker => {
				for (let round = 0; round < 30; round++) {
					await attempt(worker.mkdir(`${file}/race`, 0o755));
					await attempt(worker.rmdir(`${file}/race`));
				}
			}),
		);
		await attempt(sys.rmdir(`${file}/race`));
		await t.rejects(sys.stat(`${file}/race`), { code: 'ENOENT' });
		t.equal((await sys.stat(file)).nlink, 2);
		await calls({ sys, file });
	}),
];

export const configfsDir: readonly Contract[] = [...MAKING, ...REMOVING, ...TOGETHER];
