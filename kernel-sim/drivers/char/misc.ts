/**
 * misc - devices that need one number and no major of their own (drivers/char/misc.c).
 *
 *     misc.register({ minor: MISC_DYNAMIC_MINOR, name: 'lamp', fops })     /dev/lamp, /sys/class/misc/lamp, a line of /proc/misc
 *
 * All of them have the major number 10. What is asked for as MISC_DYNAMIC_MINOR gets the lowest number above 255 that is free.
 */

import type { FileOperations } from '../../../src/boundary/vfs.ts';
import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { MINOR, MINORMASK, MKDEV } from '../../../src/uapi/stat.ts';
import { openDriver } from '../../fs/char_dev.ts';
import { noopLlseek } from '../../fs/read_write.ts';
import { seqEach } from '../../fs/seq_list.ts';
import type { AttributeGroup } from '../../fs/sysfs/group.ts';
import type { Module } from '../../kernel/module.ts';
import type { Kernel } from '../../kernel.ts';
import { Class } from '../base/class.ts';
import { Device, type Devnode } from '../base/core.ts';

const MISC_MAJOR = 10;
/** Asks for a number that is free. */
export const MISC_DYNAMIC_MINOR = 255;

/** What a device is (struct miscdevice). */
export interface MiscDevice {
	/** 0 to 1048575, or MISC_DYNAMIC_MINOR. */
	readonly minor: number;
	readonly name: string;
	/** An open file has what `register` gave in its `privateData`. */
	readonly fops: FileOperations;
	/** Path below /dev. Absent: `name`. */
	readonly nodename?: string;
	/** Of its node. Absent: 0600. */
	readonly mode?: number;
	/** The device that it is below. Absent: /sys/devices/virtual. */
	readonly parent?: Device;
	readonly groups?: readonly AttributeGroup<never>[];
}

/** One that is registered. */
export interface RegisteredMisc extends MiscDevice {
	/** The number that it has got. */
	readonly minor: number;
	readonly thisDevice: Device;
}

interface Row {
	readonly misc: RegisteredMisc;
	readonly module: Module | undefined;
}

/** The devices of one kernel. */
export class Misc {
	readonly #kernel: Kernel;
	readonly #class: Class;
	/** The last that was registered first. */
	#list: readonly Row[] = [];

	/** misc_init. */
	constructor(kernel: Kernel) {
		this.#kernel = kernel;
		const devnode = ({ driverData }: Device): Devnode => {
			const { nodename: name, mode } = driverData as MiscDevice;
			return { ...(name !== undefined && { name }), ...(mode !== undefined && { mode }) };
		};
		this.#class = new Class(kernel.driverCore, { name: 'misc', devnode });
		kernel.proc.createSeq(
			'misc',
			0,
			seqEach(
				() => this.#list,
				(m, { misc: { minor, name } }) => m.printf('%3i %s\n', minor, name),
			),
		);
		kernel.chrdevs.registerRegion(MKDEV(MISC_MAJOR, 0), MINORMASK + 1, 'misc');
		kernel.chrdevs.cdevAdd(MKDEV(MISC_MAJOR, 0), MINORMASK + 1, {
			llseek: noopLlseek,
			open: (inode, file, ctx) => {
				const row = this.#list.find(({ misc: { minor } }) => minor === MINOR(inode.rdev));
				if (row === undefined) throw new Errno('ENODEV');
				file.privateData = row.misc;
				return openDriver(row.misc.fops, row.module, 'ENODEV', inode, file, ctx);
			},
		});
	}

	/**
	 * Makes a device known (misc_register). EBUSY for a number that is taken, or none that is free; EINVAL for one that there is not;
	 * EEXIST for a name that a device of the class has. `module` stays as long as any of its files is open.
	 */
	register(device: MiscDevice, module?: Module): RegisteredMisc {
		const minor = device.minor === MISC_DYNAMIC_MINOR ? this.#freeMinor() : device.minor;
		if (minor < 0 || minor > MINORMASK) throw new Errno('EINVAL', `minor ${minor}`);
		if (this.#isTaken(minor)) throw new Errno('EBUSY', `minor ${minor} is taken`);
		const { parent, groups } = device;
		const thisDevice = new Device(device.name.replaceAll('/', '!'), {
			class: this.#class,
			devt: MKDEV(MISC_MAJOR, minor),
			...(parent !== undefined && { parent }),
			...(groups !== undefined && { groups }),
		});
		const misc = { ...device, minor, thisDevice };
		thisDevice.driverData = misc;
		try {
			this.#kernel.driverCore.add(thisDevice);
		} catch (error) {
			thisDevice.put();
			throw error;
		}
		this.#list = [{ misc, module }, ...this.#list];
		return misc;
	}

	/** Takes a device away (misc_deregister); files that are open keep its operations. Nothing to do for one that is not there. */
	deregister(misc: RegisteredMisc): Awaitable<void> {
		if (!this.#list.some(row => row.misc === misc)) return;
		this.#list = this.#list.filter(row => row.misc !== misc);
		return this.#kernel.driverCore.unregister(misc.thisDevice);
	}

	#isTaken(wanted: number): boolean {
		return this.#list.some(({ misc: { minor } }) => minor === wanted);
	}

	#freeMinor(): number {
		let minor = MISC_DYNAMIC_MINOR + 1;
		while (this.#isTaken(minor)) minor += 1;
		if (minor > MINORMASK) throw new Errno('EBUSY');
		return minor;
	}
}
