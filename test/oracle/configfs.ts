/**
 * configfs - the contracts of configfs, held against a real Linux; configfs.sh starts it there.
 */

import t from 'tap';
import { configfsBinFile } from '../contract/configfs_bin_file.ts';
import { configfsDir } from '../contract/configfs_dir.ts';
import { configfsFile } from '../contract/configfs_file.ts';
import { configfsSample } from '../contract/configfs_sample.ts';
import { configfsSymlink } from '../contract/configfs_symlink.ts';
import { gpioSim } from '../contract/gpio_sim.ts';
import { runSome } from '../runner/contract.ts';
import { nativeRunner } from '../runner/native.ts';

runSome(t, nativeRunner(), [
	...configfsFile,
	...configfsBinFile,
	...configfsDir,
	...configfsSymlink,
	...configfsSample,
	...gpioSim,
]);
