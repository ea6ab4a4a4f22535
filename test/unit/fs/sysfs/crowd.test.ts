/** crowd - very many attributes, and what they cost. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { Attribute } from '../../../../kernel-sim/fs/sysfs/file.ts';
import { sysfsCreateFile } from '../../../../kernel-sim/fs/sysfs/file.ts';
import { Kobject, kobjectCreateAndAdd } from '../../../../kernel-sim/lib/kobject.ts';
import { ref } from '../../../../src/lib/ref.ts';
import { Booted } from '../proc/booted.ts';

const COUNT = 100_000;
/** Bytes of heap that an attribute may cost which nobody has looked at. */
const MOST_BYTES = 400;
/** Nanoseconds in which one must be made; a slow machine has them ten times over. */
const MOST_TIME = 20_000;

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

function heapUsed(): number {
	collect();
	return process.memoryUsage().heapUsed;
}

/** As they come from a module: made of bytes, in one piece. */
const nameOf = (i: number) => Buffer.from(`attr${String(i).padStart(6, '0')}`).toString();

const shared: Attribute = { mode: 0o644, show: (_kobj, { name }) => `${name}\n`, store: () => {} };

t.test(
	'100,000 attributes cost at most 400 bytes of heap each, in one directory or in 2,000, or in debugfs',
	async t => {
		const { kernel, task } = new Booted(t);
		const wide = kobjectCreateAndAdd('wide', kernel.sysfs.kernel);
		const deep = kobjectCreateAndAdd('deep', kernel.sysfs.kernel);
		const makers: { readonly [shape: string]: () => void } = {
			'one directory': () => {
				for (let i = 0; i < COUNT; i++) sysfsCreateFile(wide, nameOf(i), shared);
			},
			'2,000 objects of one type': () => {
				const attrs = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`attr${i}`, shared]));
				const ktype = { groups: [{ attrs }] };
				for (let i = 0; i < COUNT / 50; i++) new Kobject(ktype).add(deep, `object${i}`);
			},
			'variables in debugfs': () => {
				const { debugfs } = kernel;
				const variable = { value: 0 };
				const dir = debugfs.createDir('crowd');
				for (let i = 0; i < COUNT; i++) debugfs.createU8(nameOf(i), 0o644, dir, ref(variable, 'value'));
			},
		};
		for (const [shape, make] of Object.entries(makers)) {
			const before = heapUsed();
			const start = process.hrtime.bigint();
			make();
			const time = Number(process.hrtime.bigint() - start) / COUNT;
			const heap = (heapUsed() - before) / COUNT;
			t.comment(`${shape}: ${heap.toFixed()} bytes and ${time.toFixed()} ns each`);
			t.ok(heap < MOST_BYTES, `${shape}: ${heap.toFixed()} bytes`);
			t.ok(time < MOST_TIME, `${shape}: ${time.toFixed()} ns`);
		}
		const start = process.hrtime.bigint();
		const fd = await task.open('/sys/kernel/wide', 0);
		let listed = 0;
		for (let some = -1; some !== 0; listed += some) some = (await task.getdents(fd, 32768)).length;
		const time = Number(process.hrtime.bigint() - start) / COUNT;
		t.equal(listed, COUNT + 2);
		t.comment(`listed in ${time.toFixed()} ns each`);
		t.ok(time < MOST_TIME);
	},
);
