/** inspect - a debugger attached to a machine: a breakpoint in show() holds whoever reads the file. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { Debugger } from './debugger.ts';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { Sandbox } from './sandbox.ts';

/** A module whose show() calls something in line 12. */
const stop = [
	"import { defineModule, type SeqFile } from 'ring3/kernel';",
	'',
	'interface Unused {',
	'	readonly a: string;',
	'}',
	'',
	'type Reads = { count: number };',
	'',
	'const show = (m: SeqFile, reads: Reads): void => {',
	'	reads.count += 1;',
	"	const text: string = 'read ' + String(reads.count as number) + '\\n';",
	'	m.puts(text);',
	'};',
	'',
	'export default defineModule({',
	"	name: 'stop',",
	"	license: 'GPL',",
	'	init({ proc }) {',
	'		const reads: Reads = { count: 0 };',
	"		proc.createSingle('stop', 0o444, m => show(m, reads));",
	'	},',
	'});',
].join('\n');

interface Paused {
	readonly callFrames: readonly {
		readonly callFrameId: string;
		readonly functionName: string;
		readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number };
	}[];
}

/** Attaches, and sets a breakpoint in line 12 of the module, as an editor does; its place must be that of the file. */
async function attach(t: Test, address: string, file: string): Promise<Debugger> {
	const client = await Debugger.attach(t, address);
	await client.call('Debugger.enable');
	const urlRegex = `^(file://)?${file.replaceAll('.', '\\.')}$`;
	const { locations } = await client.call<{ locations: { lineNumber: number; columnNumber: number }[] }>(
		'Debugger.setBreakpointByUrl',
		{ urlRegex, lineNumber: 11, columnNumber: 0 },
	);
	t.match(locations, [{ lineNumber: 11, columnNumber: 3 }]);
	return client;
}

/** Waits for the breakpoint, and checks that it is in the right place and sees what is there. */
async function expectPause(t: Test, client: Debugger, text: string): Promise<void> {
	const { callFrames } = await client.event<Paused>('Debugger.paused');
	const [frame] = callFrames;
	t.match(frame, { functionName: 'show', location: { lineNumber: 11, columnNumber: 3 } });
	const { result } = await client.call<{ result: { value: unknown } }>('Debugger.evaluateOnCallFrame', {
		callFrameId: frame!.callFrameId,
		expression: 'text',
	});
	t.equal(result.value, text);
	const { scriptSource } = await client.call<{ scriptSource: string }>('Debugger.getScriptSource', {
		scriptId: frame!.location.scriptId,
	});
	t.equal(scriptSource.split('\n')[11], stop.split('\n')[11], 'the line is that of the file');
}

/** What a process has printed about its inspector. */
const address = /(ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]{36})\n/;

t.test('mount --inspect: a breakpoint in show() holds cat for as long as it takes', async t => {
	const box = new Sandbox(t);
	const file = join(box.dir, 'stop.ts');
	writeFileSync(file, stop);
	const args = ['mount', '--inspect=0', '--watchdog', '0.5', '--module', file, '--daemon', 'here'];
	const { stdout } = await box.ring3(args);
	const client = await attach(t, address.exec(stdout)![1]!, file);
	const cat = box.start('cat', ['here/proc/stop']);
	await expectPause(t, client, 'read 1\n');
	t.equal(await Promise.race([cat.ended, delay(1500, 'waits')]), 'waits', 'the watchdog leaves it alone');
	await client.call('Debugger.resume');
	t.match(await cat.ended, { status: 0, stdout: 'read 1\n' });
	const again = box.start('cat', ['here/proc/stop']);
	await expectPause(t, client, 'read 2\n');
	client.detach();
	t.match(await again.ended, { status: 0, stdout: 'read 2\n' }, 'a debugger that goes away lets it go on');
	t.equal(readFileSync(join(box.dir, 'here/proc/stop'), 'utf8'), 'read 3\n');
	t.match(await box.ring3(['umount', 'here']), { status: 0 });
});

t.test('run --inspect: of a machine that runs, and of one that is started', async t => {
	const box = new Sandbox(t);
	const file = join(box.dir, 'stop.ts');
	writeFileSync(file, stop);
	const fifo = join(box.dir, 'fifo');
	await box.start('mkfifo', [fifo]).ended;
	for (const running of [false, true]) {
		const machine = running ? await box.mount(['--module', file]) : undefined;
		const script = `read go < ${fifo}; cat /proc/stop; exit 7`;
		const run = box.ring3Running(['run', '--inspect=0', '--module', file, '--', 'sh', '-c', script]);
		const [, where = ''] = await run.complained(address);
		const client = await attach(t, where, file);
		await box.start('sh', ['-c', `echo > ${fifo}`]).ended;
		await expectPause(t, client, 'read 1\n');
		await client.call('Debugger.resume');
		t.match(await run.ended, { status: 7, stdout: 'read 1\n' });
		machine?.child.kill();
		await machine?.ended;
		await box.quiet();
	}
});

t.test('mount --inspect: as a user', { skip: lacksPlainUser() }, async t => {
	const box = new Sandbox(t);
	const file = join(box.dir, 'stop.ts');
	writeFileSync(file, stop);
	const user = await PlainUser.create(t, box);
	const { stdout } = await user.ring3(['mount', '--inspect=0', '--module', file, '--daemon', 'here']);
	const client = await attach(t, address.exec(stdout)![1]!, file);
	const run = user.ring3Running(['run', '--', 'cat', '/proc/stop']);
	await expectPause(t, client, 'read 1\n');
	await client.call('Debugger.resume');
	t.match(await run.ended, { status: 0, stdout: 'read 1\n' });
	t.match(await user.ring3(['umount', 'here']), { status: 0 });
});

t.test('--inspect: ports', async t => {
	const box = new Sandbox(t);
	const { stdout } = await box.ring3(['mount', '--inspect=0', '--daemon', 'here']);
	const [, port] = /:(\d+)\//.exec(address.exec(stdout)![1]!)!;
	const cases: [args: string[], status: number, stderr: string][] = [
		[['mount', `--inspect=${port}`, 'there'], 1, `mount there: port ${port} is in use`],
		[['mount', `--inspect=${port}`, '--daemon', 'there'], 1, `mount there: port ${port} is in use`],
		[['mount', '--inspect=x', 'there'], 2, 'mount: --inspect=x: not a port'],
		[['mount', '--inspect=65536', 'there'], 2, 'mount: --inspect=65536: not a port'],
		[['run', '--inspect=-1', 'true'], 2, 'run: --inspect=-1: not a port'],
		[
			['mount', '--type', 'proc', '--inspect', 'x'],
			2,
			'mount: --inspect is for a new machine, and --type for one that runs',
		],
	];
	for (const [args, status, message] of cases) {
		const result = await box.ring3(args);
		t.match({ status: result.status, stdout: result.stdout }, { status, stdout: '' }, args.join(' '));
		t.equal(result.stderr.replace(/^(\[.*\n)+/, ''), `ring3: ${message}\n`);
	}
	t.match(await box.ring3(['run', '--', 'echo', '--inspect', 'x']), { stdout: '--inspect x\n', stderr: '' });
});
