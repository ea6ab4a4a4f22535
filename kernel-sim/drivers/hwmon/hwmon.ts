/**
 * hwmon - chips that measure temperatures, voltages, fans and the like.
 *
 * Simulates drivers/hwmon/hwmon.c and follows Documentation/hwmon/sysfs-interface.rst. A chip says which channels it has and what
 * each of them knows; the files are made from that:
 *
 *     channels: { temp: [['input', 'max'], ['input']] }   ->   temp1_input temp1_max temp2_input
 *
 * Units of the files: millidegrees Celsius, millivolts, milliamperes, microwatts, microjoules, turns a minute, permille of humidity.
 */

import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { kstrtol } from '../../../src/lib/kstrto.ts';
import type { Attribute } from '../../fs/sysfs/file.ts';
import type { AttributeGroup } from '../../fs/sysfs/group.ts';
import { Class } from '../base/class.ts';
import { Device, type DriverCore } from '../base/core.ts';

/** Kinds of channel, and the number of the first one of each (enum hwmon_sensor_types). */
const first = { temp: 1, in: 0, curr: 1, power: 1, energy: 1, humidity: 1, fan: 1, pwm: 1, intrusion: 0 } as const;

/** A kind of channel; `chip` is what belongs to none. */
export type HwmonSensorType = keyof typeof first | 'chip';

/** What a chip has (struct hwmon_chip_info). Absent operations refuse by EOPNOTSUPP. */
export interface HwmonChipInfo {
	/** Of the chip as a whole, such as `update_interval`. */
	readonly chip?: readonly string[];
	/** For each kind, a list for each channel of what it knows: `input`, `max`, `label`. `pwm` knows its value as `input`. */
	readonly channels?: { readonly [K in keyof typeof first]?: readonly (readonly string[])[] };
	/** The mode of a file, 0 for none (is_visible). Absent: 0644 where there is `write`, but for inputs, alarms and labels; else 0444. */
	isVisible?(type: HwmonSensorType, attr: string, channel: number): number;
	/** Channels count from 0. */
	read?(type: HwmonSensorType, attr: string, channel: number): Awaitable<number>;
	/** The text of a label. */
	readString?(type: HwmonSensorType, attr: string, channel: number): Awaitable<string>;
	write?(type: HwmonSensorType, attr: string, channel: number, value: number): Awaitable<void>;
}

/** What is only read, whatever the chip can write. */
const readOnly = /^(input|label|fault|average|lowest|highest|rated_min|rated_max|.*alarm)$/;

/** A chip that is registered (struct hwmon_device). */
class HwmonDevice extends Device {
	readonly chipName: string;

	constructor(id: number, cls: Class, parent: Device | undefined, chipName: string, groups: readonly AttributeGroup[]) {
		super(`hwmon${id}`, { class: cls, groups, ...(parent && { parent }) });
		this.chipName = chipName;
	}
}

const nameGroup: AttributeGroup<HwmonDevice> = {
	attrs: { name: { mode: 0o444, show: ({ chipName }) => `${chipName}\n` } },
};

/** The chips of one kernel. */
export class Hwmon {
	readonly #core: DriverCore;
	readonly #class: Class;
	readonly #ids = new Set<number>();

	constructor(core: DriverCore) {
		this.#core = core;
		this.#class = new Class(core, { name: 'hwmon', devGroups: [nameGroup] });
	}

	/**
	 * Registers a chip as /sys/class/hwmon/hwmon<n>, the lowest that is free (hwmon_device_register_with_info). EINVAL for a channel
	 * without attributes. Whoever registers it unregisters it.
	 */
	register(parent: Device | undefined, name: string, info: HwmonChipInfo): Device {
		const { pr } = this.#core.kernel;
		const invalid = name === '' || /[-* \t\n]/.test(name);
		if (invalid) pr.warn("hwmon: '%s' is not a valid name attribute, please fix\n", name);
		const id = this.#takeId();
		const dev = new HwmonDevice(id, this.#class, parent, name, [{ attrs: attributesOf(info) }]);
		dev.release = () => this.#ids.delete(id);
		try {
			this.#core.add(dev);
		} catch (error) {
			dev.put();
			throw error;
		}
		return dev;
	}

	/** Takes a chip away (hwmon_device_unregister). */
	unregister(dev: Device): Awaitable<void> {
		return this.#core.unregister(dev);
	}

	#takeId(): number {
		let id = 0;
		while (this.#ids.has(id)) id += 1;
		this.#ids.add(id);
		return id;
	}
}

/** The files of a chip (__hwmon_create_attrs). */
function attributesOf(info: HwmonChipInfo): Record<string, Attribute> {
	const attrs: Record<string, Attribute> = {};
	const add = (file: string, type: HwmonSensorType, attr: string, channel: number) => {
		const mode = info.isVisible?.(type, attr, channel) ?? (info.write && !readOnly.test(attr) ? 0o644 : 0o444);
		if (mode !== 0) attrs[file] = attribute(info, mode, type, attr, channel);
	};
	for (const attr of info.chip ?? []) add(attr, 'chip', attr, 0);
	for (const [type, channels] of Object.entries(info.channels ?? {})) {
		for (const [channel, known] of channels.entries()) {
			const prefix = `${type}${channel + first[type as keyof typeof first]}`;
			for (const attr of known) add(fileName(prefix, type, attr), type as HwmonSensorType, attr, channel);
		}
	}
	return attrs;
}

function fileName(prefix: string, type: string, attr: string): string {
	return type === 'pwm' && attr === 'input' ? prefix : `${prefix}_${attr}`;
}

/** hwmon_attr_show, hwmon_attr_show_string, hwmon_attr_store. */
function attribute(info: HwmonChipInfo, mode: number, type: HwmonSensorType, attr: string, channel: number): Attribute {
	const show = () =>
		attr === 'label'
			? chain(must(info.readString).call(info, type, attr, channel), text => `${text}\n`)
			: chain(must(info.read).call(info, type, attr, channel), value => `${value}\n`);
	if ((mode & 0o200) === 0) return { mode, show };
	return {
		mode,
		show,
		store: (_kobj, buf) => must(info.write).call(info, type, attr, channel, Number(kstrtol(buf, 10))),
	};
}

function must<T>(operation: T | undefined): T {
	if (operation === undefined) throw new Errno('EOPNOTSUPP');
	return operation;
}
