/** modules - ring3 insmod, rmmod, lsmod and dmesg, with modules that lie in any folder. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

/** A module whose file is /proc/<name>. */
function hello(name: string, text: string): string {
	return [
		"import { defineModule, param } from 'ring3/kernel';",
		'',
		'interface Unused { readonly a: string }',
		'',
		'export default defineModule({',
		`	name: '${name}',`,
		"	license: 'GPL',",
		"	params: { whom: param.charp('world', 0o644, 'whom to greet') },",
		'	init({ params, proc, pr }) {',
		`		proc.createSingle('${name}', 0o444, m => m.printf('${text}, %s\\n', params.whom));`,
		`		pr.info('${name}: loaded\\n');`,
		'	},',
		'	exit({ pr }): void {',
		`		pr.info('${name}: unloaded\\n');`,
		'	},',
		'});',
		'',
	].join('\n');
}

t.test('insmod, lsmod, rmmod: the life of a module in TypeScript', async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'hello.ts'), hello('hello', 'Hello'));
	const { dir } = await box.mount();
	t.match(await box.ring3(['insmod', './hello.ts', 'whom=all of you']), { status: 0, stdout: '', stderr: '' });
	t.equal(readFileSync(join(dir, 'proc/hello'), 'utf8'), 'Hello, all of you\n');
	t.equal(
		(await box.ring3(['lsmod'])).stdout,
		'Module                  Size  Used by\nhello                  16384  0\n',
	);
	t.match(await box.ring3(['rmmod', 'hello']), { status: 0, stdout: '', stderr: '' });
	t.throws(() => readFileSync(join(dir, 'proc/hello')), { code: 'ENOENT' });
	t.equal((await box.ring3(['lsmod'])).stdout, 'Module                  Size  Used by\n');
	t.match((await box.ring3(['dmesg'])).stdout, /^\[ +\d+\.\d{6}\] hello: loaded\n\[ +\d+\.\d{6}\] hello: unloaded\n/m);
});

t.test('insmod: an edited file is what is loaded next', async t => {
	const box = new Sandbox(t);
	const file = join(box.dir, 'hello.ts');
	const { dir } = await box.mount();
	for (const text of ['Hello', 'Good day', 'Hi']) {
		writeFileSync(file, hello('hello', text));
		t.match(await box.ring3(['insmod', file]), { status: 0, stderr: '' });
		t.equal(readFileSync(join(dir, 'proc/hello'), 'utf8'), `${text}, world\n`);
		t.match(await box.ring3(['rmmod', 'hello']), { status: 0 });
	}
});

t.test('insmod: a sample by its name; --module takes both, with parameters', async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'hello.mts'), hello('hello', 'Hello'));
	const { dir } = await box.mount(['--module', 'seqfile', '--module', 'hello.mts,whom=Bob']);
	t.equal(readFileSync(join(dir, 'proc/hello'), 'utf8'), 'Hello, Bob\n');
	t.match(await box.ring3(['insmod', 'procfs']), { status: 0, stderr: '' });
	t.match((await box.ring3(['lsmod'])).stdout, /^procfs .*\nhello .*\nseqfile .*\n/m);
});

t.test('insmod: a module that throws is unwound, not listed, and its line is in the log', async t => {
	const box = new Sandbox(t);
	writeFileSync(
		join(box.dir, 'broken.ts'),
		[
			"import { defineModule } from 'ring3/kernel';",
			'',
			'type Nothing = undefined;',
			'',
			'export default defineModule({',
			"\tname: 'broken',",
			"\tlicense: 'GPL',",
			'\tinit({ proc }) {',
			"\t\tproc.createSingle('broken', 0o444, m => m.puts('never seen'));",
			'\t\tconst nothing: Nothing = undefined;',
			'\t\t(nothing as unknown as string).trim();',
			'\t},',
			'});',
			'',
		].join('\n'),
	);
	const { dir } = await box.mount();
	const { status, stderr } = await box.ring3(['insmod', 'broken.ts']);
	t.equal(status, 1);
	const [first, place, ...picture] = stderr.split('\n');
	t.match(first, /^ring3: insmod broken\.ts: broken: init threw TypeError: Cannot read properties of undefined/);
	t.equal(place, `${box.dir}/broken.ts:11:34`);
	t.same(picture, [
		'  10 |         const nothing: Nothing = undefined;',
		'> 11 |         (nothing as unknown as string).trim();',
		'     |                                        ^',
		'  12 |     },',
		'',
	]);
	t.throws(() => readFileSync(join(dir, 'proc/broken')), { code: 'ENOENT' });
	t.equal((await box.ring3(['lsmod'])).stdout, 'Module                  Size  Used by\n');
	const { stdout: log } = await box.ring3(['dmesg']);
	t.match(log, new RegExp(`at .*${box.dir}/broken\\.ts:11:\\d+`));
	t.match(log, /Modules linked in: broken\(O\+\)\n/);
	t.match(log, /\] > 11 \| {9}\(nothing as unknown as string\)\.trim\(\);\n/);
});

