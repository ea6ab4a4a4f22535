/**
 * reboot_ksysfs - /sys/kernel/reboot: how the machine is to go down when it is booted anew (kernel/reboot.c).
 *
 * Divergence: it is kept and shown; a machine is never booted anew, it ends.
 */

import { Errno } from '../../src/lib/errno.ts';
import { kstrtobool, kstrtouint } from '../../src/lib/kstrto.ts';
import { CAP_SYS_BOOT } from '../../src/uapi/capability.ts';
import type { Attribute } from '../fs/sysfs/file.ts';
import { sysfsCreateGroup } from '../fs/sysfs/group.ts';
import type { Kernel } from '../kernel.ts';

const modes = ['cold', 'warm', 'hard', 'soft', 'gpio'] as const;
const types = ['triple', 'kbd', 'bios', 'acpi', 'efi', 'pci'] as const;

/** A value that `parse` makes of what is written; EPERM without CAP_SYS_BOOT. */
function setting(value: string, parse: (buf: string) => string): Attribute {
	let kept = value;
	return {
		mode: 0o644,
		show: () => `${kept}\n`,
		store(_kobj, buf, { ctx }) {
			if (!ctx.capable(CAP_SYS_BOOT)) throw new Errno('EPERM');
			kept = parse(buf);
		},
	};
}

/** The word that something begins with, whatever follows it. EINVAL where it is none. */
function wordOf(words: readonly string[]): (buf: string) => string {
	return buf => {
		const word = words.find(word => buf.startsWith(word));
		if (word === undefined) throw new Errno('EINVAL');
		return word;
	};
}

/** The number of a processor. ERANGE for one that there is not. */
function cpuOf(cpus: number): (buf: string) => string {
	return buf => {
		const cpu = kstrtouint(buf, 0);
		if (cpu >= cpus) throw new Errno('ERANGE');
		return `${cpu}`;
	};
}

/** Makes the directory (reboot_ksysfs_init). */
export function rebootKsysfsInit({ sysfs, host: { hardware } }: Kernel): void {
	sysfsCreateGroup(sysfs.kernel, {
		name: 'reboot',
		later: true,
		attrs: {
			mode: setting('cold', wordOf(modes)),
			force: setting('0', buf => `${Number(kstrtobool(buf))}`),
			type: setting('acpi', wordOf(types)),
			cpu: setting('0', cpuOf(hardware.cpus)),
		},
	});
}
