/**
 * computer - what the numbers were measured on, without its name.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { run } from './compile.ts';

/** Lines that describe this computer and what runs on it. */
export function describeComputer(): string[] {
	const virtual = readFileSync('/proc/cpuinfo', 'utf8').includes(' hypervisor ');
	return [
		`${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}${virtual ? ', a virtual machine' : ''}`,
		`${(totalmem() / 2 ** 30).toFixed(0)} GiB of memory`,
		`Linux ${release()}`,
		`Node ${process.version}`,
		`libfuse ${version(() => run('pkg-config', ['--modversion', 'fuse3']).trim())}`,
		`fuse-native ${version(() => createRequire(import.meta.url)('fuse-native/package.json').version)}`,
		`load before the run: ${readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ')}`,
	];
}

function version(ask: () => string): string {
	try {
		return ask();
	} catch {
		return 'is not there';
	}
}
