/**
 * module_netlink - netlink, as a module gets it.
 */

import type { Module } from '../../kernel/module.ts';
import type { Kernel } from '../../kernel.ts';
import type { NetlinkKernelSock } from './kernel_sock.ts';
import type { NetlinkKernelCfg } from './table.ts';

/** Takes protocol numbers for a module, which give themselves back when it goes. */
export interface ModuleNetlink {
	/**
	 * Takes a number (netlink_kernel_create). While a program has a socket of it, the module cannot be removed. EINVAL for a
	 * number above 31, EADDRINUSE for one that is taken.
	 */
	kernelCreate(protocol: number, config?: NetlinkKernelCfg): NetlinkKernelSock;
}

/** Makes what one module gets. */
export function moduleNetlink({ net }: Kernel, module: Module): ModuleNetlink {
	return {
		kernelCreate(protocol, config) {
			const sock = net.netlink.kernelCreate(protocol, config, module);
			module.undo(() => sock.release());
			return sock;
		},
	};
}
