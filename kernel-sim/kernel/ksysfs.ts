/**
 * ksysfs - the files of /sys/kernel.
 *
 * Simulates kernel/ksysfs.c, and the counters of kernel/exit.c and kernel/panic.c.
 *
 * Divergence: what shows something that is not simulated is not there: profiling, vmcoreinfo, notes, the counters of the watchdogs.
 */

import { Errno } from '../../src/lib/errno.ts';
import { kstrtoint, kstrtoull, orEinval } from '../../src/lib/kstrto.ts';
import { type Ref, ref } from '../../src/lib/ref.ts';
import type { Attribute } from '../fs/sysfs/file.ts';
import { sysfsCreateGroup } from '../fs/sysfs/group.ts';
import type { Kernel } from '../kernel.ts';

/** An attribute that is only read. */
function readOnly(show: () => number | string): Attribute {
	return { mode: 0o444, show: () => `${show()}\n` };
}

/** A number that is remembered. */
function readWrite(value: Ref<number>): Attribute {
	return {
		mode: 0o644,
		show: () => `${value.get()}\n`,
		store: (_kobj, buf) => value.set(orEinval(() => kstrtoint(buf, 0))),
	};
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
 * Makes the files (ksysfs_init).
 *
 * Divergence: rcu_expedited and rcu_normal are remembered and change nothing, as nobody waits for readers here. There is no kexec.
 */
export function ksysfsInit({ sysfs, uevents, panic }: Kernel): void {
	const rcu = { expedited: 0, normal: 0 };
	sysfsCreateGroup(sysfs.kernel, {
		attrs: {
			fscaps: readOnly(() => 1),
			uevent_seqnum: readOnly(() => uevents.seqnum),
			cpu_byteorder: readOnly(() => 'little'),
			address_bits: readOnly(() => 64),
			kexec_loaded: readOnly(() => 0),
			kexec_crash_loaded: readOnly(() => 0),
			kexec_crash_size: kexecCrashSize,
			rcu_expedited: readWrite(ref(rcu, 'expedited')),
			rcu_normal: readWrite(ref(rcu, 'normal')),
			oops_count: readOnly(() => panic.oopses),
			warn_count: readOnly(() => panic.warnings),
		},
	});
}
