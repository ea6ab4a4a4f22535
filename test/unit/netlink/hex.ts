/** hex - bytes written down as hexadecimal digits, with blanks wherever they help. */
export function bytesOf(hex: string): Uint8Array {
	return new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
}
