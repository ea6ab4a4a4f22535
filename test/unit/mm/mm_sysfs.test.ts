/** mm_sysfs - kernel-sim/mm: /sys/kernel/mm, and the pool of large pages wherever it is seen. */

import t from 'tap';
import { Settings } from '../fs/proc/settings.ts';

const MM = '/sys/kernel/mm';

/** What is written, and what that answers or else what the file shows then. */
const writes: readonly (readonly [file: string, text: string, answer: string])[] = [
	['transparent_hugepage/enabled', 'madvise\n', 'always [madvise] never'],
	['transparent_hugepage/enabled', 'never', 'always madvise [never]'],
	['transparent_hugepage/enabled', 'Always', 'EINVAL'],
	['transparent_hugepage/enabled', 'always\n\n', 'EINVAL'],
	['transparent_hugepage/enabled', 'always', '[always] madvise never'],
	['transparent_hugepage/defrag', 'defer+madvise', 'always defer [defer+madvise] madvise never'],
	['transparent_hugepage/defrag', 'inherit', 'EINVAL'],
	['transparent_hugepage/use_zero_page', '0', '0'],
	['transparent_hugepage/use_zero_page', '2', 'EINVAL'],
	['transparent_hugepage/use_zero_page', 'y', 'EINVAL'],
	['transparent_hugepage/use_zero_page', '18446744073709551616', 'ERANGE'],
	['transparent_hugepage/shrink_underused', 'n', '0'],
	['transparent_hugepage/shrink_underused', 'on', '1'],
	['transparent_hugepage/shrink_underused', '2', 'EINVAL'],
	['transparent_hugepage/hugepages-64kB/enabled', 'madvise', 'always inherit [madvise] never'],
	['transparent_hugepage/hugepages-64kB/enabled', 'within_size', 'EINVAL'],
	['transparent_hugepage/hugepages-64kB/shmem_enabled', 'inherit', 'always [inherit] within_size advise never'],
	['transparent_hugepage/shmem_enabled', 'force', 'EINVAL'],
	['transparent_hugepage/hugepages-64kB/shmem_enabled', 'never', 'always inherit within_size advise [never]'],
	['transparent_hugepage/shmem_enabled', 'force', 'always within_size advise never deny [force]'],
	['transparent_hugepage/hugepages-64kB/shmem_enabled', 'inherit', 'EINVAL'],
	['transparent_hugepage/shmem_enabled', 'never', 'always within_size advise [never] deny force'],
	['transparent_hugepage/khugepaged/pages_to_scan', '0', 'EINVAL'],
	['transparent_hugepage/khugepaged/pages_to_scan', '4294967295', '4294967295'],
	['transparent_hugepage/khugepaged/pages_to_scan', '4294967296', 'EINVAL'],
	['transparent_hugepage/khugepaged/max_ptes_none', '512', 'EINVAL'],
	['transparent_hugepage/khugepaged/max_ptes_none', '0', '0'],
	['transparent_hugepage/khugepaged/max_ptes_none', '0x10', 'EINVAL'],
	['transparent_hugepage/khugepaged/scan_sleep_millisecs', '-1', 'EINVAL'],
	['ksm/run', '1', '1'],
	['ksm/run', '3', 'EINVAL'],
	['ksm/run', '2', '2'],
	['ksm/pages_to_scan', '200', '200'],
	['ksm/advisor_mode', 'scan-time\n', 'none [scan-time]'],
	['ksm/pages_to_scan', '100', 'EINVAL'],
	['ksm/advisor_mode', 'auto', 'EINVAL'],
	['ksm/advisor_mode', 'none', '[none] scan-time'],
	['ksm/pages_to_scan', '0', '0'],
	['ksm/max_page_sharing', '1', 'EINVAL'],
	['ksm/max_page_sharing', '-5', 'EINVAL'],
	['ksm/max_page_sharing', '2147483648', 'ERANGE'],
	['ksm/max_page_sharing', '2', '2'],
	['ksm/merge_across_nodes', '0', '0'],
	['ksm/merge_across_nodes', '2', 'EINVAL'],
	['ksm/use_zero_pages', 'yes', '1'],
	['ksm/use_zero_pages', 'x', 'EINVAL'],
	['ksm/advisor_target_scan_time', '0', 'EINVAL'],
	['ksm/advisor_max_cpu', '18446744073709551615', '18446744073709551615'],
	['ksm/advisor_max_cpu', '18446744073709551616', 'EINVAL'],
	['lru_gen/enabled', 'n', '0x0000'],
	['lru_gen/enabled', 'yes', '0x0007'],
	['lru_gen/enabled', '0x5', '0x0005'],
	['lru_gen/enabled', '-1', 'EINVAL'],
	['lru_gen/min_ttl_ms', '1001', '1010'],
	['lru_gen/min_ttl_ms', 'x', 'EINVAL'],
	['swap/vma_ra_enabled', '0', 'false'],
	['swap/vma_ra_enabled', 'true', 'true'],
	['swap/vma_ra_enabled', '', 'true'],
	['numa/demotion_enabled', '1', 'true'],
	['numa/demotion_enabled', 'x', 'EINVAL'],
	['mempolicy/weighted_interleave/node0', '255', '255'],
	['mempolicy/weighted_interleave/node0', '256', 'EINVAL'],
	['mempolicy/weighted_interleave/node0', '\n', '1'],
	['hugepages/hugepages-2048kB/nr_overcommit_hugepages', '7', '7'],
	['hugepages/hugepages-2048kB/nr_overcommit_hugepages', 'x', 'EINVAL'],
	['hugepages/hugepages-2048kB/nr_overcommit_hugepages', '18446744073709551616', 'ERANGE'],
	['hugepages/hugepages-2048kB/nr_hugepages', '-1', 'EINVAL'],
	['hugepages/hugepages-2048kB/nr_hugepages', '0x10', 'EINVAL'],
];

