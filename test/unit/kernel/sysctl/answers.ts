/**
 * answers - what files under /proc/sys make of numbers, good and bad: made up by chance, and asked of a kernel.
 *
 * The inputs are the same for each seed. test/oracle/sysctl_answers.ts asks a real Linux with test_sysctl about them, and
 * sysctl_answers.test.ts compares what it has said with what this kernel says.
 */

import { Random } from '../../../stress/random.ts';

/** A file of test_sysctl and what is in it before each write. */
export const files: Readonly<Record<string, string>> = {
	int_0001: '60',
	int_0002: '7',
	int_0003: '0 1 2 3',
	uint_0001: '314',
	bitmap_0001: '1-3',
};

/** What is written, and where. */
export interface Question {
	readonly file: string;
	readonly written: string;
}

/** What write(2) said, bytes or the error, and what the file shows then. */
export type Answer = readonly [said: number | string, shown: string];

const words = '0 1 5 9 10 60 100 101 255 256 65535 65536 2147483647 2147483648 4294967295 4294967296'.split(' ');
const odd =
	'18446744073709551615 18446744073709551616 99999999999999999999 0x 0x10 0X1f 0xg 010 08 00 -0 - -- + +1 x 1x'.split(
		' ',
	);
const between = ' |  |\t|\n|\n\n|,|-|;|.|\0|\r|\v|\f|\u00a0| ,|, |-5,'.split('|');

function word(random: Random): string {
	return random.weighted<() => string>([
		[6, () => random.pick(words)],
		[3, () => random.pick(odd)],
		[3, () => `${random.below(200)}`],
		[1, () => `-${random.below(200)}`],
		[1, () => '0'.repeat(random.between(1, 24)) + random.below(10)],
		[1, () => `0x${random.below(2 ** 32).toString(16)}`],
	])();
}

/** So many questions; half of those about the bitmap are ranges. */
export function questions(seed: number, count: number): Question[] {
	const random = new Random(seed);
	return Array.from({ length: count }, () => {
		const file = random.pick(Object.keys(files));
		const list = Array.from({ length: random.between(0, 6) }, () => word(random));
		const usual = file === 'bitmap_0001' ? [',', '-'] : [' ', '\t'];
		const text = list.map(each => each + (random.below(4) === 0 ? random.pick(between) : random.pick(usual))).join('');
		const written = random.below(3) === 0 ? text : text.slice(0, -1) + random.pick(['', '\n', '\n\n']);
		return { file, written: random.below(8) === 0 ? ` ${written}` : written };
	});
}

/** Number of questions, and the seed of those that Linux has answered. */
export const asked = { seed: 6012, count: 1500 } as const;
