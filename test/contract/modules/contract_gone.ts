/**
 * contract_gone - entries that go away, in /proc/contract_gone. The likeness of test/oracle/contract_gone.c.
 *
 * Any write to `toggle` takes `victims` away, or brings it back.
 */

import { defineModule, type ProcDirEntry, seqLseek, seqRead, seqRelease, singleOpen } from 'ring3/kernel';

export default defineModule({
	name: 'contract_gone',
	license: 'GPL',
	description: 'Proc entries that go away',
	init({ proc }) {
		const text = {
			open: (_inode: unknown, file: Parameters<typeof singleOpen>[0]) => singleOpen(file, m => m.puts('here\n')),
			read: seqRead,
			write: (_file: unknown, data: Uint8Array) => data.length,
			lseek: seqLseek,
			release: seqRelease,
		};
		const dir = proc.mkdir('contract_gone');
		const create = () => {
			const victims = proc.mkdir('victims', dir);
			proc.create('file', 0o644, text, victims);
			proc.create('inner', 0o644, text, proc.mkdir('sub', victims));
			return victims;
		};
		let victims: ProcDirEntry | undefined = create();
		proc.create(
			'toggle',
			0o200,
			{
				async write(_file, data) {
					if (victims === undefined) victims = create();
					else {
						await proc.remove(victims);
						victims = undefined;
					}
					return data.length;
				},
			},
			dir,
		);
	},
});
