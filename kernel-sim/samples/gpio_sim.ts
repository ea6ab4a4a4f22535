/**
 * gpio_sim - simulated GPIO chips, made in configfs and seen in sysfs.
 *
 *     cd /sys/kernel/config/gpio-sim
 *     mkdir dev dev/bank dev/bank/line2 dev/bank/line2/hog
 *     echo 4 > dev/bank/num_lines
 *     echo output-high > dev/bank/line2/hog/direction
 *     echo 1 > dev/live
 *     cat /sys/devices/platform/$(cat dev/dev_name)/$(cat dev/bank/chip_name)/sim_gpio2/value
 *
 * As drivers/gpio/gpio-sim.c and Documentation/admin-guide/gpio/gpio-sim.rst. A device that is live holds the innermost of its
 * items, so that none of them can be removed.
 *
 * Divergence: there are no software nodes, and names of lines are kept but shown nowhere else. A hog that is made below a device
 * that is live is no BUG when the device is switched off.
 */

import {
	type AttributeGroup,
	type Awaitable,
	type ConfigfsAttribute,
	ConfigfsSubsystem,
	ConfigGroup,
	ConfigItem,
	type ConfigItemType,
	defineModule,
	Errno,
	type GpioChip,
	type GpioDevice,
	type GpiodFlags,
	kstrtobool,
	kstrtouint,
	type ModuleContext,
	type Mutex,
	type PlatformDevice,
	type SeqFile,
	sysfsStreq,
} from '../index.ts';

const GPIO_SIM_NGPIO_MAX = 1024;
const PULLS = ['pull-down', 'pull-up'] as const;

/** What a hog's direction is called, and how it sets the line. */
const DIRECTIONS = {
	input: 'GPIOD_IN',
	'output-high': 'GPIOD_OUT_HIGH',
	'output-low': 'GPIOD_OUT_LOW',
} as const satisfies Record<string, GpiodFlags>;

/** Without the white space around it (gpio_sim_strdup_trimmed). */
const trimmed = (text: string) => text.replace(/^[ \t-\r]+|[ \t-\r]+$/g, '');

/** A chip whose lines are what is written to them. */
class SimChip implements GpioChip {
	readonly label: string;
	readonly ngpio: number;
	readonly canSleep = true;
	readonly #requested: Uint8Array;
	readonly #output: Uint8Array;
	readonly #value: Uint8Array;
	readonly #pull: Uint8Array;

	constructor(label: string, ngpio: number) {
		this.label = label;
		this.ngpio = ngpio;
		this.#requested = new Uint8Array(ngpio);
		this.#output = new Uint8Array(ngpio);
		this.#value = new Uint8Array(ngpio);
		this.#pull = new Uint8Array(ngpio);
	}

	request(offset: number): void {
		this.#requested[offset] = 1;
	}

	free(offset: number): void {
		this.#requested[offset] = 0;
		this.#value[offset] = this.#pull[offset]!;
	}

	directionInput(offset: number): void {
		this.#output[offset] = 0;
	}

	directionOutput(offset: number, value: number): void {
		this.#output[offset] = 1;
		this.#value[offset] = value;
	}

