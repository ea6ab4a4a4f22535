/**
 * capture - asks the kernel of this machine for one exchange of each kind and writes the files that replay.test.ts plays.
 *
 *     node dist/test/wire/capture.js        as root, after a change of protocol version or of the format of the files
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageBuffer } from '../../mount/fuse/message.ts';
import { opcodes } from '../../mount/fuse/opcodes.ts';
import type { Tracer } from '../../mount/fuse/session.ts';
import { lineTracer } from '../../mount/fuse/trace.ts';
import { mountTree } from '../../mount/index.ts';
import type { FileOperations } from '../../src/boundary/vfs.ts';
import { Errno } from '../../src/lib/errno.ts';
import * as uapi from '../../src/uapi/fuse.ts';
import { device, dir, file, link, TinyQueue, TinyVfs } from '../unit/mount/tiny_vfs.ts';
import { type Captured, print } from './hex.ts';
import { notificationStructs, replyStructs, requestStructs } from './shapes.ts';

const program = `
import ctypes, fcntl, os, select, signal, stat, subprocess, sys
mnt = sys.argv[1]
def at(name): return os.path.join(mnt, name)
def ignore(call, *args):
    try: return call(*args)
    except OSError: pass
def interrupted(*_): raise InterruptedError
os.stat(at('version')); open(at('version')).read()
os.listdir(mnt); os.listdir(mnt); os.listdir(at('sub')); os.listdir(at('sub'))
os.readlink(at('self')); os.statvfs(mnt)
subprocess.run(['stat', at('version')], stdout=subprocess.DEVNULL)
os.mkdir(at('made'), 0o750); os.mknod(at('fifo'), stat.S_IFIFO | 0o640); os.symlink('some where', at('link'))
os.link(at('version'), at('second')); os.rename(at('second'), at('third')); ignore(os.unlink, at('third'))
ctypes.CDLL(None).renameat2(-100, at('fifo').encode(), -100, at('pipe').encode(), 1)
os.unlink(at('pipe')); os.rmdir(at('made'))
os.chmod(at('version'), 0o600); os.utime(at('version'), ns=(1500000000000000001, 1600000000000000002))
os.truncate(at('version'), 4)
fd = os.open(at('all'), os.O_RDWR | os.O_APPEND); os.write(fd, b'hello'); os.fsync(fd)
ignore(os.lseek, fd, 5, os.SEEK_DATA); ignore(fcntl.ioctl, fd, 0x80046701, bytes(4)); ignore(os.posix_fallocate, fd, 0, 10)
p = select.poll(); p.register(fd, select.POLLIN); p.poll(0)
os.close(fd); fd = os.open(at('all'), os.O_RDWR); ignore(os.copy_file_range, fd, fd, 3, 0, 100); os.close(fd)
d = os.open(mnt, os.O_RDONLY); ignore(os.fsync, d); os.close(d)
ignore(os.open, mnt, os.O_TMPFILE | os.O_RDWR)
os.setxattr(at('version'), 'user.name', b'value'); os.getxattr(at('version'), 'user.name'); os.listxattr(at('version'))
os.removexattr(at('version'), 'user.name')
os.close(os.open(at('created'), os.O_CREAT | os.O_WRONLY, 0o640))
fd = os.open(at('asleep'), os.O_RDONLY); signal.signal(signal.SIGALRM, interrupted); signal.setitimer(signal.ITIMER_REAL, 0.1)
ignore(os.read, fd, 10)
os.close(fd)
p = select.poll(); fd = os.open(at('all'), os.O_RDONLY); p.register(fd, select.POLLPRI); p.poll(200)
os.close(fd); os.listdir(at('sub')); open('/proc/sys/vm/drop_caches', 'w').write('2')
`;

const events = new TinyQueue();
const all: FileOperations = {
	flush() {},
	fsync() {},
	llseek: (_file, offset) => offset,
	ioctl: () => 7,
	read: (_file, count) => Buffer.from('content').subarray(0, count),
	write: (_file, data) => data.length,
	poll(_file, table) {
		table.wait(events);
		if (table.waiting) setTimeout(() => events.wakeUp(), 10);
		return 1;
	},
};
const asleep: FileOperations = {
	read: (_file, _count, _pos, { signal }) =>
		new Promise((_, reject) => {
			signal.addEventListener('abort', () => reject(new Errno('EINTR')));
		}),
};

const vfs = new TinyVfs(
	dir({
		version: file('Linux version 6.12\n'),
		self: link('42', { dontcache: true }),
		sub: dir({ deep: file('') }),
		all: device(all),
		asleep: device(asleep),
	}),
);

const messages: Captured[] = [];
let line = '';
const lines = lineTracer(text => {
	line = text;
});

function keep(fromKernel: boolean, { bytes }: MessageBuffer, length: number): void {
	messages.push({ fromKernel, text: line.slice(2), bytes: bytes.slice(0, length) });
}

const tracer: Tracer = {
	received(message, length) {
		lines.received(message, length);
		keep(true, message, length);
	},
	sent(message, length) {
		lines.sent(message, length);
		keep(false, message, length);
	},
};

const mnt = mkdtempSync(join(tmpdir(), 'capture-'));
const mount = await mountTree(vfs, vfs.root, mnt, { facts: { find: () => undefined }, tracer });
const client = spawn('python3', ['-c', program, mnt], { stdio: 'inherit', cwd: '/' });
await once(client, 'exit');
vfs.add('', 'new', file(''));
// The kernel is told that a name is gone only while it knows it. Looked at from another thread: this one has to answer.
await stat(join(mnt, 'version'));
const notifier = mount.notifier!;
await notifier.store(vfs.at('version'), 0, Buffer.from('Linux version 6.18\n'));
await notifier.retrieve(vfs.at('version'), 6, 100);
notifier.resend();
notifier.incEpoch();
await stat(join(mnt, 'version'));
vfs.remove('', 'version');
vfs.invalidate({ type: 'attr', inode: vfs.at('all') });
notifier.prune();
await mount.settled();
await mount.unmount();
rmdirSync(mnt);

const uniqueOf = ({ bytes }: Captured) => new DataView(bytes.buffer).getBigUint64(8, true);
/** The opcode of a request, the error of a reply, the code of a notification. */
const opcodeOf = ({ bytes }: Captured) => new DataView(bytes.buffer).getUint32(4, true);
const origin = `Linux ${/^[\d.]+/.exec(release())}, FUSE 7.${uapi.FUSE_KERNEL_MINOR_VERSION}`;
const folder = new URL('.', import.meta.url.replace('/dist/test/', '/test/'));

