/**
 * test_sysctl - /proc/sys/debug/test_sysctl: a file for each kind of handler, and the odd cases of registering.
 *
 * The module that Linux's own tests of sysctl load (lib/test_sysctl.c, tools/testing/selftests/sysctl).
 */

import {
	type CtlTable,
	defineModule,
	isErrno,
	procDointvec,
	procDointvecMinmax,
	procDoLargeBitmap,
	procDostring,
	procDouintvec,
	ref,
} from '../index.ts';

const BITMAP_SIZE = 65_536;
const STRING_SIZE = 65;

const initial = () => ({
	int_0001: 60,
	int_0002: 1,
	int_0003: [0, 1, 2, 3],
	match_int: 1,
	boot_int: 0,
	uint_0001: 314,
	string_0001: '(none)',
	bitmap_0001: new Uint8Array(BITMAP_SIZE / 8),
});

function testTable(data: ReturnType<typeof initial>): CtlTable {
	return {
		int_0001: { data: ref(data, 'int_0001'), mode: 0o644, handler: procDointvecMinmax({ min: 0, max: 100 }) },
		int_0002: { data: ref(data, 'int_0002'), mode: 0o644, handler: procDointvec },
		int_0003: { data: ref(data, 'int_0003'), mode: 0o644, handler: procDointvec },
		match_int: { data: ref(data, 'match_int'), mode: 0o444, handler: procDointvec },
		boot_int: { data: ref(data, 'boot_int'), mode: 0o644, handler: procDointvec },
		uint_0001: { data: ref(data, 'uint_0001'), mode: 0o644, handler: procDouintvec },
		string_0001: { data: ref(data, 'string_0001'), maxlen: STRING_SIZE, mode: 0o644, handler: procDostring },
		bitmap_0001: { data: ref(data, 'bitmap_0001'), maxlen: BITMAP_SIZE, mode: 0o644, handler: procDoLargeBitmap },
	};
}

export default defineModule({
	name: 'test_sysctl',
	license: 'GPL',
	author: 'Luis R. Rodriguez <mcgrof@kernel.org>',
	description: 'proc sysctl test driver',
	state: initial,

	async init({ state, sysctl }) {
		const again: CtlTable = {
			unregister_error: { data: ref(state, 'int_0001'), mode: 0o644, handler: procDointvecMinmax() },
		};
		sysctl.register('debug/test_sysctl', testTable(state));
		await sysctl.unregister(sysctl.register('debug/test_sysctl/unregister_error', again));
		sysctl.registerMountPoint('debug/test_sysctl/mnt');
		try {
			sysctl.register('debug/test_sysctl/mnt/mnt_error', again);
		} catch (error) {
			// Nothing can be registered in a mount point.
			if (!isErrno(error) || error.code !== 'EROFS') throw error;
		}
		sysctl.register('debug/test_sysctl/empty_add', {});
		sysctl.register('debug/test_sysctl/empty_add/empty', {});
	},
});
