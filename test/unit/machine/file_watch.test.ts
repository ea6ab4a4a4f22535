/** file_watch - each way of saving a file is one call, and what is no change is none. */

import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { FileWatch } from '../../../src/machine/file_watch.ts';

/** A watch that counts its calls. */
class Counted {
	readonly watch = new FileWatch(() => {
		this.calls++;
		this.#heard();
	});
	calls = 0;
	#heard: () => void = () => {};

	constructor(t: Test) {
		t.teardown(() => this.watch.close());
	}

	/** Runs `change` and waits for the call that follows; rejects when none comes. */
	async after(change: () => void): Promise<void> {
		const heard = new Promise<void>(resolve => {
			this.#heard = resolve;
		});
		change();
		const late = sleep(5000, undefined, { ref: true }).then(() => Promise.reject(new Error('nothing was heard')));
		late.catch(() => {});
		await Promise.race([heard, late]);
	}
}

/** Long enough for a call that should not come. */
const quiet = () => sleep(300);

t.test('FileWatch: writing, and putting another file in its place, are changes', async t => {
	const dir = t.testdir({ 'a.ts': '1', 'b.ts': '1', 'other.ts': '1' });
	const counted = new Counted(t);
	const [a, b] = [join(dir, 'a.ts'), join(dir, 'b.ts')];
	counted.watch.watch([a, b]);
	await counted.after(() => writeFileSync(a, '2'));
	await counted.after(() => {
		writeFileSync(join(dir, 'b.ts~'), '2');
		renameSync(join(dir, 'b.ts~'), b);
	});
	await counted.after(() => {
		unlinkSync(a);
		writeFileSync(a, '3');
	});
	t.equal(counted.calls, 3);
});

t.test('FileWatch: what leaves the text as it was is no change, nor is a file that is gone', async t => {
	const dir = t.testdir({ 'a.ts': '1', 'other.ts': '1' });
	const counted = new Counted(t);
	const a = join(dir, 'a.ts');
	counted.watch.watch([a]);
	writeFileSync(a, '1');
	writeFileSync(join(dir, 'other.ts'), '2');
	await quiet();
	unlinkSync(a);
	await quiet();
	t.equal(counted.calls, 0);
	await counted.after(() => writeFileSync(a, '2'));
});

t.test('FileWatch: many saves at once are one call, and saves without an end are told of', async t => {
	const dir = t.testdir({ 'a.ts': '' });
	const counted = new Counted(t);
	const a = join(dir, 'a.ts');
	counted.watch.watch([a]);
	await counted.after(() => {
		for (let i = 0; i < 20; i++) writeFileSync(a, `${i}`);
	});
	await quiet();
	t.equal(counted.calls, 1);
	let i = 0;
	const restless = setInterval(() => writeFileSync(a, `again ${i++}`), 10);
	t.teardown(() => clearInterval(restless));
	await counted.after(() => {});
	clearInterval(restless);
	t.pass('a call came while it was not quiet');
});

t.test('FileWatch: a file that has changed while another list was taken is not missed', async t => {
	const dir = t.testdir({ 'a.ts': '1', lib: { 'b.ts': '1' } });
	const counted = new Counted(t);
	const [a, b] = [join(dir, 'a.ts'), join(dir, 'lib/b.ts')];
	counted.watch.watch([a]);
	await counted.after(() => {
		writeFileSync(a, '2');
		counted.watch.watch([a, b]);
	});
	await counted.after(() => writeFileSync(b, '2'));
	counted.watch.watch([a]);
	writeFileSync(b, '3');
	await quiet();
	t.equal(counted.calls, 2, 'b is not watched any more');
});

t.test('FileWatch: a directory may be another one, or come back', async t => {
	const dir = t.testdir({ real: { 'a.ts': '1' }, next: { 'a.ts': '2' } });
	const counted = new Counted(t);
	const a = join(dir, 'real/a.ts');
	counted.watch.watch([a]);
	await counted.after(() => {
		renameSync(join(dir, 'real'), join(dir, 'old'));
		renameSync(join(dir, 'next'), join(dir, 'real'));
	});
	await counted.after(() => writeFileSync(a, '3'));
	rmSync(join(dir, 'real'), { recursive: true });
	await quiet();
	await counted.after(() => {
		mkdirSync(join(dir, 'real'));
		writeFileSync(a, '4');
	});
	t.equal(counted.calls, 3);
});

t.test('FileWatch: of a link, what the link leads to counts', async t => {
	const dir = t.testdir({ 'one.ts': '1', 'two.ts': '2' });
	const link = join(dir, 'a.ts');
	symlinkSync('one.ts', link);
	const counted = new Counted(t);
	counted.watch.watch([link, join(dir, 'one.ts')]);
	await counted.after(() => writeFileSync(join(dir, 'one.ts'), '1b'));
	await counted.after(() => {
		symlinkSync('two.ts', `${link}~`);
		renameSync(`${link}~`, link);
	});
	t.equal(counted.calls, 2);
});

t.test('FileWatch: once it is closed nothing is told, and nothing keeps the process', async t => {
	const dir = t.testdir({ 'a.ts': '1' });
	const counted = new Counted(t);
	counted.watch.watch([join(dir, 'a.ts'), join(dir, 'nowhere/b.ts')]);
	writeFileSync(join(dir, 'a.ts'), '2');
	counted.watch.close();
	await quiet();
	t.equal(counted.calls, 0);
});
