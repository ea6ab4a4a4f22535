/**
 * sysfs_ex2 - two ways to a number: a parameter of the module, and an attribute of a bus.
 *
 *     echo 5 > /sys/module/sysfs_ex2/parameters/value
 *     echo 6 > /sys/bus/my_pseudo_bus/busval
 *
 * The module does not hear of it when the parameter is written; show and store of the attribute are its own. As in sysfs_ex,
 * `store` says that it took four bytes.
 */

import { type Attribute, type BusKset, defineModule, param } from '../index.ts';

const SIZEOF_INT = 4;

export default defineModule({
	name: 'sysfs_ex2',
	license: 'GPL',
	description: 'A bus with an attribute',
	params: { value: param.int(0, 0o644, 'a test value') },
	state: () => ({ busValue: 1 }),

	init({ bus, state }) {
		const busval: Attribute<BusKset> = {
			mode: 0o644,
			show: () => `${state.busValue}\n`,
			store(_bus, buf) {
				const number = /^\s*(-?\d+)/.exec(buf)?.[1];
				if (number !== undefined) state.busValue = Number(number) | 0;
				return SIZEOF_INT;
			},
		};
		bus.register({ name: 'my_pseudo_bus', busGroups: [{ attrs: { busval } }] });
	},
});