function save(name: string, parts: readonly string[]): void {
	writeFileSync(new URL(`${name}.hex`, folder), [`# ${name}, ${origin}`, ...parts].join('\n'));
}

interface Exchange {
	readonly request: Captured;
	readonly reply: Captured | undefined;
}

/** The first exchange that got an answer and not only an errno, or else the first. */
function bestOf(opcode: number): Exchange | undefined {
	const exchanges = messages
		.filter(message => message.fromKernel && opcodeOf(message) === opcode)
		.map(request => ({
			request,
			reply: messages.find(message => !message.fromKernel && uniqueOf(message) === uniqueOf(request)),
		}));
	return exchanges.find(({ reply }) => reply && opcodeOf(reply) === 0 && reply.bytes.length > 16) ?? exchanges[0];
}

for (const [opcode, { name }] of opcodes) {
	const exchange = bestOf(opcode);
	if (!exchange) continue;
	const { request, reply } = exchange;
	const failed = reply && opcodeOf(reply) !== 0;
	save(name.toLowerCase(), [
		print(request, requestStructs(opcode)),
		...(reply ? [print(reply, failed ? [uapi.fuse_out_header] : replyStructs(opcode))] : []),
	]);
}
for (const [code, { name, structs }] of notificationStructs) {
	const message = messages.find(
		message => !message.fromKernel && uniqueOf(message) === 0n && opcodeOf(message) === code,
	);
	if (message) save(`notify_${name}`, [print(message, [uapi.fuse_out_header, ...structs])]);
}
