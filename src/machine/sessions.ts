/**
 * sessions - the `ring3 run` that are under way in a machine.
 *
 *   join    a launcher has connected
 *   enter   it has made a mount namespace, in which the machine's /proc lies over the real one
 *   end     the launcher has gone, and so has the last program in its namespace; some may have been left in the background
 *
 * Programs in a namespace that one of these has made for itself are inside, too.
 */

import { Errno } from '../lib/errno.ts';
import { NestedNamespaces } from './nested_namespaces.ts';
import { type Insiders, isNamespaceInUse, mountNamespace } from './tasks.ts';

/** Bound: how often it is looked whether the last program of a session has ended, in milliseconds, once its launcher has. */
const lookInterval = 1000;

interface Entered {
	readonly namespace: string;
	readonly pid: number;
}

/** The sessions of one machine. */
export class Sessions implements Insiders {
	/** Each launcher that is connected, its process and the namespace that it has made. */
	readonly #launchers = new Map<AbortSignal, Entered | undefined>();
	/** Namespaces whose launcher has gone, and the timers that look at them. */
	readonly #orphans = new Map<string, NodeJS.Timeout>();
	readonly #nested = new NestedNamespaces();
	/** Programs whose system calls are answered, by their filters. */
	#filters = 0;
	readonly #onIdle: () => void;

	/** `onIdle` is called each time the last session has ended. */
	constructor(onIdle: () => void) {
		this.#onIdle = onIdle;
	}

	/** How many there are. */
	get size(): number {
		return Math.max(this.#launchers.size + this.#orphans.size, this.#filters);
	}

	has(namespace: string, pid: number): boolean {
		if (this.#orphans.has(namespace) || [...this.#launchers.values()].some(entered => entered?.namespace === namespace))
			return true;
		return this.#nested.has(namespace, pid);
	}

	isLauncher(pid: number): boolean {
		return [...this.#launchers.values()].some(entered => entered?.pid === pid);
	}

	/** Begins a session, whose launcher is there until the signal is aborted. */
	join(launcher: AbortSignal): void {
		if (this.#launchers.has(launcher)) return;
		this.#launchers.set(launcher, undefined);
		launcher.addEventListener('abort', () => this.#launcherGone(launcher), { once: true });
	}

	/**
	 * Gives a session its namespace; `pid` is its launcher, which may be there as well, and is no program. Throws EINVAL without a session,
	 * and for the namespace that this process is in itself.
	 */
	enter(namespace: string, pid: number, launcher: AbortSignal): void {
		if (!this.#launchers.has(launcher)) throw new Errno('EINVAL', 'there was no run-join before');
		if (namespace === mountNamespace(process.pid))
			throw new Errno('EINVAL', 'that is the namespace of the machine itself');
		this.#launchers.set(launcher, { namespace, pid });
	}

	/** Keeps a session until the returned function is called, which is when nobody is under a filter any more. */
	hold(): () => void {
		this.#filters++;
		return () => {
			this.#filters--;
			if (this.size === 0) this.#onIdle();
		};
	}

	/** Forgets all sessions, without a call of `onIdle`. */
	close(): void {
		for (const timer of this.#orphans.values()) clearInterval(timer);
		this.#orphans.clear();
		this.#launchers.clear();
	}

	#launcherGone(launcher: AbortSignal): void {
		if (!this.#launchers.has(launcher)) return;
		const namespace = this.#launchers.get(launcher)?.namespace;
		this.#launchers.delete(launcher);
		if (namespace !== undefined && isNamespaceInUse(namespace)) {
			this.#orphans.set(
				namespace,
				setInterval(() => this.#lookAt(namespace), lookInterval),
			);
		} else if (this.size === 0) {
			this.#onIdle();
		}
	}

	#lookAt(namespace: string): void {
		if (isNamespaceInUse(namespace)) return;
		clearInterval(this.#orphans.get(namespace));
		this.#orphans.delete(namespace);
		if (this.size === 0) this.#onIdle();
	}
}
