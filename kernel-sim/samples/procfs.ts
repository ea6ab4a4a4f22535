/**
 * procfs - /proc/example/first, a file that remembers what was last written to it.
 *
 *     cat /proc/example/first
 *     echo something else > /proc/example/first
 */

import { defaultLlseek, defineModule, simpleReadFromBuffer } from '../index.ts';

export default defineModule({
	name: 'procfs',
	license: 'GPL',
	description: 'A directory and a file in /proc',
	state: () => ({ text: new TextEncoder().encode('hello world: first file private data\n') }),

	init({ proc, state }) {
		const example = proc.mkdir('example');
		proc.create(
			'first',
			0o644,
			{
				read: (_file, count, pos) => simpleReadFromBuffer(state.text, count, pos),
				write(_file, data) {
					state.text = data.slice();
					return data.length;
				},
				lseek: defaultLlseek,
			},
			example,
		);
	},
});
