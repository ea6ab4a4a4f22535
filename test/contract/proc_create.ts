/**
 * proc_create - the errno of every attempt to make or remove something in /proc.
 *
 * Simulated by kernel-sim/fs/proc/generic.ts: procfs has no operation that makes a name, and its lookup refuses an unknown one
 * before anyone could.
 */

import {
	O_CREAT,
	O_DIRECT,
	O_DIRECTORY,
	O_EXCL,
	O_NOFOLLOW,
	O_RDONLY,
	O_TRUNC,
	O_WRONLY,
} from '../../src/uapi/fcntl.ts';
import { F_OK, R_OK, W_OK } from '../../src/uapi/fs.ts';
import { S_IFCHR, S_IFIFO } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY, type Sys } from '../runner/sys.ts';

/** A call that is refused: what, how, its errno for root, and for nobody where that is another. */
type Refusal = readonly [
	title: string,
	call: (sys: Sys, proc: string) => Promise<unknown>,
	root: string,
	nobody?: string,
];

const refusals: readonly Refusal[] = [
	['open(O_CREAT) of a new name', (sys, proc) => sys.open(`${proc}/contract`, O_CREAT | O_WRONLY, 0o644), 'ENOENT'],
	[
		'open(O_CREAT) in a directory of /proc',
		(sys, proc) => sys.open(`${proc}/fs/contract`, O_CREAT | O_WRONLY),
		'ENOENT',
	],
	['mkdir of a new name', (sys, proc) => sys.mkdir(`${proc}/contract`, 0o755), 'ENOENT'],
	['mknod of a pipe', (sys, proc) => sys.mknod(`${proc}/contract`, S_IFIFO | 0o644, 0), 'ENOENT'],
	['mknod of a device', (sys, proc) => sys.mknod(`${proc}/contract`, S_IFCHR | 0o644, 0x103), 'ENOENT'],
	['symlink', (sys, proc) => sys.symlink('version', `${proc}/contract`), 'ENOENT'],
	['link', (sys, proc) => sys.link(`${proc}/version`, `${proc}/contract`), 'ENOENT'],
	['rename onto a new name', (sys, proc) => sys.rename(`${proc}/version`, `${proc}/contract`), 'ENOENT'],
	['rename onto an existing name', (sys, proc) => sys.rename(`${proc}/version`, `${proc}/uptime`), 'EPERM', 'EACCES'],
	['rename out of the file system', (sys, proc) => sys.rename(`${proc}/version`, `${proc}/../contract`), 'EXDEV'],
	['link out of the file system', (sys, proc) => sys.link(`${proc}/version`, `${proc}/../contract`), 'EXDEV'],
	['mkdir of an existing name', (sys, proc) => sys.mkdir(`${proc}/version`, 0o755), 'EEXIST'],
	['symlink at an existing name', (sys, proc) => sys.symlink('x', `${proc}/version`), 'EEXIST'],
	['open(O_CREAT|O_EXCL) of an existing name', (sys, proc) => sys.open(`${proc}/version`, O_CREAT | O_EXCL), 'EEXIST'],
	['unlink of a file', (sys, proc) => sys.unlink(`${proc}/version`), 'EPERM', 'EACCES'],
	['unlink of a symbolic link', (sys, proc) => sys.unlink(`${proc}/self`), 'EPERM', 'EACCES'],
	['unlink of a directory', (sys, proc) => sys.unlink(`${proc}/fs`), 'EISDIR', 'EACCES'],
	['unlink of no name', (sys, proc) => sys.unlink(`${proc}/contract`), 'ENOENT'],
	['rmdir of a directory', (sys, proc) => sys.rmdir(`${proc}/fs`), 'EPERM', 'EACCES'],
	['rmdir of a file', (sys, proc) => sys.rmdir(`${proc}/version`), 'ENOTDIR', 'EACCES'],
	['rmdir of no name', (sys, proc) => sys.rmdir(`${proc}/contract`), 'ENOENT'],
	['rmdir of the root of a mount', (sys, proc) => sys.rmdir(proc), 'EBUSY', 'EACCES'],
	['open of no name', (sys, proc) => sys.open(`${proc}/contract`, O_RDONLY), 'ENOENT'],
	['open of a directory for writing', (sys, proc) => sys.open(`${proc}/fs`, O_WRONLY), 'EISDIR'],
	['open(O_DIRECT)', (sys, proc) => sys.open(`${proc}/version`, O_RDONLY | O_DIRECT), 'EINVAL'],
	['open(O_DIRECTORY) of a file', (sys, proc) => sys.open(`${proc}/version`, O_DIRECTORY), 'ENOTDIR'],
	['open(O_NOFOLLOW) of a symbolic link', (sys, proc) => sys.open(`${proc}/self`, O_NOFOLLOW), 'ELOOP'],
	['open of a file with a slash after it', (sys, proc) => sys.open(`${proc}/version/`, O_RDONLY), 'ENOTDIR'],
	['stat through a file', (sys, proc) => sys.stat(`${proc}/version/x`), 'ENOTDIR'],
	['stat of a name of 256 bytes', (sys, proc) => sys.stat(`${proc}/${'n'.repeat(256)}`), 'ENOENT'],
	['stat of a name of 255 bytes', (sys, proc) => sys.stat(`${proc}/${'n'.repeat(255)}`), 'ENOENT'],
	['stat of a process id with a leading zero', (sys, proc) => sys.stat(`${proc}/01`), 'ENOENT'],
	['stat of process 0', (sys, proc) => sys.stat(`${proc}/0`), 'ENOENT'],
	['access of no name', (sys, proc) => sys.access(`${proc}/contract`, F_OK), 'ENOENT'],
	['readlink of a file', (sys, proc) => sys.readlink(`${proc}/version`), 'EINVAL'],
	[
		'setxattr of a user attribute',
		(sys, proc) => sys.setxattr(`${proc}/version`, 'user.contract', 'x'),
		'EOPNOTSUPP',
		'EACCES',
	],
	['truncate of a directory', (sys, proc) => sys.truncate(`${proc}/fs`, 0), 'EISDIR'],
];

