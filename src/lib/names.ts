/**
 * names - numbers printed by their names, as strace prints them.
 *
 * A table of constants (`{ O_CREAT: 0o100, ... } as const`) is at once the values, the type and the names. Flags come out in
 * numeric order, joined by `|`; what the table does not know comes last, in hexadecimal.
 */

/** Names and their numbers, spelled as in the kernel's headers. */
export type NameTable = Readonly<Record<string, number>>;

/** Bits of a flag word that hold a number of their own, as the access mode in open's flags, and the names of that number. */
export interface FlagChoice {
	readonly mask: number;
	readonly names: NameTable;
}

/** Prints a number. */
export type Printer = (value: number) => string;

const hex = (value: number) => `0x${value.toString(16)}`;

/**
 * A printer for numbers that are one of a table's; others print in decimal. Of two names for one number the first is used.
 */
export function enumerationPrinter(table: NameTable): Printer {
	const names = new Map<number, string>();
	for (const [name, value] of Object.entries(table)) if (!names.has(value)) names.set(value, name);
	return value => names.get(value) ?? String(value);
}

/**
 * A printer for 32-bit words of flags. `choices` are printed first, by their own names; no flag and no choice prints as `0`.
 *
 * Throws TypeError for a table in which a name has no bit, more than 32, or a bit that another name or a choice has.
 */
export function flagsPrinter(table: NameTable, choices: readonly FlagChoice[] = []): Printer {
	const flags = Object.entries(table).sort(([, a], [, b]) => a - b);
	checkBits([...choices.map(({ mask }): [string, number] => ['a choice', mask]), ...flags]);
	const printers = choices.map(({ mask, names }) => ({ mask, print: enumerationPrinter(names) }));
	return value => {
		let rest = value >>> 0;
		const parts: string[] = [];
		for (const { mask, print } of printers) {
			parts.push(print((rest & mask) >>> 0));
			rest = (rest & ~mask) >>> 0;
		}
		for (const [name, bits] of flags) {
			if ((rest & bits) >>> 0 !== bits) continue;
			parts.push(name);
			rest = (rest & ~bits) >>> 0;
		}
		if (rest !== 0 || parts.length === 0) parts.push(rest === 0 ? '0' : hex(rest));
		return parts.join('|');
	};
}

function checkBits(entries: readonly (readonly [string, number])[]): void {
	let seen = 0;
	for (const [name, bits] of entries) {
		if (bits >>> 0 !== bits || bits === 0) throw new TypeError(`flag table: ${name} is not a word of 32 bits`);
		if ((seen & bits) !== 0) throw new TypeError(`flag table: ${name} has a bit that another name has`);
		seen |= bits;
	}
}
