/**
 * configfs - on a host: where it is mounted, from where links in it are looked up, who is told of what is made and gone.
 */

import {
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmdirSync,
	symlinkSync,
	unlinkSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { moduleSource } from '../runner/modules.ts';
import { cannotMount } from '../runner/mount.ts';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

const skip = { skip: cannotMount() ?? false };
const SUBSYSTEM = 'sys/kernel/config/contract_configfs';

/** A machine with the test module, and in it `link`, which may hold links, and `to`. */
async function machine(t: Test): Promise<{ box: Sandbox; dir: string; config: string }> {
	const box = new Sandbox(t);
	const { dir } = await box.mount(['--module', moduleSource('contract_configfs'), 'm']);
	const config = join(dir, SUBSYSTEM);
	for (const name of ['link', 'to']) mkdirSync(join(config, name));
	return { box, dir, config };
}

/** Runs ln(1) in a directory: its status, and what it says. */
function ln(box: Sandbox, cwd: string, text: string, link: string): Promise<{ status: number | null; stderr: string }> {
	return box.start('sh', ['-c', 'cd "$1" && exec ln -s "$2" "$3"', 'sh', cwd, text, link]).ended;
}

t.test('configfs_symlink: links of the host are followed on the way, and where the caller is counts', skip, async t => {
	const { box, dir, config } = await machine(t);
	const made = (name: string) => readlinkSync(join(config, 'link', name));
	const want = '../../contract_configfs/to';
	mkdirSync(join(box.dir, 'a'));
	symlinkSync(config, join(box.dir, 'a/absolute'));
	symlinkSync(`../m/${SUBSYSTEM}`, join(box.dir, 'a/relative'));
	symlinkSync('relative/to', join(box.dir, 'a/twice'));
	for (const [cwd, text] of [
		['/', join(config, 'to')],
		['/', join(box.dir, 'a/absolute/to')],
		[box.dir, 'a/relative/to'],
		[join(box.dir, 'a'), 'twice'],
		[join(box.dir, 'a'), '../a/./twice/'],
		[config, 'to'],
		[join(config, 'link'), '../to'],
		[join(dir, 'sys'), 'kernel/config/contract_configfs/to'],
	] as const) {
		t.match(await ln(box, cwd, text, join(config, 'link/l')), { status: 0, stderr: '' }, `${text} in ${cwd}`);
		t.equal(made('l'), want);
		unlinkSync(join(config, 'link/l'));
	}
});

t.test('configfs_symlink: what the host has is EPERM, ENOTDIR, ENOENT or ELOOP', skip, async t => {
	const { box, config } = await machine(t);
	writeFileSync(join(box.dir, 'file'), '');
	symlinkSync('loop', join(box.dir, 'loop'));
	for (const [text, stderr] of [
		[box.dir, /Operation not permitted/],
		['/', /Operation not permitted/],
		['/proc', /Operation not permitted/],
		[join(box.dir, 'file'), /Not a directory/],
		[join(box.dir, 'file/x'), /Not a directory/],
		[join(box.dir, 'nowhere/x'), /No such file or directory/],
		[join(box.dir, 'loop'), /Too many levels of symbolic links/],
		[join(config, 'to/text'), /Not a directory/],
		[join(config, 'nowhere'), /No such file or directory/],
	] as const) {
		t.match(await ln(box, '/', text, join(config, 'link/l')), { status: 1, stderr }, text);
		t.same(readdirSync(join(config, 'link')).sort(), ['slow', 'text']);
	}
});

t.test('configfs: at a place of its own, and in ring3 run, it is the same tree', skip, async t => {
	const { box, config } = await machine(t);
	t.match(await box.ring3(['mount', '--type', 'configfs', 'config']), { status: 0 });
	const own = join(box.dir, 'config/contract_configfs');
	t.match(await ln(box, own, 'to', join(own, 'link/l')), { status: 0, stderr: '' });
	t.equal(readlinkSync(join(config, 'link/l')), '../../contract_configfs/to');
	writeFileSync(join(own, 'link/l/text'), 'through');
	t.equal(readFileSync(join(config, 'to/text'), 'utf8'), 'through');
	mkdirSync(join(own, 'new'));
	t.ok(readdirSync(config).includes('new'));
	rmdirSync(join(config, 'new'));
	t.notOk(readdirSync(own).includes('new'));
	unlinkSync(join(own, 'link/l'));
	const script = 'cd /sys/kernel/config/contract_configfs && ln -s to link/l && readlink link/l && rm link/l';
	t.match(await box.ring3(['run', '--', 'sh', '-c', script]), { status: 0, stdout: '../../contract_configfs/to\n' });
	const mounted =
		'mount -t configfs none /tmp && ln -s /tmp/contract_configfs/to /tmp/contract_configfs/link/l && ls -d /tmp/*/link/l';
	t.match(await box.ring3(['run', '--', 'sh', '-c', mounted]), {
		status: 0,
		stdout: '/tmp/contract_configfs/link/l\n',
	});
	unlinkSync(join(own, 'link/l'));
	for (const name of ['link', 'to']) rmdirSync(join(own, name));
	t.match(await box.ring3(['rmmod', 'contract_configfs']), { status: 0 });
	t.same(readdirSync(join(box.dir, 'config')), []);
});

const killable = { skip: cannotMount() ?? lacks('perl') };

t.test(
	'configfs_rmdir: of the signals that come while it waits for a show, one that kills ends it',
	killable,
	async t => {
		const { box, config } = await machine(t);
		const item = join(config, 'item');
		const sleepers = async (count: number) => {
			while (readFileSync(`${config}2/sleepers`, 'latin1') !== `${count}\n`) await delay(20);
		};
		mkdirSync(item);
		const reading = box.start('cat', [join(item, 'slow')]);
		await sleepers(1);
		for (const signals of [['SIGTERM'], ['SIGUSR1', 'SIGKILL']] as const) {
			const removing = box.start('perl', ['-e', '$SIG{USR1} = sub {}; rmdir $ARGV[0] or die "$!\n"', item]);
			for (const signal of signals) {
				await delay(300);
				t.equal(removing.child.exitCode, null, 'it waits');
				removing.child.kill(signal);
			}
			t.match(await removing.ended, { signal: signals.at(-1) }, signals.join());
			t.ok(readdirSync(config).includes('item'));
		}
		writeFileSync(`${config}2/wake`, 'x');
		t.match(await reading.ended, { status: 0 });
		rmdirSync(item);
	},
);
