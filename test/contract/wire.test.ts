/**
 * wire.test - every contract by the bytes of a FUSE connection, without a mount; and where versions of FUSE differ, by those
 * of each version that is spoken.
 */

import t from 'tap';
import { NEWEST, OLDEST } from '../peer/linux/version.ts';
import { runContracts, runSome } from '../runner/contract.ts';
import { wireRunner } from '../runner/wire.ts';
import { contracts } from './contracts.ts';
import { module } from './module.ts';
import { procReaddir } from './proc_readdir.ts';
import { procRemove } from './proc_remove.ts';
import { seqRead } from './seq_read.ts';
import { sleep } from './sleep.ts';

runContracts(t, wireRunner(), contracts);

/** Opening and closing, listing, being told of changes, sleeping, being interrupted. */
const some = [...seqRead, ...procReaddir, ...procRemove, ...sleep, ...module];

t.test('while the kernel is asked again and again to forget what nobody uses', t => {
	runSome(t, wireRunner(NEWEST, 4), some);
	t.end();
});

for (let minor = OLDEST; minor < NEWEST; minor++) {
	t.test(`FUSE 7.${minor}`, t => {
		runSome(t, wireRunner(minor), some);
		t.end();
	});
}
