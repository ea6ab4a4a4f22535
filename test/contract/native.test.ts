/**
 * native.test - every contract against this machine's own /proc: what holds here is what Linux does.
 */

import t from 'tap';
import { runContracts } from '../runner/contract.ts';
import { nativeRunner } from '../runner/native.ts';
import { contracts } from './contracts.ts';

runContracts(t, nativeRunner(), contracts);
