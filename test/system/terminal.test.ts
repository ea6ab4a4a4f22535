/** terminal - ring3 run on a terminal: prompt, job control, and a terminal that is left as it was. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';
import { commandLine, Terminal } from './terminal.ts';

const needs = { skip: lacks('script', 'bash') };

t.test('run -- bash: an interactive shell with a ring3 prompt, Ctrl-C, Ctrl-Z, fg and a status', needs, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const terminal = new Terminal(box, commandLine(box, 'run', '--', 'bash', '-i'));
	await terminal.expect(/\(ring3\).*[$#] /);
	terminal.type('cat /proc/version\n');
	await terminal.expect(/Linux version .*ring3/);
	terminal.type("sh -c 'echo before; exec sleep 100'\n");
	await terminal.expect(/\nbefore\r\n/);
	terminal.type('\x03');
	await terminal.expect(/\(ring3\).*[$#] /);
	terminal.type('echo "status $?"; cat\n');
	await terminal.expect(/status 130\r\n/);
	terminal.type('hello\n');
	await terminal.expect(/hello\r\nhello\r\n/);
	terminal.type('\x1a');
	await terminal.expect(/Stopped +cat/);
	terminal.type('jobs; fg\n');
	await terminal.expect(/Stopped +cat[\s\S]*\ncat\r\n/);
	terminal.type('again\n');
	await terminal.expect(/again\r\nagain\r\n/);
	terminal.type('\x04');
	await terminal.expect(/\(ring3\).*[$#] /);
	terminal.type('exit 6\n');
	t.equal(await terminal.ended(), 6);
});

t.test("run: a user's own prompt is kept, behind ring3", needs, async t => {
	const box = new Sandbox(t);
	await box.mount();
	writeFileSync(join(box.dir, '.bashrc'), "PS1='mine> '\n");
	const terminal = new Terminal(box, `HOME='${box.dir}' ${commandLine(box, 'run', '--', 'bash')}`);
	await terminal.expect(/\(ring3\) mine> /);
	terminal.type('echo again\n');
	await terminal.expect(/\nagain\r\n\(ring3\) mine> /);
	terminal.type('exit\n');
	t.equal(await terminal.ended(), 0);
});

t.test('run: inside a shell with job control, the whole run is one job', needs, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const terminal = new Terminal(box, `env PS1='outer> ' bash --norc -i`);
	await terminal.expect(/outer> /);
	terminal.type(`${commandLine(box, 'run', '--', 'sh', '-c', 'echo ready; exec cat')}\n`);
	await terminal.expect(/\nready\r\n/);
	terminal.type('one\n');
	await terminal.expect(/one\r\none\r\n/);
	terminal.type('\x1a');
	await terminal.expect(/Stopped/);
	await terminal.prompt(/outer> /);
	terminal.type('fg\n');
	await terminal.expect(/\n[^\n]*exec cat'\r\n/);
	terminal.type('two\n');
	await terminal.expect(/two\r\ntwo\r\n/);
	terminal.type('\x03');
	await terminal.expect(/outer> /);
	terminal.type('echo "status $?"\n');
	await terminal.expect(/status 130\r\n/);
	terminal.type('exit\n');
	t.equal(await terminal.ended(), 0);
});

t.test('run: what a command does to the terminal stays done', needs, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const terminal = new Terminal(box, `${commandLine(box, 'run', '--', 'stty', '-echo')}; stty -a`);
	await terminal.expect(/ -echo /);
	t.equal(await terminal.ended(), 0);
});
