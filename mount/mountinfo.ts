/**
 * mountinfo - what is mounted where, as the host tells it.
 *
 * Format of the file: Documentation/filesystems/proc.rst, section 3.5.
 */

import { readFileSync } from 'node:fs';

/** One line of mountinfo. */
export interface MountInfo {
	readonly id: number;
	readonly major: number;
	/** For a FUSE mount, the number of its connection under fusectl. */
	readonly minor: number;
	/** Path within the file system that is mounted. */
	readonly root: string;
	readonly mountPoint: string;
	readonly type: string;
	readonly source: string;
}

/** The mounts of a mountinfo file, in its order; lines that are not understood are left out. */
export function parseMountInfo(text: string): MountInfo[] {
	return text.split('\n').flatMap(line => parseLine(line) ?? []);
}

const linePattern = /^(\d+) \d+ (\d+):(\d+) (\S+) (\S+) \S+ (?:\S+ )*?- (\S+) (\S*) /;

function parseLine(line: string): MountInfo | undefined {
	const fields = linePattern.exec(line);
	if (!fields) return undefined;
	const [, id, major, minor, root, mountPoint, type, source] = fields.map(unescapeOctal);
	return {
		id: Number(id),
		major: Number(major),
		minor: Number(minor),
		root: root!,
		mountPoint: mountPoint!,
		type: type!,
		source: source!,
	};
}

function unescapeOctal(field: string): string {
	return field.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** A path as that file and fstab(5) spell it. */
export function escapeOctal(path: string): string {
	return path.replace(/[ \t\n\\]/g, char => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** The mounts that this process sees. */
export function readMountInfo(): MountInfo[] {
	return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** The topmost mount at a path, spelled as the kernel spells it; undefined where nothing is mounted. */
export function findMount(mountPoint: string, mounts: readonly MountInfo[] = readMountInfo()): MountInfo | undefined {
	return mounts.findLast(mount => mount.mountPoint === mountPoint);
}
