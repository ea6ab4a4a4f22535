/** idle.test - what a machine costs while nobody uses it. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { Sandbox } from './sandbox.ts';

t.test('mount: an idle machine has less than 100 MB resident, and uses no processor', async t => {
	const box = new Sandbox(t);
	const { dir, child } = await box.mount(['--module', 'procfs', '--module', 'seqfile']);
	spawnSync('sh', ['-c', `cat ${dir}/proc/version ${dir}/proc/example/first; head -c 100000 ${dir}/proc/sequence`]);
	const ticks = () => {
		const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
			.replace(/^.*\) /, '')
			.split(' ');
		return Number(fields[11]) + Number(fields[12]);
	};
	const seconds = 4;
	const before = ticks();
	await new Promise(resolve => setTimeout(resolve, seconds * 1000));
	const after = ticks();
	const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]);
	t.comment({ resident, ticks: after - before });
	t.ok(resident < 100_000, `${resident} kB resident`);
	t.ok(after - before <= seconds, `${after - before} ticks of 10 ms in ${seconds} s`);
});
