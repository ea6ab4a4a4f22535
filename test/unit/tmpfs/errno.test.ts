/** errno - each call on names gives the error that it gives on Linux: tables, tried on this machine's tmpfs first. */

import t from 'tap';
import { errnoTables } from './errno_tables.ts';
import { nativeTmpfs, noNative } from './native.ts';
import { simulatedTmpfs } from './simulated.ts';

t.test('tmpfs of Linux: each call on names gives the error in the table', { skip: noNative }, async t => {
	errnoTables(t, () => nativeTmpfs('mode=755'));
});

t.test('tmpfs: each call on names gives the error in the table', async t => {
	errnoTables(t, () => simulatedTmpfs('mode=755'));
});
