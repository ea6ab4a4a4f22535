/**
 * sysctl_net_unix - /proc/sys/net/unix (net/unix/sysctl_net_unix.c).
 *
 * Divergence: kept and shown; this kernel has no such sockets.
 */

import { int, kept } from '../../kernel/sysctl/kept.ts';

/** The file. */
export const unixTable = () => kept({ max_dgram_qlen: int(10) });
