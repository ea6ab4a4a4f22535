/** irq.test - kernel-sim/kernel/irq.ts, fs/proc/irq.ts and what a module does with interrupts. */

import t from 'tap';
import type { Task } from '../../../kernel-sim/fs/syscalls.ts';
import { defineModule, type IrqReturn } from '../../../kernel-sim/index.ts';
import { bitmapParse, bitmapParselist } from '../../../kernel-sim/lib/bitmap.ts';
import { O_RDONLY, O_WRONLY } from '../../../src/uapi/fcntl.ts';
import { codeOf, onBench } from './bench_kernel.ts';

async function read(task: Task, path: string): Promise<string> {
	const fd = (await task.open(path, O_RDONLY)) as number;
	const text = Buffer.from((await task.read(fd, 65_536)) as Uint8Array).toString();
	await task.close(fd);
	return text;
}

async function write(task: Task, path: string, text: string): Promise<string | undefined> {
	const fd = (await task.open(path, O_WRONLY)) as number;
	const code = await codeOf(() => task.write(fd, text));
	await task.close(fd);
	return code;
}

const handled = (): IrqReturn => 'IRQ_HANDLED';

onBench(
	'request_irq: a line of /proc/interrupts and a directory, for as long as somebody handles the number',
	async (t, { kernel }) => {
		const task = kernel.task();
		const line = async () => /^ {2}5: .*$/m.exec(await read(task, '/proc/interrupts'))?.[0];
		t.equal(await line(), undefined);
		const free = kernel.irqs.request(5, { name: 'lamp', handler: handled, shared: true });
		kernel.irqs.request(5, { name: 'a/b', handler: handled, shared: true });
		t.equal(await line(), '  5:          0          0   IO-APIC   5-edge      lamp, a/b');
		for (let i = 0; i < 3; i++) kernel.irqs.genericHandleIrq(5);
		kernel.irqs.genericHandleIrq(6);
		t.match(await line(), /^ {2}5: {10}3 {10}0 /);
		t.match(await read(task, '/proc/stat'), /^intr 3 0 0 0 0 0 3 0( 0){9}$/m);
		t.equal(typeof (await task.stat('/proc/irq/5/lamp')), 'object');
		free();
		free();
		t.equal(await codeOf(() => task.stat('/proc/irq/5/lamp')), 'ENOENT');
		t.match(await line(), / a\/b$/);
	},
);

onBench('request_irq: what is refused', async (t, bench) => {
	const { irqs } = bench.kernel;
	for (const irq of [-1, 16, 1.5])
		t.equal(await codeOf(() => irqs.request(irq, { name: 'x', handler: handled })), 'EINVAL');
	irqs.request(7, { name: 'first', handler: handled });
	t.equal(await codeOf(() => irqs.request(7, { name: 'second', handler: handled, shared: true })), 'EBUSY');
	t.match(bench.log, 'genirq: Flags mismatch irq 7. 00000080 (second) vs. 00000000 (first)\n');
	t.equal(await codeOf(() => irqs.genericHandleIrq(99)), 'EINVAL');
});

onBench(
	'handle_irq_event: all who share a number are asked; one that nobody cares for is counted',
	async (t, { kernel, host }) => {
		const { irqs } = kernel;
		const asked: string[] = [];
		let answer: IrqReturn = 'IRQ_NONE';
		for (const name of ['one', 'two']) {
			irqs.request(3, {
				name,
				shared: true,
				handler() {
					asked.push(name);
					return name === 'two' ? answer : 'IRQ_NONE';
				},
			});
		}
		host.advance(1_000_000_000);
		irqs.genericHandleIrq(3);
		answer = 'IRQ_HANDLED';
		irqs.genericHandleIrq(3);
		t.same(asked, ['one', 'two', 'one', 'two']);
		t.equal(await read(kernel.task(), '/proc/irq/3/spurious'), 'count 2\nunhandled 1\nlast_unhandled 1000 ms\n');
	},
);

