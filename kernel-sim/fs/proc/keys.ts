/**
 * keys - /proc/keys and /proc/key-users: keys that the kernel keeps for programs, and who has how many (security/keys/proc.c).
 *
 * Divergence: add_key(2), request_key(2) and keyctl(2) of a program are the host's, and its keys are there. This kernel keeps none; root
 * has what Linux counts for it from the start.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** What user 0 has at boot (root_key_user). */
const rootKeyUser = { usage: 3, nkeys: 2, nikeys: 2, qnkeys: 0, qnbytes: 0 };

/** Makes both. */
export function procKeysInit(kernel: Kernel, proc: Proc): void {
	const quota = (name: string) => kernel.sysctl.data<number>(`kernel/keys/root_${name}`).get();
	proc.createSingle('keys', 0, () => {});
	proc.createSingle('key-users', 0, m => {
		const { usage, nkeys, nikeys, qnkeys, qnbytes } = rootKeyUser;
		m.printf('%5u: %5d %d/%d ', 0, usage, nkeys, nikeys);
		m.printf('%d/%d %d/%d\n', qnkeys, quota('maxkeys'), qnbytes, quota('maxbytes'));
	});
}
