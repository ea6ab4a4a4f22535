/**
 * random - /proc/sys/kernel/random (drivers/char/random.c). The random bytes are the host's.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { ref } from '../../../src/lib/ref.ts';
import type { CtlEntry, CtlTable, ProcHandler } from '../../kernel/sysctl/ctl_table.ts';
import { type Ints, procDointvec } from '../../kernel/sysctl/dointvec.ts';
import { procDostring } from '../../kernel/sysctl/dostring.ts';
import { int, kept, readOnly } from '../../kernel/sysctl/kept.ts';
import type { Kernel } from '../../kernel.ts';

/** Bits of the pool, which is always full. */
const POOL_BITS = 256;
const UUID_STRING_LEN = 36;

/** A random UUID of version 4 as text (generate_random_uuid). */
function randomUuid({ host }: Kernel): string {
	const bytes = new Uint8Array(16);
	host.random(bytes);
	bytes[6] = (bytes[6]! & 0x0f) | 0x40;
	bytes[8] = (bytes[8]! & 0x3f) | 0x80;
	const text = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
	return text.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** A UUID that nobody can write (proc_do_uuid). */
function uuid(make: () => string): CtlEntry<never> {
	return {
		mode: 0o444,
		handler(_table, call) {
			if (call.write) throw new Errno('EPERM');
			procDostring({ mode: 0o444, data: ref({ text: make() }, 'text'), maxlen: UUID_STRING_LEN + 1 }, call);
		},
	};
}

/** An int for which writes are taken and forgotten (proc_do_rointvec). */
const procDoRointvec: ProcHandler<Ints> = (table, call) => {
	if (!call.write) return procDointvec(table, call);
};

/** The files: `uuid` is another one each time it is read, `boot_id` is that of this boot. */
export function randomTable(kernel: Kernel): CtlTable {
	let bootId: string | undefined;
	return {
		...kept({
			poolsize: readOnly(int(POOL_BITS)),
			entropy_avail: readOnly(int(POOL_BITS)),
			write_wakeup_threshold: { value: POOL_BITS, handler: procDoRointvec },
			urandom_min_reseed_secs: { value: 60, handler: procDoRointvec },
		}),
		boot_id: uuid(() => {
			bootId ??= randomUuid(kernel);
			return bootId;
		}),
		uuid: uuid(() => randomUuid(kernel)),
	};
}
