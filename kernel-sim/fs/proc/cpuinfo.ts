/**
 * cpuinfo - /proc/cpuinfo: the processors (fs/proc/cpuinfo.c, arch/x86/kernel/cpu/proc.c).
 */

import { CACHES, CLFLUSH_SIZE, CPU_FAMILY, CPU_FLAGS, CPU_MODEL, VENDOR_ID } from '../../arch/x86/cpu.ts';
import type { Kernel } from '../../kernel.ts';
import type { SeqFile } from '../seq_file.ts';
import { seqEach } from '../seq_list.ts';
import type { Proc } from './proc_fs.ts';

function showCpuinfo(m: SeqFile, cpu: number, cpus: number, model: string): void {
	m.printf('processor\t: %u\nvendor_id\t: %s\ncpu family\t: %d\n', cpu, VENDOR_ID, CPU_FAMILY);
	m.printf('model\t\t: %u\nmodel name\t: %s\nstepping\t: 0\ncpu MHz\t\t: 1000.000\n', CPU_MODEL, model);
	m.printf('cache size\t: %u KB\n', CACHES.at(-1)!.size / 1024);
	m.printf('physical id\t: 0\nsiblings\t: %d\ncore id\t\t: %d\ncpu cores\t: %d\n', cpus, cpu, cpus);
	m.printf('apicid\t\t: %u\ninitial apicid\t: %u\n', cpu, cpu);
	m.printf('fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: 13\nwp\t\t: yes\nflags\t\t: %s\nbugs\t\t:\n', CPU_FLAGS);
	m.printf('bogomips\t: 2000.00\nclflush size\t: %u\ncache_alignment\t: %d\n', CLFLUSH_SIZE, CLFLUSH_SIZE);
	m.puts('address sizes\t: 48 bits physical, 48 bits virtual\npower management:\n\n');
}

/** Makes /proc/cpuinfo. */
export function procCpuinfoInit({ host: { hardware } }: Kernel, proc: Proc): void {
	const { cpus, cpuModel } = hardware;
	const each = () => Array(cpus).keys();
	proc.createSeq(
		'cpuinfo',
		0,
		seqEach(each, (m, cpu) => showCpuinfo(m, cpu, cpus, cpuModel)),
	);
}
