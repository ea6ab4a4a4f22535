/**
 * irq - /proc/irq: processors that get interrupts (kernel-sim/fs/proc/irq.ts after kernel/irq/proc.c).
 */

import { O_RDONLY, O_RDWR } from '../../src/uapi/fcntl.ts';
import { S_IFDIR, S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY, type Sys } from '../runner/sys.ts';
import { readDir, readFile, withFile } from './files.ts';

const file = '/proc/irq/default_smp_affinity';

/** Numbers of processors that a mask stands for. */
function members(mask: string): number[] {
	const set = BigInt(`0x${mask.trim().replaceAll(',', '')}`);
	return [...set.toString(2)].reverse().flatMap((bit, cpu) => (bit === '1' ? [cpu] : []));
}

/** Numbers that a list of ranges stands for. */
function ranged(list: string): number[] {
	return list
		.trim()
		.split(',')
		.filter(range => range !== '')
		.flatMap(range => {
			const [from, to = from] = range.split('-').map(Number);
			return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i);
		});
}

async function numbers(sys: Sys, root: string): Promise<string[]> {
	return (await readDir(sys, `${root}/proc/irq`)).map(({ name }) => name).filter(name => /^\d+$/.test(name));
}

export const irq: readonly Contract[] = [
	{
		title: 'default_smp_affinity: a mask that root may write, of at least one processor that is there',
		file,
		optional: true,
		async run(t, { sys, file }) {
			t.match(await sys.stat(file), { mode: S_IFREG | 0o644, size: 0 });
			const before = await readFile(sys, file);
			t.match(before, /^[0-9a-f]{1,8}(,[0-9a-f]{8})*\n$/);
			await withFile(sys, file, O_RDWR, async fd => {
				for (const [text, code] of [
					['0\n', 'EINVAL'],
					['\n', 'EINVAL'],
					['x\n', 'EINVAL'],
					['1 2\n', 'EOVERFLOW'],
					['fffffffff\n', 'EOVERFLOW'],
					[`1${',00000000'.repeat(300)}\n`, 'EOVERFLOW'],
				] as const) {
					await t.rejects(sys.write(fd, text), { code }, text.slice(0, 12));
				}
				t.equal(await sys.write(fd, before), before.length);
			});
			t.equal(await readFile(sys, file), before);
		},
	},
	{
		title: 'default_smp_affinity: nobody may read and not write it',
		needs: ['nobody'],
		file,
		optional: true,
		async run(t, { sys, file }) {
			const nobody = await sys.fork(NOBODY);
			await nobody.close(await nobody.open(file, O_RDONLY));
			await t.rejects(nobody.open(file, O_RDWR), { code: 'EACCES' });
		},
	},
	{
		title:
			'register_irq_proc: each number has its processors as a mask and as ranges, and those that get it are among them',
		file,
		optional: true,
		async run(t, { sys, root }) {
			const found = await numbers(sys, root);
			t.ok(found.length > 0);
			for (const number of found.slice(0, 4)) {
				const dir = `${root}/proc/irq/${number}`;
				t.match(await sys.stat(dir), { mode: S_IFDIR | 0o555 });
				const mask = members(await readFile(sys, `${dir}/smp_affinity`));
				t.same(ranged(await readFile(sys, `${dir}/smp_affinity_list`)), mask, number);
				const effective = members(await readFile(sys, `${dir}/effective_affinity`));
				t.same(ranged(await readFile(sys, `${dir}/effective_affinity_list`)), effective, number);
				for (const cpu of effective) t.ok(mask.includes(cpu), number);
				t.match(await readFile(sys, `${dir}/node`), /^-?\d+\n$/);
				t.match(await readFile(sys, `${dir}/spurious`), /^count \d+\nunhandled \d+\nlast_unhandled \d+ ms\n$/);
			}
		},
	},
];
