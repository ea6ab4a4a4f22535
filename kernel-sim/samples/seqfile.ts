/** seqfile - /proc/sequence counts for as long as somebody reads on: try `head -3 /proc/sequence`. */

import { defineModule, type SeqOperations } from '../index.ts';

const sequence: SeqOperations<number> = {
	start: (_m, pos) => pos,
	next: (_m, v) => v + 1,
	show: (m, v) => m.printf('%d\n', v),
};

export default defineModule({
	name: 'seqfile',
	license: 'Dual BSD/GPL',
	description: 'An endless file of numbers',

	init({ proc }) {
		proc.createSeq('sequence', 0o444, sequence);
	},
});
