/** insmod_watch - ring3 insmod --watch: save, and it runs; what is remembered stays; what is wrong is shown, and nothing is lost. */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Running, Sandbox } from './sandbox.ts';

/** A module that counts how often it was read. `code` is the beginning of its init. */
function moduleText(greeting: string, code = ''): string {
	return [
		"import { defineModule, param } from 'ring3/kernel';",
		"import { mark } from './lib/mark.ts';",
		'',
		'export default defineModule({',
		"\tname: 'hello',",
		"\tlicense: 'GPL',",
		"\tparams: { whom: param.charp('world', 0o644) },",
		'\tstate: () => ({ reads: 0 }),',
		`\tinit({ params, state, proc }) { ${code}`,
		`\t\tproc.createSingle('hello', 0o444, m => m.printf('%d ${greeting}, %s%s\\n', ++state.reads, params.whom, mark));`,
		'\t},',
		'});',
		'',
	].join('\n');
}

/** A machine, and a module in it that is watched. */
class Bench {
	readonly box: Sandbox;
	readonly file: string;
	readonly mark: string;
	dir = '';
	machine!: Running;

	constructor(t: Test) {
		this.box = new Sandbox(t);
		this.file = join(this.box.dir, 'hello.ts');
		this.mark = join(this.box.dir, 'lib/mark.ts');
	}

	/** Starts to watch `text`, and waits until that is under way. */
	async start(text: string, params: readonly string[] = []): Promise<Running> {
		this.machine = await this.box.mount(['r3']);
		this.dir = join(this.box.dir, 'r3');
		await this.box.start('mkdir', ['lib']).ended;
		writeFileSync(this.mark, "export const mark: string = '';\n");
		writeFileSync(this.file, text);
		const watching = this.box.ring3Running(['insmod', '--watch', 'hello.ts', ...params]);
		await watching.printed(/watching \d files?, Ctrl-C ends that\n/);
		return watching;
	}

	/** What the module says. */
	read(): string {
		return readFileSync(join(this.dir, 'proc/hello'), 'utf8');
	}

	/** Interrupts a command, as Ctrl-C does: it is a child of env(1) no more by then. */
	async interrupt({ child, ended }: Running) {
		child.kill('SIGINT');
		return ended;
	}
}

/** The text has come `times` times. */
const often = (text: string, times: number) => new RegExp(`(?:${text}\\n[^]*?){${times}}`);

t.test('--watch: a save is what cat shows next; state, arguments and what was written stay', async t => {
	const bench = new Bench(t);
	const watching = await bench.start(moduleText('Hello'), ['whom=reader']);
	t.equal(bench.read(), '1 Hello, reader\n');
	writeFileSync(bench.file, moduleText('Hi'));
	await watching.printed(often('hello: loaded anew', 1));
	t.equal(bench.read(), '2 Hi, reader\n');
	writeFileSync(join(bench.dir, 'sys/module/hello/parameters/whom'), 'friend');
	writeFileSync(`${bench.file}~`, moduleText('Hey'));
	renameSync(`${bench.file}~`, bench.file);
	await watching.printed(often('hello: loaded anew', 2));
	t.equal(bench.read(), '3 Hey, friend\n', 'an editor that puts another file in the place');
	writeFileSync(bench.mark, "export const mark: string = '!';\n");
	await watching.printed(often('hello: loaded anew', 3));
	t.equal(bench.read(), '4 Hey, friend!\n', 'a file that is imported');
	const { status, stdout, stderr } = await bench.interrupt(watching);
	t.equal(status, 0);
	t.match(stdout, /^hello: loaded from hello\.ts\nwatching 2 files, Ctrl-C ends that\n/);
	t.match(stdout, /hello: stays loaded\n$/);
	t.equal(stderr, '');
	t.equal(bench.read(), '5 Hey, friend!\n');
	writeFileSync(bench.file, moduleText('never'));
	t.equal(bench.read(), '6 Hey, friend!\n', 'nobody watches any more');
});