	dbgShow(m: SeqFile, device: GpioDevice): void {
		for (let i = 0; i < this.ngpio; i++) {
			const level = this.#value[i] ? 'output-high' : 'output-low';
			const direction = this.#output[i] ? level : 'input';
			m.printf(' gpio-%-3d (%s) %s,', device.base + i, device.lineLabel(i) ?? '<unused>', direction);
			m.printf('%s\n', PULLS[this.#pull[i]!]!);
		}
	}

	/** sim_gpioN for each line. */
	get groups(): AttributeGroup<GpioDevice>[] {
		const mode = 0o644;
		const refuse = () => {
			throw new Errno('EPERM');
		};
		return Array.from({ length: this.ngpio }, (_, offset) => {
			const value = { mode, show: () => `${this.#value[offset]}\n`, store: refuse };
			const show = () => `${PULLS[this.#pull[offset]!]}\n`;
			const pull = { mode, show, store: (_device: GpioDevice, buf: string) => this.#setPull(offset, buf) };
			return { name: `sim_gpio${offset}`, attrs: { value, pull } };
		});
	}

	/** The value follows, unless somebody drives the line (gpio_sim_apply_pull). */
	#setPull(offset: number, buf: string): void {
		const pull = PULLS.findIndex(name => sysfsStreq(buf, name));
		if (pull < 0) throw new Errno('EINVAL');
		this.#pull[offset] = pull;
		if (!this.#requested[offset] || !this.#output[offset]) this.#value[offset] = pull;
	}
}

/** A line that the kernel takes for itself. */
class SimHog extends ConfigItem {
	readonly line: SimLine;
	lineName: string | undefined;
	direction: keyof typeof DIRECTIONS = 'input';

	constructor(line: SimLine) {
		super('hog', hogType);
		this.line = line;
	}

	get device(): SimDevice {
		return this.line.device;
	}
}

/** What is said of one line. */
class SimLine extends ConfigGroup {
	readonly bank: SimBank;
	readonly offset: number;
	lineName: string | undefined;
	hog: SimHog | undefined;

	constructor(name: string, bank: SimBank, offset: number) {
		super(name, lineType);
		this.bank = bank;
		this.offset = offset;
	}

	get device(): SimDevice {
		return this.bank.device;
	}
}

/** A chip to be. */
class SimBank extends ConfigGroup {
	readonly device: SimDevice;
	readonly lines: SimLine[] = [];
	label: string | undefined;
	numLines = 1;
	/** The chip, while the device is live and its driver has it. */
	chip: GpioDevice | undefined;

	constructor(name: string, device: SimDevice) {
		super(name, bankType);
		this.device = device;
	}
}

/** What a device needs of the kernel. */
type Kernel = Pick<ModuleContext<Record<never, never>, object>, 'configfs' | 'gpio' | 'platform'>;

/** A platform device to be, with a number of its own. */
class SimDevice extends ConfigGroup {
	readonly id: number;
	readonly banks: SimBank[] = [];
	readonly lock: Mutex;
	readonly #k: Kernel;
	readonly #ids: Set<number>;
	#pdev: PlatformDevice | undefined;
	#removeHogs: () => void = () => {};
	/** Items that cannot be removed because the device is live. */
	#held: readonly ConfigItem[] = [];

	constructor(name: string, k: Kernel, lock: Mutex, ids: Set<number>) {
		super(name, deviceType);
		this.lock = lock;
		this.#k = k;
		this.#ids = ids;
		let id = 0;
		while (ids.has(id)) id++;
		ids.add(id);
		this.id = id;
	}

	get live(): boolean {
		return this.#pdev !== undefined;
	}

	/** Runs what is possible only while the device is not live: EBUSY. */
	change(apply: () => void): Awaitable<void> {
		return this.lock.run(() => {
			if (this.live) throw new Errno('EBUSY');
			apply();
		});
	}

	/** EPERM for what it is already; see `#activate`. */
	async setLive(live: boolean): Promise<void> {
		const held = live ? this.#hold() : [];
		try {
			await this.lock.run(() => {
				if (live === this.live) throw new Errno('EPERM');
				return live ? this.#activate() : this.#deactivate();
			});
		} catch (error) {
			this.#letGo(held);
			throw error;
		}
		if (!live) this.#letGo(this.#held);
		this.#held = held;
	}

	async dispose(): Promise<void> {
		if (this.live) await this.#deactivate();
		this.#ids.delete(this.id);
	}

	/** ENODATA without a bank, EINVAL where two have one label, ENXIO where the driver does not take the device. */
	async #activate(): Promise<void> {
		const { banks, id } = this;
		if (banks.length === 0) throw new Errno('ENODATA');
		const labels = banks.map(({ label }) => label).filter(label => label !== undefined);
		if (new Set(labels).size < labels.length) throw new Errno('EINVAL');
		const chips = banks.map((bank, node) => ({ bank, label: bank.label || `gpio-sim.${id}:node${node}` }));
		const removeHogs = this.#k.gpio.addHogs(chips.flatMap(({ bank, label }) => hogsOf(bank, label)));
		try {
			const pdev = await this.#k.platform.register({ name: 'gpio-sim', id, platformData: chips });
			if (pdev.driver === undefined) {
				await this.#k.platform.unregister(pdev);
				throw new Errno('ENXIO');
			}
			this.#pdev = pdev;
			this.#removeHogs = removeHogs;
		} catch (error) {
			removeHogs();
			throw error;
		}
	}

	async #deactivate(): Promise<void> {
		await this.#k.platform.unregister(this.#pdev!);
		this.#removeHogs();
		this.#pdev = undefined;
	}

	/** Keeps the innermost items from being removed, and with them those around (gpio_sim_device_lockup_configfs). */
	#hold(): readonly ConfigItem[] {
		const items = this.banks.flatMap(({ lines }) => lines.map(line => line.hog ?? line));
		for (const item of items) this.#k.configfs.dependItemUnlocked(this.subsys!, item);
		return items;
	}

