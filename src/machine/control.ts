/**
 * control - the socket that a machine is governed through.
 *
 * Whoever can connect may load code into the machine, so that only its owner and root can: the socket has mode 0600 and lies
 * in a directory of mode 0700. What is sent on it is in protocol.ts. Whatever comes, the answer is a line; input never throws.
 */

import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Awaitable } from '../lib/awaitable.ts';
import { Errno, isErrno } from '../lib/errno.ts';
import {
	LineReader,
	maxRequest,
	parseRequest,
	type Reply,
	type Request,
	type VerbName,
	type WireError,
} from './protocol.ts';

/** Bound: bytes that wait for a client which does not read; at more it is cut off. */
const maxBacklog = 4 * 1024 * 1024;

/** A request under way. */
export interface Call {
	/** Aborted when the client is gone. */
	readonly signal: AbortSignal;
	/** Sends one item of a stream. */
	item(value: unknown): void;
}

/** Does what a request asks, and answers what goes into `ok`. Refuses by throwing an Errno. */
export type VerbHandler = (args: Arguments, call: Call) => Awaitable<unknown>;

/** The arguments of a request, which may be anything. */
export class Arguments {
	readonly #values: Readonly<Record<string, unknown>>;

	constructor(values: Readonly<Record<string, unknown>>) {
		this.#values = values;
	}

	/** Throws EINVAL for what is no string. */
	string(name: string): string {
		const value = this.#values[name];
		if (typeof value !== 'string') throw new Errno('EINVAL', `${name} is not a string`);
		return value;
	}

	/** Throws EINVAL for what is no list of strings. */
	strings(name: string): string[] {
		const value = this.#values[name];
		if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value;
		throw new Errno('EINVAL', `${name} is not a list of strings`);
	}

	/** Throws EINVAL for what is no whole number of 0 to `max`. */
	number(name: string, max: number): number {
		const value = this.#values[name];
		if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max) return value as number;
		throw new Errno('EINVAL', `${name} is not a number`);
	}

	/** Throws EINVAL for what is no list of whole numbers of 0 to `max`. */
	numbers(name: string, max: number): number[] {
		const value = this.#values[name];
		if (!Array.isArray(value)) throw new Errno('EINVAL', `${name} is not a list of numbers`);
		return value.map((_, i) => new Arguments({ [name]: value[i] }).number(name, max));
	}

	/** True only for `true`. */
	flag(name: string): boolean {
		return this.#values[name] === true;
	}
}

/** What the server needs of its machine. */
export interface ControlOptions {
	readonly verbs: Readonly<Record<VerbName, VerbHandler>>;
	/** Told of what a handler threw that is no Errno; the client gets EIO. */
	oops(error: unknown, where: string): void;
}

/** The listening socket and its connections. */
export class ControlServer {
	readonly #server: Server;
	readonly #connections = new Set<Socket>();
	#path: string | undefined;

	constructor(options: ControlOptions) {
		this.#server = createServer(socket => {
			this.#connections.add(socket);
			socket.once('close', () => this.#connections.delete(socket));
			serve(socket, options);
		});
	}

	/** Listens at a path where nothing is. Rejects with what bind(2) refuses. */
	async listen(path: string): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			this.#server.once('error', reject);
			this.#server.listen(path, resolve);
		});
		this.#path = path;
		chmodSync(path, 0o600);
	}

	/** Takes the socket away and cuts all connections; what was written to them is still delivered. */
	close(): void {
		if (this.#path !== undefined) rmSync(this.#path, { force: true });
		this.#server.close();
		for (const socket of this.#connections) socket.destroySoon();
	}
}

function serve(socket: Socket, options: ControlOptions): void {
	const lines = new LineReader(maxRequest);
	const gone = new AbortController();
	const send = (reply: Reply) => {
		if (!socket.writable) return;
		socket.write(`${JSON.stringify(reply)}\n`);
		if (socket.writableLength > maxBacklog) socket.destroy();
	};
	socket.on('error', () => socket.destroy());
	socket.once('close', () => gone.abort());
	socket.on('data', chunk => {
		const whole = lines.push(chunk);
		for (const line of whole ?? []) {
			const request = parseRequest(line);
			if (request === undefined) send(malformed);
			else void answer(request, options, gone.signal, send);
		}
		if (whole !== undefined) return;
		send(tooLong);
		socket.destroySoon();
	});
}

const malformed: Reply = { id: null, error: { code: 'EINVAL', message: 'not a request' } };
const tooLong: Reply = { id: null, error: { code: 'EMSGSIZE', message: `longer than ${maxRequest} bytes` } };

async function answer(
	{ id, verb, args }: Request,
	options: ControlOptions,
	signal: AbortSignal,
	send: (reply: Reply) => void,
): Promise<void> {
	try {
		if (!Object.hasOwn(options.verbs, verb)) throw new Errno('ENOSYS', `${verb}: no such verb`);
		const handler = options.verbs[verb as VerbName];
		const ok = await handler(new Arguments(args), { signal, item: item => send({ id, item }) });
		send({ id, ok: ok ?? null });
	} catch (error) {
		if (!isErrno(error)) options.oops(error, `control ${verb}`);
		send({ id, error: wireError(error) });
	}
}

/** An error as it goes over the wire; what is no Errno is EIO. */
export function wireError(error: unknown): WireError {
	const message = error instanceof Error ? error.message : String(error);
	if (!isErrno(error)) return { code: 'EIO', message };
	return { code: error.code, message: message.replace(new RegExp(`^${error.code}(: |$)`), '') };
}
