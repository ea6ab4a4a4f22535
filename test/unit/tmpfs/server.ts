/**
 * server - a process that serves one tmpfs of ours on a directory, over /dev/fuse.
 *
 *     argv[2]    the directory; removed in the end
 *     argv[3]    options of the tmpfs
 *
 * Says `ready` over the channel of child_process.fork when the tree can be used, and ends with the channel.
 */

import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import { mountTree } from '../../../mount/index.ts';
import { nodeHost } from '../../../src/machine/host.ts';

const [dir, options] = process.argv.slice(2) as [string, string];
const disconnected = once(process, 'disconnect');
const kernel = Kernel.boot(nodeHost());
await kernel.init.mount('tmpfs', '/tmp', 'tmpfs', 0, options);
const { cwd } = kernel.task({ cwd: '/tmp' });
const mount = await mountTree(kernel.vfs, cwd.inode, dir, { facts: kernel.host.tasks });
process.send!('ready');
await disconnected;
await mount.unmount();
rmdirSync(dir);
process.exit();
