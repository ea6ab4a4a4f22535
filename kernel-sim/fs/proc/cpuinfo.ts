/**
 * cpuinfo - /proc/cpuinfo: the processors (fs/proc/cpuinfo.c, arch/x86/kernel/cpu/proc.c).
 */

import type { Kernel } from '../../kernel.ts';
import type { SeqFile } from '../seq_file.ts';
import { seqEach } from '../seq_list.ts';
import type { Proc } from './proc_fs.ts';

/** What every 64-bit x86 has, and that this one is simulated. */
const FLAGS =
	'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 syscall nx lm ' +
	'constant_tsc nonstop_tsc hypervisor';

/** Divergence: all but the count and the model name is that of no real processor. */
function showCpuinfo(m: SeqFile, cpu: number, cpus: number, model: string): void {
	m.printf('processor\t: %u\nvendor_id\t: GenuineRing3\ncpu family\t: 3\nmodel\t\t: 3\n', cpu);
	m.printf('model name\t: %s\nstepping\t: 0\ncpu MHz\t\t: 1000.000\ncache size\t: 1024 KB\n', model);
	m.printf('physical id\t: 0\nsiblings\t: %d\ncore id\t\t: %d\ncpu cores\t: %d\n', cpus, cpu, cpus);
	m.printf('apicid\t\t: %u\ninitial apicid\t: %u\n', cpu, cpu);
	m.printf('fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: 13\nwp\t\t: yes\nflags\t\t: %s\nbugs\t\t:\n', FLAGS);
	m.puts('bogomips\t: 2000.00\nclflush size\t: 64\ncache_alignment\t: 64\n');
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
