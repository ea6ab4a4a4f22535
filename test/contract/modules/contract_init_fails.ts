/**
 * contract_init_fails - a module whose init registers two entries and then throws.
 */

import { defineModule, Errno } from 'ring3/kernel';

export default defineModule({
	name: 'contract_init_fails',
	license: 'GPL',
	description: 'A module that is not loaded in the end',
	init({ proc }) {
		proc.createSingle('file', 0o444, m => m.puts('never\n'), proc.mkdir('contract_init_fails'));
		throw new Errno('ENODEV', 'no such device');
	},
});
