/**
 * unheard - output that nobody takes any more.
 *
 * Who reads a list and goes, as `ring3 dmesg -w | head` does, has what he wanted. A machine has more to do than to print, and goes
 * on: others may be at work in it.
 */

/** Lets what is printed from now on be lost where its reader has gone. */
export function goOnUnheard(): void {
	for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
