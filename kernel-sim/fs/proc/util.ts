/**
 * util - names in /proc that are numbers (fs/proc/util.c).
 */

/** Largest number that a name is taken for: 32 bits, with room for one more digit. */
const NAME_INT_MAX = 4_294_967_279;

/** The number that a name is in decimal. Undefined for any other name, one with a leading zero, and one too large. */
export function nameToInt(name: string): number | undefined {
	if (!/^(0|[1-9][0-9]{0,9})$/.test(name)) return undefined;
	const number = Number(name);
	return number <= NAME_INT_MAX ? number : undefined;
}
