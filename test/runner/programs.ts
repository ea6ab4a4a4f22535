/**
 * programs - what users run, as bundle.mjs has built it: tests that run the command line run this.
 */

import { fileURLToPath } from 'node:url';

/** The command `ring3`, for node. */
export const cli: string = fileURLToPath(new URL('../../../bundle/src/cli/ring3.js', import.meta.url));

/** What `npm start` runs. */
export const start: string = fileURLToPath(new URL('../../../bundle/src/cli/start.js', import.meta.url));