onBench('an interrupt handler that throws or sleeps is an oops, and has handled nothing', (t, bench) => {
	bench.expectedOopses = 2;
	const { irqs } = bench.kernel;
	irqs.request(3, {
		name: 'throws',
		handler() {
			throw new TypeError('slip');
		},
	});
	irqs.request(4, { name: 'sleeps', handler: (async () => 'IRQ_HANDLED') as unknown as () => IrqReturn });
	irqs.genericHandleIrq(3);
	irqs.genericHandleIrq(4);
	t.match(bench.log, /BUG: TypeError: slip\nOops: irq 3, throws: /);
	t.match(bench.log, /scheduling while atomic: an interrupt handler must not sleep\nOops: irq 4, sleeps: /);
});

onBench(
	'irq_set_affinity: the processor that gets it, as a mask or as ranges; what is refused changes nothing',
	async (t, { kernel }) => {
		const task = kernel.task();
		const at = (name: string) => `/proc/irq/9/${name}`;
		kernel.irqs.request(9, { name: 'nine', handler: handled });
		t.equal(await read(task, at('smp_affinity')), 'f\n');
		t.equal(await write(task, at('smp_affinity'), '6\n'), undefined);
		t.same(
			await Promise.all(
				['smp_affinity', 'smp_affinity_list', 'effective_affinity', 'effective_affinity_list'].map(name =>
					read(task, at(name)),
				),
			),
			['6\n', '1-2\n', '2\n', '1\n'],
		);
		kernel.irqs.genericHandleIrq(9);
		t.match(await read(task, '/proc/interrupts'), /^ {2}9: {10}0 {10}1 {10}0 {10}0 /m);
		for (const text of ['0', '', 'g']) t.equal(await write(task, at('smp_affinity'), text), 'EINVAL', text);
		for (const text of ['1 2', '1,', '123456789']) {
			t.equal(await write(task, at('smp_affinity'), text), text === '1,' ? undefined : 'EOVERFLOW', text);
		}
		t.equal(await write(task, at('smp_affinity'), '6'), undefined);
		t.equal(await write(task, at('smp_affinity'), '10'), 'EOVERFLOW');
		for (const text of ['', 'x', '2-1']) t.equal(await write(task, at('smp_affinity_list'), text), 'EINVAL', text);
		t.equal(await write(task, at('smp_affinity_list'), '4'), 'ERANGE');
		t.equal(await read(task, at('smp_affinity')), '6\n');
		t.equal(await write(task, at('smp_affinity_list'), '0,3\n'), undefined);
		t.equal(await read(task, at('smp_affinity')), '9\n');
		t.equal(await write(task, '/proc/irq/default_smp_affinity', '8'), undefined);
		kernel.irqs.request(10, { name: 'ten', handler: handled });
		t.equal(await read(task, '/proc/irq/10/smp_affinity_list'), '3\n', 'is for those that come from now on');
	},
	{ hardware: { cpus: 4 } },
);

const lamp = defineModule({
	name: 'lamp',
	license: 'GPL',
	state: () => ({ flashes: 0 }),
	init({ irq, state, proc }) {
		irq.request(11, {
			name: 'lamp',
			handler() {
				state.flashes += 1;
				return 'IRQ_HANDLED';
			},
		});
		const spare = irq.request(12, { name: 'spare', handler: () => 'IRQ_NONE' });
		spare();
		proc.createSingle('lamp', 0o444, m => {
			irq.handle(11);
			m.printf('%d\n', state.flashes);
		});
	},
});

onBench(
	'module: handles an interrupt until it goes',
	async (t, { kernel }) => {
		const task = kernel.task();
		await kernel.modules.load('lamp');
		t.equal(await read(task, '/proc/lamp'), '1\n');
		t.match(await read(task, '/proc/interrupts'), /^ 11: {10}1 .* lamp$/m);
		t.notMatch(await read(task, '/proc/interrupts'), 'spare');
		await kernel.modules.unload('lamp');
		t.notMatch(await read(task, '/proc/interrupts'), 'lamp');
	},
	{ modules: { lamp } },
);

t.test('bitmap_parse, bitmap_parselist: words of hex, and ranges', async t => {
	t.equal(bitmapParse('1,00000002\n', 64), 0x1_0000_0002n);
	t.equal(bitmapParse('F', 4), 15n);
	t.equal(bitmapParselist('0-2,5,63', 64), 0x8000_0000_0000_0027n);
	t.equal(bitmapParselist('\n', 8), 0n);
	for (const text of ['1-', '-1', 'a', '1-2-3']) t.equal(await codeOf(() => bitmapParselist(text, 8)), 'EINVAL', text);
});
