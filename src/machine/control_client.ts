/**
 * control_client - one connection to a machine's control socket, from the outside.
 */

import { connect, type Socket } from 'node:net';
import { Errno, type ErrnoName, errno } from '../lib/errno.ts';
import { LineReader, maxReply, parseObject, type VerbName, type Verbs, type WireError } from './protocol.ts';

interface Pending {
	item(value: unknown): void;
	resolve(value: unknown): void;
	reject(error: Error): void;
}

/** A connection; requests may overlap. */
export class ControlClient {
	readonly #socket: Socket;
	readonly #lines = new LineReader(maxReply);
	readonly #pending = new Map<number, Pending>();
	#lastId = 0;
	/** Settles when the connection is gone, whoever ended it. */
	readonly closed: Promise<void>;

	private constructor(socket: Socket) {
		this.#socket = socket;
		socket.on('data', chunk => this.#receive(chunk));
		socket.on('error', () => socket.destroy());
		this.closed = new Promise(resolve => {
			socket.once('close', () => {
				this.#fail(new Errno('ECONNRESET', 'the machine has gone'));
				resolve();
			});
		});
	}

	/** Connects. Rejects with ENOENT, ECONNREFUSED or EACCES, as connect(2) does. */
	static connect(path: string): Promise<ControlClient> {
		return new Promise((resolve, reject) => {
			const socket = connect(path);
			socket.once('error', reject);
			socket.once('connect', () => {
				socket.off('error', reject);
				resolve(new ControlClient(socket));
			});
		});
	}

	/**
	 * Asks for something and waits for the answer; `onItem` gets what comes before it. Rejects with the Errno that the machine
	 * answers, ECONNRESET when it goes away, ETIMEDOUT after `timeout` milliseconds.
	 */
	request<V extends VerbName>(
		verb: V,
		args: Verbs[V]['args'],
		{ onItem, timeout }: { onItem?: (item: Verbs[V]['item']) => void; timeout?: number } = {},
	): Promise<Verbs[V]['ok']> {
		const id = ++this.#lastId;
		return new Promise<unknown>((resolve, reject) => {
			const timer = timeout === undefined ? undefined : setTimeout(() => this.#expire(id), timeout);
			const settle = () => clearTimeout(timer);
			this.#pending.set(id, {
				item: value => onItem?.(value as Verbs[V]['item']),
				resolve: value => resolve(settle() ?? value),
				reject: error => reject(settle() ?? error),
			});
			if (this.#socket.destroyed) this.#fail(new Errno('ECONNRESET', 'the machine has gone'));
			else this.#socket.write(`${JSON.stringify({ id, verb, args })}\n`);
		}) as Promise<Verbs[V]['ok']>;
	}

	/** Ends the connection; requests under way are rejected with ECONNRESET. */
	close(): void {
		this.#socket.destroy();
	}

	#receive(chunk: Buffer): void {
		const lines = this.#lines.push(chunk);
		for (const line of lines ?? []) this.#dispatch(parseObject(line) ?? {});
		if (lines === undefined) this.#socket.destroy();
	}

	#dispatch(reply: Record<string, unknown>): void {
		// What was no request, or too long, is nobody's; the machine ends the connection then.
		if (reply.id === null) this.#fail(errnoOf(reply.error as WireError));
		const id = reply.id as number;
		const pending = this.#pending.get(id);
		if (pending === undefined) return;
		if ('item' in reply) {
			pending.item(reply.item);
			return;
		}
		this.#pending.delete(id);
		if ('error' in reply) pending.reject(errnoOf(reply.error as WireError));
		else pending.resolve(reply.ok);
	}

	#expire(id: number): void {
		this.#pending.get(id)?.reject(new Errno('ETIMEDOUT', 'the machine does not answer'));
		this.#pending.delete(id);
	}

	#fail(error: Error): void {
		for (const pending of this.#pending.values()) pending.reject(error);
		this.#pending.clear();
	}
}

/** The Errno that a machine has sent. */
export function errnoOf({ code, message }: WireError): Errno {
	return new Errno(code in errno ? (code as ErrnoName) : 'EIO', message === '' ? undefined : message);
}
