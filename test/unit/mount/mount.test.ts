/** mount.test - a tree on a real mount, used by real programs. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { mountTree } from '../../../mount/index.ts';
import { findMount } from '../../../mount/mountinfo.ts';
import { noPerl, run, Server, shell, skip } from './tiny_mount.ts';
import { dir, TinyVfs } from './tiny_vfs.ts';

/** The state of a process: R, S, D, Z and so on; undefined when it is gone. */
function stateOf(pid: number): string | undefined {
	try {
		return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0];
	} catch {
		return undefined;
	}
}

t.test('programs read, list, write, make and remove', { skip }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	t.same(await run('cat', `${path}/version`), { out: 'Linux version 6.12\n', err: '', status: 0 });
	t.equal((await run('ls', path)).out, 'big\nempty\nevent\nmany\nself\nturn\nversion\n');
	t.equal((await run('readlink', `${path}/self`)).out, '42\n');
	t.match(await run('cat', `${path}/none`), { err: /No such file or directory/, status: 1 });
	t.equal((await shell('cat "$1"/big | wc -c', path)).out, `${3 << 20}\n`, 'more than one request takes');
	t.equal((await shell('cat "$1"/many/* | wc -l', path)).out, '100\n');
	t.equal((await shell('cd "$1" && echo a > new && echo b >> new && cat new', path)).out, 'a\nb\n');
	t.equal((await shell('cd "$1" && mkdir d && mv new d/old && ls d && rm d/old && rmdir d', path)).out, 'old\n');
	t.match(await shell('rmdir "$1"/many', path), { err: /not empty/, status: 1 });
	t.match(await run('stat', '-f', '-c', '%l %s', path), { out: '255 4096\n' });
	t.equal(await server.stop(), 'closed 0 oopses, 0 open');
	t.equal(findMount(path), undefined);
});

t.test('round trips: cat looks a name up once', { skip }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	await run('cat', `${path}/version`);
	t.same(
		server.roundTrips().filter(opcode => opcode === 'LOOKUP'),
		['LOOKUP'],
	);
	for (let i = 0; i < 3; i++) {
		await run('cat', `${path}/version`);
		t.same(server.roundTrips(), ['OPEN', 'GETATTR', 'READ', 'READ']);
	}
	await run('stat', `${path}/empty`);
	server.take();
	await run('stat', `${path}/empty`);
	t.same(server.roundTrips(), [], 'what has not changed is not asked for again');
	await run('ls', path);
	server.take();
	await run('ls', path);
	t.notOk(
		server.roundTrips().some(opcode => /READDIR/.test(opcode)),
		'nor is a listing',
	);
	await server.stop();
});

t.test('a change of the tree is seen at once', { skip }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	const names = async () => (await run('ls', path)).out.split('\n');
	t.notOk((await names()).includes('late'));
	t.equal((await run('cat', `${path}/late`)).status, 1);
	await server.command('add late');
	t.equal((await run('cat', `${path}/late`)).out, 'new\n');
	t.ok((await names()).includes('late'));
	await server.command('remove late');
	t.equal((await run('cat', `${path}/late`)).status, 1);
	t.notOk((await names()).includes('late'));
	await server.stop();
});

t.test('a sleeping reader is woken, and interrupted', { skip }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	const reading = run('head', '-n1', `${path}/event`);
	await server.said(/ READ /);
	t.match(await run('cat', `${path}/version`), { status: 0 }, 'others are served meanwhile');
	await server.command('wake');
	t.match(await reading, { out: 'event 1\n', status: 0 });

	for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
		server.take();
		const cat = spawn('cat', [`${path}/event`], { cwd: '/' });
		await server.said(/ READ /);
		cat.kill(signal);
		t.same(await once(cat, 'exit'), [null, signal]);
		await server.said(/^< \d+ READ EINTR/);
	}
	t.equal(await server.stop(), 'closed 0 oopses, 0 open');
});

