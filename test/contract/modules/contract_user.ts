/**
 * contract_user - a module that needs another one (test/oracle/contract_user.c).
 */

import { defineModule } from 'ring3/kernel';

export default defineModule({
	name: 'contract_user',
	license: 'GPL',
	depends: ['contract_base'],
	init() {},
	exit() {},
});
