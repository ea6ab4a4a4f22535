/**
 * mem - /dev/null, zero, full, random, urandom and kmsg, devices of the class mem (drivers/char/mem.c, drivers/char/random.c).
 *
 * Divergence: /dev/mem and port are not there.
 */

import type { FileOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { MKDEV } from '../../../src/uapi/stat.ts';
import { devkmsgOperations } from '../../kernel/devkmsg.ts';
import type { Kernel } from '../../kernel.ts';
import { Class } from '../base/class.ts';
import type { Device } from '../base/core.ts';

const MEM_MAJOR = 1;
const MINORS = 256;
/** The most that one read gives. */
const MOST = 1 << 20;

/** Seeking goes nowhere, and says 0 (null_lseek). */
function nullLseek(): number {
	return 0;
}

const takeAll = (_file: unknown, data: Uint8Array) => data.length;
const zeros = (_file: unknown, count: number) => new Uint8Array(Math.min(count, MOST));

const nullOperations: FileOperations = { llseek: nullLseek, read: () => new Uint8Array(0), write: takeAll };
const zeroOperations: FileOperations = { llseek: nullLseek, read: zeros, write: takeAll };
const fullOperations: FileOperations = {
	llseek: nullLseek,
	read: zeros,
	write() {
		throw new Errno('ENOSPC');
	},
};

/** Random bytes of the host. An unknown command is EINVAL. */
const randomOperations = ({ host }: Kernel): FileOperations => ({
	llseek: nullLseek,
	read(_file, count) {
		const bytes = new Uint8Array(Math.min(count, MOST));
		host.random(bytes);
		return bytes;
	},
	write: takeAll,
	ioctl() {
		throw new Errno('EINVAL');
	},
});

/** Makes the devices, and their nodes. */
export function chrDevInit(kernel: Kernel): void {
	const { chrdevs, driverCore } = kernel;
	const random = randomOperations(kernel);
	const devices: readonly (readonly [minor: number, name: string, mode: number, ops: FileOperations])[] = [
		[3, 'null', 0o666, nullOperations],
		[5, 'zero', 0o666, zeroOperations],
		[7, 'full', 0o666, fullOperations],
		[8, 'random', 0o666, random],
		[9, 'urandom', 0o666, random],
		[11, 'kmsg', 0o644, devkmsgOperations(kernel)],
	];
	chrdevs.registerRegion(MKDEV(MEM_MAJOR, 0), MINORS, 'mem');
	const modes = new Map(devices.map(([, name, mode]) => [name, mode]));
	const devnode = ({ name }: Device) => ({ mode: modes.get(name)! });
	const cls = new Class(driverCore, { name: 'mem', devnode });
	for (const [minor, name, , ops] of devices) {
		const devt = MKDEV(MEM_MAJOR, minor);
		chrdevs.cdevAdd(devt, 1, ops);
		driverCore.add(cls.newDevice(name, { devt, later: true }));
	}
}
