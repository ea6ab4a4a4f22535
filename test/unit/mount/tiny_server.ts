/**
 * tiny_server - a process that mounts a tiny tree on a directory and serves it until it is told to stop.
 *
 *     node tiny_server.js DIR
 *
 * Lines on stdout: `ready <connection>` when it is mounted, then every line of the trace. Lines on stdin are commands: `stop`
 * unmounts and exits, `add NAME` and `remove NAME` change the root directory, `wake` wakes whoever polls or reads `event`. The rest
 * is for what the host can be told: `store NAME OFFSET TEXT [TIMES]`, `retrieve NAME OFFSET SIZE`, `resend`, `epoch`, `prune`, and
 * `nodes`. The answer is a line: `done`, the command, and what it gave in JSON.
 */

import { createInterface } from 'node:readline';
import { mountTree } from '../../../mount/index.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { POLLIN, POLLRDNORM } from '../../../src/uapi/poll.ts';
import { device, dir, file, link, TinyQueue, TinyVfs } from './tiny_vfs.ts';

const queue = new TinyQueue();
let events = 0;

/** A file that has a line to read for each `wake`, and sleeps when there is none. */
const event = device({
	read(_file, count, _pos, ctx) {
		const take = () => Buffer.from(`event ${events--}\n`).subarray(0, count);
		if (events > 0) return take();
		return new Promise((resolve, reject) => {
			const cancel = queue.addWaiter(() => {
				cancel();
				resolve(take());
			});
			ctx.signal.addEventListener('abort', () => {
				cancel();
				reject(new Errno('EINTR'));
			});
		});
	},
	poll(_file, table) {
		table.wait(queue);
		return events > 0 ? POLLIN | POLLRDNORM : 0;
	},
});

/** A device that turns around the eight bytes that its argument points to; EFAULT where there are none. */
const turn = device({
	ioctl(_file, _cmd, arg, { memory }) {
		const bytes = memory.read(arg, 8);
		memory.write(arg, bytes.reverse());
		return 42;
	},
});

const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`file${i}`, file(`${i}\n`)]));
const tree = dir({
	version: file('Linux version 6.12\n'),
	big: file('x'.repeat(3 << 20)),
	empty: file(''),
	self: link('42', { dontcache: true }),
	many: dir(many),
	event,
	turn,
});

const vfs = new TinyVfs(tree);

/** `mkdir never` sleeps for ever, while the kernel holds the lock of the directory. */
const { mkdir } = vfs;
vfs.mkdir = (...args) => (args[1] === 'never' ? new Promise<never>(() => {}) : mkdir.apply(vfs, args));

const facts = { find: () => undefined };
const trace = process.argv[3] === 'quiet' ? undefined : (line: string) => process.stdout.write(`${line}\n`);
const mount = await mountTree(vfs, vfs.root, process.argv[2]!, { facts, trace });
process.stdout.write(`ready ${mount.connection}\n`);

/** What was retrieved: how many bytes, and the first of them. */
const shown = (bytes: Uint8Array | undefined) => bytes && [bytes.length, Buffer.from(bytes.subarray(0, 32)).toString()];

const notifier = mount.notifier!;
const commands: Record<string, (name: string, ...rest: string[]) => unknown> = {
	stop: () => void mount.unmount(),
	add: name => void vfs.add('', name, file('new\n')),
	remove: name => vfs.remove('', name),
	wake: () => {
		events++;
		queue.wakeUp();
	},
	store: (name, offset, text, times = '1') =>
		notifier.store(vfs.at(name), Number(offset), Buffer.from(text!.repeat(Number(times)))),
	retrieve: async (name, offset, size) => shown(await notifier.retrieve(vfs.at(name), Number(offset), Number(size))),
	resend: () => notifier.resend(),
	epoch: () => notifier.incEpoch(),
	prune: () => notifier.prune(),
	nodes: () => mount.usage?.nodes,
};

async function obey(line: string): Promise<void> {
	const [command = '', name = '', ...rest] = line.split(' ');
	const answer = await commands[command]?.(name, ...rest);
	await mount.settled();
	process.stdout.write(`done ${line} ${JSON.stringify(answer ?? null)}\n`);
}
const lines = createInterface({ input: process.stdin });
lines.on('line', line => void obey(line));
lines.on('close', () => void mount.unmount());
await mount.closed;
lines.close();
process.stdout.write(`closed ${vfs.oopses.length} oopses, ${vfs.openFiles} open\n`);