t.test('errors: what cannot be loaded or unloaded is a line that says why', async t => {
	const box = new Sandbox(t);
	const files = {
		'syntax.ts': 'let a: = 1;\n',
		'words.txt': '',
		'nothing.ts': 'export const a = 1;\n',
		'number.mjs': 'export default 7;\n',
		'refuses.mjs': [
			"import { Errno } from 'ring3/kernel';",
			"export default { name: 'refuses', license: 'GPL', init() { throw new Errno('ENODEV'); } };",
		].join('\n'),
	};
	for (const [name, text] of Object.entries(files)) writeFileSync(join(box.dir, name), text);
	await box.mount(['--module', 'seqfile']);
	const cases: [string[], RegExp][] = [
		[['insmod', 'missing.ts'], /^insmod missing\.ts: \S+\/missing\.ts: no such file$/],
		[
			['insmod', 'syntax.ts'],
			/^insmod syntax\.ts: \S+\/syntax\.ts:1:8: \w.*\n> 1 \| let a: = 1;\n {4}\| {8}\^\n {2}2 \|$/,
		],
		[['insmod', './words.txt'], /^insmod \.\/words\.txt: \S+: not a \.ts, \.mts, \.js or \.mjs file$/],
		[['insmod', 'nothing.ts'], /^insmod nothing\.ts: \S+\/nothing\.ts: no default export$/],
		[['insmod', 'number.mjs'], /^insmod number\.mjs: \S+\/number\.mjs exports no module$/],
		[['insmod', 'refuses.mjs'], /^insmod refuses\.mjs: no such device$/],
		[['insmod', 'seqfile'], /^insmod seqfile: seqfile is loaded$/],
		[['insmod', 'nosample'], /^insmod nosample: nosample: no sample of that name/],
		[['insmod', 'procfs', '--name', 'x'], /^insmod procfs: no machine named x is running$/],
		[['insmod', 'hello', `whom=${'x'.repeat(1025)}`], /^insmod hello: `x{1025}' too large for parameter `whom'$/],
		[['insmod', 'hello', `whom=${'x'.repeat(100_000)}`], /^insmod hello: longer than 65536 bytes$/],
		[['rmmod', 'nothing'], /^rmmod nothing: nothing is not loaded$/],
	];
	for (const [args, message] of cases) {
		const { status, stdout, stderr } = await box.ring3(args);
		t.equal(status, 1, args.join(' '));
		t.equal(stdout, '');
		t.match(stderr, /^ring3: [^\n]*\n( *>? *\d* \|.*\n)*$/);
		t.match(stderr.slice('ring3: '.length, -1), message);
	}
});

t.test('insmod: a file that never comes to its end ends the machine, not the one who waits for it', async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'loop.mjs'), 'for (;;) {}\nexport default {};\n');
	const { ended } = await box.mount(['--watchdog', '1']);
	t.match(await box.ring3(['insmod', 'loop.mjs']), {
		status: 1,
		stderr: 'ring3: insmod loop.mjs: the machine has gone\n',
	});
	t.match(await ended, { signal: 'SIGKILL' });
	t.same(box.mounts(), []);
});

t.test('insmod: of several at once, one loads the module', async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'hello.ts'), hello('hello', 'Hello'));
	await box.mount();
	const results = await Promise.all([1, 2, 3].map(() => box.ring3(['insmod', './hello.ts'])));
	t.same(results.map(({ status }) => status).sort(), [0, 1, 1]);
	for (const { status, stderr } of results)
		t.equal(stderr, status === 0 ? '' : 'ring3: insmod ./hello.ts: hello is loaded\n');
});

