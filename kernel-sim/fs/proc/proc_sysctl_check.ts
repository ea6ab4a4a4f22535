/**
 * proc_sysctl_check - what is wrong with a table that is to be registered (sysctl_check_table in fs/proc/proc_sysctl.c).
 */

import { S_IRUGO, S_IWUGO } from '../../../src/uapi/stat.ts';
import type { CtlAnyEntry, CtlData, CtlTable, ProcHandler } from '../../kernel/sysctl/ctl_table.ts';

/** A line for the log for each fault, none for a good table. */
export function checkSysctlTable(path: string, table: CtlTable): readonly string[] {
	return Object.entries(table).flatMap(([procname, entry]) =>
		faults(procname, entry).map(fault => `sysctl table check failed: ${path}/${procname} ${fault}`),
	);
}

function faults(procname: string, entry: CtlAnyEntry): readonly string[] {
	const { mode } = entry;
	// An entry's handler and its variable are of one type, whichever that is.
	const handler = entry.handler as ProcHandler<unknown> | undefined;
	return [
		...(procname === '' ? ['procname is null'] : []),
		...(handler?.check?.(entry as CtlData<unknown>) ?? []),
		...(handler === undefined ? ['No proc_handler'] : []),
		...((mode & (S_IRUGO | S_IWUGO)) === mode ? [] : [`bogus .mode 0${mode.toString(8)}`]),
	];
}
