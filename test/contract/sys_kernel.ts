/**
 * sys_kernel - what is in the directories of /sys/kernel and /sys/fs, on any machine.
 *
 * Simulated by kernel-sim/kernel/ksysfs.ts, reboot.ts, cgroup.ts, kernel-sim/mm and kernel-sim/fs/mount_points.ts.
 */

import { O_RDONLY } from '../../src/uapi/fcntl.ts';
import { isDir } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readDir, readFile, withFile, writeFile } from './files.ts';

const MM = '/sys/kernel/mm';

const names = async (sys: Sys, path: string): Promise<string[]> =>
	(await readDir(sys, path)).map(({ name }) => name).filter(name => !/^\.{1,2}$/.test(name));

/** Contracts on a directory of /sys/kernel that not every Linux has: without it, they hold of nothing. */
function within(
	title: string,
	dir: string,
	run: (t: Parameters<Contract['run']>[0], sys: Sys, dir: string) => Promise<void>,
): Contract {
	return {
		title,
		file: dir,
		async run(t, { sys, file }) {
			const [, above, name] = /^(.*)\/([^/]+)$/.exec(file)!;
			const there = (await names(sys, above!)).includes(name!);
			if (there) await run(t, sys, file);
			else t.pass(`no ${dir}`);
		},
	};
}

