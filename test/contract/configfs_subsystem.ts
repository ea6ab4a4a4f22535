/**
 * configfs_subsystem - the subsystems of the test module contract_configfs, as contracts use them.
 */

import type { Contract, Machine } from '../runner/contract.ts';
import { readFile, writeFile } from './files.ts';

/** The subsystem of the test module. */
const SUBSYSTEM = '/sys/kernel/config/contract_configfs';

/** A contract on the subsystem of the test module. */
export function onSubsystem(title: string, run: Contract['run'], more: Partial<Contract> = {}): Contract {
	return { title, modules: ['contract_configfs'], file: SUBSYSTEM, run, ...more };
}

/** What has been called of the test module since this was last asked, a line each. */
export async function calls({ sys, file }: Pick<Machine, 'sys' | 'file'>): Promise<string[]> {
	const log = await readFile(sys, `${file}2/log`);
	await writeFile(sys, `${file}2/log`, 'x');
	return log.split('\n').slice(0, -1);
}

/** Resolves once `count` calls of the test module sleep. */
export async function asleep({ sys, file }: Pick<Machine, 'sys' | 'file'>, count: number): Promise<void> {
	while ((await readFile(sys, `${file}2/sleepers`)) !== `${count}\n`);
}
