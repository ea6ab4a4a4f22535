/** caller_signals.test - whether a thread is being killed, as the host tells it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { isKilled, whenKilled } from '../../../mount/caller_signals.ts';

const status = (own: string, shared: string) =>
	`Name:\tsh\nSigQ:\t0/1\nSigPnd:\t${own}\nShdPnd:\t${shared}\nSigBlk:\t0\n`;

t.test('isKilled: SIGKILL is pending for the thread or the process, or nobody knows', async t => {
	const none = '0000000000000000';
	const kill = '0000000000000100';
	const others = 'fffffffffffffeff';
	t.equal(isKilled(status(none, none)), false);
	t.equal(isKilled(status(others, others)), false);
	t.equal(isKilled(status(kill, none)), true);
	t.equal(isKilled(status(none, kill)), true);
	t.equal(isKilled(''), true);
});

t.test('whenKilled: tells once, and not whom it was told to leave alone', async t => {
	const child = spawn('sleep', ['30']);
	await once(child, 'spawn');
	t.teardown(() => child.kill('SIGKILL'));
	let told = 0;
	const stop = whenKilled(child.pid!, () => told++);
	const left = whenKilled(child.pid!, () => t.fail('told'));
	left();
	await delay(200);
	t.equal(told, 0, 'it sleeps');
	child.kill('SIGKILL');
	for (let i = 0; told === 0 && i < 100; i++) await delay(20);
	await delay(150);
	t.equal(told, 1);
	stop();
	stop();
});
