/** supervise.test - kill(2) of everybody, and calls that read the clock or set it. */

import t from 'tap';
import type { SupervisedCall } from '../../../mount/run/supervised_call.ts';
import type { TaskFacts } from '../../../src/boundary/host.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { killCalls } from '../../../src/machine/supervise_kill.ts';
import { timeCalls } from '../../../src/machine/supervise_time.ts';
import { CAP_KILL } from '../../../src/uapi/capability.ts';

/** A call of process 10. */
function callOf(args: readonly number[], rest: object = {}): SupervisedCall {
	const int = (arg: number) => args[arg] ?? 0;
	const call = { pid: 10, tgid: 10, int, args: args.map(BigInt), capable: () => false, ...rest };
	return call as unknown as SupervisedCall;
}

function outcome(body: () => unknown): unknown {
	try {
		return body();
	} catch (error) {
		return (error as Errno).code;
	}
}

t.test('kill: everybody inside but the caller and the first, whom the caller may signal', async t => {
	const users: Readonly<Record<number, TaskFacts['uid']>> = {
		1: [0, 0, 0, 0],
		10: [5, 5, 5, 5],
		11: [5, 5, 5, 5],
		12: [6, 6, 6, 6],
		13: [6, 6, 5, 6],
		14: [6, 5, 6, 5],
	};
	const sent: string[] = [];
	const tasks = {
		find: (pid: number) => users[pid] && ({ uid: users[pid] } as unknown as TaskFacts),
		list: () => [1, 10, 11, 12, 13, 14, 15],
	};
	const send = (pid: number, signal: number) => {
		if (pid === 11) throw new Errno('ESRCH');
		sent.push(`${pid}:${signal}`);
	};
	const { kill } = killCalls({ ...tasks, send });
	t.equal(
		outcome(() => kill(callOf([-1, 15]))),
		0,
	);
	t.same(sent.splice(0), ['13:15'], 'who has just gone does not matter');
	t.equal(
		outcome(() => kill(callOf([-1, 0], { capable: (cap: number) => cap === CAP_KILL }))),
		0,
	);
	t.same(sent.splice(0), ['12:0', '13:0', '14:0']);
	t.equal(
		outcome(() => kill(callOf([-1, 65]))),
		'EINVAL',
	);
	t.equal(
		outcome(() => kill(callOf([-1, -1]))),
		'EINVAL',
	);
	t.same(sent, []);
	const alone = killCalls({ ...tasks, list: () => [1, 10], send: () => t.fail('nobody') });
	t.equal(
		outcome(() => alone.kill(callOf([-1, 9]))),
		'ESRCH',
	);
});

t.test('adjtimex, clock_adjtime: reading is for the host, setting for nobody', async t => {
	const memory = (modes: number) => ({
		memory: {
			read: (address: bigint) => {
				if (address !== 100n) throw new Errno('EFAULT');
				return Buffer.from(Uint32Array.of(modes).buffer);
			},
		},
	});
	for (const [modes, want] of [
		[0, 'host'],
		[0xa001, 'host'],
		[1, 'EPERM'],
		[0x8001, 'EPERM'],
		[0x100, 'EPERM'],
	] as const) {
		t.equal(
			outcome(() => timeCalls.adjtimex(callOf([100], memory(modes)))),
			want,
		);
		t.equal(
			outcome(() => timeCalls.clock_adjtime(callOf([0, 100], memory(modes)))),
			want,
		);
	}
	t.equal(
		outcome(() => timeCalls.adjtimex(callOf([0, 100], memory(0)))),
		'EFAULT',
	);
});
