/**
 * mount.test - every contract against a mounted machine, by real system calls.
 */

import t from 'tap';
import { runContracts } from '../runner/contract.ts';
import { cannotMount, mountRunner } from '../runner/mount.ts';
import { contracts } from './contracts.ts';

const reason = cannotMount();
if (reason === undefined) runContracts(t, mountRunner(), contracts);
else t.test('the contracts of a mount', { skip: reason }, () => {});
