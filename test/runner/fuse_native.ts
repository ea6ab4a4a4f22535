/**
 * fuse_native - contracts against a machine that is mounted through fuse-native, by real system calls.
 *
 * The runner is that of the first back end (mount.ts) with another machine. What that cannot do is in fuse_native_divergences.ts.
 */

import { loadFuseNative } from '../../mount/fuse_native_package.ts';
import type { Runner } from './contract.ts';
import { cannotMount, mountRunner } from './mount.ts';

/** Why no machine can be mounted through fuse-native here; undefined where one can. */
export async function cannotMountFuseNative(): Promise<string | undefined> {
	try {
		loadFuseNative();
		return cannotMount();
	} catch (error) {
		return (error as Error).message;
	}
}

/** Makes the runner. Starts nothing until it is asked. */
export function fuseNativeRunner(): Runner {
	return mountRunner({
		name: 'fuse-native',
		machine: { backend: 'fuse-native', mount: { allowOther: true } },
		lacks: [
			['signals', 'libfuse 2.9 does not tell of a signal, and who sleeps cannot be interrupted'],
			['devices', 'libfuse 2.9 does not tell who looks a name up, and the host opens devices by itself'],
		],
		lateRelease: true,
	});
}
