/**
 * proc_tty - /proc/tty: terminal drivers and line disciplines (fs/proc/proc_tty.c, drivers/tty/tty_ldisc.c).
 *
 * Divergence: the terminals of programs inside the machine are the host's, of which only pseudo terminals are listed.
 */

import type { Kernel } from '../../kernel.ts';
import { seqEach } from '../seq_list.ts';
import type { Proc } from './proc_fs.ts';

/** One driver: name, what its nodes in /dev begin with, major number, minor numbers, type. */
type TtyDriver = readonly [name: string, node: string, major: number, minors: number | string, type: string];

const drivers: readonly TtyDriver[] = [
	['/dev/tty', 'tty', 5, 0, 'system:/dev/tty'],
	['/dev/console', 'console', 5, 1, 'system:console'],
	['/dev/ptmx', 'ptmx', 5, 2, 'system'],
	['pty_slave', 'pts', 136, '0-1048575', 'pty:slave'],
	['pty_master', 'ptm', 128, '0-1048575', 'pty:master'],
];

/** Line disciplines by their numbers. */
const ldiscs: readonly (readonly [number: number, name: string])[] = [[0, 'n_tty']];

/** Makes /proc/tty and what is in it. */
export function procTtyInit(_kernel: Kernel, proc: Proc): void {
	proc.mkdir('tty');
	proc.mkdir('tty/ldisc');
	proc.mkdir('tty/driver', undefined, 0o500);
	proc.createSeq(
		'tty/ldiscs',
		0,
		seqEach(
			() => ldiscs,
			(m, [number, name]) => m.printf('%-10s %2d\n', name, number),
		),
	);
	proc.createSeq(
		'tty/drivers',
		0,
		seqEach(
			() => drivers,
			(m, [name, node, major, minors, type]) => {
				m.printf('%-20s /dev/%-8s ', name, node);
				m.printf(typeof minors === 'number' ? '%3d %7d ' : '%3d %s ', major, minors);
				m.printf('%s\n', type);
			},
		),
	);
}
