/**
 * fuzz - datagrams for the controller of generic netlink: some right, most damaged, the same ones for the same seed.
 */

import { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import { NLMSG_HDRLEN } from '../../../src/uapi/netlink.ts';
import { type Datagram, WITH_CAP_ACK, WITH_EXT_ACK } from './ask.ts';

/** A number below another one. */
export type Random = (below: number) => number;

/** Numbers below 2 ** 32 that look like chance. */
export function randomNumbers(seed: number): Random {
	let state = seed >>> 0;
	return below => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), state | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) % below;
	};
}

/** Attributes of one message: of the controller's own numbers for the most part, and of a right size half of the time. */
function attributes(buffer: MessageBuffer, random: Random): void {
	for (let count = random(4); count > 0; count--) {
		const type = random(13) | (random(8) === 0 ? 0x8000 : 0) | (random(16) === 0 ? 0x4000 : 0);
		switch (random(6)) {
			case 0:
				buffer.nlaPutString(2, ['nlctrl', 'nosuch', '', 'a name of 17 bytes'][random(4)]!);
				break;
			case 1:
				buffer.nlaPutU16(1, [16, 16, 0, 17, 999][random(5)]!);
				break;
			case 2:
				buffer.nlaPutU32(10, [3, 10, 0, 77][random(4)]!);
				break;
			case 3:
				buffer.nlaPut(
					type,
					Uint8Array.from({ length: random(20) }, () => random(256)),
				);
				break;
			case 4:
				nests(buffer, type, [1, 5, 100][random(3)]!);
				break;
			default:
				buffer.nlaPutU32(type, random(32));
		}
	}
}

/** Writes nests in one another. */
export function nests(buffer: MessageBuffer, type: number, depth: number): void {
	const starts = Array.from({ length: depth }, () => buffer.nlaNestStart(type & 0x3fff));
	for (const at of starts.reverse()) buffer.nlaNestEnd(at);
}

function message(buffer: MessageBuffer, random: Random): void {
	const type = [16, 16, 16, 16, 16, 16, 0, 2, 3, 15, 19_999, 17][random(12)]!;
	const flags = [1, 5, 0x301, 0x305, 4, 0, 0x101, 0x205, 0xd, random(0x1_0000)][random(10)]!;
	const at = buffer.nlmsgPut(random(3), random(1000), type, random(12) === 0 ? 0 : 4, flags);
	if (buffer.length - at > NLMSG_HDRLEN) {
		buffer.view.setUint8(at + NLMSG_HDRLEN, [3, 3, 3, 10, 10, 1, 0, 200][random(8)]!);
		buffer.view.setUint8(at + NLMSG_HDRLEN + 1, random(4));
		if (random(8) === 0) buffer.view.setUint16(at + NLMSG_HDRLEN + 2, random(3), true);
	}
	attributes(buffer, random);
	buffer.nlmsgEnd(at);
}

/** Cuts, stretches and changes what was right. */
export function damage(bytes: Uint8Array, random: Random): Uint8Array {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	switch (random(8)) {
		case 0:
			return bytes.subarray(0, random(bytes.length + 1));
		case 1:
			view.setUint32(0, random(4), true);
			return bytes;
		case 2:
			view.setUint32(0, bytes.length + random(64), true);
			return bytes;
		case 3:
			view.setUint32(0, random(bytes.length + 1), true);
			return bytes;
		case 4:
			bytes[random(bytes.length)] = random(256);
			return bytes;
		case 5:
			return bytes.subarray(0, bytes.length - 1 - random(3));
		default:
			return bytes;
	}
}

/** `count` datagrams. */
export function* datagrams(seed: number, count: number): Generator<Datagram> {
	const random = randomNumbers(seed);
	for (let i = 0; i < count; i++) {
		const buffer = new MessageBuffer();
		for (let messages = 1 + random(3); messages > 0; messages--) message(buffer, random);
		const bytes = buffer.bytes.slice(0, buffer.length);
		yield { bytes: random(2) === 0 ? damage(bytes, random) : bytes, options: random(WITH_EXT_ACK + WITH_CAP_ACK + 1) };
	}
}
