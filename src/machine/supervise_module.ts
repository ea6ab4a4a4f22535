/**
 * supervise_module - init_module(2), finit_module(2) and delete_module(2) of programs under `ring3 run`, as kmod makes them.
 *
 *     insmod ./hello.ts            the file itself is the module
 *     insmod hello.ko              an ELF file, whose .modinfo names a module that comes with ring3, or in `ring3=` a file
 *
 * kernel/module/main.c. The file is read when it is loaded, from its path; not what the descriptor has come to be since.
 */

import { promises as fs, readlinkSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { nextArg } from '../../kernel-sim/kernel/params.ts';
import type { Kernel } from '../../kernel-sim/kernel.ts';
import type { Handler, SupervisedCall } from '../../mount/run/supervised_call.ts';
import { readUserString } from '../../mount/user_memory.ts';
import { Errno, isErrno } from '../lib/errno.ts';
import { CAP_SYS_MODULE } from '../uapi/capability.ts';
import { modinfo } from './modinfo.ts';

/** Longest arguments of a module (strndup_user(uargs, ~0UL >> 1) is bounded by what a machine word counts, and here by this). */
const ARGS_MAX = 64 * 1024;
/** Longest name, with its NUL (MODULE_NAME_LEN). */
const MODULE_NAME_LEN = 56;
/** Bound: the largest file that is looked into for its .modinfo, in bytes. */
const FILE_MAX = 64 * 1024 * 1024;
/** MODULE_INIT_IGNORE_MODVERSIONS, _VERMAGIC, and _COMPRESSED_FILE. */
const FLAGS = 7;

/** What the handlers need of their machine. */
export interface ModuleCallOptions {
	readonly kernel: Kernel;
	/** Settles when every program that looks sees what a module has made, or what has gone with it. */
	settled(): Promise<void>;
	/** Forgets what is mounted nowhere any more, as far as a program sees it. */
	prune(pid: number): Promise<void>;
}

/** The handlers. */
export function moduleCalls({
	kernel,
	settled,
	prune,
}: ModuleCallOptions): Readonly<Record<'init_module' | 'finit_module' | 'delete_module', Handler>> {
	const load = async (source: string, args: string) => {
		await kernel.modules.load(source, splitArgs(args));
		await settled();
		return 0;
	};
	return {
		init_module: call => {
			mustBeAllowed(call);
			const [image, length, args] = call.args;
			if (length > FILE_MAX) throw new Errno('ENOEXEC');
			return load(sourceOf(call.memory.read(image, Number(length)), '/'), readUserString(call.memory, args, ARGS_MAX));
		},
		finit_module: async call => {
			mustBeAllowed(call);
			if ((call.int(2) & ~FLAGS) !== 0) throw new Errno('EINVAL');
			const path = pathOf(call, call.int(0));
			const args = readUserString(call.memory, call.args[1], ARGS_MAX);
			if (extname(path) !== '.ko') return load(path, args);
			return load(sourceOf(await readModule(path), dirname(path)), args);
		},
		delete_module: async call => {
			mustBeAllowed(call);
			const name = nameFrom(call);
			await prune(call.pid);
			await kernel.modules.unload(name);
			await settled();
			return 0;
		},
	};
}

function mustBeAllowed(call: SupervisedCall): void {
	if (!call.capable(CAP_SYS_MODULE)) throw new Errno('EPERM');
}

/** The name of a module as the kernel has it, without `-`. EFAULT; ENOENT for one that no module can have. */
function nameFrom({ memory, args }: SupervisedCall): string {
	try {
		const name = readUserString(memory, args[0], MODULE_NAME_LEN);
		if (!name.includes('-')) return name;
	} catch (error) {
		if (!(error instanceof Errno) || error.code !== 'ENAMETOOLONG') throw error;
	}
	throw new Errno('ENOENT');
}

/** The file behind a descriptor of the caller. EBADF where there is none, EINVAL for what is no file. */
function pathOf({ pid }: SupervisedCall, fd: number): string {
	const path = linkOf(`/proc/${pid}/fd/${fd}`);
	if (!path.startsWith('/')) throw new Errno('EINVAL', path);
	return path;
}

function linkOf(path: string): string {
	try {
		return readlinkSync(path);
	} catch (error) {
		if (isErrno(error)) throw new Errno('EBADF', path);
		throw error;
	}
}

async function readModule(path: string): Promise<Uint8Array> {
	const file = await fs.open(path, 'r');
	try {
		const { size } = await file.stat();
		if (size > FILE_MAX) throw new Errno('ENOEXEC', path);
		const { buffer, bytesRead } = await file.read(new Uint8Array(size), 0, size, 0);
		return buffer.subarray(0, bytesRead);
	} finally {
		await file.close();
	}
}

/** What the loader is to load for an ELF file: ENOEXEC for one that says neither `ring3` nor `name`. */
function sourceOf(image: Uint8Array, dir: string): string {
	const info = modinfo(image);
	const file = info?.get('ring3');
	if (file !== undefined) return resolve(dir, file);
	const name = info?.get('name');
	if (name === undefined) throw new Errno('ENOEXEC', 'no module of ring3');
	return name;
}

/** `a=1 b="x y"` in its parts, without the quotes. */
function splitArgs(args: string): string[] {
	const parts: string[] = [];
	for (let rest = args.trimStart(); rest !== ''; ) {
		const { param, value, rest: after } = nextArg(rest);
		parts.push(value === undefined ? param : `${param}=${value}`);
		rest = after;
	}
	return parts;
}