const forRoot = refusals.map(
	([title, call, code]): Contract => ({
		title: `procfs: ${title} is ${code}`,
		run: async (t, { sys, root }) => void (await t.rejects(call(sys, `${root}/proc`), { code })),
	}),
);

const forNobody = refusals.map(
	([title, call, forRoot, code = forRoot]): Contract => ({
		title: `procfs: ${title} is ${code} for nobody`,
		needs: ['nobody'],
		run: async (t, { sys, root }) => void (await t.rejects(call(await sys.fork(NOBODY), `${root}/proc`), { code })),
	}),
);

/** What only a user without rights is refused. */
const denials: readonly Refusal[] = [
	['open(O_WRONLY) of 0444', (sys, proc) => sys.open(`${proc}/version`, O_WRONLY), 'EACCES'],
	['open(O_TRUNC) of 0444', (sys, proc) => sys.open(`${proc}/version`, O_RDONLY | O_TRUNC), 'EACCES'],
	['access(W_OK) of 0444', (sys, proc) => sys.access(`${proc}/version`, W_OK), 'EACCES'],
	['truncate of 0444', (sys, proc) => sys.truncate(`${proc}/version`, 0), 'EACCES'],
	['chmod', (sys, proc) => sys.chmod(`${proc}/version`, 0o666), 'EPERM'],
	['chown', (sys, proc) => sys.chown(`${proc}/version`, NOBODY, NOBODY), 'EPERM'],
	['utimes', (sys, proc) => sys.utimes(`${proc}/version`, 1, 1), 'EPERM'],
];

const denied = denials.map(
	([title, call, code]): Contract => ({
		title: `procfs: ${title} is ${code} for nobody`,
		needs: ['nobody'],
		run: async (t, { sys, root }) => void (await t.rejects(call(await sys.fork(NOBODY), `${root}/proc`), { code })),
	}),
);

const allowed: readonly Contract[] = [
	{
		title: 'procfs: truncate, O_TRUNC and O_CREAT of an existing file succeed for root and change nothing',
		file: '/proc/version',
		async run(t, { sys, file }) {
			const before = await sys.stat(file);
			await sys.truncate(file, 0);
			await sys.truncate(file, 100);
			await sys.close(await sys.open(file, O_WRONLY | O_TRUNC));
			await sys.close(await sys.open(file, O_RDONLY | O_CREAT, 0o600));
			t.match(await sys.stat(file), { size: before.size, mode: before.mode });
		},
	},
	{
		title: 'procfs: access tells root that all can be read and written, and nobody what the mode says',
		needs: ['nobody'],
		file: '/proc/version',
		async run(t, { sys, file }) {
			await sys.access(file, R_OK | W_OK);
			const nobody = await sys.fork(NOBODY);
			await nobody.access(file, F_OK);
			await nobody.access(file, R_OK);
			await t.rejects(sys.access(file, 1), { code: 'EACCES' }, 'nobody may execute it, not even root');
		},
	},
	{
		title: 'procfs: chmod, chown and utimes by root stick',
		modules: ['contract_proc'],
		file: '/proc/contract_proc/both',
		standIn: '/proc/execdomains',
		async run(t, { sys, file }) {
			const { mode, uid, gid } = await sys.stat(file);
			try {
				await sys.chmod(file, 0o400);
				await sys.chown(file, NOBODY, NOBODY);
				t.match(await sys.stat(file), { mode: 0o100400, uid: NOBODY, gid: NOBODY });
				await sys.utimes(file, 1_000_000, 2_000_000);
				t.match(await sys.stat(file), { atime: 1e9, mtime: 2e9 });
			} finally {
				await sys.chown(file, uid, gid);
				await sys.chmod(file, mode & 0o7777);
			}
			t.match(await sys.stat(file), { mode, uid, gid });
		},
	},
];

export const procCreate: readonly Contract[] = [...forRoot, ...forNobody, ...denied, ...allowed];
