/** code_cache.test - the compiled code of the bundle, kept from one process to the next, in a copy of the bundle. */

import {
	chownSync,
	cpSync,
	existsSync,
	readdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { cli } from '../runner/programs.ts';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { type Completed, Sandbox } from './sandbox.ts';

/** A copy of what users run, that has kept nothing yet. */
class Copy {
	readonly dir: string;
	readonly #box: Sandbox;

	constructor(box: Sandbox) {
		this.#box = box;
		this.dir = join(box.dir, 'copy');
		const root = fileURLToPath(new URL('../../../', import.meta.url));
		const filter = (path: string) => !path.includes('/.code');
		cpSync(join(root, 'bundle'), join(this.dir, 'bundle'), { recursive: true, filter });
		symlinkSync(join(root, 'node_modules'), join(this.dir, 'node_modules'));
	}

	get kept(): string {
		return join(this.dir, 'bundle/.code');
	}

	get cli(): string {
		return join(this.dir, 'bundle', cli.replace(/^.*\/bundle\//, ''));
	}

	/** Runs a command in a machine, which keeps its code when it ends, a little later than the command. */
	async run(): Promise<Completed> {
		const completed = await this.#box.start(process.execPath, [this.cli, 'run', '--', 'sh', '-c', script]).ended;
		await this.#box.quiet();
		return completed;
	}

	/** What is kept: size and inode, by name. */
	files(): Record<string, string> {
		const entries = readdirSync(this.kept).map(name => {
			const { size, ino } = statSync(join(this.kept, name));
			return [name, `${size} ${ino}`] as const;
		});
		return Object.fromEntries(entries);
	}
}

const script = 'cat /proc/sys/kernel/ostype';
const well = { status: 0, stdout: 'Linux\n', stderr: '' };

/** The client's, and what starts programs. */
const scriptsOfRun = 2;

function scriptsOfMachine({ dir }: Copy): number {
	return readdirSync(join(dir, 'bundle/src/lib')).filter(name => name.endsWith('.script.js')).length;
}

t.test('code: what one process has compiled, the next one uses', async t => {
	const copy = new Copy(new Sandbox(t));
	t.match(await copy.run(), well);
	const kept = copy.files();
	t.equal(Object.keys(kept).length, scriptsOfMachine(copy) + scriptsOfRun);
	t.match(await copy.run(), well);
	t.same(copy.files(), kept, 'nothing was compiled anew');
});

for (const [name, spoil] of [
	['truncated', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
	['empty', () => ''],
	['something else', () => 'console.log("not code")\n'],
] as const) {
	t.test(`code: a kept file that is ${name} is put right`, async t => {
		const copy = new Copy(new Sandbox(t));
		await copy.run();
		const kept = copy.files();
		for (const file of Object.keys(kept)) {
			const path = join(copy.kept, file);
			writeFileSync(path, spoil(readFileSync(path)));
		}
		t.match(await copy.run(), well);
		const again = copy.files();
		t.same(Object.keys(again), Object.keys(kept));
		for (const file of Object.keys(kept)) t.not(again[file], kept[file], file);
	});
}

t.test('code: where nothing can be kept, nothing is, and nobody is told', async t => {
	const copy = new Copy(new Sandbox(t));
	writeFileSync(copy.kept, 'in the way');
	t.match(await copy.run(), well);
	t.equal(readFileSync(copy.kept, 'utf8'), 'in the way');
});

t.test("code: in somebody else's copy, nothing is kept", { skip: lacksPlainUser() }, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	const copy = new Copy(box);
	const run = async () => {
		const { ended } = user.start(process.execPath, [copy.cli, 'run', '--', 'sh', '-c', script]);
		t.match(await ended, well);
		await box.quiet();
	};
	await run();
	t.notOk(existsSync(copy.kept), 'that of root');
	chownSync(join(copy.dir, 'bundle'), 1000, 1000);
	t.match(await copy.run(), well);
	t.notOk(existsSync(copy.kept), 'by root');
	await run();
	t.ok(Object.keys(copy.files()).length >= scriptsOfMachine(copy) + scriptsOfRun, 'his own');
});