t.test('mm_sysfs: what may be written to the files of /sys/kernel/mm', async t => {
	const machine = new Settings(t);
	for (const [file, text, answer] of writes) {
		const code = await machine.write(`${MM}/${file}`, text);
		const title = `${file}: ${JSON.stringify(text)}`;
		if (/^E[A-Z]+$/.test(answer)) t.equal(code, answer, title);
		else {
			t.equal(code, undefined, title);
			t.equal(await machine.show(`${MM}/${file}`), answer, title);
		}
	}
});

t.test('mm_sysfs: two machines have values of their own', async t => {
	const [one, other] = [new Settings(t), new Settings(t)];
	await one.write(`${MM}/ksm/run`, '1');
	t.equal(await other.show(`${MM}/ksm/run`), '0');
});

t.test('thpsize_create: a directory for each size, and what is counted of it', async t => {
	const machine = new Settings(t);
	const dir = `${MM}/transparent_hugepage`;
	const sizes = (await machine.names(dir)).filter(name => name.startsWith('hugepages-'));
	t.same(
		sizes,
		[2048, 1024, 512, 256, 128, 64, 32, 16, 8].map(kib => `hugepages-${kib}kB`),
	);
	t.equal((await machine.names(`${dir}/hugepages-2048kB/stats`)).length, 13);
	t.same(await machine.names(`${dir}/hugepages-8kB`), ['shmem_enabled', 'stats'], 'two pages are too few for programs');
	t.equal(await machine.show(`${dir}/hpage_pmd_size`), '2097152');
});

t.test('hugetlb: the pool is one, whoever changes it and whoever shows it', async t => {
	const machine = new Settings(t);
	const { mm } = machine.kernel;
	const node = '/sys/devices/system/node/node0';
	const files = [
		`${MM}/hugepages/hugepages-2048kB/nr_hugepages`,
		`${MM}/hugepages/hugepages-2048kB/nr_hugepages_mempolicy`,
		`${node}/hugepages/hugepages-2048kB/nr_hugepages`,
		'/proc/sys/vm/nr_hugepages',
		'/proc/sys/vm/nr_hugepages_mempolicy',
	];
	const before = mm.info().freeram;
	for (const [i, file] of files.entries()) {
		const count = i + 3;
		t.equal(await machine.write(file, `${count}\n`), undefined, file);
		for (const shown of [...files, `${MM}/hugepages/hugepages-2048kB/free_hugepages`]) {
			t.equal(await machine.show(shown), `${count}`, `${shown} after ${file}`);
		}
		const meminfo = await machine.read('/proc/meminfo');
		t.match(
			meminfo,
			new RegExp(
				`HugePages_Total: {7}${count}\nHugePages_Free: {8}${count}\nHugePages_Rsvd: {8}0\nHugePages_Surp: {8}0\n` +
					`Hugepagesize: {7}2048 kB\nHugetlb: +${count * 2048} kB\n$`,
			),
		);
		t.match(
			await machine.read(`${node}/meminfo`),
			new RegExp(
				`Node 0 HugePages_Total: {5}${count}\nNode 0 HugePages_Free: {6}${count}\nNode 0 HugePages_Surp: {6}0\n$`,
			),
		);
		t.equal(mm.info().freeram, before - count * 512);
	}
	await machine.write(files[0]!, '0');
	t.equal(mm.info().freeram, before);
});

t.test('set_max_huge_pages: as many as there is memory for', async t => {
	const machine = new Settings(t, { host: { hardware: { memory: 64 << 20 } } });
	const { mm } = machine.kernel;
	const nr = '/proc/sys/vm/nr_hugepages';
	t.equal(await machine.write(nr, '1000000'), undefined);
	const most = Number(await machine.show(nr));
	t.ok(most > 25 && most < 32, `${most} of 32`);
	t.ok(mm.info().freeram >= mm.info().minFree);
	t.equal(await machine.write(nr, '18446744073709551615'), undefined);
	t.equal(await machine.show(nr), `${most}`);
	t.equal(await machine.write(nr, '1'), undefined);
	t.equal(await machine.show(nr), '1');
	t.equal(await machine.write(nr, '-1'), 'EINVAL');
	t.equal(await machine.show(nr), '1');
});
