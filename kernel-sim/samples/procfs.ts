/**
 * procfs - /proc/example/first, a file of one page that remembers what was last written to it.
 *
 *     cat /proc/example/first
 *     echo something else > /proc/example/first
 */

import { defineModule, Errno, type ReadProc, snprintf, type WriteProc } from '../index.ts';

/** The private data of the file. */
interface First {
	text: string;
}

const readFirst: ReadProc<First> = (page, _start, _off, _count, _eof, data) => snprintf(page, '%s', data.text);

const writeFirst: WriteProc<First> = (_file, buffer, data) => {
	if (buffer.length > 1024) throw new Errno('EFAULT');
	data.text = new TextDecoder().decode(buffer);
	return buffer.length;
};

export default defineModule({
	name: 'procfs',
	license: 'GPL',
	description: 'A directory and a file in /proc',
	state: (): First => ({ text: 'hello world: first file private data\n' }),

	init({ proc, state }) {
		const example = proc.mkdir('example');
		const first = proc.createProcEntry<First>('first', 0o644, example);
		first.data = state;
		first.readProc = readFirst;
		first.writeProc = writeFirst;
	},
});