	#letGo(items: readonly ConfigItem[]): void {
		for (const item of items) this.#k.configfs.undependItemUnlocked(item);
	}
}

/** What the driver is told of each chip. */
interface ChipData {
	readonly bank: SimBank;
	readonly label: string;
}

function hogsOf({ lines, numLines }: SimBank, chipLabel: string) {
	const hogged = lines.filter(({ hog, offset }) => hog !== undefined && offset < numLines);
	return hogged.map(({ offset, hog }) => ({
		...{ chipLabel, chipHwnum: offset, lineName: hog!.lineName, dflags: DIRECTIONS[hog!.direction] },
	}));
}

/** A text that can be written while the device is not live. */
function text<I extends ConfigItem & { readonly device: SimDevice }, K extends keyof I>(key: K): ConfigfsAttribute<I> {
	return {
		show: item => `${(item[key] as string | undefined) ?? ''}\n`,
		store: (item, page) =>
			item.device.change(() => {
				item[key] = trimmed(page) as I[K];
			}),
	};
}

function remove<T>(from: T[], element: T): void {
	from.splice(from.indexOf(element), 1);
}

const hogType: ConfigItemType<SimHog> = {
	attrs: {
		name: text('lineName'),
		direction: {
			show: hog => `${hog.direction}\n`,
			store: (hog, page) =>
				hog.device.change(() => {
					const direction = Object.keys(DIRECTIONS).find(name => sysfsStreq(page, name));
					if (direction === undefined) throw new Errno('EINVAL');
					hog.direction = direction as keyof typeof DIRECTIONS;
				}),
		},
	},
	release(hog) {
		hog.line.hog = undefined;
	},
};

const lineType: ConfigItemType<SimLine> = {
	attrs: { name: text('lineName') },
	makeItem(line, name) {
		if (name !== 'hog') throw new Errno('EINVAL');
		line.hog = new SimHog(line);
		return line.hog;
	},
	release: line => remove(line.bank.lines, line),
};

const bankType: ConfigItemType<SimBank> = {
	attrs: {
		chip_name: {
			show({ device, chip }) {
				if (!device.live) return 'none\n';
				return chip === undefined ? '' : `${chip.name}\n`;
			},
		},
		label: text('label'),
		num_lines: {
			show: bank => `${bank.numLines}\n`,
			store(bank, page) {
				const numLines = kstrtouint(page, 0);
				if (numLines === 0) throw new Errno('EINVAL');
				return bank.device.change(() => {
					bank.numLines = numLines;
				});
			},
		},
	},
	async makeGroup(bank, name) {
		const digits = /^line[ \t-\r]*(\d+)$/.exec(name)?.[1];
		if (digits === undefined) throw new Errno('EINVAL');
		const line = new SimLine(name, bank, Number(BigInt.asUintN(32, BigInt(digits))));
		await bank.device.change(() => void bank.lines.push(line));
		return line;
	},
	release: bank => remove(bank.device.banks, bank),
};

const deviceType: ConfigItemType<SimDevice> = {
	attrs: {
		dev_name: { show: device => `gpio-sim.${device.id}\n` },
		live: {
			show: device => `${Number(device.live)}\n`,
			store: (device, page) => device.setLive(kstrtobool(page)),
		},
	},
	async makeGroup(device, name) {
		const bank = new SimBank(name, device);
		await device.change(() => void device.banks.push(bank));
		return bank;
	},
	release: device => device.dispose(),
};

export default defineModule({
	name: 'gpio-sim',
	license: 'GPL',
	author: 'Bartosz Golaszewski <brgl@bgdev.pl>',
	description: 'GPIO Simulator Module',

	async init(k) {
		const ids = new Set<number>();
		await k.platform.addDriver({
			name: 'gpio-sim',
			probe(dev) {
				for (const { bank, label } of dev.platformData as readonly ChipData[]) {
					if (bank.numLines > GPIO_SIM_NGPIO_MAX) throw new Errno('ERANGE');
					const chip = new SimChip(label, bank.numLines);
					bank.chip = k.gpio.devmAddChip(dev, chip, chip.groups);
					dev.devres.add(() => {
						bank.chip = undefined;
					});
				}
			},
		});
		const type: ConfigItemType = { makeGroup: (_group, name) => new SimDevice(name, k, k.mutex(), ids) };
		k.configfs.registerSubsystem(new ConfigfsSubsystem('gpio-sim', type));
	},
});
