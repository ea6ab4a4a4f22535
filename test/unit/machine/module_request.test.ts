/** module_request - the words of insmod and --module. */

import { resolve } from 'node:path';
import t from 'tap';
import { parseModule } from '../../../src/machine/module_request.ts';

t.test('--module: a file or a sample, then parameters after commas', async t => {
	const cases: [string, string, string[]][] = [
		['seqfile', 'seqfile', []],
		['hello.ts', resolve('hello.ts'), []],
		['./hello', resolve('hello'), []],
		['/a/b.mjs', '/a/b.mjs', []],
		['hello.ts,whom=Bob', resolve('hello.ts'), ['whom=Bob']],
		['seqfile,a=1,b=2', 'seqfile', ['a=1', 'b=2']],
		['seqfile,list=1,2,3,b=x', 'seqfile', ['list=1,2,3', 'b=x']],
		['/a,b/c.ts,k=v', '/a,b/c.ts', ['k=v']],
		['seqfile,text=a=b', 'seqfile', ['text=a=b']],
	];
	for (const [word, source, params] of cases) t.same(parseModule(word), { source, params }, word);
});
