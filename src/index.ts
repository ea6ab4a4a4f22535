/**
 * index - the front door of ring3.
 *
 *     const kernel = Kernel.boot(nodeHost());          a kernel in this process, used by function calls
 *     const machine = await Machine.start();           a kernel in a process of its own, mounted, used by path
 *
 * The second is there because a process must not use a mount that it serves itself.
 *
 *     const fs = createFs(kernel.task());              the `fs` of Node over the first, imported from `ring3/fs`
 *
 * That has an entry of its own because nothing else needs the package that it takes.
 */

export { defineModule, type ModuleDefinition } from '../kernel-sim/kernel/module.ts';
export { param } from '../kernel-sim/kernel/moduleparam.ts';
export { Kernel } from '../kernel-sim/kernel.ts';
export { Errno, isErrno } from './lib/errno.ts';
export { type HostOptions, nodeHost } from './machine/host.ts';
export { type Completed, Machine, type RunOptions, type StartOptions } from './testing/machine.ts';
