/**
 * contract_debugfs - one debugfs file of each kind, in /sys/kernel/debug/contract_debugfs. The likeness of
 * test/oracle/contract_debugfs.c.
 *
 * A write of `r` to `toggle` renames the file that is called before or after; any other takes `victims` away, or brings it back.
 */

import {
	type DebugfsDentry,
	defineModule,
	defineShowAttribute,
	defineSimpleAttribute,
	defineSimpleAttributeSigned,
	Errno,
	isErrno,
	POLLIN,
	type Ref,
	ref,
	simpleReadFromBuffer,
} from 'ring3/kernel';

const state = () => ({
	u8: 200,
	u16: 60_000,
	u32: 4_000_000_000,
	u64: 18_000_000_000_000_000_000n,
	size: 4096n,
	ulong: 9_000_000_000_000_000_000n,
	atomic: -7,
	bool: true,
	str: 'initial',
	blob: new TextEncoder().encode('blobblob'),
	percent: 50n,
	signed: 0n,
	own: new Uint8Array(200),
});

const record = defineShowAttribute<string>(m => m.puts(m.private));

const text = { ...record, write: (_file: unknown, data: Uint8Array) => data.length, poll: () => POLLIN };

const percent = defineSimpleAttribute<Ref<bigint>>(
	value => value.get(),
	(value, to) => {
		if (to > 100n) throw new Errno('EDOM');
		value.set(to);
	},
	'%llu%%\n',
);

const signed = defineSimpleAttributeSigned<Ref<bigint>>(
	value => value.get(),
	(value, to) => value.set(to),
	'%lld\n',
);

export default defineModule({
	name: 'contract_debugfs',
	license: 'GPL',
	description: 'One debugfs file of each kind',
	state,
	init({ debugfs, state }) {
		state.own.set(new TextEncoder().encode('own'));
		const own = {
			read: (_file: unknown, count: number, pos: number) => simpleReadFromBuffer(state.own, count, pos),
			write(_file: unknown, data: Uint8Array) {
				if (data.length > state.own.length) throw new Errno('EINVAL');
				state.own.set(data);
				return data.length;
			},
		};
		const dir = debugfs.createDir('contract_debugfs');
		debugfs.createU8('u8', 0o644, dir, ref(state, 'u8'));
		debugfs.createU16('u16', 0o644, dir, ref(state, 'u16'));
		debugfs.createU32('u32', 0o644, dir, ref(state, 'u32'));
		debugfs.createU64('u64', 0o644, dir, ref(state, 'u64'));
		debugfs.createX8('x8', 0o644, dir, ref(state, 'u8'));
		debugfs.createX16('x16', 0o644, dir, ref(state, 'u16'));
		debugfs.createX32('x32', 0o644, dir, ref(state, 'u32'));
		debugfs.createX64('x64', 0o644, dir, ref(state, 'u64'));
		debugfs.createSizeT('size_t', 0o644, dir, ref(state, 'size'));
		debugfs.createUlong('ulong', 0o644, dir, ref(state, 'ulong'));
		debugfs.createAtomicT('atomic_t', 0o644, dir, ref(state, 'atomic'));
		debugfs.createBool('bool', 0o644, dir, ref(state, 'bool'));
		debugfs.createStr('str', 0o644, dir, ref(state, 'str'));
		debugfs.createBlob('blob', 0o644, dir, { data: state.blob });
		debugfs.createU8('u8_ro', 0o444, dir, ref(state, 'u8'));
		debugfs.createU8('u8_wo', 0o200, dir, ref(state, 'u8'));
		debugfs.createU8('u8_none', 0, dir, ref(state, 'u8'));
		debugfs.createBool('bool_ro', 0o444, dir, ref(state, 'bool'));
		debugfs.createBool('bool_wo', 0o200, dir, ref(state, 'bool'));
		debugfs.createStr('str_ro', 0o444, dir, ref(state, 'str'));
		debugfs.createBlob('blob_ro', 0o444, dir, { data: state.blob });
		debugfs.createU32Array('u32_array', 0o444, dir, { array: [1, 22, 333] });
		debugfs.createU32Array('no_array', 0o444, dir, { array: [] });
		debugfs.createFile('own', 0o644, dir, undefined, own);
		debugfs.createFile('seq', 0o644, dir, 'here\n', record);
		debugfs.createFile('noop', 0o644, dir, undefined);
		debugfs.createFile('percent', 0o644, dir, ref(state, 'percent'), percent);
		debugfs.createFile('signed', 0o644, dir, ref(state, 'signed'), signed);
		debugfs.createFileSize('sized', 0o644, dir, undefined, own, 200);
		const sub = debugfs.createDir('dir', dir);
		debugfs.createFile('file', 0o444, sub, 'here\n', record);
		debugfs.createDir('empty', sub);
		debugfs.createSymlink('link', dir, 'dir/file');
		debugfs.createU8('before', 0o644, dir, ref(state, 'u8'));

		const createVictims = () => {
			const victims = debugfs.createDir('victims', dir);
			debugfs.createFile('file', 0o644, victims, 'here\n', text);
			debugfs.createU8('u8', 0o644, victims, ref(state, 'u8'));
			debugfs.createBool('bool', 0o644, victims, ref(state, 'bool'));
			debugfs.createFile('inner', 0o444, debugfs.createDir('sub', victims), 'here\n', record);
			return victims;
		};
		const rename = () => {
			const before = debugfs.lookup('before', dir);
			const old = before ?? debugfs.lookup('after', dir)!;
			const renamed = debugfs.rename(dir, old, dir, before === undefined ? 'before' : 'after');
			if (isErrno(renamed)) throw renamed;
		};
		let victims: DebugfsDentry | undefined = createVictims();
		debugfs.createFile('toggle', 0o200, dir, undefined, {
			async write(_file, data) {
				if (data[0] === 'r'.charCodeAt(0)) rename();
				else if (victims === undefined) victims = createVictims();
				else {
					await debugfs.remove(victims);
					victims = undefined;
				}
				return data.length;
			},
		});
	},
});
