/**
 * options - what a tmpfs is told when it is mounted, and what /proc/mounts shows of it.
 *
 * Follows shmem_parse_options, shmem_parse_one and shmem_show_options in mm/shmem.c, of a kernel without quotas, NUMA and
 * transparent huge pages, whose inode numbers have 64 bits by default, as Debian's do.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { memparse } from '../../../src/lib/kstrto.ts';
import { S_IALLUGO } from '../../../src/uapi/stat.ts';
import { badValue, paramFlag, paramId, paramString, paramU32, splitOption } from '../fs_parser.ts';
import { PAGE_SIZE } from './pages.ts';

const MODE_DEFAULT = 0o1777;
const LONG_MAX = 0x7fff_ffff_ffff_ffffn;
const ULONG_MAX = 0xffff_ffff_ffff_ffffn;
const BOGO_INODE_SIZE = 1024n;

/** What it was told, or else the defaults. */
export interface TmpfsOptions {
	/** Most pages, 0 for no limit. */
	blocks: number;
	/** Most inodes, 0 for no limit. */
	inodes: number;
	/** Permission bits of the root. */
	mode: number;
	/** Owner of the root. */
	uid: number;
	gid: number;
	/** inode64, or else inode32; only shown. */
	fullInums: boolean;
	/** Only shown. */
	noswap: boolean;
}

/** Half of the memory, and as many inodes as pages. */
function defaults(totalramPages: number): TmpfsOptions {
	const half = Math.floor(totalramPages / 2);
	return { blocks: half, inodes: half, mode: MODE_DEFAULT, uid: 0, gid: 0, fullInums: true, noswap: false };
}

type Parser = (options: TmpfsOptions, value: string | undefined, totalramPages: number) => void;

const parsers: Readonly<Record<string, Parser>> = {
	size(options, value, totalramPages) {
		const text = paramString(value);
		const { value: number, end } = memparse(text);
		const percent = text[end] === '%';
		if (end + (percent ? 1 : 0) !== text.length) throw badValue(text);
		const size = percent ? (number * BigInt(totalramPages) * BigInt(PAGE_SIZE)) / 100n : number;
		options.blocks = Number((size + BigInt(PAGE_SIZE - 1)) / BigInt(PAGE_SIZE));
	},
	nr_blocks(options, value) {
		options.blocks = count(value, LONG_MAX);
	},
	nr_inodes(options, value) {
		options.inodes = count(value, ULONG_MAX / BOGO_INODE_SIZE);
	},
	mode(options, value) {
		options.mode = paramU32(value, 8) & S_IALLUGO;
	},
	uid(options, value) {
		options.uid = paramId(value);
	},
	gid(options, value) {
		options.gid = paramId(value);
	},
	huge(_options, value) {
		if (value !== 'never') throw badValue(value);
	},
	inode32(options, value) {
		paramFlag(value);
		options.fullInums = false;
	},
	inode64(options, value) {
		paramFlag(value);
		options.fullInums = true;
	},
	noswap(options, value) {
		paramFlag(value);
		options.noswap = true;
	},
};

/** Reads the options of mount(2), separated by commas. EINVAL for an unknown one and for a bad value. */
export function parseOptions(data: string, totalramPages: number): TmpfsOptions {
	const options = defaults(totalramPages);
	// A comma before a digit is part of a value: lists of NUMA nodes have commas.
	for (const option of data.split(/,(?!\d)/)) {
		if (option === '') continue;
		const [key, value] = splitOption(option);
		const parser = Object.hasOwn(parsers, key) ? parsers[key] : undefined;
		if (parser === undefined) throw new Errno('EINVAL', `tmpfs: unknown parameter '${key}'`);
		parser(options, value, totalramPages);
	}
	return options;
}

/** Those that are not the defaults, each with a comma before it; inode64 always. */
export function showOptions(options: TmpfsOptions, totalramPages: number): string {
	const standard = defaults(totalramPages);
	let text = '';
	if (options.blocks !== standard.blocks) text += `,size=${options.blocks * (PAGE_SIZE / 1024)}k`;
	if (options.inodes !== standard.inodes) text += `,nr_inodes=${options.inodes}`;
	if (options.mode !== MODE_DEFAULT) text += `,mode=${options.mode.toString(8).padStart(3, '0')}`;
	if (options.uid !== 0) text += `,uid=${options.uid}`;
	if (options.gid !== 0) text += `,gid=${options.gid}`;
	text += options.fullInums ? ',inode64' : ',inode32';
	if (options.noswap) text += ',noswap';
	return text;
}

function count(value: string | undefined, most: bigint): number {
	const text = paramString(value);
	const { value: number, end } = memparse(text);
	if (end !== text.length || number > most) throw badValue(text);
	return Number(number);
}
