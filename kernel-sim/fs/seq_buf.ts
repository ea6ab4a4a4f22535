/**
 * seq_buf - a buffer that text is printed into, and that knows when something did not fit.
 *
 * The printing half of fs/seq_file.c. What does not fit *strictly*, leaving at least one byte free, sets the overflow and is
 * lost together with all that is printed after it: whoever owns the buffer has it printed again where there is more room.
 */

import { vprintTo } from '../../src/lib/printf.ts';
import { encodeName } from '../../src/lib/text.ts';

/** Up to this length a string is copied faster by a loop than by the encoder. */
const SHORT = 40;

const SPACE = 0x20;

const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();

/** Bytes printed so far. The buffer itself is its owner's to give and to empty. */
export class SeqBuf {
	/** Where printing goes. Empty until the owner needs it: everything then overflows. */
	protected buf: Uint8Array = EMPTY;
	/** Bytes printed; the size of the buffer once something did not fit. */
	protected count = 0;
	#padUntil = 0;

	/** Prints as seq_printf does; `sprintf` knows the conversions. */
	printf(format: string, ...args: readonly unknown[]): void {
		const end = vprintTo(this.buf, this.count, format, args);
		if (end >= this.buf.length) this.setOverflow();
		else this.count = end;
	}

	/** Prints a string, as UTF-8; a file name with other bytes in it as `encodeName` has it. */
	puts(s: string): void {
		if (this.count + s.length >= this.buf.length) this.setOverflow();
		else if (!this.#putAscii(s)) this.write(encodeName(s));
	}

	/** Prints one character. */
	putc(c: string): void {
		this.puts(c);
	}

	/** Prints bytes as they are. */
	write(bytes: Uint8Array): void {
		if (this.count + bytes.length >= this.buf.length) {
			this.setOverflow();
			return;
		}
		this.buf.set(bytes, this.count);
		this.count += bytes.length;
	}

	/** Prints `s`, and each character of it that is in `esc` as a backslash and three octal digits (seq_escape). */
	escape(s: string, esc: string): void {
		let out = '';
		for (const c of s) out += esc.includes(c) ? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}` : c;
		this.puts(out);
	}

	/** What is printed from here up to `pad` is to fill `width` bytes (seq_setwidth). */
	setWidth(width: number): void {
		this.#padUntil = this.count + width;
	}

	/** Prints blanks until the width that was set is filled, then `c`. */
	pad(c = ''): void {
		if (this.count < this.#padUntil) this.#blank(this.#padUntil);
		this.puts(c);
	}

	/** Says that it does not fit, whatever there was room for (seq_set_overflow). */
	setOverflow(): void {
		this.count = this.buf.length;
	}

	/** True once something did not fit. */
	hasOverflowed(): boolean {
		return this.count === this.buf.length;
	}

	#blank(until: number): void {
		if (until >= this.buf.length) {
			this.setOverflow();
			return;
		}
		this.buf.fill(SPACE, this.count, until);
		this.count = until;
	}

	/** Copies a string of ASCII that fits; false, and nothing printed, for any other. */
	#putAscii(s: string): boolean {
		const ascii = s.length > SHORT ? this.#encode(s) : this.#copy(s);
		if (ascii) this.count += s.length;
		return ascii;
	}

	#encode(s: string): boolean {
		const { read, written } = encoder.encodeInto(s, this.buf.subarray(this.count));
		return read === s.length && written === s.length;
	}

	#copy(s: string): boolean {
		const { buf, count } = this;
		for (let i = 0; i < s.length; i++) {
			const unit = s.charCodeAt(i);
			if (unit > 0x7f) return false;
			buf[count + i] = unit;
		}
		return true;
	}
}
