/**
 * sessions - the `ring3 run` that are under way in a machine.
 *
 * A session is a mount namespace in which the machine's /proc lies over the real one. It lives as long as its launcher is
 * connected, and on while a program that was left in the background is still in it.
 */

import { type Insiders, isNamespaceInUse } from './tasks.ts';

/** Bound: how often it is looked whether the last program of a session has ended, in milliseconds, once its launcher has. */
const lookInterval = 1000;

/** The sessions of one machine. */
export class Sessions implements Insiders {
	readonly #namespaces = new Map<string, NodeJS.Timeout | undefined>();
	readonly #onIdle: () => void;

	/** `onIdle` is called each time the last session has ended. */
	constructor(onIdle: () => void) {
		this.#onIdle = onIdle;
	}

	/** Namespaces of programs inside. */
	get size(): number {
		return this.#namespaces.size;
	}

	has(namespace: string): boolean {
		return this.#namespaces.has(namespace);
	}

	/** Begins a session; it ends when `launcher` is aborted and the namespace is empty. */
	join(namespace: string, launcher: AbortSignal): void {
		clearInterval(this.#namespaces.get(namespace));
		this.#namespaces.set(namespace, undefined);
		launcher.addEventListener('abort', () => this.#launcherGone(namespace), { once: true });
	}

	/** Forgets all sessions, without a call of `onIdle`. */
	close(): void {
		for (const timer of this.#namespaces.values()) clearInterval(timer);
		this.#namespaces.clear();
	}

	#launcherGone(namespace: string): void {
		if (!this.#namespaces.has(namespace) || this.#endIfEmpty(namespace)) return;
		this.#namespaces.set(namespace, setInterval(() => this.#endIfEmpty(namespace), lookInterval).unref());
	}

	#endIfEmpty(namespace: string): boolean {
		if (isNamespaceInUse(namespace)) return false;
		clearInterval(this.#namespaces.get(namespace));
		this.#namespaces.delete(namespace);
		if (this.#namespaces.size === 0) this.#onIdle();
		return true;
	}
}