t.test('select waits for an event', { skip: skip || noPerl }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	const program = 'open F, $ARGV[0]; vec($r, fileno F, 1) = 1; print scalar select $r, undef, undef, $ARGV[1]';
	t.equal((await run('perl', '-e', program, `${path}/event`, '0.01')).out, '0');
	server.take();
	const waiting = run('perl', '-e', program, `${path}/event`, '4');
	await server.said(/ POLL .*SCHEDULE_NOTIFY/);
	await server.command('wake');
	t.equal((await waiting).out, '1');
	await server.stop();
});

t.test("ioctl reaches into the caller's memory", { skip: skip || noPerl }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	const call = (argument: string) =>
		`open F, $ARGV[0]; $b = "abcdefgh"; $n = ioctl F, 0x1234, ${argument}; print $n ? "$n " . substr($b, 0, 8) : $!`;
	t.equal((await run('perl', '-e', call('$b'), `${path}/turn`)).out, '42 hgfedcba');
	t.equal((await run('perl', '-e', call('8'), `${path}/turn`)).out, 'Bad address');
	t.equal((await run('perl', '-e', call('$b'), `${path}/version`)).out, 'Inappropriate ioctl for device');
	await server.stop();
});

t.test('unmount: whoever sleeps is refused', { skip }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	const reading = run('cat', `${path}/event`);
	await server.said(/ READ /);
	t.equal(await server.stop(), 'closed 0 oopses, 0 open');
	t.match(await reading, { err: /No such device|not connected|abort/, status: 1 });
	t.equal(findMount(path), undefined);
});

t.test('unmount: a notification waits for a lock of a client that waits for us', { skip }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	await run('ls', path);
	const making = run('mkdir', `${path}/never`);
	await server.said(/ MKDIR /);
	server.child.stdin!.write('add late\n');
	await server.said(/^< INVAL_ENTRY/);
	t.match(await run('cat', `${path}/version`), { status: 0 }, 'others are served meanwhile');
	t.equal(await server.stop(), 'closed 0 oopses, 0 open');
	t.match(await making, { err: /No such device/, status: 1 });
});

t.test('an unmount from outside ends the server', { skip }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	t.equal((await run('umount', path)).status, 0);
	t.equal(await server.said(/^closed/), 'closed 0 oopses, 0 open');
});

t.test('kill -9 of the server under load: nothing hangs, and the next one detaches the mount', { skip }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	const script = 'while cat "$0"/big "$0"/many/* && ls -l "$0"/many; do :; done > /dev/null 2>&1';
	const load = Array.from({ length: 4 }, () => spawn('/bin/sh', ['-c', script, path], { cwd: '/' }));
	const sleeper = spawn('cat', [`${path}/event`], { cwd: '/' });
	const clients = [...load, sleeper];
	t.teardown(() => {
		for (const client of clients) client.kill('SIGKILL');
	});
	await server.said(/ READDIR/);
	const exits = clients.map(client => once(client, 'exit'));
	server.child.kill('SIGKILL');
	await once(server.child, 'exit');
	await Promise.all(exits);
	t.same(
		clients.map(({ pid }) => stateOf(pid!)),
		clients.map(() => undefined),
		'every client is gone',
	);
	t.ok(findMount(path), 'the dead mount is still there');
	const next = await Server.start(t, path);
	t.equal((await run('cat', `${path}/version`)).out, 'Linux version 6.12\n');
	await next.stop();
	t.equal(findMount(path), undefined);
});

t.test('a mount that cannot be leaves nothing behind', { skip }, async t => {
	const path = t.testdir({ file: '' });
	const vfs = new TinyVfs(dir({}));
	const facts = { find: () => undefined };
	await t.rejects(mountTree(vfs, vfs.root, `${path}/nowhere`, { facts }), { code: 'ENOENT' });
	await t.rejects(mountTree(vfs, vfs.root, `${path}/file`, { facts }), { code: 'ENOTDIR' });
	t.equal(findMount(path), undefined);
});
