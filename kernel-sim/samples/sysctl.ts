/** sysctl - /proc/sys/net/test/value1 and value2 are numbers from 10 to 20: try `sysctl -w net.test.value1=12`. */

import { CTL_UNNUMBERED, defineModule, type LegacyCtlTable, procDointvecMinmax, ref, sysctlIntvec } from '../index.ts';

const SIZEOF_INT = 4;
const limits = { min: 10, max: 20 };
const end = { ctlName: 0 };

const value = (values: Record<string, number>, procname: string) => ({
	ctlName: CTL_UNNUMBERED,
	procname,
	data: ref(values, procname),
	maxlen: SIZEOF_INT,
	mode: 0o644,
	procHandler: procDointvecMinmax,
	strategy: sysctlIntvec,
	extra1: ref(limits, 'min'),
	extra2: ref(limits, 'max'),
});

export default defineModule({
	name: 'sysctl',
	license: 'GPL',
	description: 'Two numbers under /proc/sys',
	state: () => ({ value1: 10, value2: 20 }),

	init({ state, sysctl }) {
		const testTable: LegacyCtlTable = [value(state, 'value1'), value(state, 'value2'), end];
		const netTable: LegacyCtlTable = [
			{ ctlName: CTL_UNNUMBERED, procname: 'test', mode: 0o555, child: testTable },
			end,
		];
		const rootTable: LegacyCtlTable = [{ ctlName: CTL_UNNUMBERED, procname: 'net', mode: 0o555, child: netTable }, end];
		sysctl.registerTable(rootTable);
	},
});
