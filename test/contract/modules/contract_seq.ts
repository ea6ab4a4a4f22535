/**
 * contract_seq - sequential files with known records, in /proc/contract_seq.
 *
 * The likeness of test/oracle/contract_seq.c, file by file. `log` shows which operations of `ordered` and `short` were called; a
 * write to it forgets them. `lines` has a record for each write.
 */

import {
	defineModule,
	Errno,
	SEQ_SKIP,
	type SeqOperations,
	seqLseek,
	seqOpen,
	seqRead,
	seqRelease,
} from 'ring3/kernel';

/** A record's length, or what happens in its place. */
type Record = number | 'skip' | 'empty' | 'fail';

/** How many records there are, which is given by number alone or by what each is. */
type Table = number | readonly Record[];

const tables: { readonly [name: string]: Table } = {
	numbers: 5000,
	endless: Number.POSITIVE_INFINITY,
	lengths: [1553, 2471, 5675, 12884, 869],
	page: [4095, 4096, 10],
	one: [10000],
	skips: [4, 4, 'skip', 4, 'empty', 4, 'skip'],
	fails: [4, 4, 4, 'fail', 4],
	fails_first: ['fail'],
	ordered: [4, 4, 4, 'skip', 'skip', 4, 4, 'empty', 4, 4, 5000, 4, 4, 4, 4, 4, 4, 4, 4, 4],
	short: 20,
};

/** Operations of a table, whose calls are told to `note`. */
function tableOps(table: Table, note: (call: string) => void): SeqOperations<number> {
	const count = typeof table === 'number' ? table : table.length;
	const at = (pos: number) => (pos < count ? pos : undefined);
	return {
		start(_m, pos) {
			note(`start(${pos})`);
			return at(pos);
		},
		next(_m, index, pos) {
			note(`next(${index})`);
			return at(pos);
		},
		stop: (_m, index) => note(`stop(${index ?? ''})`),
		show(m, index) {
			note(`show(${index})`);
			const record = typeof table === 'number' ? undefined : table[index];
			if (record === undefined) return m.printf('%d\n', index);
			if (record === 'fail') throw new Errno('EIO');
			if (record === 'empty') return;
			if (record === 'skip') {
				m.puts('skipped\n');
				return SEQ_SKIP;
			}
			m.puts(`${String.fromCharCode(97 + (index % 26)).repeat(record - 1)}\n`);
		},
	};
}

export default defineModule({
	name: 'contract_seq',
	license: 'GPL',
	description: 'Sequential files with known records',
	state: () => ({ log: '', lines: [] as string[], shown: 0 }),
	init({ proc, state }) {
		const dir = proc.mkdir('contract_seq');
		const note = (call: string) => {
			state.log += `${call} `;
		};
		for (const [name, table] of Object.entries(tables)) {
			const logged = name === 'ordered' || name === 'short';
			proc.createSeq(name, 0o444, tableOps(table, logged ? note : () => {}), dir);
		}
		const refuse: SeqOperations<number> = {
			start: () => {
				throw new Errno('ENODEV');
			},
			next: () => undefined,
			show: () => {},
		};
		proc.createSeq('start_fails', 0o444, refuse, dir);
		proc.createSingle('counter', 0o444, m => m.printf('shown %d times\n', ++state.shown), dir);

		const seq = { read: seqRead, lseek: seqLseek, release: seqRelease };
		const log: SeqOperations<string> = {
			start: (_m, pos) => (pos === 0 ? state.log : undefined),
			next: () => undefined,
			show: (m, text) => m.puts(text),
		};
		const forget = (_file: unknown, data: Uint8Array) => {
			state.log = '';
			return data.length;
		};
		proc.create('log', 0o644, { ...seq, open: (_inode, file) => seqOpen(file, log), write: forget }, dir);

		const lines: SeqOperations<number> = {
			start: (_m, pos) => (pos < state.lines.length ? pos : undefined),
			next: (_m, _index, pos) => (pos < state.lines.length ? pos : undefined),
			show: (m, index) => m.puts(state.lines[index]!),
		};
		const add = (_file: unknown, data: Uint8Array) => {
			state.lines.push(new TextDecoder().decode(data));
			return data.length;
		};
		proc.create('lines', 0o644, { ...seq, open: (_inode, file) => seqOpen(file, lines), write: add }, dir);
	},
});
