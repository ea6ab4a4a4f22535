/**
 * ioctl - the numbers of ioctl commands.
 *
 *     31    30 29               16 15       8 7        0
 *     direction | size of argument |   type   |  number
 *
 * Follows include/uapi/asm-generic/ioctl.h. The macros take a size, or anything that has one: `_IOW('k', 1, u32)`,
 * `_IOR(229, 0, fuse_attr)`; the type is a number or the one character that stands for it.
 */

const NRBITS = 8;
const TYPEBITS = 8;
const SIZEBITS = 14;
const TYPESHIFT = NRBITS;
const SIZESHIFT = TYPESHIFT + TYPEBITS;
const DIRSHIFT = SIZESHIFT + SIZEBITS;

/** Which way the argument goes, as the caller sees it. */
export const ioctl_dir = {
	_IOC_NONE: 0,
	_IOC_WRITE: 1,
	_IOC_READ: 2,
} as const;
export const { _IOC_NONE, _IOC_WRITE, _IOC_READ } = ioctl_dir;

/** Type of a command: a number of 8 bits, or the character with that code. */
export type IoctlType = number | string;

/** What an argument is: its size in bytes, or a field or struct. */
export type IoctlArgument = number | { readonly size: number };

/** Composes a command. Throws TypeError for a part that its bits cannot hold. */
export function _IOC(dir: number, type: IoctlType, nr: number, argument: IoctlArgument): number {
	const code = typeof type === 'string' ? type.charCodeAt(0) : type;
	const size = typeof argument === 'number' ? argument : argument.size;
	check('direction', dir, 2);
	check('type', code, TYPEBITS);
	check('number', nr, NRBITS);
	check('size', size, SIZEBITS);
	return ((dir << DIRSHIFT) | (size << SIZESHIFT) | (code << TYPESHIFT) | nr) >>> 0;
}

function check(what: string, value: number, bits: number): void {
	if (!Number.isInteger(value) || value < 0 || value >= 1 << bits) {
		throw new TypeError(`ioctl: a ${what} of ${value} does not fit ${bits} bits`);
	}
}

/** A command without an argument, or with one that is a plain number. */
export const _IO = (type: IoctlType, nr: number): number => _IOC(_IOC_NONE, type, nr, 0);
/** A command that the caller reads the argument from. */
export const _IOR = (type: IoctlType, nr: number, argument: IoctlArgument): number =>
	_IOC(_IOC_READ, type, nr, argument);
/** A command that the caller writes the argument for. */
export const _IOW = (type: IoctlType, nr: number, argument: IoctlArgument): number =>
	_IOC(_IOC_WRITE, type, nr, argument);
/** A command whose argument goes both ways. */
export const _IOWR = (type: IoctlType, nr: number, argument: IoctlArgument): number =>
	_IOC(_IOC_READ | _IOC_WRITE, type, nr, argument);

/** The parts of a command. */
export const _IOC_DIR = (cmd: number): number => cmd >>> DIRSHIFT;
export const _IOC_TYPE = (cmd: number): number => (cmd >>> TYPESHIFT) & 0xff;
export const _IOC_NR = (cmd: number): number => cmd & 0xff;
export const _IOC_SIZE = (cmd: number): number => (cmd >>> SIZESHIFT) & 0x3fff;

/** Commands that every file may get (include/uapi/asm-generic/ioctls.h). */
export const file_ioctl = {
	FIONREAD: 0x541b,
	FIONBIO: 0x5421,
	FIONCLEX: 0x5450,
	FIOCLEX: 0x5451,
	FIOASYNC: 0x5452,
} as const;
export const { FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, FIOASYNC } = file_ioctl;
/** Asked of any descriptor by isatty(3). */
export const TCGETS = 0x5401;
