/**
 * contract_base - a module that contract_user needs (test/oracle/contract_base.c).
 */

import { defineModule } from 'ring3/kernel';

export default defineModule({ name: 'contract_base', license: 'GPL', init() {}, exit() {} });
