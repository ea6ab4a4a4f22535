/**
 * lm75 - a thermometer that `sensors` reads (Documentation/hwmon/lm75.rst), and a heater to try it with.
 *
 *     insmod lm75 temperature=21500
 *     sensors
 *     echo 30000 > /sys/module/lm75/parameters/temperature
 *     echo 28000 > /sys/class/hwmon/hwmon0/temp1_max
 *
 * Divergence: the chip is on the platform bus, where there is nothing to detect, and not on I2C. What it measures is a parameter.
 */

import { defineModule, Errno, type HwmonChipInfo, param } from '../index.ts';

/** Limits as the registers of the chip have them after power-on, in millidegrees Celsius. */
interface Registers {
	max: number;
	max_hyst: number;
	/** Milliseconds between two measurements. */
	update_interval: number;
}

/** A register has 9 bits: half a degree each. */
function rounded(value: number): number {
	return Math.round(Math.min(Math.max(value, -55_000), 125_000) / 500) * 500;
}

function chip(registers: Registers, measure: () => number): HwmonChipInfo {
	return {
		chip: ['update_interval'],
		channels: { temp: [['input', 'max', 'max_hyst', 'max_alarm']] },
		isVisible: (_type, attr) => (attr === 'max' || attr === 'max_hyst' ? 0o644 : 0o444),
		read(_type, attr) {
			if (attr === 'input') return rounded(measure());
			if (attr === 'max_alarm') return Number(rounded(measure()) > registers.max);
			return registers[attr as keyof Registers];
		},
		write(_type, attr, _channel, value) {
			if (attr !== 'max' && attr !== 'max_hyst') throw new Errno('EINVAL');
			registers[attr] = rounded(value);
		},
	};
}

export default defineModule({
	name: 'lm75',
	license: 'GPL',
	description: 'A thermometer',
	params: { temperature: param.int(21_500, 0o644, 'what it measures, in millidegrees Celsius') },
	state: (): Registers => ({ max: 80_000, max_hyst: 75_000, update_interval: 100 }),

	async init({ platform, hwmon, params, state }) {
		await platform.addDriver({
			name: 'lm75',
			probe(dev) {
				hwmon.register(
					dev,
					'lm75',
					chip(state, () => params.temperature),
				);
			},
		});
		await platform.register({ name: 'lm75', id: 0x48 });
	},
});
