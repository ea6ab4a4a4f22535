/**
 * nested_namespaces - mount namespaces that programs inside a machine have made for themselves, as `unshare -m` does.
 *
 * Nobody tells of them. Such a namespace is recognised by what it has inherited: the machine's /proc over the real one, and the real
 * one inside of that.
 */

import { readFileSync } from 'node:fs';
import { findMount, parseMountInfo } from '../../mount/mountinfo.ts';
import { ownerOf } from '../../mount/mountpoint.ts';
import { isErrno } from '../lib/errno.ts';

/** Bound: for how long what was found is believed, in milliseconds: numbers of namespaces are used again. */
const VALIDITY = 1000;

/** Remembers for a moment which are inside, and which are not. */
export class NestedNamespaces {
	readonly #known = new Map<string, boolean>();
	#since = 0;

	/** True for a namespace of the machine that this process is; `pid` is a process in it. */
	has(namespace: string, pid: number): boolean {
		const now = performance.now();
		if (now - this.#since > VALIDITY) {
			this.#known.clear();
			this.#since = now;
		}
		const known = this.#known.get(namespace) ?? isInside(pid);
		this.#known.set(namespace, known);
		return known;
	}
}

function isInside(pid: number): boolean {
	try {
		const mounts = parseMountInfo(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
		const [proc, host] = ['/proc', '/proc/.host'].map(path => findMount(path, mounts));
		return proc !== undefined && ownerOf(proc)?.pid === process.pid && host?.type === 'proc';
	} catch (error) {
		if (isErrno(error)) return false;
		throw error;
	}
}
