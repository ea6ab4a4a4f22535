/**
 * netlink_control - a machine's netlink over its control connection, for the commands that speak it.
 */

import { Errno } from '../lib/errno.ts';
import type { ControlClient } from '../machine/control_client.ts';
import type { NetlinkTransport } from '../netlink/conn.ts';

/** See above. */
export class ControlTransport implements NetlinkTransport {
	readonly #machine: ControlClient;
	readonly #args: { readonly protocol: number; readonly groups: readonly number[] };
	readonly #onLost: () => void;

	/** `onLost` is told each time that datagrams were lost. Absent: requests that wait for them do so in vain. */
	constructor(machine: ControlClient, protocol: number, groups: readonly number[] = [], onLost: () => void = () => {}) {
		this.#machine = machine;
		this.#args = { protocol, groups };
		this.#onLost = onLost;
	}

	async send(datagram: Uint8Array): Promise<void> {
		await this.#machine.request('netlink-send', { data: Buffer.from(datagram).toString('base64') });
	}

	open(receive: (datagram: Uint8Array) => void, ended: (error: Error) => void): void {
		const socket = this.#machine.request('netlink', this.#args, {
			onItem: item => ('data' in item ? receive(Buffer.from(item.data, 'base64')) : this.#onLost()),
		});
		socket.then(() => ended(new Errno('ECONNRESET')), ended);
	}

	close(): void {
		this.#machine.close();
	}
}
