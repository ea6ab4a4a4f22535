/** sysrq.test - kernel-sim/drivers/tty/sysrq.ts, and what it shows: kernel/sched_show.ts, kernel/timer_list.ts, mm/show_mem.ts. */

import { defineModule } from '../../../../kernel-sim/index.ts';
import type { Kernel } from '../../../../kernel-sim/kernel.ts';
import { MILLISECOND } from '../../../../src/testing/fake_host.ts';
import { O_RDONLY, O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { codeOf, onBench } from '../../kernel/bench_kernel.ts';

/** What the log has got since it was asked the last time. */
function since(kernel: Kernel): () => string[] {
	let seq = kernel.printk.nextSeq;
	return () => {
		const texts = [...kernel.printk.records(seq)].map(({ text }) => text);
		seq = kernel.printk.nextSeq;
		return texts;
	};
}

onBench('sysrq: a key acts, and the first alone; behind an underscore all of them', (t, { kernel }) => {
	const log = since(kernel);
	const [action, set] = ['sysrq: Changing Loglevel', 'sysrq: Loglevel set to'];
	kernel.sysrq.trigger('3s');
	t.same(log(), [action, `${set} 3`]);
	t.equal(kernel.printk.consoleLoglevel, 3);
	kernel.sysrq.trigger('_s5');
	t.same(log(), ['sysrq: Emergency Sync', 'Emergency Sync complete', action, `${set} 5`]);
	kernel.sysrq.trigger('');
	t.same(log(), []);
	kernel.sysrq.trigger('?');
	const help =
		'loglevel(0-9) crash(c) show-memory-usage(m) show-all-timers(q) sync(s) show-task-states(t) show-blocked-tasks(w) ';
	t.same(log(), [`sysrq: HELP : ${help}`]);
});

onBench('sysrq: what is said of a key is on the console, whatever its level', (t, { kernel, host }) => {
	kernel.printk.consoleLoglevel = 1;
	host.lines.length = 0;
	kernel.sysrq.trigger('s');
	t.match(host.lines, [/sysrq: Emergency Sync$/]);
	t.equal(host.lines.length, 1);
	t.equal(kernel.printk.consoleLoglevel, 1);
});

onBench('sysrq: c is an oops, and EIO to who has asked for it', async (t, bench) => {
	bench.expectedOopses = 1;
	const task = bench.kernel.task({ comm: 'echo' });
	const fd = task.open('/proc/sysrq-trigger', O_WRONLY) as number;
	t.equal(await codeOf(() => task.write(fd, 'c')), 'EIO');
	t.match(bench.log, /sysrq: Trigger a crash\nBUG: Error: sysrq triggered crash\n/);
	t.equal(bench.kernel.panic.hasTaint('DIE'), true);
});

onBench(
	'sysrq: t shows tasks of this process and threads of programs, w those that are blocked',
	(t, { kernel, host }) => {
		const task = kernel.task({ comm: 'a name of more than fifteen' });
		host.tasks.set({ pid: 4000, comm: 'busy', state: 'R', ppid: 17 });
		host.tasks.set({ pid: 4001, comm: 'stuck', state: 'D', ppid: 17 });
		const log = since(kernel);
		kernel.sysrq.trigger('t');
		t.same(log(), [
			'sysrq: Show State',
			'task:init            state:S stack:0     pid:1     tgid:1     ppid:0      flags:0x00000000',
			`task:a name of more  state:S stack:0     pid:${task.pid}     tgid:${task.pid}     ppid:1      flags:0x00000000`,
			'task:busy            state:R  running task     stack:0     pid:4000  tgid:4000  ppid:17     flags:0x00000000',
			'task:stuck           state:D stack:0     pid:4001  tgid:4001  ppid:17     flags:0x00000000',
		]);
		kernel.sysrq.trigger('w');
		t.match(log(), ['sysrq: Show Blocked State', /^task:stuck /]);
	},
);

onBench('sysrq: m and q tell what /proc tells', async (t, { kernel }) => {
	const task = kernel.task();
	kernel.time.setTimer(30 * MILLISECOND, function poke() {})();
	kernel.time.setTimer(20 * MILLISECOND, function wakeSleeper() {});
	const log = since(kernel);
	kernel.sysrq.trigger('m');
	const memory = log().join('\n');
	const { totalram, freeram } = kernel.mm.info();
	t.match(memory, `\n free:${freeram} free_pcp:0 free_cma:0\n`);
	t.match(memory, `\n${totalram} pages RAM\n`);
	t.match(memory, new RegExp(`\nNode 0 Normal: .* = ${freeram * 4}kB\n`));
	kernel.sysrq.trigger('q');
	const fd = task.open('/proc/timer_list', O_RDONLY) as number;
	const text = Buffer.from((await task.read(fd, 65_536)) as Uint8Array).toString();
	t.match(
		text,
		/ #0: <[0-9a-f]{16}>, wakeSleeper, S:01\n # expires at 20000000-20000000 nsecs \[in 20000000 to 20000000 nsecs\]\n/,
	);
	t.match(text, / #1: <[0-9a-f]{16}>, calcGlobalLoad, S:01\n/);
	t.notMatch(text, 'poke');
	t.match(text, /\n {2}\.expires_next {3}: 20000000 nsecs\n/);
	t.match(text, /\n\ncpu: 1\n/);
	t.equal(log().slice(1).join('\n'), text.trimEnd());
});

const keeper = defineModule({
	name: 'keeper',
	license: 'GPL',
	init({ registerSysrqKey, pr }) {
		registerSysrqKey('G', { helpMsg: 'greet(G)', actionMsg: 'Greet', handler: key => pr.info('key %s\n', key) });
	},
});

onBench(
	'register_sysrq_key: a key that is free, until the module goes',
	async (t, { kernel }) => {
		const { sysrq } = kernel;
		const op = { helpMsg: 'x(x)', actionMsg: 'X', handler: () => {} };
		for (const key of ['m', '', 'gg', '_', '?']) t.equal(await codeOf(() => sysrq.registerKey(key, op)), 'EPERM', key);
		await kernel.modules.load('keeper');
		const log = since(kernel);
		sysrq.trigger('G');
		t.same(log(), ['sysrq: Greet', 'key G']);
		await kernel.modules.unload('keeper');
		sysrq.trigger('G');
		t.match(log(), [/HELP : (?!.*greet)/]);
	},
	{ modules: { keeper } },
);
