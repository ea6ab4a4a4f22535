/**
 * string_helpers - words that user space wrote (lib/string_helpers.c).
 */

/** True where a word was written, with or without a newline behind it (sysfs_streq). */
export function sysfsStreq(written: string, word: string): boolean {
	return written === word || written === `${word}\n`;
}

/** The word of a table that was written, as `sysfsStreq` compares; undefined where it is none (sysfs_match_string). */
export function sysfsMatchString<T extends string>(words: readonly T[], written: string): T | undefined {
	return words.find(word => sysfsStreq(written, word));
}
