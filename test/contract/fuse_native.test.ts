/**
 * fuse_native.test - every contract against a machine that is mounted through fuse-native, by real system calls.
 */

import t from 'tap';
import { runContracts } from '../runner/contract.ts';
import { cannotMountFuseNative, fuseNativeRunner } from '../runner/fuse_native.ts';
import { contracts } from './contracts.ts';

const reason = await cannotMountFuseNative();
if (reason === undefined) runContracts(t, fuseNativeRunner(), contracts);
else t.test('the contracts of a mount through fuse-native', { skip: reason }, () => {});
