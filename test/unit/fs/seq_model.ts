/**
 * seq_model - what reads of a file of records return on Linux, worked out from the lengths of the records alone.
 *
 * Written from Documentation/filesystems/seq_file.rst and from what Linux was seen to return. It shares nothing with the code
 * under test: it has neither a buffer nor an iterator, and adds up lengths.
 */

import { type Record, recordText } from './seq_reader.ts';

/** The answer to a call: text, a position, or the name of an error. */
export type Answer = string | number | { readonly error: string };

const PAGE_SIZE = 4096;

/** One open file. */
export class SeqModel {
	/** The reader's position. */
	pos = 0;
	/** Bytes of each record; 0 for one that is skipped. */
	readonly #lengths: readonly number[];
	/** The error of each record that has one. */
	readonly #errors: readonly (string | undefined)[];
	readonly #text: string;
	/** A record or a session takes fewer bytes than this. */
	#limit = PAGE_SIZE;
	/** Where the last read ended, and how many bytes from there on have been shown already. */
	#readPos = 0;
	#left = 0;
	/** The record that is shown next. */
	#next = 0;

	constructor(records: readonly Record[]) {
		this.#lengths = records.map(record => (typeof record === 'number' ? record : 0));
		this.#errors = records.map(record => (typeof record === 'object' && 'error' in record ? record.error : undefined));
		this.#text = this.#lengths.map((length, i) => recordText(i, length)).join('');
	}

	/** read(2). */
	read(count: number): Answer {
		const answer = this.pread(count, this.pos);
		if (typeof answer === 'string') this.pos += answer.length;
		return answer;
	}

	/** lseek(2) to a position. */
	lseek(pos: number): Answer {
		const error = pos === this.#readPos ? undefined : this.#goTo(pos);
		this.pos = error === undefined ? pos : 0;
		return error === undefined ? pos : { error };
	}

	/** pread(2). */
	pread(count: number, pos: number): Answer {
		if (count === 0) return '';
		const astray = pos === 0 || pos !== this.#readPos ? this.#goTo(pos) : undefined;
		if (astray !== undefined) return { error: astray };
		const error = count < this.#left ? undefined : this.#show(count);
		const total = Math.min(count, this.#left);
		if (total === 0 && error !== undefined) return { error };
		this.#left -= total;
		this.#readPos += total;
		return this.#text.slice(pos, pos + total);
	}

	/** Stands at byte `pos` of the file, what is left of the record there being shown. Gives the error that is in the way. */
	#goTo(pos: number): string | undefined {
		this.#readPos = 0;
		this.#left = 0;
		this.#next = 0;
		let sum = 0;
		let next = 0;
		while (next < this.#lengths.length && sum < pos) {
			if (this.#errors[next] !== undefined) return this.#errors[next];
			this.#makeRoom(this.#lengths[next]!);
			sum += this.#lengths[next]!;
			next++;
		}
		this.#readPos = pos;
		this.#left = Math.max(0, sum - pos);
		this.#next = next;
		return undefined;
	}

	/** Shows one more session behind what is left, for a reader who wants `count` bytes in all. Gives the error it begins with. */
	#show(count: number): string | undefined {
		const room = count - this.#left;
		while (this.#lengths[this.#next] === 0 && this.#errors[this.#next] === undefined) this.#next++;
		const first = this.#lengths[this.#next];
		if (first === undefined || first === 0) return this.#errors[this.#next];
		this.#makeRoom(first);
		let shown = 0;
		do {
			shown += this.#lengths[this.#next]!;
			this.#next++;
		} while (
			this.#next < this.#lengths.length &&
			shown < room &&
			this.#errors[this.#next] === undefined &&
			shown + this.#lengths[this.#next]! < this.#limit
		);
		this.#left += shown;
		return undefined;
	}

	#makeRoom(length: number): void {
		while (length >= this.#limit) this.#limit *= 2;
	}
}
