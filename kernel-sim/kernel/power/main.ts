/**
 * main - the files of /sys/power (kernel/power/main.c), as a kernel has them that cannot sleep.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { kstrtoull, orEinval } from '../../../src/lib/kstrto.ts';
import type { Attribute } from '../../fs/sysfs/file.ts';
import { sysfsCreateGroup } from '../../fs/sysfs/group.ts';
import type { Sysfs } from '../../fs/sysfs/sysfs.ts';

/** Milliseconds that tasks have to freeze in before a sleep. */
const FREEZE_TIMEOUT = 20_000;

/** Lists no state, and goes into none, whatever is written. */
const state: Attribute = {
	mode: 0o644,
	show: () => '',
	store() {
		throw new Errno('ENOSYS');
	},
};

/**
 * Makes the files (pm_init).
 *
 * Divergence: pm_freeze_timeout is remembered and changes nothing, as no task is ever frozen.
 */
export function pmInit({ power }: Sysfs): void {
	let freezeTimeout = FREEZE_TIMEOUT;
	const pmFreezeTimeout: Attribute = {
		mode: 0o644,
		show: () => `${freezeTimeout}\n`,
		store(_kobj, buf) {
			freezeTimeout = Number(
				BigInt.asUintN(
					32,
					orEinval(() => kstrtoull(buf, 10)),
				),
			);
		},
	};
	sysfsCreateGroup(power, { attrs: { state, pm_freeze_timeout: pmFreezeTimeout } });
}
