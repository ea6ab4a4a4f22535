/** doctor - ring3 doctor on this computer, and on one where something is missing. */

import { join } from 'node:path';
import t from 'tap';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { Sandbox } from './sandbox.ts';

t.test('doctor: as root', { skip: process.getuid!() !== 0 && 'needs root' }, async t => {
	const box = new Sandbox(t);
	const { status, stdout, stderr } = await box.ring3(['doctor']);
	t.match({ status, stderr }, { status: 0, stderr: '' });
	t.match(stdout, /^(ok {7}[\w/ .]+: .+\n){12}$/);
	t.match(stdout, new RegExp(`^ok {7}runtime directory: ${box.dir}/run$`, 'm'));
	t.same(box.leftovers(), []);
});

t.test('doctor: a stale mount', { skip: process.getuid!() !== 0 && 'needs root' }, async t => {
	const box = new Sandbox(t);
	const machine = await box.mount(['here']);
	box.killForGood(machine.child.pid!);
	await machine.ended;
	const { status, stdout } = await box.ring3(['doctor']);
	t.equal(status, 1);
	const dir = join(box.dir, 'here');
	t.match(stdout, `missing  stale mounts: ${dir}: its machine has gone; try: ring3 umount '${dir}'\n`);
	t.match(await box.ring3(['umount', dir]), { status: 0 });
	t.match(await box.ring3(['doctor']), { status: 0 });
});

t.test('doctor: as a user', { skip: lacksPlainUser() }, async t => {
	const cases: [setup: string, status: number, line: RegExp][] = [
		['', 0, /^ok {7}user namespaces: work$/m],
		[
			'chmod 0600 /dev/fuse',
			1,
			/^missing {2}\/dev\/fuse: only root may use \/dev\/fuse; try: sudo chmod 0666 \/dev\/fuse$/m,
		],
		[
			'cover /usr/bin/fusermount3 ""',
			1,
			/^missing {2}fusermount3: \/usr\/bin\/fusermount3 has lost its setuid bit; try: /m,
		],
		['cover /usr/bin/mount "#!/bin/sh\nexit 1"', 1, /^missing {2}user namespaces: .*; try: /m],
		[
			'mkdir "$0/run"',
			1,
			/^missing {2}runtime directory: .*must be a directory of your own with mode 0700; try: export /m,
		],
	];
	for (const [setup, status, line] of cases) {
		const box = new Sandbox(t);
		const user = await PlainUser.create(t, box, setup);
		const result = await user.ring3(['doctor']);
		t.match(result, { status, stdout: line, stderr: '' }, setup);
		t.equal(result.stdout.match(/^missing/gm)?.length ?? 0, status);
	}
});
