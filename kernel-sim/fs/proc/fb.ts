/**
 * fb - /proc/fb: frame buffers (drivers/video/fbdev/core/fb_procfs.c). The machine has no screen.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/fb. */
export function procFbInit(_kernel: Kernel, proc: Proc): void {
	proc.createSingle('fb', 0, () => {});
}
