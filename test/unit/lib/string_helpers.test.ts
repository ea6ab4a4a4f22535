/** string_helpers - src/lib/string_helpers.ts. */

import t from 'tap';
import { sysfsMatchString, sysfsStreq } from '../../../src/lib/string_helpers.ts';

t.test('sysfs_streq: one newline may be behind the word, and nothing else', async t => {
	for (const [written, word, same] of [
		['on', 'on', true],
		['on\n', 'on', true],
		['on\n\n', 'on', false],
		['on ', 'on', false],
		[' on', 'on', false],
		['On', 'on', false],
		['o', 'on', false],
		['', 'on', false],
		['', '', true],
		['\n', '', true],
	] as const) {
		t.equal(sysfsStreq(written, word), same, JSON.stringify([written, word]));
	}
});

t.test('sysfs_match_string: the word of the table that was written', async t => {
	const words = ['auto', 'on', 'off'] as const;
	t.equal(sysfsMatchString(words, 'off\n'), 'off');
	t.equal(sysfsMatchString(words, 'on'), 'on');
	for (const none of ['', '\n', 'auto on', 'ONE']) t.equal(sysfsMatchString(words, none), undefined);
});
