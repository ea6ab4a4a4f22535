/** inspect - a bare --inspect takes no word for its port, and what belongs to the command that is run is left alone. */

import t from 'tap';
import { parsePort, spellOut } from '../../../src/cli/inspect.ts';

t.test('--inspect: with and without a port', async t => {
	const options = [
		{ required: true, long: '--name' },
		{ required: true, short: '-o' },
		{ required: false, long: '--daemon' },
		{ required: false, long: '--inspect' },
	];
	const cases: [name: string, words: string, spelt: string][] = [
		['mount', '--inspect dir', '--inspect= dir'],
		['mount', 'dir --inspect', 'dir --inspect='],
		['mount', '--inspect=7 dir', '--inspect=7 dir'],
		['mount', '--daemon --inspect dir', '--daemon --inspect= dir'],
		['mount', '--name --inspect dir', '--name --inspect dir'],
		['mount', '-o --inspect --inspect', '-o --inspect --inspect='],
		['mount', '-- --inspect', '-- --inspect'],
		['run', '--inspect node --inspect x', '--inspect= node --inspect x'],
		['run', '--name x --inspect -- node --inspect x', '--name x --inspect= -- node --inspect x'],
		['run', '--name=x node --inspect', '--name=x node --inspect'],
	];
	for (const [name, words, spelt] of cases)
		t.equal(spellOut({ name: () => name, options }, words.split(' ')).join(' '), spelt, words);
});

t.test('--inspect: ports', async t => {
	t.equal(parsePort('mount', ''), 9229);
	t.equal(parsePort('mount', '0'), 0);
	t.equal(parsePort('mount', '65535'), 65_535);
	for (const text of ['x', '-1', '65536', '1.5', '1e3', ' 1']) {
		t.throws(() => parsePort('run', text), { status: 2, message: `run: --inspect=${text}: not a port` });
	}
});
