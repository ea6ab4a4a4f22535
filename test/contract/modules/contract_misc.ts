/** contract_misc - /dev/contract_misc and /dev/contract/other, which give a text and refuse a second opener. */

import {
	defineModule,
	Errno,
	MISC_DYNAMIC_MINOR,
	type MiscDevice,
	simpleReadFromBuffer,
} from '../../../kernel-sim/index.ts';

export default defineModule({
	name: 'contract_misc',
	license: 'GPL',
	description: 'Devices that need one number',
	state: () => ({ users: 0 }),

	init({ misc, state }) {
		const text = new TextEncoder().encode('contract\n');
		misc.register({
			minor: MISC_DYNAMIC_MINOR,
			name: 'contract_misc',
			mode: 0o644,
			fops: {
				open() {
					if (state.users > 0) throw new Errno('EBUSY');
					state.users += 1;
				},
				release() {
					state.users -= 1;
				},
				read: (_file, count, pos) => simpleReadFromBuffer(text, count, pos),
			},
		});
		misc.register({
			minor: MISC_DYNAMIC_MINOR,
			name: 'contract_other',
			nodename: 'contract/other',
			fops: {
				read: ({ privateData }, count, pos) => {
					const { name, minor } = privateData as MiscDevice;
					const known = minor > MISC_DYNAMIC_MINOR ? name : '';
					return simpleReadFromBuffer(new TextEncoder().encode(`${known}\n`), count, pos);
				},
			},
		});
	},
});
