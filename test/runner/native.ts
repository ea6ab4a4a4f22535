/**
 * native - contracts against this machine's own kernel, to prove that the contracts are right.
 *
 * Test modules exist here only as the kernel modules of test/oracle; RING3_ORACLE=DIR says that
 * they are loaded and that proc is mounted on DIR/proc. Without it, contracts that need one run on their stand-in or are skipped.
 */

import { readFileSync } from 'node:fs';
import { Agents } from './agent.ts';
import type { Booted, Feature, Runner } from './contract.ts';

/** Makes the runner. Reads nothing until it is asked. */
export function nativeRunner(): Runner {
	const lacks = new Map<Feature, string>([
		['insmod', 'this machine loads no module for a test'],
		['dmesg', "this machine's log is not the test's"],
	]);
	if (process.getuid?.() !== 0) {
		lacks.set('nobody', 'only root can become nobody');
		lacks.set('mount', 'only root can mount');
	}
	const agents = new Agents();
	const oracle = process.env.RING3_ORACLE;
	const loaded = oracle === undefined ? '' : readFileSync(`${oracle}/proc/modules`, 'utf8');
	return {
		name: 'native',
		lacks,
		noModule: name => (loaded.includes(`${name} `) ? undefined : `Linux has no module ${name}`),
		async boot(): Promise<Booted> {
			const refuse = async () => {
				throw new Error('not here');
			};
			return {
				sys: await agents.task(0),
				root: oracle ?? '',
				insmod: refuse,
				rmmod: refuse,
				dmesg: refuse,
				finish: () => agents.release(),
			};
		},
		end: () => agents.end(),
	};
}
