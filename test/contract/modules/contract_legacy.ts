/**
 * contract_legacy - files of one page, in /proc/contract_legacy. No Linux of today has the calls that they are made with.
 *
 * `log` shows what read_proc of any of them was called with; a write to it forgets them.
 */

import { defineModule, Errno, type ReadProc, snprintf } from 'ring3/kernel';

const LARGE = 10_000;

/** What the larger file has at a position. */
const byteAt = (pos: number): number => 97 + (pos % 26);

const fill = (page: Uint8Array, length: number): number => {
	page.subarray(0, length).fill(120);
	return length;
};

/** The files that only answer. */
const files: { readonly [name: string]: ReadProc<undefined> } = {
	classic: page => snprintf(page, 'hello world: first file private data\n'),
	answer_3500: page => fill(page, 3500),
	overflow: page => fill(page, 5000),
	large(page, start, off, count, eof) {
		start.set(page);
		const length = Math.min(count, LARGE - off);
		for (let i = 0; i < length; i++) page[i] = byteAt(off + i);
		eof.set(off + length === LARGE);
		return length;
	},
	inner(page, start, off) {
		if (off > 0) return 0;
		start.set(page.subarray(1000));
		return snprintf(page.subarray(1000), 'in the middle of the page\n');
	},
	endless(page, start) {
		start.set(page);
		return snprintf(page, 'again\n');
	},
	blocks(page, start, off) {
		if (off === 5) return 0;
		start.set(1);
		return snprintf(page, 'block %d\n', off);
	},
	fails(page, start, off) {
		if (off > 0) throw new Errno('ENOMEM');
		start.set(page);
		return snprintf(page, 'twenty bytes of text');
	},
	fails_first() {
		throw new Errno('ENOMEM');
	},
	async sleeps(page, _start, off) {
		await Promise.resolve();
		if (off > 8) throw new Errno('ENOMEM');
		return snprintf(page, 'slept to %d\n', off);
	},
};

export default defineModule({
	name: 'contract_legacy',
	license: 'GPL',
	description: 'Files of one page',
	state: () => ({ log: '', calls: 8, text: new Uint8Array(0) }),
	init({ proc, state }) {
		const dir = proc.mkdir('contract_legacy');
		for (const [name, readProc] of Object.entries(files)) {
			proc.createProcEntry<undefined>(name, 0o444, dir).readProc = (page, start, off, count, eof, data) => {
				state.log += `${off},${count} `;
				return readProc(page, start, off, count, eof, data);
			};
		}
		proc.createProcReadEntry('counter', 0, dir, (page, ..._rest) => snprintf(page, 'call %d\n', ++state.calls), null);
		proc.createProcEntry('nothing', 0o644, dir);

		const both = proc.createProcEntry<{ text: Uint8Array }>('both', 0o644, dir);
		both.data = state;
		both.readProc = (page, _start, _off, _count, _eof, { text }) => {
			page.set(text);
			return text.length;
		};
		both.writeProc = (_file, buffer, data) => {
			if (buffer.length > 20) throw new Errno('ENOSPC');
			data.text = buffer.slice();
			return buffer.length;
		};

		const log = proc.createProcEntry('log', 0o644, dir);
		log.readProc = page => snprintf(page, '%s', state.log);
		log.writeProc = (_file, buffer) => {
			state.log = '';
			return buffer.length;
		};
	},
});
