/**
 * headers.test - the tables of src/uapi are those of the C headers.
 *
 * Of every struct and every table of names a C program is made, compiled against the headers that are installed, and asked
 * for sizes, offsets and values. What the installed <linux/fuse.h> is too old for is compiled out and listed.
 */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { errno } from '../../src/lib/errno.ts';
import type { Struct } from '../../src/lib/struct.ts';
import * as fuse from '../../src/uapi/fuse.ts';
import { constantsOf, nameTablesOf, structsOf, type UapiModule, uapiModules } from './tables.ts';

/** What the header of a version of the FUSE protocol added: structs, members as `struct.member`, constants. */
const since: Readonly<Record<number, readonly string[]>> = {
	39: [
		'FUSE_STATX FUSE_DIRECT_IO_ALLOW_MMAP fuse_sx_time fuse_statx fuse_statx_in fuse_statx_out',
		'FUSE_EXT_GROUPS FUSE_CREATE_SUPP_GROUP fuse_supp_groups', // 7.38 grew by these between two releases of Linux
	],
	40: [
		'FUSE_PASSTHROUGH FUSE_NO_EXPORT_SUPPORT FUSE_HAS_RESEND FUSE_NOTIFY_RESEND FOPEN_PASSTHROUGH FUSE_UNIQUE_RESEND',
		'FUSE_DEV_IOC_MAGIC FUSE_DEV_IOC_BACKING_OPEN FUSE_DEV_IOC_BACKING_CLOSE fuse_backing_map fuse_open_out.backing_id fuse_init_out.max_stack_depth',
	],
	41: ['FUSE_ALLOW_IDMAP FUSE_INVALID_UIDGID'],
	42: [
		'FUSE_OVER_IO_URING FUSE_IO_URING_CMD_INVALID FUSE_IO_URING_CMD_REGISTER FUSE_IO_URING_CMD_COMMIT_AND_FETCH',
		'FUSE_URING_IN_OUT_HEADER_SZ FUSE_URING_OP_IN_OUT_SZ',
		'fuse_uring_ent_in_out fuse_uring_req_header fuse_uring_cmd_req',
	],
	43: ['FUSE_REQUEST_TIMEOUT fuse_init_out.request_timeout'],
	44: ['FUSE_NOTIFY_INC_EPOCH'],
	45: [
		'FUSE_COPY_FILE_RANGE_64 FUSE_NOTIFY_PRUNE FUSE_DEV_IOC_SYNC_INIT fuse_copy_file_range_out fuse_notify_prune_out',
	],
};

/** What no header that user space gets has. */
const internal = new Set([
	...['MINORBITS', 'MINORMASK', 'S_IXUGO', 'S_IWUGO', 'S_IRUGO', 'S_IRWXUGO', 'S_IALLUGO'], // include/linux/stat.h, kdev_t.h
	...['DEFAULT_POLLMASK', 'CONFIGFS_MAGIC'], // include/linux/poll.h, fs/configfs/mount.c
	'FUSE_KERNEL_MINOR_VERSION', // each header has its own
	'ST_VALID', // include/linux/statfs.h
	'NLA_TYPE_MASK', // has 32 bits in C
	'FSCONFIG_CMD_CREATE_EXCL', // newer than Debian 12's <sys/mount.h>
	...['NL_ATTR_TYPE_SINT', 'NL_ATTR_TYPE_UINT'], // newer than Debian 12's headers
	...['IFLA_DEVLINK_PORT', 'IFLA_GSO_IPV4_MAX_SIZE', 'IFLA_GRO_IPV4_MAX_SIZE', 'IFLA_DPLL_PIN'],
]);

/** Files about protocols that are ring3's own. */
const own = new Set(['rt_manager']);

/** Tables whose names no header has. */
const internalTables = new Set(['may', 'fmode']); // include/linux/fs.h

/** The headers that have the names of each file of src/uapi. */
const headers: Readonly<Record<string, readonly string[]>> = {
	capability: ['linux/capability.h'],
	fcntl: ['linux/fcntl.h', 'linux/fs.h'],
	fib_rules: ['linux/fib_rules.h'],
	fs: ['linux/fs.h', 'linux/xattr.h', 'unistd.h'],
	fuse: ['linux/fuse.h', 'linux/ioctl.h'],
	genetlink: ['linux/genetlink.h'],
	if: ['linux/if.h'],
	if_addr: ['linux/if_addr.h'],
	if_arp: ['linux/if_arp.h'],
	if_link: ['linux/if_link.h'],
	ioctl: ['asm/ioctl.h', 'asm/ioctls.h'],
	magic: ['linux/magic.h'],
	mount: ['sys/mount.h'],
	netlink: ['sys/socket.h', 'linux/netlink.h'],
	poll: ['asm/poll.h'],
	reboot: ['linux/reboot.h'],
	rtnetlink: ['linux/rtnetlink.h'],
	seccomp: ['linux/seccomp.h', 'linux/filter.h', 'sys/ioctl.h'],
	socket: ['sys/socket.h'],
	statfs: ['sys/vfs.h', 'sys/statvfs.h'],
	sockios: ['linux/sockios.h'],
	stat: ['sys/stat.h', 'dirent.h'],
};

/** A question for the C compiler, what our table says, and the version of FUSE that brought it. */
interface Question {
	readonly name: string;
	readonly expression: string;
	readonly ours: bigint;
	readonly version: number;
}

