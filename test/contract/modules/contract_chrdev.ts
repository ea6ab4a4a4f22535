/** contract_chrdev - /dev/contract_chrdev, which remembers what was written to it, and does nothing else. */

import { defineModule, simpleReadFromBuffer } from 'ring3/kernel';

export default defineModule({
	name: 'contract_chrdev',
	license: 'GPL',

	init({ chrdev }) {
		let text = new TextEncoder().encode('nothing\n');
		chrdev.register(
			'contract_chrdev',
			{
				read: (_file, count, pos) => simpleReadFromBuffer(text, count, pos),
				write(_file, data) {
					text = data.slice();
					return data.length;
				},
			},
			{ node: 'contract_chrdev', mode: 0o666 },
		);
	},
});
