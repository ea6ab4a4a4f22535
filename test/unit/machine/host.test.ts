/** host - clock, chance, hardware. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { nodeHost } from '../../../src/machine/host.ts';

const { clock, hardware, random, tasks } = nodeHost();

t.test('host: the clocks go forward, in nanoseconds', async t => {
	const before = clock.monotonic();
	const difference = Number(clock.realtime() / 1_000_000n) - Date.now();
	t.ok(Math.abs(difference) < 1000);
	t.ok(Number.isSafeInteger(before));
	t.ok(clock.monotonic() > before);
});

t.test('host: a timer fires once after its delay, and not when it was cancelled', async t => {
	const fired: string[] = [];
	const start = clock.monotonic();
	clock.setTimer(1, () => fired.push('cancelled'))();
	clock.setTimer(2 ** 52, () => fired.push('in fifty days'));
	const keepAlive = setTimeout(() => {}, 10_000);
	await new Promise<void>(resolve => clock.setTimer(5_000_000, resolve));
	clearTimeout(keepAlive);
	t.ok(clock.monotonic() - start >= 4_900_000);
	t.same(fired, []);
});

t.test("host: a program has started when the host's clock said so", async t => {
	const ticks = () => clock.monotonic() / 1e7;
	const before = ticks();
	const child = spawn('sh', ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore'] });
	await once(child, 'spawn');
	const { startTime } = tasks.find(child.pid!)!;
	t.ok(startTime > before - 2 && startTime < ticks() + 2, `${before} ${startTime} ${ticks()}`);
	t.ok(tasks.find(1)!.startTime < 0, 'one was there before');
	child.stdin.end();
	await once(child, 'exit');
});

t.test('host: the hardware is what was asked for, and otherwise has sensible sizes', async t => {
	t.ok(hardware.cpus >= 1);
	t.equal(hardware.memory, 2 ** 30);
	t.match(nodeHost({ hardware: { cpus: 3 } }).hardware, { cpus: 3, memory: 2 ** 30 });
});

t.test('host: random fills the whole array', async t => {
	const bytes = new Uint8Array(64);
	random(bytes);
	t.ok(new Set(bytes).size > 16);
});
