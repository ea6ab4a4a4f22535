/**
 * heap - how much memory this process has in use.
 */

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of objects and of array buffers that are in use, after a collection of what is not. Takes some ten milliseconds. */
export function heapInUse(): number {
	setFlagsFromString('--expose_gc');
	const collect = runInNewContext('gc') as () => void;
	collect();
	// The memory of array buffers is given back after a collection, and counted as such by the next.
	collect();
	const { used_heap_size, external_memory } = getHeapStatistics();
	return used_heap_size + external_memory;
}
