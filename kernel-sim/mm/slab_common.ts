/**
 * slab_common - caches of kernel objects of one kind (mm/slab_common.c).
 *
 * The kernel's parts say how many objects they have; what those would take is reckoned with their sizes in Linux on x86-64.
 *
 * Divergence: the objects live in the memory of this process, and only such kinds have a cache as are counted anyway.
 */

import { PAGE_SIZE } from './show_mem.ts';

/** A kind of object (struct kmem_cache). */
export interface KmemCache {
	readonly name: string;
	/** Bytes of an object. */
	readonly size: number;
	/** Pages of a slab. */
	readonly pages: number;
	/** Objects in use. */
	count(): number;
}

/** What there is of a cache (struct slabinfo). */
export interface SlabInfo {
	readonly activeObjs: number;
	readonly numObjs: number;
	readonly objectsPerSlab: number;
	readonly numSlabs: number;
}

/** How the objects of a cache lie in slabs (get_slabinfo). */
export function slabInfo({ size, pages, count }: KmemCache): SlabInfo {
	const activeObjs = count();
	const objectsPerSlab = Math.floor((pages * PAGE_SIZE) / size);
	const numSlabs = Math.ceil(activeObjs / objectsPerSlab);
	return { activeObjs, numObjs: numSlabs * objectsPerSlab, objectsPerSlab, numSlabs };
}

/** Pages of memory that all caches take. */
export function slabPages(caches: readonly KmemCache[]): number {
	return caches.reduce((sum, cache) => sum + slabInfo(cache).numSlabs * cache.pages, 0);
}
