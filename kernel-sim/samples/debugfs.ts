/**
 * debugfs - /sys/kernel/debug/myfile is a number of 8 bits, and mydirectory/myfile 200 bytes with a read and a write of their own.
 *
 *     echo 10 > /sys/kernel/debug/myfile; cat /sys/kernel/debug/myfile
 *     echo something > /sys/kernel/debug/mydirectory/myfile
 */

import { defineModule, Errno, type FileOperations, ref, simpleReadFromBuffer } from '../index.ts';

export default defineModule({
	name: 'debugfs',
	license: 'GPL',
	description: 'A variable, and a file with operations of its own',
	state: () => ({ myvalue: 0, mybuf: new Uint8Array(200) }),

	init({ debugfs, state }) {
		const myFops: FileOperations = {
			read: (_file, count, pos) => simpleReadFromBuffer(state.mybuf, count, pos),
			write(_file, data) {
				if (data.length > state.mybuf.length) throw new Errno('EINVAL');
				state.mybuf.set(data);
				return data.length;
			},
		};
		debugfs.createU8('myfile', 0o644, undefined, ref(state, 'myvalue'));
		const dir = debugfs.createDir('mydirectory');
		debugfs.createFile('myfile', 0o644, dir, undefined, myFops);
	},
});