t.test('--cmdline: parameters of the kernel are set when it boots', async t => {
	const box = new Sandbox(t);
	const { dir } = await box.mount(['--cmdline', 'quiet printk.time=0']);
	t.equal(readFileSync(join(dir, 'proc/cmdline'), 'utf8'), 'quiet printk.time=0\n');
	t.equal(readFileSync(join(dir, 'sys/module/printk/parameters/time'), 'utf8'), 'N\n');
});

t.test('run: what kmod tells of holders and of parameters', { skip: lacks('insmod', 'rmmod', 'lsmod') }, async t => {
	const box = new Sandbox(t);
	const user = "export default { name: 'user', license: 'GPL', version: '2', depends: ['hello'] };\n";
	writeFileSync(join(box.dir, 'user.mjs'), user);
	writeFileSync(join(box.dir, 'hello.ts'), hello('hello', 'Hello'));
	await box.mount(['--module', './hello.ts', '--module', './user.mjs']);
	const inside = async (command: string) => {
		const { stdout, stderr } = await box.ring3(['run', '--', 'sh', '-c', `PATH=$PATH:/usr/sbin:/sbin; ${command}`]);
		return stdout + stderr;
	};
	t.match(await inside('lsmod'), /^Module .*\nuser {19}16384 {2}0\nhello {18}16384 {2}1 user\n$/);
	t.equal(await inside('rmmod hello'), 'rmmod: ERROR: Module hello is in use by: user\n');
	t.match(await inside('ls -A /sys/module/hello/holders; cat /sys/module/user/version'), 'user\n2\n');
	t.equal(await inside('rmmod user hello && lsmod'), 'Module                  Size  Used by\n');
	t.match(
		await inside('insmod ./hello.ts whom=kmod; cat /sys/module/hello/parameters/whom /proc/hello'),
		'kmod\nHello, kmod\n',
	);
});

t.test('--name: needed when several machines run', async t => {
	const box = new Sandbox(t);
	await box.mount(['--name', 'one']);
	await box.mount(['--name', 'two']);
	t.match(await box.ring3(['lsmod']), {
		status: 1,
		stderr: 'ring3: lsmod: several machines run: choose with --name one, --name two\n',
	});
	t.match(await box.ring3(['insmod', '--name', 'two', 'seqfile']), { status: 0, stderr: '' });
	t.match((await box.ring3(['lsmod', '--name', 'two'])).stdout, /seqfile/);
	t.notMatch((await box.ring3(['lsmod', '--name', 'one'])).stdout, /seqfile/);
});

t.test('dmesg -w: goes on with what comes, and ends with the machine', async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'hello.ts'), hello('hello', 'Hello'));
	const machine = await box.mount();
	const log = box.ring3Running(['dmesg', '-w']);
	await log.printed(/Linux version/);
	await box.ring3(['insmod', 'hello.ts']);
	await log.printed(/hello: loaded\n/);
	await box.ring3(['rmmod', 'hello']);
	await log.printed(/hello: unloaded\n/);
	machine.child.kill();
	t.match(await log.ended, { status: 0, stderr: '' });
});

t.test('dmesg | head: a reader that has seen enough is no error', async t => {
	const box = new Sandbox(t);
	await box.mount();
	const piped = box.start('sh', ['-c', '"$0" "$@" | head -c 5', process.execPath, ...box.command(['dmesg', '-w'])]);
	await piped.printed(/^.{5}$/s);
	await box.ring3(['insmod', 'seqfile']);
	await box.ring3(['insmod', 'no_such_module_but_a_line_in_the_log_is_enough']);
	writeFileSync(join(box.dir, 'hello.ts'), hello('hello', 'Hello'));
	await box.ring3(['insmod', 'hello.ts']);
	t.match(await piped.ended, { status: 0, stderr: '' });
});

t.test('insmod: a module whose file has gone stays what it is', async t => {
	const box = new Sandbox(t);
	const file = join(box.dir, 'hello.ts');
	writeFileSync(file, hello('hello', 'Hello'));
	const { dir } = await box.mount(['--module', file]);
	rmSync(file);
	t.equal(readFileSync(join(dir, 'proc/hello'), 'utf8'), 'Hello, world\n');
	t.match(await box.ring3(['rmmod', 'hello']), { status: 0 });
});
