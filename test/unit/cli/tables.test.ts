/** tables - what commands print, and the words of their errors. */

import t from 'tap';
import { attempt, Failure, reason } from '../../../src/cli/failure.ts';
import { moduleTable } from '../../../src/cli/lsmod.ts';
import { promptEnvironment } from '../../../src/cli/prompt.ts';
import { machineTable } from '../../../src/cli/ps.ts';
import { Errno } from '../../../src/lib/errno.ts';

t.test('lsmod: the table of kmod', async t => {
	const modules = [
		{ name: 'seqfile', size: 16384, refcount: 0, usedBy: [] },
		{ name: 'a_module_of_a_long_name', size: 20480, refcount: 2, usedBy: ['seqfile', 'other'] },
	];
	t.equal(
		moduleTable(modules),
		[
			'Module                  Size  Used by',
			'seqfile                16384  0',
			'a_module_of_a_long_name    20480  2 seqfile,other',
			'',
		].join('\n'),
	);
	t.equal(moduleTable([]), 'Module                  Size  Used by\n');
});

t.test('ps: a line per machine, and a hung one among them', async t => {
	const status = {
		name: 'm0',
		pid: 17,
		dir: '/tmp/x',
		mounts: ['/tmp/t'],
		started: 1000,
		modules: ['a', 'b'],
		sessions: 2,
	};
	const table = machineTable(
		[
			{ name: 'm0', status },
			{ name: 'long-name', status: undefined },
		],
		1000 + 3_723_000,
	);
	t.equal(
		table,
		[
			'NAME       PID  UP        RUNS  MODULES  DIR',
			'm0         17   01:02:03  2     a,b      /tmp/x, /tmp/t',
			'long-name  ?    ?         ?     ?        does not answer',
			'',
		].join('\n'),
	);
});

t.test('errors: what an Errno says itself, or the meaning of its number', async t => {
	t.equal(reason(new Errno('ENOENT', '/x: no such file')), '/x: no such file');
	t.equal(reason(new Errno('ENOENT')), 'no such file or directory');
	t.equal(reason(new Errno('ENOENT'), { ENOENT: 'not loaded' }), 'not loaded');
	t.equal(reason(new Errno('ENOTNAM')), 'ENOTNAM');
	await t.rejects(
		attempt('rmmod x', () => Promise.reject(new Errno('EBUSY', 'in use'))),
		new Failure('rmmod x', 'in use'),
	);
	await t.rejects(
		attempt('x', () => {
			throw new TypeError('boom');
		}),
		TypeError,
	);
});

t.test('run: an interactive shell says ring3 in its prompt', async t => {
	t.match(promptEnvironment('/bin/bash', {}), { PROMPT_COMMAND: /ring3/ });
	t.match(promptEnvironment('bash', { PROMPT_COMMAND: 'date' }), { PROMPT_COMMAND: /^date\n.*ring3/s });
	t.match(promptEnvironment('sh', {}), { PS1: /ring3/ });
	t.same(promptEnvironment('ls', {}), {});
});