t.test('--watch: what is wrong is shown with its line, and the old code runs on', async t => {
	const bench = new Bench(t);
	const watching = await bench.start(moduleText('Hello'));
	t.equal(bench.read(), '1 Hello, world\n');
	writeFileSync(bench.mark, 'export const mark: = 1;\n');
	await watching.complained(often('hello: the old one runs on', 1));
	t.equal(bench.read(), '2 Hello, world\n');
	writeFileSync(bench.mark, "export const mark = '';\n");
	await watching.printed(often('hello: loaded anew', 1));
	writeFileSync(bench.file, moduleText('Hi', 'null!.x;'));
	await watching.complained(often('hello: the old one runs on', 2));
	t.equal(bench.read(), '3 Hello, world\n');
	writeFileSync(bench.file, moduleText('Hi'));
	await watching.printed(often('hello: loaded anew', 2));
	t.equal(bench.read(), '4 Hi, world\n');
	const { stderr } = await bench.interrupt(watching);
	t.equal(
		stderr,
		[
			`ring3: insmod hello.ts: ${bench.mark}:1:20: Unexpected token \`=\``,
			'> 1 | export const mark: = 1;',
			'    |                    ^',
			'  2 |',
			'hello: the old one runs on',
			"ring3: insmod hello.ts: hello: init threw TypeError: Cannot read properties of null (reading 'x')",
			`${bench.file}:9:40`,
			'   8 |     state: () => ({ reads: 0 }),',
			'>  9 |     init({ params, state, proc }) { null!.x;',
			'     |                                           ^',
			"  10 |         proc.createSingle('hello', 0o444, m => m.printf('%d Hi, %s%s\\n', ++state.reads, params.whom, mark)",
			'hello: the old one runs on',
			'',
		].join('\n'),
	);
});

t.test('--watch: begins with a file that is wrong yet, or was loaded before', async t => {
	const bench = new Bench(t);
	const watching = await bench.start('let a: = 1;\n');
	await watching.complained(/nothing is loaded\n/);
	writeFileSync(bench.file, moduleText('Hello'));
	await watching.printed(/hello: loaded anew\n/);
	t.equal(bench.read(), '1 Hello, world\n');
	await bench.interrupt(watching);
	const again = bench.box.ring3Running(['insmod', '--watch', './hello.ts', 'whom=you']);
	await again.printed(/watching/);
	t.equal(bench.read(), '2 Hello, you\n');
	await bench.interrupt(again);
});

t.test('--watch: ends when somebody unloads the module, and when the machine ends', async t => {
	const bench = new Bench(t);
	const watching = await bench.start(moduleText('Hello'));
	t.match(await bench.box.ring3(['rmmod', 'hello']), { status: 0 });
	t.match(await watching.ended, { status: 0, stdout: /hello: was unloaded\n$/, stderr: '' });
	const again = bench.box.ring3Running(['insmod', '--watch', 'hello.ts']);
	await again.printed(/watching/);
	bench.machine.child.kill();
	t.match(await again.ended, { status: 1, stderr: 'ring3: insmod hello.ts: the machine has gone\n' });
});

t.test('--watch: a module in use is loaded anew once it is free', async t => {
	const bench = new Bench(t);
	const watching = await bench.start(moduleText('Hello'));
	writeFileSync(
		join(bench.box.dir, 'user.mjs'),
		"export default { name: 'user', license: 'GPL', depends: ['hello'] };\n",
	);
	t.match(await bench.box.ring3(['insmod', 'user.mjs']), { status: 0 });
	writeFileSync(bench.file, moduleText('Hi'));
	await watching.complained(/hello is in use by: user\nhello: the old one runs on\n/);
	t.equal(bench.read(), '1 Hello, world\n');
	t.match(await bench.box.ring3(['rmmod', 'user']), { status: 0 });
	await watching.printed(/hello: loaded anew\n/);
	t.equal(bench.read(), '2 Hi, world\n');
	const { stderr } = await bench.interrupt(watching);
	t.equal(stderr.match(/in use/g)?.length, 1, 'it is told once');
});

t.test('--watch: what cannot be watched is refused', async t => {
	const bench = new Bench(t);
	await bench.interrupt(await bench.start(moduleText('Hello')));
	writeFileSync(join(bench.box.dir, 'other.ts'), moduleText('Hello'));
	const cases: [string, RegExp][] = [
		['hello', /^ring3: insmod hello: only a file can be watched: \.\/FILE\.ts\n$/],
		['missing.ts', /^ring3: insmod missing\.ts: \S+\/missing\.ts: no such file\n$/],
		['other.ts', /^ring3: insmod other\.ts: hello is loaded\n$/],
	];
	for (const [word, message] of cases) {
		t.match(await bench.box.ring3(['insmod', '--watch', word]), { status: 1, stdout: '', stderr: message });
	}
});
