/**
 * seq_list - records made of the elements of a collection.
 *
 * Takes the place of seq_list_start, seq_list_next and their kin in fs/seq_file.c. A session walks one JavaScript iterator; the
 * next session makes a new one and steps to its position, so that a file follows a collection that changes between two reads.
 */

import type { Awaitable } from '../../src/lib/awaitable.ts';
import { SEQ_START_TOKEN, type SeqFile, type SeqOperations, type Shown } from './seq_file.ts';

/** Where a session stands: an element, and those that follow it. */
interface Cursor<T> {
	readonly rest: Iterator<T>;
	element: T | typeof SEQ_START_TOKEN;
}

/**
 * The operations of a file that shows a record for each element of `items`, in their order, after a `heading` where there is
 * one. `items` is called once per session; the collection must not change while a session sleeps.
 */
export function seqEach<T, P = unknown>(
	items: (m: SeqFile<P>) => Iterable<T>,
	show: (m: SeqFile<P>, element: T) => Awaitable<Shown>,
	heading?: (m: SeqFile<P>) => Awaitable<Shown>,
): SeqOperations<Cursor<T>, P> {
	const advance = (cursor: Cursor<T>): Cursor<T> | undefined => {
		const { done, value } = cursor.rest.next();
		if (done) return undefined;
		cursor.element = value;
		return cursor;
	};
	return {
		start(m, pos) {
			const rest = items(m)[Symbol.iterator]();
			let cursor: Cursor<T> | undefined = { rest, element: SEQ_START_TOKEN };
			for (let i = heading === undefined ? -1 : 0; i < pos && cursor !== undefined; i++) cursor = advance(cursor);
			return cursor;
		},
		next: (_m, cursor) => advance(cursor),
		show: (m, { element }) => (element === SEQ_START_TOKEN ? heading?.(m) : show(m, element as T)),
		stop: (_m, cursor) => {
			cursor?.rest.return?.();
		},
	};
}
