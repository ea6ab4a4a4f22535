/**
 * device - commands for the files of /dev/netlink: what a socket of the protocol does by bind(2), connect(2),
 * getsockname(2) and setsockopt(2).
 *
 * The historical device files (character major 36) had none of these; the numbers are ring3's own.
 */

import { struct, u32 } from '../lib/struct.ts';
import { _IOR, _IOW, _IOWR } from '../uapi/ioctl.ts';
import { sockaddr_nl } from '../uapi/netlink.ts';

/** Major number of the files; the minor number is the protocol. */
export const NETLINK_MAJOR = 36;

/** An option of SOL_NETLINK or SOL_SOCKET, and its value as a number. */
export const netlink_dev_option = struct('netlink_dev_option', 12, { level: u32, option: u32, value: u32 });

/** Binds, as bind(2) does. */
export const NLDEV_BIND = _IOW('N', 0x80, sockaddr_nl);
/** Tells the port and the first 32 groups. */
export const NLDEV_GETSOCKNAME = _IOR('N', 0x81, sockaddr_nl);
/** Says where writes go to; the kernel at first. */
export const NLDEV_CONNECT = _IOW('N', 0x82, sockaddr_nl);
/** Sets an option. */
export const NLDEV_SETSOCKOPT = _IOW('N', 0x83, netlink_dev_option);
/** Fills in the value of an option. */
export const NLDEV_GETSOCKOPT = _IOWR('N', 0x84, netlink_dev_option);
