/**
 * tree - what the benchmark reads, as a module: /proc/bench with the same files as the C server's (../server.c).
 */

import { defineModule, type SeqOperations } from 'ring3/kernel';

const NAMES = 1000;
const COUNT = 100_000;

/** Lines of 128 bytes, as /proc/net/route prints them. */
const records: SeqOperations<number> = {
	start: (_m, pos) => (pos < COUNT ? pos : undefined),
	next: (_m, v) => (v + 1 < COUNT ? v + 1 : undefined),
	show(m, v) {
		const address = (((v & 0xff) << 24) | (((v >> 8) & 0xff) << 16) | (((v >> 16) & 0xff) << 8) | 10) >>> 0;
		m.setWidth(127);
		m.printf('%s\t%08X\t%08X\t%04X\t%d\t%u\t%d\t%08X\t%d\t%u\t%u', 'lo', address, 0, 1, 0, 0, 0, 0xffffffff, 0, 0, 0);
		m.pad('\n');
	},
};

export default defineModule({
	name: 'bench',
	license: 'GPL',
	description: 'Files to be measured by',

	init({ proc }) {
		const bench = proc.mkdir('bench');
		proc.createSingle('attr', 0o444, m => m.printf('%d\n', 42), bench);
		proc.createSeq('records', 0o444, records, bench);
		const files = proc.mkdir('files', bench);
		for (let i = 0; i < NAMES; i++) {
			proc.createSingle(`f${`${i}`.padStart(3, '0')}`, 0o444, m => m.printf('%d\n', 42), files);
		}
	},
});
