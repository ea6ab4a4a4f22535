/**
 * kallsyms - /proc/kallsyms: names in the kernel and in its modules, with their addresses (kernel/kallsyms.c).
 *
 *     ADDRESS TYPE NAME [MODULE]        T and D for what modules may use, t and d for what they may not
 *
 * Addresses are 0 to who opens the file without CAP_SYSLOG, and to all where kernel.kptr_restrict is 2.
 *
 * Divergence: of the kernel there is what modules may call, under the names that C has for it, in place of all there is.
 */

import { kallsymsShowValue } from '../../kernel/ksyms_common.ts';
import type { Module } from '../../kernel/module.ts';
import { sectionAddress } from '../../kernel/module_sections.ts';
import type { Kernel } from '../../kernel.ts';
import { type SeqFile, seqLseek, seqOpen, seqRead, seqRelease } from '../seq_file.ts';
import { seqEach } from '../seq_list.ts';
import type { Proc } from './proc_fs.ts';

/** Where the kernel's code begins on x86-64, and how far its functions are apart. */
const TEXT = 0xffff_ffff_8100_0000n;
const FUNCTION_SIZE = 64n;

/** The functions behind `ring3/kernel`, in the order of their addresses. */
const exported = (
	'_printk sprintf snprintf kstrtoint kstrtouint kstrtol kstrtoul kstrtoll kstrtoull kstrtobool ktime_get ' +
	'ktime_get_real_ts64 msleep_interruptible mutex_lock mutex_unlock __init_waitqueue_head __wake_up ' +
	'prepare_to_wait_event finish_wait register_filesystem unregister_filesystem seq_open seq_read seq_lseek seq_release ' +
	'single_open seq_printf seq_puts seq_putc seq_write simple_read_from_buffer simple_write_to_buffer default_llseek ' +
	'noop_llseek fixed_size_llseek nonseekable_open stream_open proc_create_data proc_create_seq_private ' +
	'proc_create_single_data proc_mkdir_mode proc_symlink proc_set_size proc_set_user proc_remove remove_proc_entry ' +
	'remove_proc_subtree'
).split(' ');

/** One line. */
interface KernelSymbol {
	readonly address: bigint;
	readonly type: string;
	readonly name: string;
	/** Empty for the kernel itself. */
	readonly module: string;
}

/** Makes /proc/kallsyms. `m.private` tells whether addresses are shown. */
export function procKallsymsInit({ modules, printk }: Kernel, proc: Proc): void {
	const operations = seqEach((_m: SeqFile<boolean>) => symbols(modules.list()), showSymbol);
	proc.create('kallsyms', 0o444, {
		open: (_inode, file, ctx) => seqOpen(file, operations, kallsymsShowValue(printk, ctx)),
		read: seqRead,
		lseek: seqLseek,
		release: seqRelease,
	});
}

function showSymbol(m: SeqFile<boolean>, { address, type, name, module }: KernelSymbol): void {
	m.printf('%016llx %s %s', m.private ? address : 0n, type, name);
	m.puts(module === '' ? '\n' : `\t[${module}]\n`);
}

/** The kernel's own, then those of the modules. */
function* symbols(modules: readonly Module[]): Iterable<KernelSymbol> {
	yield { address: TEXT, type: 'T', name: '_text', module: '' };
	for (const [i, name] of exported.entries()) {
		yield { address: TEXT + FUNCTION_SIZE * BigInt(i + 1), type: 'T', name, module: '' };
	}
	for (const module of modules) {
		for (const [name, type, section] of moduleSymbols(module)) {
			yield { address: sectionAddress(module, section), type, name, module: module.name };
		}
	}
}

/** Name, type and section of what a module has; its init is given back once it is done. */
function* moduleSymbols({ definition, state }: Module): Iterable<[name: string, type: string, section: string]> {
	if (definition.init !== undefined && state === 'Loading') yield ['init_module', 't', '.init.text'];
	if (definition.exit !== undefined) yield ['cleanup_module', 't', '.exit.text'];
	yield ['__this_module', 'd', '.gnu.linkonce.this_module'];
}
