/**
 * proc - /proc/net/netlink: the sockets that have a port (netlink_seq_ops of net/netlink/af_netlink.c).
 */

import type { Proc } from '../../fs/proc/proc_fs.ts';
import type { SeqFile } from '../../fs/seq_file.ts';
import { seqEach } from '../../fs/seq_list.ts';
import type { Kernel } from '../../kernel.ts';
import type { NetlinkSock } from './netlink_sock.ts';

/** References that the table and the file hold; and one more while a dump lasts. */
const REFCNT = 2;
/** Where sockets are said to be in memory; readers compare these, and nobody follows them. */
const SOCK_BASE = 0x8880_0000_0000n;
const SOCK_SIZE = 0x480n;

const HEADING = 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n';

/** Makes the file in a directory. */
export function procNetlinkInit({ net }: Kernel, proc: Proc, directory: string): void {
	function* sockets(): Generator<NetlinkSock> {
		for (const table of net.netlink.tables) yield* table.sockets;
	}
	proc.createSeq(
		`${directory}/netlink`,
		0,
		seqEach(sockets, showSock, m => m.puts(HEADING)),
	);
}

function showSock(m: SeqFile, { protocol, portid, groups, rmem, cb, drops, ino }: NetlinkSock): void {
	const address = (SOCK_BASE + BigInt(ino) * SOCK_SIZE).toString(16).padStart(16, '0');
	const dump = cb === undefined ? 0 : 1;
	m.printf('%s %-3d %-10u %08x ', address, protocol, portid, groups.low);
	m.printf('%-8d %-8d %-5d %-8d %-8u %-8lu\n', rmem, 0, dump, REFCNT + dump, drops, ino);
}
