/**
 * config_gz - /proc/config.gz: how the kernel is configured (kernel/configs.c).
 */

import { gzippedLength, gzipStored } from '../../../src/lib/gzip.ts';
import { encodeUtf8 } from '../../../src/lib/text.ts';
import { configText } from '../../kernel/config.ts';
import type { Kernel } from '../../kernel.ts';
import { simpleReadFromBuffer } from '../libfs.ts';
import { defaultLlseek } from '../read_write.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/config.gz, which is packed when it is read. */
export function procConfigGzInit({ config, uts, host: { hardware } }: Kernel, proc: Proc): void {
	const text = encodeUtf8(configText({ config, release: uts.release, cpus: hardware.cpus }));
	let packed: Uint8Array | undefined;
	const entry = proc.create('config.gz', 0o444, {
		read(_file, count, pos) {
			packed ??= gzipStored(text);
			return simpleReadFromBuffer(packed, count, pos);
		},
		lseek: defaultLlseek,
	});
	proc.setSize(entry, gzippedLength(text.length));
}