function versionOf(name: string): number {
	const owner = name.split('.')[0]!;
	const found = Object.entries(since).find(([, lines]) => {
		const names = lines.join(' ').split(' ');
		return names.includes(name) || names.includes(owner);
	});
	return found === undefined ? 0 : Number(found[0]);
}

function question(name: string, expression: string, ours: number | bigint): Question {
	return { name, expression, ours: BigInt(ours), version: versionOf(name) };
}

/** Size, and offset and size of each member that is not padding. */
function structQuestions({ name, size, members }: Struct): Question[] {
	const tag = `struct ${name}`;
	const flexible = name === 'fuse_direntplus' ? [] : [question(name, `sizeof(${tag})`, size)];
	const named = members.filter(member => !member.name.startsWith('_'));
	return [
		...flexible,
		...named.flatMap(({ name: member, offset, field }) => [
			question(`${name}.${member}`, `offsetof(${tag}, ${member})`, offset),
			question(`${name}.${member}`, `sizeof(((${tag} *)0)->${member})`, field.size),
		]),
	];
}

function moduleQuestions(module: UapiModule): Question[] {
	const tables = nameTablesOf(module).filter(([table]) => !internalTables.has(table));
	const upper = (table: string) => (table === 'fuse_init_flag2' ? ' >> 32' : '');
	return [
		...structsOf(module).flatMap(structQuestions),
		...tables.flatMap(([table, names]) =>
			Object.entries(names).map(([name, value]) => question(name, `(long long)(${name})${upper(table)}`, value)),
		),
		...constantsOf(module).map(([name, value]) => question(name, `(long long)(${name})`, value)),
	].filter(({ name }) => !internal.has(name));
}

/** Compiles and runs a program that answers the questions in order; those that are compiled out have no answer. */
function ask(t: Test, includes: readonly string[], questions: readonly Question[]): Map<number, bigint> {
	const program = [
		'#define _GNU_SOURCE',
		'#include <stddef.h>',
		'#include <stdio.h>',
		'#include <stdint.h>',
		...includes.map(header => `#include <${header}>`),
		'int main(void) {',
		...questions.flatMap(({ expression, version }, index) => {
			const print = `printf("%d %lld\\n", ${index}, (long long)(${expression}));`;
			return version === 0 ? [print] : [`#if FUSE_KERNEL_MINOR_VERSION >= ${version}`, print, '#endif'];
		}),
		'return 0; }\n',
	].join('\n');
	const folder = t.testdir({});
	writeFileSync(join(folder, 'ask.c'), program);
	const compiled = spawnSync(compiler, ['-w', '-o', 'ask', 'ask.c'], { cwd: folder, encoding: 'utf8' });
	if (compiled.status !== 0) throw new Error(`${includes.join(' ')}: ${compiled.stderr}`);
	const { stdout } = spawnSync(join(folder, 'ask'), { encoding: 'utf8' });
	const answers = stdout
		.trim()
		.split('\n')
		.map(line => line.split(' '));
	return new Map(answers.map(([index, value]) => [Number(index), BigInt(value!)]));
}

const compiler = process.env.CC ?? 'cc';
const skip = spawnSync(compiler, ['--version']).status === 0 ? false : `no C compiler: ${compiler} does not run`;

/** True for the same number; a mask whose top bit C takes for a sign is one, too. */
function sameNumber(ours: bigint, c: bigint): boolean {
	return ours === c || (c < 0n && ours === BigInt.asUintN(32, c));
}

t.test('headers: every size, offset and value is that of the C headers', { skip }, async t => {
	const modules = (await uapiModules()).filter(({ name }) => !own.has(name));
	t.same(modules.map(({ name }) => name).sort(), Object.keys(headers).sort(), 'headers are named for every file');
	for (const module of modules) {
		await t.test(`headers: src/uapi/${module.name}`, async t => {
			const questions = moduleQuestions(module);
			t.ok(questions.length > 0);
			const answers = ask(t, headers[module.name]!, questions);
			const tooNew = new Set<number>();
			for (const [index, { expression, ours, version }] of questions.entries()) {
				const c = answers.get(index);
				if (c === undefined) tooNew.add(version);
				else t.ok(sameNumber(ours, c), `${expression}: ours ${ours}, C ${c}`);
			}
			for (const version of tooNew) {
				const skip = `the installed <linux/fuse.h> is older than 7.${version}`;
				t.test(`headers: ${since[version]?.join(' ')}`, { skip }, async () => {});
			}
		});
	}
});

t.test('headers: error numbers', { skip }, async t => {
	const questions = Object.entries(errno).map(([name, value]) => question(name, name, value));
	const answers = ask(t, ['asm/errno.h'], questions);
	for (const [index, { name, ours }] of questions.entries()) t.equal(answers.get(index), ours, name);
});

t.test('headers: what is listed as new is there', async t => {
	const known = new Set(Object.values(fuse).flatMap(value => (typeof value === 'object' ? Object.keys(value) : [])));
	const structs = new Map(structsOf({ name: 'fuse', exports: fuse }).map(table => [table.name, table]));
	for (const name of Object.values(since).flat().join(' ').split(' ')) {
		const [owner, member] = name.split('.');
		const found =
			member === undefined
				? structs.has(name) || known.has(name) || name in fuse
				: member in structs.get(owner!)!.offsetof;
		t.ok(found, name);
	}
});
