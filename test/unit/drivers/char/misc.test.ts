/** misc.test - kernel-sim/drivers/char/misc.ts: numbers that are taken, and modules that are in use. */

import { defineModule, MISC_DYNAMIC_MINOR } from '../../../../kernel-sim/index.ts';
import { O_RDONLY } from '../../../../src/uapi/fcntl.ts';
import { S_IFCHR } from '../../../../src/uapi/stat.ts';
import { codeOf, onBench } from '../../kernel/bench_kernel.ts';

const device = (name: string, minor: number = MISC_DYNAMIC_MINOR) => ({ name, minor, fops: {} });

onBench(
	'misc_register: the lowest number above 255 that is free, or the one that is asked for',
	async (t, { kernel }) => {
		const { misc } = kernel;
		const [a, b] = [misc.register(device('a')), misc.register(device('b'))];
		t.same([a.minor, b.minor], [256, 257]);
		t.equal(misc.register(device('watchdog', 130)).minor, 130);
		await misc.deregister(a);
		await misc.deregister(a);
		t.equal(misc.register(device('c')).minor, 256);
		t.equal(await codeOf(() => misc.register(device('d', 257))), 'EBUSY');
		for (const minor of [-1, 1 << 20]) t.equal(await codeOf(() => misc.register(device('d', minor))), 'EINVAL');
		t.equal(await codeOf(() => misc.register(device('b'))), 'EEXIST');
		const task = kernel.task();
		const fd = task.open('/proc/misc', O_RDONLY) as number;
		t.equal(Buffer.from((await task.read(fd, 100)) as Uint8Array).toString(), '256 c\n130 watchdog\n257 b\n');
		t.type(await codeOf(() => task.stat('/dev/d')), 'string', 'what was refused has left no node');
	},
);

const watcher = defineModule({
	name: 'watcher',
	license: 'GPL',
	init({ misc, onExit }) {
		const gone = misc.register(device('gone'));
		misc.register(device('watcher'));
		onExit(() => void misc.deregister(gone));
		void misc.deregister(gone);
	},
});

onBench(
	'misc_open: a file that is open keeps the module, which takes its devices with it',
	async (t, { kernel }) => {
		await kernel.modules.load('watcher');
		const task = kernel.task();
		const fd = task.open('/dev/watcher', O_RDONLY) as number;
		t.equal(await codeOf(() => kernel.modules.unload('watcher')), 'EAGAIN');
		t.equal(await codeOf(() => task.open('/dev/gone', O_RDONLY)), 'ENOENT');
		await task.close(fd);
		await kernel.modules.unload('watcher');
		t.equal(await codeOf(() => task.stat('/dev/watcher')), 'ENOENT');
		await task.mknod('/tmp/watcher', S_IFCHR | 0o600, 0x0a05);
		t.equal(await codeOf(() => task.open('/tmp/watcher', O_RDONLY)), 'ENODEV');
	},
	{ modules: { watcher } },
);
