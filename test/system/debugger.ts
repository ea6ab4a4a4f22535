/**
 * debugger - the other side of node --inspect: a client of the inspector's protocol, over as much of WebSocket as that takes.
 *
 * RFC 6455: a frame is two bytes, a longer length, four bytes of mask from a client, and the text. The inspector sends no frame in
 * parts.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import type { Socket } from 'node:net';
import type { Test } from 'tap';

/** Bound: how long an answer may take, in milliseconds. */
const patience = 10_000;

const TEXT = 1;
const FIN = 0x80;
const MASK = 0x80;

interface Message {
	readonly id?: number;
	readonly method?: string;
	readonly params?: unknown;
	readonly result?: unknown;
	readonly error?: { readonly message: string };
}

/** A debugger that is attached to a process. */
export class Debugger {
	readonly #socket: Socket;
	readonly #messages: Message[] = [];
	#bytes = Buffer.alloc(0);
	#lastId = 0;
	#received = () => {};

	private constructor(socket: Socket) {
		this.#socket = socket;
		socket.on('data', bytes => this.#receive(bytes as Buffer));
		socket.on('error', () => {});
	}

	/** Attaches to the address that a process has printed; detaches with the test. */
	static async attach(t: Test, address: string): Promise<Debugger> {
		const headers = {
			Connection: 'Upgrade',
			Upgrade: 'websocket',
			'Sec-WebSocket-Version': '13',
			'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
		};
		const request = get(address.replace(/^ws:/, 'http:'), { headers });
		const [, socket] = (await once(request, 'upgrade')) as [unknown, Socket];
		const client = new Debugger(socket);
		t.teardown(() => client.detach());
		return client;
	}

	/** Calls a method and gives its result; rejects with what the process refuses. */
	async call<T = unknown>(method: string, params: object = {}): Promise<T> {
		const id = ++this.#lastId;
		this.#send(JSON.stringify({ id, method, params }));
		const { error, result } = await this.#next(message => message.id === id);
		if (error !== undefined) throw new Error(`${method}: ${error.message}`);
		return result as T;
	}

	/** Waits for an event that was not taken yet, and gives its parameters. */
	async event<T = unknown>(method: string): Promise<T> {
		return (await this.#next(message => message.method === method)).params as T;
	}

	/** Ends the connection, as a debugger that is closed does. */
	detach(): void {
		this.#socket.destroy();
	}

	async #next(wanted: (message: Message) => boolean): Promise<Message> {
		for (const end = Date.now() + patience; Date.now() < end; ) {
			const at = this.#messages.findIndex(wanted);
			if (at >= 0) return this.#messages.splice(at, 1)[0]!;
			await new Promise<void>(resolve => {
				const timer = setTimeout(resolve, end - Date.now());
				this.#received = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
		throw new Error(`the inspector said only ${JSON.stringify(this.#messages.map(({ method, id }) => method ?? id))}`);
	}

	#send(text: string): void {
		const payload = Buffer.from(text);
		const mask = randomBytes(4);
		const masked = payload.map((byte, i) => byte ^ mask[i % 4]!);
		const header = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255];
		header[0]! |= MASK;
		this.#socket.write(Buffer.concat([Buffer.from([FIN | TEXT, ...header]), mask, masked]));
	}

	#receive(bytes: Buffer): void {
		this.#bytes = Buffer.concat([this.#bytes, bytes]);
		for (let frame = frameOf(this.#bytes); frame !== undefined; frame = frameOf(this.#bytes)) {
			this.#bytes = this.#bytes.subarray(frame.end);
			if (frame.opcode === TEXT) this.#messages.push(JSON.parse(frame.payload.toString()));
		}
		this.#received();
	}
}

interface Frame {
	readonly opcode: number;
	readonly payload: Buffer;
	readonly end: number;
}

/** The frame that a buffer begins with; undefined where it is not whole. */
function frameOf(bytes: Buffer): Frame | undefined {
	if (bytes.length < 2) return undefined;
	const short = bytes[1]! & 127;
	const start = short < 126 ? 2 : short === 126 ? 4 : 10;
	if (bytes.length < start) return undefined;
	const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
	const end = start + length;
	if (bytes.length < end) return undefined;
	return { opcode: bytes[0]! & 15, payload: bytes.subarray(start, end), end };
}
