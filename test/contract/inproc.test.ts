/**
 * inproc.test - every contract against a kernel in this process.
 */

import t from 'tap';
import { runContracts } from '../runner/contract.ts';
import { inprocRunner } from '../runner/inproc.ts';
import { contracts } from './contracts.ts';

runContracts(t, inprocRunner(), contracts);
