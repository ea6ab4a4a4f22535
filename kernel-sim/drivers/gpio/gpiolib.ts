/**
 * gpiolib - chips with lines that are high or low, and who uses them.
 *
 * Simulates drivers/gpio/gpiolib.c, as far as sysfs and debugfs show it: each chip is a device `gpiochipN` on the bus `gpio`, its
 * lines have numbers from 512 on, and a hog takes a line as soon as there is a chip of its label.
 *
 *     /sys/bus/gpio/devices/gpiochip0    link to the chip
 *     /sys/kernel/debug/gpio             chips and lines
 *
 * Divergence: CONFIG_GPIO_CDEV and CONFIG_GPIO_SYSFS are off; lines cannot be used from user space but by what a chip's driver
 * offers. There are no interrupts.
 */

import { isPromise } from '../../../src/lib/awaitable.ts';
import { Errno, errno, isErrno } from '../../../src/lib/errno.ts';
import { defineSeqAttribute } from '../../fs/seq_attribute.ts';
import type { SeqFile } from '../../fs/seq_file.ts';
import { seqEach } from '../../fs/seq_list.ts';
import type { AttributeGroup } from '../../fs/sysfs/group.ts';
import type { Kernel } from '../../kernel.ts';
import { Bus } from '../base/bus.ts';
import { Device } from '../base/core.ts';
import type { SoftwareNode } from '../base/swnode.ts';

/** The first number that a line is given (GPIO_DYNAMIC_BASE). */
const GPIO_DYNAMIC_BASE = 512;

/** How a line is to be set when somebody takes it (enum gpiod_flags). */
export type GpiodFlags = 'GPIOD_ASIS' | 'GPIOD_IN' | 'GPIOD_OUT_LOW' | 'GPIOD_OUT_HIGH';

/** A chip, as its driver sees it (struct gpio_chip). Lines are numbered from 0; a value is 0 or 1. */
export interface GpioChip {
	/** What hogs and programs know it by. */
	readonly label: string;
	/** Number of lines. */
	readonly ngpio: number;
	/** What is said of it. Absent: nothing. */
	readonly fwnode?: SoftwareNode;
	/** True where its operations may sleep. Absent: false. */
	readonly canSleep?: boolean;
	/** Called when a line is taken; refuses by throwing. Absent: allowed. */
	request?(offset: number): void;
	/** Called when it is given back. Absent: nothing to do. */
	free?(offset: number): void;
	directionInput(offset: number): void;
	directionOutput(offset: number, value: number): void;
	/** Prints its lines into /sys/kernel/debug/gpio. Absent: nothing of them. */
	dbgShow?(m: SeqFile, chip: GpioDevice): void;
}

/** A line that the kernel is to take for itself as soon as there is one (struct gpiod_hog). */
export interface GpiodHog {
	readonly chipLabel: string;
	readonly chipHwnum: number;
	/** What the line is used for. Undefined: `?`. */
	readonly lineName: string | undefined;
	readonly dflags: GpiodFlags;
}

/** A chip that is known, as a device (struct gpio_device). */
export class GpioDevice extends Device {
	readonly chip: GpioChip;
	/** The number of its first line. */
	readonly base: number;
	readonly index: number;
	/** What the lines are used for that are. */
	readonly #labels = new Map<number, string>();

	constructor(bus: Bus, parent: Device, init: { chip: GpioChip; base: number; index: number; groups: Groups }) {
		const { fwnode } = init.chip;
		const type = { name: 'gpio_chip' };
		super(`gpiochip${init.index}`, { bus, parent, type, groups: init.groups, ...(fwnode && { fwnode }) });
		this.chip = init.chip;
		this.base = init.base;
		this.index = init.index;
	}

	/** What a line is used for; undefined for one that is not (gpiochip_dup_line_label). */
	lineLabel(offset: number): string | undefined {
		return this.#labels.get(offset);
	}

