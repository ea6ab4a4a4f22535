/**
 * faces.test - one kernel and two connections: what is changed through one is seen through the other, and only there announced.
 */

import t from 'tap';
import { TaskMemory } from '../../../kernel-sim/fs/user_memory.ts';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import { FakeHost, SECOND } from '../../../src/testing/fake_host.ts';
import { O_CREAT, O_RDWR, O_TRUNC } from '../../../src/uapi/fcntl.ts';
import { FuseConn } from '../../peer/linux/dev.ts';
import { FuseDir } from '../../peer/linux/dir.ts';
import { Thread } from '../../peer/linux/syscalls.ts';

/** A connection that counts what it is told. */
class CountingConn extends FuseConn {
	told = 0;

	override notify(bytes: Uint8Array): void {
		this.told++;
		super.notify(bytes);
	}
}

async function face(kernel: Kernel) {
	const conn = new CountingConn({ vfs: kernel.vfs, root: kernel.root });
	await conn.init();
	const thread = new Thread(new FuseDir(conn), { pid: 1, uid: 0, umask: 0, memory: new TaskMemory() });
	const stat = () => thread.run(() => thread.stat('/tmp/file'));
	const open = (flags: number) => thread.run(() => thread.open('/tmp/file', flags, 0o666));
	return { conn, thread, stat, open };
}

t.test('size, times and mode that a call through one face changes are not stale in the other', async t => {
	const host = new FakeHost();
	const kernel = Kernel.boot(host);
	await kernel.init.mount('tmpfs', '/tmp', 'tmpfs', 0, 'mode=1777');
	const [here, there] = [await face(kernel), await face(kernel)];
	const fd = await here.open(O_RDWR | O_CREAT);
	const { thread } = here;
	const before = await there.stat();
	t.match(before, { size: 0 });

	const changes: [what: string, call: () => Promise<unknown>, seen: object][] = [
		['write', () => thread.run(() => thread.write(fd, Buffer.from('hello'))), { size: 5 }],
		['pwrite', () => thread.run(() => thread.pwrite(fd, Buffer.from('x'), 9)), { size: 10 }],
		['ftruncate', () => thread.run(() => thread.ftruncate(fd, 3)), { size: 3 }],
		['open(O_TRUNC)', () => here.open(O_RDWR | O_TRUNC), { size: 0 }],
		['chmod', () => thread.run(() => thread.chmod('/tmp/file', 0o6755)), { mode: 0o106755 }],
	];
	for (const [what, call, seen] of changes) {
		host.advance(SECOND);
		const { mtime, ctime } = await there.stat();
		const told = [here.conn.told, there.conn.told];
		await call();
		t.match(await there.stat(), seen, what);
		t.not((await there.stat()).ctime, ctime, `${what}: ctime`);
		if (what !== 'chmod') t.not((await there.stat()).mtime, mtime, `${what}: mtime`);
		t.same([here.conn.told, there.conn.told - told[1]!], [told[0], 1], `${what} is announced to the other alone, once`);
	}
	const told = there.conn.told;
	await thread.run(() => thread.read(fd, 10));
	await there.stat();
	t.equal(there.conn.told, told, 'a read changes nothing');
	for (const { conn } of [here, there]) conn.session.close();
	kernel.shutdown();
});

t.test('a write of a task in this process is announced to every face', async t => {
	const host = new FakeHost();
	const kernel = Kernel.boot(host);
	await kernel.init.mount('tmpfs', '/tmp', 'tmpfs', 0, 'mode=1777');
	const faces = [await face(kernel), await face(kernel)];
	const fd = await kernel.init.open('/tmp/file', O_RDWR | O_CREAT, 0o666);
	for (const { stat } of faces) t.match(await stat(), { size: 0 });
	await kernel.init.write(fd, Buffer.from('hello'));
	for (const { stat } of faces) t.match(await stat(), { size: 5 });
	for (const { conn } of faces) conn.session.close();
	kernel.shutdown();
});
