/** start - npm start: a machine with two modules, and five lines that do what they promise. */

import { spawnSync } from 'node:child_process';
import t from 'tap';
import { start } from '../runner/programs.ts';
import { Sandbox } from './sandbox.ts';

t.test('npm start: says where it is, its five lines work, and Ctrl-C leaves nothing', async t => {
	const box = new Sandbox(t);
	const machine = box.start(process.execPath, [start]);
	const [greeting, name, dir = ''] = await machine.printed(
		/^(\S+): a kernel is mounted on (\S+)\.[\s\S]*Ctrl-C ends it\.\n/,
	);
	t.equal(name, 'm0');
	const lines = greeting.split('\n').flatMap(line => /^ {2}(\S.*)$/.exec(line)?.[1] ?? []);
	t.equal(lines.length, 5);
	for (const line of lines.filter(line => !line.startsWith('npx'))) {
		const { status, stderr } = spawnSync('sh', ['-ec', line], { encoding: 'utf8', timeout: 10_000 });
		t.match({ status, stderr }, { status: 0, stderr: '' }, line);
	}
	t.equal(lines.at(-1), 'npx ring3 run -- bash');
	t.match(await box.ring3(['run', '--', 'head', '-n', '1', '/proc/sequence']), { status: 0, stdout: '0\n' });
	t.same(box.mounts(), [dir]);
	machine.child.kill('SIGINT');
	t.match(await machine.ended, { status: 0 });
	t.same(box.mounts(), []);
	t.same(box.leftovers(), []);
});
