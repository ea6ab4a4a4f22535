/** boot_flags - what a machine boots with, as it is typed. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseBootFlags } from '../../../src/cli/boot_flags.ts';

t.test('parseBootFlags: nothing that was not said', async t => {
	t.same(parseBootFlags('mount', {}), {});
	t.same(parseBootFlags('mount', { sysctl: ['a.b=1', 'c=2'], cmdline: 'quiet' }), {
		sysctl: ['a.b=1', 'c=2'],
		commandLine: 'quiet',
	});
	t.same(parseBootFlags('mount', { config: ['CONFIG_SYSFS=n', 'CONFIG_DEBUG_FS=y'] }), {
		config: { CONFIG_SYSFS: false, CONFIG_DEBUG_FS: true },
	});
});

t.test('parseBootFlags: a file in the place of a value', async t => {
	const file = join(t.testdir(), 'x.conf');
	writeFileSync(file, '# one\na.b = 1\n');
	t.same(parseBootFlags('run', { sysctl: [file, 'c=2'] }), { sysctl: ['# one', 'a.b = 1', '', 'c=2'] });
	t.throws(() => parseBootFlags('run', { sysctl: ['/no/such'] }), { message: /--sysctl \/no\/such/ });
});

t.test('parseBootFlags: an option of the kernel is on or off', async t => {
	for (const word of ['CONFIG_SYSFS', 'CONFIG_SYSFS=', 'CONFIG_SYSFS=m', 'SYSFS=n', '=n', '']) {
		t.throws(() => parseBootFlags('mount', { config: [word] }), { message: /neither CONFIG_X=y nor/ }, word);
	}
});
