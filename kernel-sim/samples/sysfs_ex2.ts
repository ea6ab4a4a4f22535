/**
 * sysfs_ex2 - a bus of its own with one attribute.
 *
 *     cat /sys/bus/my_pseudo_bus/value
 *     echo 42 > /sys/bus/my_pseudo_bus/value
 */

import { type BusKset, type BusType, defineModule, kstrtoint } from '../index.ts';

/** The bus, with a value to be read and written. */
function myPseudoBus(state: { value: number }): BusType {
	return {
		name: 'my_pseudo_bus',
		busGroups: [
			{
				attrs: {
					value: {
						mode: 0o644,
						show: (_bus: BusKset) => `${state.value}\n`,
						store(_bus: BusKset, buf: string) {
							state.value = kstrtoint(buf, 10);
						},
					},
				},
			},
		],
	};
}

export default defineModule({
	name: 'sysfs_ex2',
	license: 'GPL',
	description: 'A bus with an attribute',
	state: () => ({ value: 0 }),

	init({ bus, state }) {
		bus.register(myPseudoBus(state));
	},
});
