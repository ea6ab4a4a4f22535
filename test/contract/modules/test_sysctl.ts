/**
 * test_sysctl - the sample, which Linux has as lib/test_sysctl.c: `modprobe test_sysctl` there.
 */

export { default } from '../../../kernel-sim/samples/test_sysctl.ts';
