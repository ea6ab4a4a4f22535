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
 * items, so that none of them can be removed. The driver learns of a chip from a software node.
 *
 * Divergence: names of lines are kept but shown nowhere else. A hog that is made below a device that is live is no BUG when the device is
 * switched off.
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
	type SoftwareNode,
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

/** A line of a chip: who drives it, and where it is pulled to. */
interface ChipLine {
	requested: boolean;
	output: boolean;
	value: number;
	pull: number;
}

/** The value follows, unless somebody drives the line (gpio_sim_apply_pull). */
function setPull(line: ChipLine, buf: string): void {
	const pull = PULLS.findIndex(name => sysfsStreq(buf, name));
	if (pull < 0) throw new Errno('EINVAL');
	line.pull = pull;
	if (!line.requested || !line.output) line.value = pull;
}

/** A chip whose lines are what is written to them. */
class SimChip implements GpioChip {
	readonly fwnode: SoftwareNode;
	readonly label: string;
	readonly ngpio: number;
	readonly canSleep = true;
	readonly #lines: readonly ChipLine[];

	/** As its node says (gpio_sim_add_bank). ERANGE for too many lines. */
	constructor(fwnode: SoftwareNode, parentName: string) {
		this.fwnode = fwnode;
		this.ngpio = fwnode.readU32('ngpios');
		if (this.ngpio > GPIO_SIM_NGPIO_MAX) throw new Errno('ERANGE');
		this.label = fwnode.readString('gpio-sim,label') ?? `${parentName}:${fwnode.name}`;
		this.#lines = Array.from({ length: this.ngpio }, () => ({ requested: false, output: false, value: 0, pull: 0 }));
	}

	request(offset: number): void {
		this.#lines[offset]!.requested = true;
	}

	free(offset: number): void {
		const line = this.#lines[offset]!;
		Object.assign(line, { requested: false, value: line.pull });
	}

	directionInput(offset: number): void {
		this.#lines[offset]!.output = false;
	}

	directionOutput(offset: number, value: number): void {
		Object.assign(this.#lines[offset]!, { output: true, value });
	}

	dbgShow(m: SeqFile, device: GpioDevice): void {
		for (const [offset, { output, value, pull }] of this.#lines.entries()) {
			const direction = output ? (value ? 'output-high' : 'output-low') : 'input';
			m.printf(' gpio-%-3d (%s) %s,', device.base + offset, device.lineLabel(offset) ?? '<unused>', direction);
			m.printf('%s\n', PULLS[pull]!);
		}
	}

	/** sim_gpioN for each line. */
	get groups(): AttributeGroup<GpioDevice>[] {
		const store = () => {
			throw new Errno('EPERM');
		};
		return this.#lines.map((line, offset) => ({
			name: `sim_gpio${offset}`,
			attrs: {
				value: { mode: 0o644, show: () => `${line.value}\n`, store },
				pull: { mode: 0o644, show: () => `${PULLS[line.pull]}\n`, store: (_device, buf) => setPull(line, buf) },
			},
		}));
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
	readonly lines = new Set<SimLine>();
	label: string | undefined;
	numLines = 1;
	/** What the driver is told of it, once the device was live. */
	swnode: SoftwareNode | undefined;

	constructor(name: string, device: SimDevice) {
		super(name, bankType);
		this.device = device;
	}
}

/** What a device needs of the kernel. */
type Kernel = Pick<ModuleContext<Record<never, never>, object>, 'configfs' | 'gpio' | 'platform' | 'softwareNodes'>;

/** A platform device to be, with a number of its own. */
class SimDevice extends ConfigGroup {
	readonly id: number;
	readonly banks = new Set<SimBank>();
	readonly lock: Mutex;
	readonly k: Kernel;
	readonly #ids: Set<number>;
	#pdev: PlatformDevice | undefined;
	#removeHogs: () => void = () => {};
	/** Items that cannot be removed because the device is live. */
	#held: readonly ConfigItem[] = [];

	constructor(name: string, k: Kernel, lock: Mutex, ids: Set<number>) {
		super(name, deviceType);
		this.lock = lock;
		this.k = k;
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
		const banks = [...this.banks];
		if (banks.length === 0) throw new Errno('ENODATA');
		const labels = banks.map(({ label }) => label).filter(label => label !== undefined);
		if (new Set(labels).size < labels.length) throw new Errno('EINVAL');
		const { gpio, platform, softwareNodes } = this.k;
		const fwnode = softwareNodes.create();
		for (const bank of banks) {
			const { numLines: ngpios, label } = bank;
			bank.swnode = softwareNodes.create({ ngpios, ...(label && { 'gpio-sim,label': label }) }, fwnode);
		}
		this.#removeHogs = gpio.addHogs(banks.flatMap(hogsOf));
		try {
			const pdev = await platform.register({ name: 'gpio-sim', id: this.id, fwnode });
			if (pdev.driver === undefined) {
				await platform.unregister(pdev);
				throw new Errno('ENXIO');
			}
			this.#pdev = pdev;
		} catch (error) {
			await this.#forget(fwnode);
			throw error;
		}
	}

	async #deactivate(): Promise<void> {
		const pdev = this.#pdev!;
		await this.k.platform.unregister(pdev);
		await this.#forget(pdev.fwnode!);
		this.#pdev = undefined;
	}

	/** gpio_sim_remove_hogs, gpio_sim_remove_swnode_recursive. */
	async #forget(fwnode: SoftwareNode): Promise<void> {
		this.#removeHogs();
		for (const node of [...fwnode.children, fwnode]) await this.k.softwareNodes.remove(node);
	}

	/** Keeps the innermost items from being removed, and with them those around (gpio_sim_device_lockup_configfs). */
	#hold(): readonly ConfigItem[] {
		const items = [...this.banks].flatMap(({ lines }) => [...lines].map(line => line.hog ?? line));
		for (const item of items) this.k.configfs.dependItemUnlocked(this.subsys!, item);
		return items;
	}

	#letGo(items: readonly ConfigItem[]): void {
		for (const item of items) this.k.configfs.undependItemUnlocked(item);
	}
}

function hogsOf({ lines, numLines, label, device, swnode }: SimBank) {
	const chipLabel = label || `gpio-sim.${device.id}:${swnode!.name}`;
	const hogged = [...lines].filter(({ hog, offset }) => hog !== undefined && offset < numLines);
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
	release: line => void line.bank.lines.delete(line),
};

const bankType: ConfigItemType<SimBank> = {
	attrs: {
		chip_name: {
			show({ device, swnode }) {
				if (!device.live) return 'none\n';
				const chip = device.k.gpio.findByFwnode(swnode!);
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
		await bank.device.change(() => void bank.lines.add(line));
		return line;
	},
	release: bank => void bank.device.banks.delete(bank),
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
		await device.change(() => void device.banks.add(bank));
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
				for (const node of dev.fwnode?.children ?? []) {
					const chip = new SimChip(node, dev.name);
					k.gpio.devmAddChip(dev, chip, chip.groups);
				}
			},
		});
		const type: ConfigItemType = { makeGroup: (_group, name) => new SimDevice(name, k, k.mutex(), ids) };
		k.configfs.registerSubsystem(new ConfigfsSubsystem('gpio-sim', type));
	},
});
