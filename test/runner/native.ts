/**
 * native - contracts against this machine's own kernel, to prove that the contracts are right.
 *
 * Test modules exist here only as the kernel modules of test/oracle; RING3_ORACLE=DIR says that they are loaded and that proc is
 * mounted on DIR/proc, RING3_ORACLE_BUILTIN which of them the kernel has built in. Without it, contracts that need one run on their
 * stand-in or are skipped. With RING3_ORACLE_MODULES=DIR as well, which is for a machine that is there for the test alone,
 * contracts load and remove the modules that lie in there.
 */

import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { Agents } from './agent.ts';
import type { Booted, Feature, Runner } from './contract.ts';
import { OracleModules } from './oracle_modules.ts';

/** Makes the runner. Reads nothing until it is asked. */
export function nativeRunner(): Runner {
	const lacks = new Map<Feature, string>();
	const oracle = process.env.RING3_ORACLE;
	const modules = OracleModules.open();
	if (modules === undefined) {
		lacks.set('insmod', 'this machine loads no module for a test');
		lacks.set('dmesg', "this machine's log is not the test's");
	}
	const closed = whyClosed();
	if (closed !== undefined) lacks.set('sysctl', closed);
	if (process.getuid?.() !== 0) {
		lacks.set('nobody', 'only root can become nobody');
		lacks.set('mount', 'only root can mount');
	}
	const agents = new Agents();
	const loaded = oracle === undefined ? '' : readFileSync(`${oracle}/proc/modules`, 'utf8');
	const builtIn = process.env.RING3_ORACLE_BUILTIN?.split(' ') ?? [];
	const has = (name: string) => loaded.includes(`${name} `) || builtIn.includes(name);
	return {
		name: 'native',
		lacks,
		noModule: name => (has(name) || modules?.has(name) ? undefined : `Linux has no module ${name}`),
		hasNot: file => !existsSync(`${oracle ?? ''}${file}`),
		async boot(needed): Promise<Booted> {
			const mine = needed.filter(name => !has(name));
			for (const name of mine) await modules!.insmod(name);
			const refuse = async () => {
				throw new Error('not here');
			};
			return {
				sys: await agents.task(0),
				root: oracle ?? '',
				insmod: modules === undefined ? refuse : (name, params) => modules.insmod(name, params),
				rmmod: modules === undefined ? refuse : name => modules.rmmod(name),
				dmesg: modules === undefined ? refuse : () => modules.dmesg(),
				async finish() {
					await agents.release();
					await modules?.removeAll();
				},
			};
		},
		end: () => agents.end(),
	};
}

/** Why nothing under /proc/sys can be opened for writing, as in many a container; undefined where it can. */
function whyClosed(): string | undefined {
	try {
		accessSync('/proc/sys/vm/swappiness', constants.W_OK);
		return undefined;
	} catch (error) {
		return `/proc/sys cannot be written to here: ${(error as NodeJS.ErrnoException).code}`;
	}
}
