/**
 * ksysfs - the files of /sys/kernel, and those of its directories that are empty.
 *
 * Simulates kernel/ksysfs.c, and the counters of kernel/exit.c and kernel/panic.c. A machine has no interrupt that a device has
 * asked for (irq), no caches of objects (slab), and no devices behind an IOMMU (iommu_groups).
 *
 * Divergence: what shows something that is not simulated is not there: boot_params, btf, crash_elfcorehdr_size, livepatch,
 * vmcoreinfo. The notes have no build id, as this kernel was not linked.
 */

import { Errno } from '../../src/lib/errno.ts';
import { kstrtoint, kstrtoull, orEinval } from '../../src/lib/kstrto.ts';
import { type Ref, ref } from '../../src/lib/ref.ts';
import { attrRo, attrRw } from '../fs/sysfs/attr.ts';
import type { Attribute, BinAttribute } from '../fs/sysfs/file.ts';
import { sysfsCreateGroup } from '../fs/sysfs/group.ts';
import type { Kernel } from '../kernel.ts';
import { kobjectCreateAndAdd, ksetCreateAndAdd } from '../lib/kobject.ts';
import { linuxNotes } from './module_sections.ts';
import type { Pr } from './printk.ts';

const BITS_PER_LONG = 64;

/** A number that is remembered. */
function number(value: Ref<number>): Attribute {
	return attrRw(
		() => value.get(),
		(_kobj, buf) => value.set(orEinval(() => kstrtoint(buf, 0))),
	);
}

/** No memory is reserved for a kernel to boot after a crash, so there is none to give back (crash_shrink_memory). */
const kexecCrashSize: Attribute = {
	mode: 0o644,
	show: () => '0\n',
	store(_kobj, buf) {
		if (orEinval(() => kstrtoull(buf, 0)) !== 0n) throw new Errno('EINVAL');
	},
};

/**
 * Whether the kernel counts where it spends its time: what asks for it is refused as by a kernel that has no code to count in
 * (profile_setup, profile_init).
 */
const profiling = (pr: Pr): Attribute => ({
	mode: 0o644,
	show: () => '0\n',
	store(_kobj, buf) {
		const asked = /^(schedule|kvm)?,?\s*(-?\d+)?/.exec(buf)!;
		if (asked[0] === '') return;
		const shift = Math.min(Math.max(Number(asked[2] ?? 0), 0), BITS_PER_LONG - 1);
		pr.info(`kernel ${asked[1] === undefined ? '' : `${asked[1]} `}profiling enabled (shift: %u)\n`, shift);
		pr.warn('profiling shift: %u too large\n', shift);
		throw new Errno('EINVAL');
	},
});

/** What was said of the kernel as it was built (notes_read). */
const notes: BinAttribute = {
	mode: 0o444,
	size: linuxNotes().length,
	read: (_kobj, count, pos) => linuxNotes().subarray(pos, pos + count),
};

/**
 * Makes the files (ksysfs_init).
 *
 * Divergence: rcu_expedited and rcu_normal are remembered and change nothing, as nobody waits for readers here. There is no kexec.
 */
export function ksysfsInit({ sysfs, uevents, panic, pr }: Kernel): void {
	const rcu = { expedited: 0, normal: 0 };
	sysfsCreateGroup(sysfs.kernel, {
		attrs: {
			fscaps: attrRo(() => 1),
			uevent_seqnum: attrRo(() => uevents.seqnum),
			cpu_byteorder: attrRo(() => 'little'),
			address_bits: attrRo(() => 64),
			kexec_loaded: attrRo(() => 0),
			kexec_crash_loaded: attrRo(() => 0),
			kexec_crash_size: kexecCrashSize,
			rcu_expedited: number(ref(rcu, 'expedited')),
			rcu_normal: number(ref(rcu, 'normal')),
			oops_count: attrRo(() => panic.oopses),
			warn_count: attrRo(() => panic.warnings),
			profiling: profiling(pr),
		},
		binAttrs: { notes },
	});
	kobjectCreateAndAdd('irq', sysfs.kernel);
	for (const name of ['iommu_groups', 'slab']) ksetCreateAndAdd(name, sysfs.kernel);
}
