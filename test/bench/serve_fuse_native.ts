/**
 * serve_fuse_native - a kernel mounted through fuse-native, as a process: `serve_fuse_native DIR MODULE`.
 *
 * Names and attributes may be kept for ever, as with the others. Ends when it gets SIGTERM or its input ends.
 */

import { Kernel } from '../../kernel-sim/kernel.ts';
import { mountFuseNative } from '../../mount/fuse_native.ts';
import { nodeHost } from '../../src/machine/host.ts';

const [dir, module] = process.argv.slice(2);
const kernel = Kernel.boot(nodeHost());
await kernel.modules.load(module!, []);
const mount = await mountFuseNative(kernel.vfs, kernel.root, dir!, { validity: 1_000_000 });
const end = () => void mount.unmount().then(() => process.exit(0));
process.on('SIGTERM', end);
process.stdin.on('end', end).resume();
process.stdout.write('ready\n');
