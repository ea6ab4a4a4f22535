/**
 * message - the buffers that requests arrive in and replies leave from.
 *
 * There is one buffer for what is received and one for what is sent, each with its one DataView, used over and over. What has
 * to outlive the turn is copied out of them: decoded structs own their data, payloads are slices.
 */

/** Most bytes of data in one READ or WRITE (`max_write`; 256 pages). */
export const MAX_WRITE = 1 << 20;

/** Size of a buffer that takes every message: the data and, before it, headers, arguments and names. */
export const BUFFER_SIZE = MAX_WRITE + 4096;

/** The same bytes twice: for copying, and for numbers. */
export interface MessageBuffer {
	readonly bytes: Uint8Array;
	readonly view: DataView;
}

/** A buffer of zeros. */
export function newBuffer(size: number = BUFFER_SIZE): MessageBuffer {
	return bufferOf(new Uint8Array(size));
}

/** A buffer of bytes that are there already; they are not copied. */
export function bufferOf(bytes: Uint8Array): MessageBuffer {
	return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}
