/**
 * file - attributes: files of one value each.
 *
 * Simulates fs/sysfs/file.c, as far as they are read. What an attribute shows is fetched by a read at its beginning and kept for
 * the others; it is shorter than a page.
 */

import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { encodeUtf8 } from '../../../src/lib/text.ts';
import { PAGE_SIZE } from '../../mm/show_mem.ts';
import type { KernfsNode } from '../kernfs/dir.ts';

/** A file in a directory (struct attribute, struct sysfs_ops). */
export interface Attribute {
	readonly name: string;
	/** Permission bits. */
	readonly mode: number;
	/** The text of the file. An Errno is what the read is refused with. */
	show(): Awaitable<string>;
}

/** Adds an attribute to a directory (sysfs_create_file). EEXIST. */
export function sysfsCreateFile(dir: KernfsNode, { name, mode, show }: Attribute): KernfsNode {
	return dir.createFile(name, mode, PAGE_SIZE, {
		seqShow: m =>
			chain(show(), text => {
				const bytes = encodeUtf8(text);
				if (bytes.length >= PAGE_SIZE) dir.root.kernel.pr.warn('fill_read_buffer: %s returned bad count\n', name);
				m.write(bytes.subarray(0, PAGE_SIZE - 1));
			}),
	});
}
