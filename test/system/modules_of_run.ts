/**
 * modules_of_run - a module for programs under ring3 run: system calls of its own.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.ts';

const mysyscall = `
	import { defineModule, Errno } from 'ring3/kernel';

	export default defineModule({
		name: 'mysyscall',
		license: 'GPL',
		init({ registerSyscall, time, waitQueueHead, pr }) {
			const never = waitQueueHead();
			registerSyscall(548, ({ memory, args: [data, count] }) => {
				if (count > 200n) throw new Errno('EINVAL');
				const text = new TextDecoder().decode(memory.read(data, Number(count)));
				pr.info('mysyscall: %s\\n', text.replace(/\\0.*/s, ''));
				memory.write(data, new TextEncoder().encode('hello world\\0'));
				return 12;
			});
			registerSyscall(549, async ({ signal, args: [seconds] }) => {
				await never.waitEventInterruptibleTimeout(() => false, Number(seconds) * 1e9, signal);
				return 0;
			});
		},
	});
`;

/** Writes the module into the sandbox and answers its path. */
export function writeMysyscall(box: Sandbox): string {
	const path = join(box.dir, 'mysyscall.ts');
	writeFileSync(path, mysyscall);
	return path;
}
