/**
 * cpu - what the processors of the machine are: one package, a core for each, each core with caches of its own.
 *
 * What arch/x86/kernel/cpu finds out of the processor when it boots. /proc/cpuinfo, /sys/devices/system/cpu and the caches there
 * show it.
 *
 * Divergence: all but the count and the model name is that of no real processor.
 */

export const VENDOR_ID = 'GenuineRing3';
/** Number of a vendor that the kernel does not know (X86_VENDOR_UNKNOWN). */
const X86_VENDOR_UNKNOWN = 0xff;
export const CPU_FAMILY = 3;
export const CPU_MODEL = 3;
export const CLFLUSH_SIZE = 64;

/** What every 64-bit x86 has, and that this one is simulated: names and numbers (arch/x86/include/asm/cpufeatures.h). */
const features = {
	...{ fpu: 0x00, vme: 0x01, de: 0x02, pse: 0x03, tsc: 0x04, msr: 0x05, pae: 0x06, mce: 0x07, cx8: 0x08, apic: 0x09 },
	...{ sep: 0x0b, mtrr: 0x0c, pge: 0x0d, mca: 0x0e, cmov: 0x0f, pat: 0x10, pse36: 0x11, clflush: 0x13, mmx: 0x17 },
	...{ fxsr: 0x18, sse: 0x19, sse2: 0x1a, syscall: 0x2b, nx: 0x34, lm: 0x3d, constant_tsc: 0x68, nonstop_tsc: 0x78 },
	hypervisor: 0x9f,
} as const;

/** `flags` of /proc/cpuinfo. */
export const CPU_FLAGS: string = Object.keys(features).join(' ');

/** What a module that is for such a processor names (print_cpu_modalias). */
export const CPU_MODALIAS: string = `cpu:type:x86,ven${hex(X86_VENDOR_UNKNOWN)}fam${hex(CPU_FAMILY)}mod${hex(CPU_MODEL)}:feature:${Object.values(
	features,
)
	.map(number => `,${hex(number)}`)
	.join('')}`;

function hex(number: number): string {
	return number.toString(16).toUpperCase().padStart(4, '0');
}

/** A cache of each core (struct cacheinfo). Sizes in bytes. */
export interface CacheLeaf {
	readonly level: number;
	readonly type: 'Data' | 'Instruction' | 'Unified';
	readonly size: number;
	readonly ways: number;
}

/** In the order of their indices; the last is what /proc/cpuinfo calls the cache. */
export const CACHES: readonly CacheLeaf[] = [
	{ level: 1, type: 'Data', size: 32 << 10, ways: 8 },
	{ level: 1, type: 'Instruction', size: 32 << 10, ways: 8 },
	{ level: 2, type: 'Unified', size: 1 << 20, ways: 16 },
];
