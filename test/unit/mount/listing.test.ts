/**
 * listing.test - listings that the host keeps, and changes that cross them.
 *
 * The host adds the entries of a reply to its listing when the reader gets to it. A change that is announced in between drops what
 * was kept before, and not that. What is added then is out of date, and nobody but us can know.
 */

import t from 'tap';
import { TaskMemory } from '../../../kernel-sim/fs/user_memory.ts';
import { O_DIRECTORY, O_RDONLY } from '../../../src/uapi/fcntl.ts';
import { FuseConn } from '../../peer/linux/dev.ts';
import { FuseDir } from '../../peer/linux/dir.ts';
import { Thread } from '../../peer/linux/syscalls.ts';
import { dir, file, TinyVfs } from './tiny_vfs.ts';

/** A connection on which something happens just after a listing was sent, the how many-th of them, and before the client gets to it. */
class CrossedConn extends FuseConn {
	meanwhile: { after: number; change: () => void } | undefined;
	listed = false;

	override reply(bytes: Uint8Array, length: number): void {
		super.reply(bytes, length);
		if (!this.listed || this.meanwhile === undefined) return;
		this.listed = false;
		this.meanwhile.after--;
		if (this.meanwhile.after !== 0) return;
		const { change } = this.meanwhile;
		this.meanwhile = undefined;
		change();
	}
}

/** A directory `d` with names in it, seen by a client that keeps listings. */
async function client(names: readonly string[]) {
	const vfs = new TinyVfs(dir({ d: dir(Object.fromEntries(names.map(name => [name, file('')]))) }));
	const conn = new CrossedConn({ vfs, root: vfs.root });
	const { iterate } = vfs;
	vfs.iterate = (...args) => {
		conn.listed = true;
		return iterate.apply(vfs, args);
	};
	await conn.init();
	const thread = new Thread(new FuseDir(conn), { pid: 1, uid: 0, umask: 0, memory: new TaskMemory() });
	const open = () => thread.run(() => thread.open('/d', O_RDONLY | O_DIRECTORY));
	const read = async (fd: number) => {
		const names: string[] = [];
		for (;;) {
			const entries = await thread.run(() => thread.getdents(fd, 4096));
			if (entries.length === 0) return names.filter(name => !name.startsWith('.'));
			names.push(...entries.map(({ name }) => name));
		}
	};
	const close = (fd: number) => thread.run(async () => thread.close(fd));
	const ls = async () => {
		const fd = await open();
		const names = await read(fd);
		await close(fd);
		return names;
	};
	return { vfs, conn, open, read, close, ls };
}

t.test('a listing is kept, and dropped when something changes', async t => {
	const { vfs, ls } = await client(['old']);
	t.same(await ls(), ['old']);
	vfs.add('d', 'new', file(''));
	t.same(await ls(), ['old', 'new']);
	vfs.remove('d', 'old');
	t.same(await ls(), ['new']);
});

/** The first reply has what was looked up besides, and fewer entries; those after it have more. */
const many = Array.from({ length: 200 }, (_, i) => `f${i}`);

t.test('what comes or goes while a reply is on its way is told by the next listing', async t => {
	for (const names of [['f0'], many]) {
		const changes: [what: string, change: (vfs: TinyVfs) => void, after: string[]][] = [
			['comes', vfs => void vfs.add('d', 'new', file('')), [...names, 'new']],
			['the first goes', vfs => vfs.remove('d', names[0]!), names.slice(1)],
			['the last goes', vfs => vfs.remove('d', names.at(-1)!), names.slice(0, -1)],
		];
		for (const [what, change, want] of changes) {
			for (let after = 1; after <= 5; after++) {
				const title = `${what} of ${names.length}, after reply ${after}`;
				const { vfs, conn, open, read, close, ls } = await client(names);
				const fd = await open();
				conn.meanwhile = { after, change: () => change(vfs) };
				await read(fd);
				if (conn.meanwhile !== undefined) change(vfs);
				t.same(await ls(), want, `${title}: while the first reader still has the directory open`);
				await close(fd);
				t.same(await ls(), want, `${title}: and later`);
			}
		}
	}
});