export const sysKernel: readonly Contract[] = [
	{
		title: 'hugetlb_report_meminfo: the pool of large pages is one, wherever it is shown',
		async run(t, { sys, root }) {
			const meminfo = await readFile(sys, `${root}/proc/meminfo`);
			const total = /^HugePages_Total: +(\d+)$/m.exec(meminfo)?.[1];
			if (total === undefined) return;
			const size = /^Hugepagesize: +(\d+) kB$/m.exec(meminfo)![1];
			const files = [
				`/proc/sys/vm/nr_hugepages`,
				`${MM}/hugepages/hugepages-${size}kB/nr_hugepages`,
				`${MM}/hugepages/hugepages-${size}kB/nr_hugepages_mempolicy`,
				`/sys/devices/system/node/node0/hugepages/hugepages-${size}kB/nr_hugepages`,
			];
			for (const file of files) t.equal(await readFile(sys, root + file), `${total}\n`, file);
			const pool = `${root}${MM}/hugepages/hugepages-${size}kB`;
			for (const [name, mode] of [
				['free_hugepages', 0o444],
				['nr_hugepages', 0o644],
				['nr_overcommit_hugepages', 0o644],
				['resv_hugepages', 0o444],
				['surplus_hugepages', 0o444],
			] as const) {
				t.equal((await sys.stat(`${pool}/${name}`)).mode & 0o777, mode, name);
			}
			for (const text of ['x', '-1', '0x10', '1 2', '\n']) {
				await t.rejects(writeFile(sys, `${pool}/nr_overcommit_hugepages`, text), { code: 'EINVAL' }, text);
			}
			await t.rejects(writeFile(sys, `${pool}/nr_overcommit_hugepages`, '18446744073709551616'), { code: 'ERANGE' });
		},
	},
	within(
		'transparent_hugepage: the words of a choice, of which one is chosen',
		`${MM}/transparent_hugepage`,
		async (t, sys, dir) => {
			for (const [name, words] of [
				['enabled', 'always madvise never'],
				['defrag', 'always defer defer+madvise madvise never'],
				['shmem_enabled', 'always within_size advise never deny force'],
			] as const) {
				const shown = await readFile(sys, `${dir}/${name}`);
				t.equal(shown.replace(/[[\]]/, '').replace(/[[\]]/, ''), `${words}\n`);
				t.match(shown, /(^| )\[[\w+]+\]/);
				for (const text of ['Always', 'always madvise', 'never\n\n', ' never', '0']) {
					await t.rejects(writeFile(sys, `${dir}/${name}`, text), { code: 'EINVAL' }, `${name}: ${text}`);
				}
				t.equal(await readFile(sys, `${dir}/${name}`), shown, 'nothing has changed');
			}
			t.match(await readFile(sys, `${dir}/hpage_pmd_size`), /^\d+\n$/);
			await t.rejects(writeFile(sys, `${dir}/use_zero_page`, '2'), { code: 'EINVAL' });
			for (const text of ['512', '-1', 'x']) {
				await t.rejects(writeFile(sys, `${dir}/khugepaged/max_ptes_none`, text), { code: 'EINVAL' }, text);
			}
			await t.rejects(writeFile(sys, `${dir}/khugepaged/pages_to_scan`, '0'), { code: 'EINVAL' });
		},
	),
	within('ksm: what is refused', `${MM}/ksm`, async (t, sys, dir) => {
		for (const [name, text, code] of [
			['run', '3', 'EINVAL'],
			['run', 'x', 'EINVAL'],
			['merge_across_nodes', '2', 'EINVAL'],
			['max_page_sharing', '1', 'EINVAL'],
			['max_page_sharing', '-1', 'EINVAL'],
			['max_page_sharing', '2147483648', 'ERANGE'],
			['sleep_millisecs', '4294967296', 'EINVAL'],
			['advisor_mode', 'some', 'EINVAL'],
			['advisor_target_scan_time', '0', 'EINVAL'],
			['use_zero_pages', '2', 'EINVAL'],
		] as const) {
			const before = await readFile(sys, `${dir}/${name}`);
			await t.rejects(writeFile(sys, `${dir}/${name}`, text), { code }, `${name}: ${text}`);
			t.equal(await readFile(sys, `${dir}/${name}`), before, name);
		}
		t.equal((await names(sys, dir)).length, 24);
	}),
	within('lru_gen: what is refused', `${MM}/lru_gen`, async (t, sys, dir) => {
		t.match(await readFile(sys, `${dir}/enabled`), /^0x000[0-7]\n$/);
		for (const text of ['x', '-1', '4294967296']) {
			await t.rejects(writeFile(sys, `${dir}/enabled`, text), { code: 'EINVAL' }, text);
			await t.rejects(writeFile(sys, `${dir}/min_ttl_ms`, text), { code: 'EINVAL' }, text);
		}
	}),
	within('vma_ra_enabled: true or false', `${MM}/swap`, async (t, sys, dir) => {
		t.match(await readFile(sys, `${dir}/vma_ra_enabled`), /^(true|false)\n$/);
		await t.rejects(writeFile(sys, `${dir}/vma_ra_enabled`, 'x'), { code: 'EINVAL' });
	}),
	within('reboot_ksysfs_init: how the machine is to go down', '/sys/kernel/reboot', async (t, sys, dir) => {
		t.match(await readFile(sys, `${dir}/mode`), /^(cold|warm|hard|soft|gpio|undefined)\n$/);
		await t.rejects(writeFile(sys, `${dir}/mode`, 'Cold'), { code: 'EINVAL' });
		if (!(await names(sys, dir)).includes('type')) return;
		t.match(await readFile(sys, `${dir}/type`), /^(triple|kbd|bios|acpi|efi|pci|undefined)\n$/);
		await t.rejects(writeFile(sys, `${dir}/type`, 'x'), { code: 'EINVAL' });
		await t.rejects(writeFile(sys, `${dir}/force`, '2'), { code: 'EINVAL' });
		for (const [text, code] of [
			['100000', 'ERANGE'],
			['-1', 'EINVAL'],
		] as const) {
			await t.rejects(writeFile(sys, `${dir}/cpu`, text), { code }, text);
		}
	}),
	within(
		'cgroup_sysfs_init: what may be given away, and what a mount may ask for',
		'/sys/kernel/cgroup',
		async (t, sys, dir) => {
			t.match(await readFile(sys, `${dir}/delegate`), /^cgroup\.procs\ncgroup\.threads\ncgroup\.subtree_control\n/);
			t.match(await readFile(sys, `${dir}/features`), /^nsdelegate\nfavordynmods\nmemory_localevents\n/);
		},
	),
	within(
		'notes_read: what was said of the kernel as it was built, each note by itself',
		'/sys/kernel/notes',
		async (t, sys, file) => {
			const bytes = await withFile(sys, file, O_RDONLY, fd => sys.read(fd, 65536));
			const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
			const owners = new Set<string>();
			for (let at = 0; at < bytes.length; ) {
				const [name, description] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
				owners.add(Buffer.from(bytes.subarray(at + 12, at + 11 + name)).toString());
				at += 12 + ((name + 3) & ~3) + ((description + 3) & ~3);
				t.ok(at <= bytes.length, 'a note ends where the next one begins, or the file does');
			}
			t.ok(owners.has('Linux'));
			t.equal((await sys.stat(file)).size, bytes.length);
			t.equal((await withFile(sys, file, O_RDONLY, fd => sys.pread(fd, 10, bytes.length - 4))).length, 4);
		},
	),
	{
		title: 'sysfs_create_mount_point: directories that other file systems are mounted on',
		file: '/sys',
		async run(t, { sys, file }) {
			for (const dir of ['kernel/debug', 'fs/cgroup', 'fs/bpf', 'fs/fuse/connections']) {
				t.ok(isDir((await sys.stat(`${file}/${dir}`)).mode), dir);
			}
			t.ok(isDir((await sys.stat(`${file}/kernel/software_nodes`)).mode));
		},
	},
];
