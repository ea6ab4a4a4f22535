#!/usr/bin/env node
/**
 * ring3 - the command line's entry.
 *
 * Exit status: 0, or 1 with one line `ring3: what: why` on the standard error, or 2 for a wrong command line; `ring3 run` ends as
 * its command ends, and with 126 or 127 when that cannot be run, as env(1) does.
 */

import { main } from './program.ts';

void main();
