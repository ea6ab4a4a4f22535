/**
 * modules - /proc/modules: what lsmod lists (kernel/module/procfs.c).
 *
 *     NAME SIZE REFCOUNT USER,USER,|- Live|Loading|Unloading 0xADDRESS [(TAINTS)]
 *
 * Without CONFIG_MODULE_UNLOAD nobody counts, and count and users are both `-`.
 */

import { kallsymsShowValue } from '../../kernel/ksyms_common.ts';
import type { Module } from '../../kernel/module.ts';
import type { Kernel } from '../../kernel.ts';
import { type SeqFile, seqLseek, seqOpen, seqRead, seqRelease } from '../seq_file.ts';
import { seqEach } from '../seq_list.ts';
import type { Proc } from './proc_fs.ts';

/** True in `m.private` where whoever opened the file may see addresses of the kernel. */
type Trusted = SeqFile<boolean>;

function showModule(m: Trusted, module: Module, counted: boolean): void {
	const users = module.usedBy.map(({ name }) => `${name},`).join('');
	const uses = counted ? `${module.refcount} ${users || '-'}` : '- -';
	m.printf('%s %u %s %s', module.name, module.size, uses, module.state);
	m.printf(' 0x%016llx', m.private ? module.base : 0n);
	if (module.taints.size > 0) m.printf(' %s', module.flags);
	m.putc('\n');
}

/** Makes /proc/modules. */
export function procModulesInit({ modules, config, printk }: Kernel, proc: Proc): void {
	const show = (m: Trusted, module: Module) => showModule(m, module, config.CONFIG_MODULE_UNLOAD);
	const operations = seqEach((_m: Trusted) => modules.list(), show);
	proc.create('modules', 0, {
		open: (_inode, file, ctx) => seqOpen(file, operations, kallsymsShowValue(printk, ctx)),
		read: seqRead,
		lseek: seqLseek,
		release: seqRelease,
	});
}
