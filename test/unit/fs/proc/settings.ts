/**
 * settings - a kernel whose files of one value are written and shown.
 */

import { O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { codeOf } from '../../kernel/bench_kernel.ts';
import { Booted } from './booted.ts';

/** See above. */
export class Settings extends Booted {
	/** The errno of one write(2); undefined where it is taken. */
	async write(path: string, text: string, task = this.task): Promise<string | undefined> {
		const fd = await task.open(path, O_WRONLY);
		const code = await codeOf(() => task.write(fd, text));
		await task.close(fd);
		return code;
	}

	/** What a file shows, without the newline. */
	async show(path: string): Promise<string> {
		return (await this.read(path)).replace(/\n$/, '');
	}
}
