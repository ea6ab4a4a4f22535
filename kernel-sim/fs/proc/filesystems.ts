/**
 * filesystems - /proc/filesystems: what can be mounted (fs/filesystems.c, filesystems_proc_show).
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/filesystems. */
export function procFilesystemsInit({ filesystems }: Kernel, proc: Proc): void {
	proc.createSingle('filesystems', 0, m => {
		for (const { name, requiresDev } of filesystems) m.printf('%s\t%s\n', requiresDev ? '' : 'nodev', name);
	});
}
