/**
 * vmallocinfo - /proc/vmallocinfo: areas of the kernel's address space that were mapped page by page (mm/vmalloc.c).
 *
 *     0xFROM-0xTO SIZE pages=N vmalloc N0=N       the size, and the end, with the guard page behind the area
 *
 * They are those of the modules, in the order of their addresses. Divergence: who may not see addresses is shown 0, and not a hash.
 */

import { kallsymsShowValue } from '../../kernel/ksyms_common.ts';
import type { Kernel } from '../../kernel.ts';
import { PAGE_SIZE } from '../../mm/show_mem.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/vmallocinfo. */
export function procVmallocinfoInit({ modules, printk }: Kernel, proc: Proc): void {
	proc.createSingle('vmallocinfo', 0o400, m => {
		const shown = kallsymsShowValue(printk, m.ctx);
		const areas = modules.list().map(({ base, size }) => ({ base, size: size + PAGE_SIZE }));
		for (const { base, size } of areas.sort((a, b) => (a.base < b.base ? -1 : 1))) {
			const pages = Math.ceil(size / PAGE_SIZE) - 1;
			const end = base + BigInt(size);
			m.printf('0x%016llx-0x%016llx %7ld', shown ? base : 0n, shown ? end : 0n, size);
			m.printf(' pages=%d vmalloc N0=%d\n', pages, pages);
		}
	});
}
