/**
 * delete_module - what delete_module(2) refuses, with which errno, and what rmmod(8) and `ring3 rmmod` make of it.
 *
 * The answers are those of a real Linux 6.12 without CONFIG_MODULE_FORCE_UNLOAD, with modules in C that do the same.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

/** Modules as files: one that others need, one that needs it, and one that takes its time to come and to go. */
const modules: Readonly<Record<string, string>> = {
	base_m: '',
	user_m: "depends: ['base_m'],",
	slow: 'async init({ time }) { await time.sleep(2e9); }, async exit({ time }) { await time.sleep(2e9); },',
};

function writeModules(box: Sandbox): void {
	for (const [name, body] of Object.entries(modules)) {
		writeFileSync(
			join(box.dir, `${name}.ts`),
			`import { defineModule } from 'ring3/kernel';
export default defineModule({ name: '${name}', license: 'GPL', ${body} });\n`,
		);
	}
}

/** A shell function `d NAME FLAGS`, which makes the call and prints its errno. */
const d = `d() { perl -e 'syscall(176, "$ARGV[0]", $ARGV[1] + 0) == 0 and $! = 0; print "$ARGV[0]: ", $! + 0, "\\n"' "$@"; }
O_TRUNC=512 O_NONBLOCK=2048
`;

/** Name and errno of each call, in order. */
const table = (rows: readonly (readonly [name: string, errno: number])[]) =>
	rows.map(([name, errno]) => `${name}: ${errno}\n`).join('');

const [EPERM, ENOENT, EAGAIN, EBUSY] = [1, 2, 11, 16];
const X86 = process.arch !== 'x64' && 'the number of the call is that of x86-64';

t.test(
	'delete_module: what is used is EAGAIN, whatever the flags',
	{ skip: X86 || lacks('perl', 'insmod') },
	async t => {
		const box = new Sandbox(t);
		writeModules(box);
		const script = `${d}
		insmod ./base_m.ts; insmod ./user_m.ts
		d base_m; d base_m $O_NONBLOCK; d base_m $O_TRUNC; d base_m $((O_NONBLOCK | O_TRUNC))
		d user_m; d base_m
		insmod configfs_sample 2>/dev/null || :; cd /sys/kernel/config/02-simple-children; mkdir a
		d configfs_sample; d configfs_sample $O_TRUNC; rmdir a; cd /; d configfs_sample`;
		const run = ['run', '--module', 'configfs_sample', '--', 'bash', '-c', script];
		const { stdout } = await box.ring3(run, { cwd: box.dir });
		t.equal(
			stdout,
			table([
				...[['base_m', EAGAIN] as const, ['base_m', EAGAIN] as const, ['base_m', EAGAIN] as const],
				...[['base_m', EAGAIN] as const, ['user_m', 0] as const, ['base_m', 0] as const],
				...[
					['configfs_sample', EAGAIN] as const,
					['configfs_sample', EAGAIN] as const,
					['configfs_sample', 0] as const,
				],
			]),
		);
	},
);

t.test(
	'delete_module: what comes or goes is EBUSY, what is not there ENOENT',
	{ skip: X86 || lacks('perl', 'insmod') },
	async t => {
		const box = new Sandbox(t);
		writeModules(box);
		const long = 'x'.repeat(56);
		const script = `${d}
		insmod ./slow.ts & sleep 1; d slow; wait
		d slow & sleep 1; d slow; wait; d slow
		d nosuch; d ''; d ${long.slice(1)}; d ${long}; d ${long}${long}
		insmod ./base_m.ts; d base-m; d printk
		setpriv --reuid=1000 --clear-groups perl -e 'my $n = "nosuch"; syscall(176, $n, 0); print $! + 0, "\\n"'
		echo 1 > /proc/sys/kernel/modules_disabled; d base_m; d nosuch`;
		const { stdout } = await box.ring3(['run', '--', 'bash', '-c', script], { cwd: box.dir });
		t.equal(
			stdout,
			table([
				['slow', EBUSY],
				['slow', EBUSY],
				['slow', 0],
				['slow', ENOENT],
				['nosuch', ENOENT],
				['', ENOENT],
				[long.slice(1), ENOENT],
				[long, ENOENT],
				[long + long, ENOENT],
				['base-m', ENOENT],
				['printk', ENOENT],
			]) +
				`${EPERM}\n${table([
					['base_m', EPERM],
					['nosuch', EPERM],
				])}`,
		);
	},
);

t.test('rmmod: what it prints of a module that is used, comes or goes', { skip: lacks('rmmod') }, async t => {
	const box = new Sandbox(t);
	writeModules(box);
	await box.mount();
	for (const name of ['base_m', 'user_m'])
		t.match(await box.ring3(['insmod', `./${name}.ts`], { cwd: box.dir }), { status: 0 });
	const inside = async (script: string) => {
		const { stdout, stderr } = await box.ring3(['run', '--', 'bash', '-c', script]);
		return stdout + stderr;
	};
	t.match(await box.ring3(['rmmod', 'base_m']), {
		status: 1,
		stderr: 'ring3: rmmod base_m: base_m is in use by: user_m\n',
	});
	t.equal(await inside('rmmod base_m'), 'rmmod: ERROR: Module base_m is in use by: user_m\n');
	t.match(await inside('rmmod -f base_m'), /could not remove module base_m: Resource temporarily unavailable\n$/);
	const loading = box.ring3(['insmod', './slow.ts'], { cwd: box.dir });
	t.equal(
		await inside('until grep -q ^slow /proc/modules; do sleep 0.1; done; rmmod slow'),
		'rmmod: ERROR: Module slow is in use\n',
	);
	t.match(await box.ring3(['rmmod', 'slow']), { status: 1, stderr: 'ring3: rmmod slow: slow is loading\n' });
	await loading;
	t.match(await box.ring3(['rmmod', 'slow']), { status: 0 });
	t.match(await box.ring3(['rmmod', 'slow']), { status: 1, stderr: 'ring3: rmmod slow: slow is not loaded\n' });
});
