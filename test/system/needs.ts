/**
 * needs - programs that a test uses if they are installed.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Why a test is to be skipped, for its options: a reason where one of the programs is missing, false where all are there. In CI
 * nothing is skipped, and the test fails by itself.
 */
export function lacks(...programs: readonly string[]): string | false {
	const path = `${process.env.PATH}:/usr/sbin:/sbin`.split(':');
	const missing = programs.filter(program => !path.some(dir => existsSync(join(dir, program))));
	return missing.length > 0 && process.env.CI !== 'true' && `not installed: ${missing.join(', ')}`;
}
