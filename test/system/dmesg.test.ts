/** dmesg - the log as dmesg(1) reads it from /dev/kmsg, and what a program adds there. */

import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

const needsRoot = process.getuid?.() === 0 ? lacks('dmesg', 'unshare') : 'only root can cover /dev';

t.test('dmesg: reads /dev/kmsg, follows it, and picks by level', { skip: needsRoot }, async t => {
	const box = new Sandbox(t);
	const { dir } = await box.mount(['--module', 'hello']);
	const script = `
		mount --make-rprivate / && mount --bind "$0/dev" /dev
		dmesg | tail -n 1
		echo '<3>trouble' > /dev/kmsg
		dmesg -r -l err
		printf 'two\\nlines\\n' > /dev/kmsg
		dmesg | tail -n 2
		timeout 1 dmesg -w | sed '/follow me/q' & sleep 0.4; echo follow me > /dev/kmsg; wait`;
	const { stdout, stderr } = await box.start('unshare', ['-m', 'sh', '-c', script, dir]).ended;
	t.equal(stderr, '');
	const printed = stdout.replaceAll(/\[ *\d+\.\d{6}\] /g, '').split('\n');
	t.same(printed.slice(0, 4), ['(0) Hello, Mom', '<3>trouble', 'two', '               lines']);
	t.same(printed.slice(-2), ['follow me', '']);
});
