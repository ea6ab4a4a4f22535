/**
 * contract_proc - one entry of each kind, in /proc/contract_proc. The likeness of test/oracle/contract_proc.c.
 */

import { defaultLlseek, defineModule, simpleReadFromBuffer } from 'ring3/kernel';

const NOBODY = 65534;

export default defineModule({
	name: 'contract_proc',
	license: 'GPL',
	description: 'One proc entry of each kind',
	state: () => ({ value: new TextEncoder().encode('initial\n') }),
	init({ proc, state }) {
		const read = (_file: unknown, count: number, pos: number) => simpleReadFromBuffer(state.value, count, pos);
		const write = (_file: unknown, data: Uint8Array) => {
			state.value = data.slice();
			return data.length;
		};
		const lseek = defaultLlseek;

		const dir = proc.mkdir('contract_proc');
		proc.create('both', 0o644, { read, write, lseek }, dir);
		proc.create('read', 0o444, { read, lseek }, dir);
		proc.create('write', 0o200, { write, lseek }, dir);
		proc.create('secret', 0o400, { read, lseek }, dir);
		proc.create('open_to_all', 0o666, { read, write, lseek }, dir);
		proc.create('noseek', 0o444, { read }, dir);
		proc.setSize(proc.create('sized', 0o444, { read, lseek }, dir), 1234);
		proc.setUser(proc.create('owned', 0o400, { read, lseek }, dir), NOBODY, NOBODY);

		const sub = proc.mkdir('dir', dir);
		proc.create('file', 0o444, { read, lseek }, proc.mkdir('a', sub));
		proc.mkdir('b', sub);
		proc.create('file', 0o444, { read, lseek }, proc.mkdir('private', dir, 0o700));
		proc.symlink('link', 'dir/a/file', dir);
		proc.symlink('dangling', 'nowhere', dir);
	},
});
