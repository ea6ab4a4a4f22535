/**
 * run_mounts - file systems of the machine on connections that programs under `ring3 run` have mounted, in namespaces of their own.
 *
 *     /dev            one for each run: what the host lends is mounted over something of the same name (mount/run/lent_devices.ts)
 *     fsopen(2)       one for each file system that a program makes (supervise_fsopen.ts)
 */

import type { Kernel } from '../../kernel-sim/kernel.ts';
import type { ServeOptions, Unserved } from '../../mount/index.ts';
import type { Libc } from '../../mount/libc.ts';
import { takeDescriptor } from '../../mount/run/filter.ts';
import { hostDev, lentDevice } from '../../mount/run/lent_devices.ts';
import { Errno } from '../lib/errno.ts';
import { isDir, new_decode_dev, S_IALLUGO } from '../uapi/stat.ts';
import type { Mounts } from './mounts.ts';
import type { NewFileSystem } from './supervise_fsopen.ts';
import { isInOwnUserNamespace } from './tasks.ts';

/** What is needed of the machine. */
export interface RunMountOptions {
	readonly libc: Libc;
	readonly kernel: Pick<Kernel, 'devtmpfs'>;
	readonly mounts: Mounts;
	/** What every mount is told. */
	served(): ServeOptions;
}

/** The mounts of the runs of one machine. */
export class RunMounts {
	readonly #options: RunMountOptions;

	constructor(options: RunMountOptions) {
		this.#options = options;
	}

	/**
	 * Serves /dev on a connection whose descriptor a process has. EINVAL for a name of which the host has nothing to lend, and as
	 * `takeDescriptor`.
	 */
	serveDev(pid: number, unserved: Unserved, lent: readonly string[]): void {
		const { libc, mounts, kernel } = this.#options;
		const covered = makePlaces(kernel, lent);
		const fd = takeDescriptor(libc, pid, unserved.fd);
		mounts.serve({ type: 'devtmpfs', unserved: { ...unserved, fd }, options: { ...this.#optionsFor(pid), covered } });
	}

	/** Serves a file system that a program makes. In a user namespace the host opens no device of it. Throws what is refused. */
	serveNew({ type, data, mark, fd, pid, create }: NewFileSystem): void {
		const options = { ...this.#optionsFor(pid), hidesNumbers: isInOwnUserNamespace(pid) };
		const unserved = { fd, connection: 0 };
		this.#options.mounts.serve({ type, data, unserved, source: mark, prepare: create, options });
	}

	/** The machine's root is root, too, in a user namespace that was made for it. */
	#optionsFor(pid: number): ServeOptions {
		const served = this.#options.served();
		return isInOwnUserNamespace(pid) ? served : { ...served, uid: 0, gid: 0 };
	}
}

/**
 * Makes what is missing for these names, and answers those that something will be mounted on: a node with the number that the device
 * has on the host, which no driver of the machine serves, or an empty directory.
 */
function makePlaces({ devtmpfs }: Pick<Kernel, 'devtmpfs'>, names: readonly string[]): ReadonlySet<string> {
	for (const name of names) {
		const device = /^[\w.-]+$/.test(name) ? lentDevice(name) : undefined;
		if (device === undefined) throw new Errno('EINVAL', `${name}: no device that is lent`);
		const mode = device.mode & S_IALLUGO;
		if (isDir(device.mode)) devtmpfs.createDirectory(name, mode);
		else devtmpfs.createNode(name, new_decode_dev(device.rdev), mode);
	}
	devtmpfs.createDirectory(hostDev, 0o755);
	devtmpfs.createLink('ptmx', `${hostDev}/ptmx`);
	return new Set([...names, hostDev]);
}