	/** Takes a line and sets it (gpiochip_request_own_desc). EINVAL for a line that there is not, EBUSY, and what the chip refuses. */
	request(offset: number, label: string, flags: GpiodFlags): void {
		const { chip } = this;
		if (offset >= chip.ngpio) throw new Errno('EINVAL');
		if (this.#labels.has(offset)) throw new Errno('EBUSY');
		chip.request?.(offset);
		this.#labels.set(offset, label);
		if (flags === 'GPIOD_IN') chip.directionInput(offset);
		else if (flags !== 'GPIOD_ASIS') chip.directionOutput(offset, flags === 'GPIOD_OUT_HIGH' ? 1 : 0);
	}

	/** Gives all lines back (gpiochip_free_hogs). */
	freeAll(): void {
		for (const offset of this.#labels.keys()) this.chip.free?.(offset);
		this.#labels.clear();
	}
}

/** Attributes of a chip's device. */
type Groups = readonly AttributeGroup<never>[];

/** The chips of one kernel. */
export class Gpiolib {
	readonly #kernel: Kernel;
	readonly #bus: Bus;
	/** By the numbers of their lines. */
	readonly #devices: GpioDevice[] = [];
	readonly #hogs = new Set<GpiodHog>();

	constructor(kernel: Kernel) {
		this.#kernel = kernel;
		this.#bus = new Bus(kernel.driverCore, { name: 'gpio' });
		const driver = this.#bus.addDriver({ name: 'gpio_stub_drv' });
		if (isPromise(driver)) throw new TypeError('a bus without devices sleeps');
		const show = (m: SeqFile<unknown>, chip: GpioDevice) => showChip(m, chip, chip === this.#devices[0]);
		const fops = defineSeqAttribute(seqEach(() => this.#devices, show));
		kernel.debugfs.createFile('gpio', 0o444, undefined, undefined, fops);
	}

	/**
	 * Makes a chip known for as long as its driver has the parent, with attributes of its own, and takes what is to be hogged of it
	 * (devm_gpiochip_add_data). EINVAL for a chip without lines.
	 */
	devmAddChip(parent: Device, chip: GpioChip, groups: Groups = []): GpioDevice {
		if (chip.ngpio === 0) throw new Errno('EINVAL', `${chip.label} has no lines`);
		const device = new GpioDevice(this.#bus, parent, {
			chip,
			base: this.#findBase(chip.ngpio),
			index: this.#index(),
			groups,
		});
		this.#devices.push(device);
		this.#devices.sort((a, b) => a.base - b.base);
		for (const hog of this.#hogs) if (hog.chipLabel === chip.label) this.#hog(device, hog);
		try {
			void this.#kernel.driverCore.add(device);
		} catch (error) {
			this.#forget(device);
			throw error;
		}
		parent.devres.add(() => {
			this.#forget(device);
			void this.#kernel.driverCore.unregister(device);
		});
		return device;
	}

	/** The chip that a node tells of (gpio_device_find_by_fwnode). Undefined where it is not there. */
	findByFwnode(fwnode: SoftwareNode): GpioDevice | undefined {
		return this.#devices.find(({ chip }) => chip.fwnode === fwnode);
	}

	/** Has lines taken, now and of chips that come (gpiod_add_hogs), until the returned function is called (gpiod_remove_hogs). */
	addHogs(hogs: readonly GpiodHog[]): () => void {
		for (const hog of hogs) {
			this.#hogs.add(hog);
			const device = this.#devices.find(({ chip }) => chip.label === hog.chipLabel);
			if (device !== undefined) this.#hog(device, hog);
		}
		return () => {
			for (const hog of hogs) this.#hogs.delete(hog);
		};
	}

	/** gpiochip_machine_hog: what goes wrong, the log has. A line that is hogged already stays as it is. */
	#hog(device: GpioDevice, { chipHwnum, lineName, dflags }: GpiodHog): void {
		if (device.lineLabel(chipHwnum) !== undefined) return;
		const { pr } = this.#kernel;
		try {
			device.request(chipHwnum, lineName ?? '?', dflags);
		} catch (error) {
			if (!isErrno(error)) throw error;
			const { label } = device.chip;
			const of = '(chip %s, offset %d) failed, %d';
			pr.err(`requesting hog GPIO %s ${of}\n`, lineName ?? '(null)', label, chipHwnum, -errno[error.code as 'EINVAL']);
		}
	}

	/** The first gap that is large enough (gpiochip_find_base_unlocked). */
	#findBase(ngpio: number): number {
		let base = GPIO_DYNAMIC_BASE;
		for (const device of this.#devices) {
			if (device.base >= base + ngpio) break;
			base = device.base + device.chip.ngpio;
		}
		return base;
	}

	/** The lowest number that no chip has. */
	#index(): number {
		const used = new Set(this.#devices.map(({ index }) => index));
		let index = 0;
		while (used.has(index)) index++;
		return index;
	}

	#forget(device: GpioDevice): void {
		device.freeAll();
		this.#devices.splice(this.#devices.indexOf(device), 1);
	}
}

/** gpiolib_seq_show. */
function showChip(m: SeqFile, device: GpioDevice, first: boolean): void {
	const { name, base, chip, parentDevice } = device;
	m.printf('%s%s: GPIOs %u-%u', first ? '' : '\n', name, base, base + chip.ngpio - 1);
	if (parentDevice !== undefined) m.printf(', parent: %s/%s', parentDevice.bus?.name ?? 'no-bus', parentDevice.name);
	m.printf(', %s', chip.label);
	if (chip.canSleep) m.puts(', can sleep');
	m.puts(':\n');
	chip.dbgShow?.(m, device);
}
