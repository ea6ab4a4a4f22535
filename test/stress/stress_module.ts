/**
 * stress_module - what many processes at once can do in /proc/stress, and what it must add up to.
 *
 *     file0, file1, ...     a text that is read and written anywhere in it, up to 64 KiB
 *     queue0, queue1, ...   a write adds a record, a read takes the oldest away or sleeps until there is one
 *     counter               a write adds one
 *     list                  50,000 bytes of numbers, record by record
 *     sleep                 a read that only a signal ends
 *     sleepers              how many sleep there
 *     crowd                 a write of a number makes a directory of so many entries, /proc/stress/many
 */

import {
	defaultLlseek,
	defineModule,
	Errno,
	kstrtoint,
	O_NONBLOCK,
	POLLIN,
	POLLOUT,
	POLLRDNORM,
	POLLWRNORM,
	param,
	type SeqFile,
	simpleReadFromBuffer,
} from 'ring3/kernel';

const FILE_SIZE = 65536;
const RECORDS = 10_000;

export default defineModule({
	name: 'stress',
	license: 'GPL',
	description: 'Things that many processes use at once',
	params: { workers: param.int(16, 0o444, 'how many files and queues') },
	state: () => ({ counter: 0, sleepers: 0 }),
	init({ proc, params, state, waitQueueHead }) {
		const dir = proc.mkdir('stress');
		for (let i = 0; i < params.workers; i++) {
			let content = new Uint8Array(0);
			proc.create(
				`file${i}`,
				0o644,
				{
					read: (_file, count, pos) => simpleReadFromBuffer(content, count, pos),
					write(_file, data, pos) {
						const count = Math.min(data.length, FILE_SIZE - pos);
						if (count <= 0) throw new Errno('ENOSPC');
						const grown = new Uint8Array(Math.max(content.length, pos + count));
						grown.set(content);
						grown.set(data.subarray(0, count), pos);
						content = grown;
						return { count, pos: pos + count };
					},
					lseek: defaultLlseek,
				},
				dir,
			);
			const records: Uint8Array[] = [];
			const arrived = waitQueueHead();
			proc.create(
				`queue${i}`,
				0o644,
				{
					async read(file, _count, _pos, { signal }) {
						while (records.length === 0) {
							if (file.flags & O_NONBLOCK) throw new Errno('EAGAIN');
							await arrived.waitEventInterruptible(() => records.length > 0, signal);
						}
						return records.shift()!;
					},
					write(_file, data) {
						records.push(data.slice());
						arrived.wakeUp();
						return data.length;
					},
					poll(_file, table) {
						table.wait(arrived);
						return POLLOUT | POLLWRNORM | (records.length > 0 ? POLLIN | POLLRDNORM : 0);
					},
				},
				dir,
			);
		}
		const counted = (_file: unknown, data: Uint8Array) => {
			state.counter++;
			return data.length;
		};
		const total = () => new TextEncoder().encode(`${state.counter}\n`);
		const read = (_file: unknown, count: number, pos: number) => simpleReadFromBuffer(total(), count, pos);
		proc.create('counter', 0o644, { read, write: counted, lseek: defaultLlseek }, dir);
		const at = (pos: number) => (pos < RECORDS ? pos : undefined);
		proc.createSeq(
			'list',
			0o444,
			{
				start: (_m, pos) => at(pos),
				next: (_m, _index, pos) => at(pos),
				show: (m, index) => m.printf('%d\n', index),
			},
			dir,
		);
		const show = (m: SeqFile) => m.puts('here\n');
		const never = waitQueueHead();
		proc.create(
			'sleep',
			0o444,
			{
				async read(_file, _count, _pos, { signal }) {
					state.sleepers++;
					try {
						await never.waitEventInterruptible(() => false, signal);
					} finally {
						state.sleepers--;
					}
					return new Uint8Array(0);
				},
			},
			dir,
		);
		proc.createSingle('sleepers', 0o444, m => m.printf('%d\n', state.sleepers), dir);
		proc.create(
			'crowd',
			0o200,
			{
				write(_file, data) {
					const count = kstrtoint(new TextDecoder().decode(data), 10);
					const many = proc.mkdir('many', dir);
					for (let i = 0; i < count; i++) proc.createSingle(`entry${i}`, 0o444, show, many);
					return data.length;
				},
			},
			dir,
		);
	},
});
