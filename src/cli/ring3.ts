#!/usr/bin/env node
/**
 * ring3 - the command line's entry.
 *
 * Exit status: 0, or 1 with one line `ring3: what: why` on the standard error, or 2 for a wrong command line; `ring3 run` ends as
 * its command ends, and with 126 or 127 when that cannot be run, as env(1) does.
 */

/** The thread that root's `run` needs takes as long to start as all the rest together: it begins first. */
const early = process.argv[2] === 'run' && process.geteuid!() === 0;
const launch = early ? new (await import('../../mount/run/launch.ts')).Launch() : undefined;

const { main } = await import('./program.ts');
await main(launch);
