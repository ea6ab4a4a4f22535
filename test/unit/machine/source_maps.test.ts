/** source_maps.test - places in scripts, as they are in the sources. */

import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ownFile } from '../../../src/lib/own_files.ts';
import { struct, u32 } from '../../../src/lib/struct.ts';
import { toSource } from '../../../src/machine/source_maps.ts';
import { cli } from '../../runner/programs.ts';

/** The places of a stack as V8 knows them: in the scripts that run, whatever a test runner makes of them. */
function placesOf(action: () => void): string[] {
	const { prepareStackTrace } = Error;
	Error.prepareStackTrace = (_, sites) => {
		const place = (site: NodeJS.CallSite) => `${site.getFileName()}:${site.getLineNumber()}:${site.getColumnNumber()}`;
		return sites.map(place);
	};
	try {
		action();
	} catch (error) {
		return (error as { readonly stack: unknown }).stack as string[];
	} finally {
		Error.prepareStackTrace = prepareStackTrace;
	}
	return [];
}

t.test('toSource: a place in a script of ring3 becomes the one in its source', async t => {
	const [place = ''] = placesOf(() => struct('short', 16, { a: u32 }));
	t.match(place, /^file:\/\/\/.*\/dist\/src\/lib\/\w+\.js:\d+:\d+$/, 'a place is found');
	t.match(toSource(`at layout (${place})`), /^at layout \(\/.*\/src\/lib\/\w+\.ts:\d+:\d+\)$/);
	t.notMatch(toSource(place), /dist/);
});

t.test('toSource: all other text stays as it is', async t => {
	const cases = [
		'',
		'at <anonymous>',
		'at node:internal/process/task_queues:95:5',
		'at Object.show (/home/me/slip.ts:9:63)',
		'at /home/me/slip.js:9:63',
		`${cli}:1:1`,
		`${fileURLToPath(ownFile('src/lib/no_such_file'))}:1:1`,
	];
	for (const text of cases) t.equal(toSource(text), text);
});
