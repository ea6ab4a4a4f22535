/**
 * stress_module - what many processes at once can do in /proc/stress, and what it must add up to.
 *
 *     file0, file1, ...     a text that is read and written anywhere in it, up to 64 KiB
 *     queue0, queue1, ...   a write adds a record, a read takes the oldest away or sleeps until there is one
 *     counter               a write adds one
 *     list                  numbers, a record each
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
	type ProcOps,
	param,
	type SeqFile,
	simpleReadFromBuffer,
	type WaitQueueHead,
} from 'ring3/kernel';

const FILE_SIZE = 65536;
const RECORDS = 10_000;

/** A text of its own. */
function textOps(): ProcOps {
	let content = new Uint8Array(0);
	return {
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
	};
}

/** A queue of its own, whose readers sleep in `arrived`. */
function queueOps(arrived: WaitQueueHead): ProcOps {
	const records: Uint8Array[] = [];
	return {
		async read(file, count, _pos, { signal }) {
			while (records.length === 0) {
				if (file.flags & O_NONBLOCK) throw new Errno('EAGAIN');
				await arrived.waitEventInterruptible(() => records.length > 0, signal);
			}
			return records.shift()!.subarray(0, count);
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
	};
}

const seqPos = (pos: number) => (pos < RECORDS ? pos : undefined);

export default defineModule({
	name: 'stress',
	license: 'GPL',
	description: 'Things that many processes use at once',
	params: { workers: param.int(16, 0o444, 'how many files and queues') },
	state: () => ({ counter: 0, sleepers: 0 }),
	init({ proc, params, state, waitQueueHead }) {
		const dir = proc.mkdir('stress');
		for (let i = 0; i < params.workers; i++) {
			proc.create(`file${i}`, 0o644, textOps(), dir);
			proc.create(`queue${i}`, 0o644, queueOps(waitQueueHead()), dir);
		}

		const total = () => new TextEncoder().encode(`${state.counter}\n`);
		const counterOps: ProcOps = {
			read: (_file, count, pos) => simpleReadFromBuffer(total(), count, pos),
			write(_file, data) {
				state.counter++;
				return data.length;
			},
			lseek: defaultLlseek,
		};
		proc.create('counter', 0o644, counterOps, dir);

		const show = (m: SeqFile, index: number) => m.printf('%d\n', index);
		const start = (_m: SeqFile, pos: number) => seqPos(pos);
		const next = (_m: SeqFile, _index: number, pos: number) => seqPos(pos);
		proc.createSeq('list', 0o444, { start, next, show }, dir);

		const never = waitQueueHead();
		const sleepOps: ProcOps = {
			async read(_file, _count, _pos, { signal }) {
				state.sleepers++;
				try {
					await never.waitEventInterruptible(() => false, signal);
				} finally {
					state.sleepers--;
				}
				return new Uint8Array(0);
			},
		};
		proc.create('sleep', 0o444, sleepOps, dir);
		proc.createSingle('sleepers', 0o444, m => m.printf('%d\n', state.sleepers), dir);

		const here = (m: SeqFile) => m.puts('here\n');
		const crowdOps: ProcOps = {
			write(_file, data) {
				const count = kstrtoint(new TextDecoder().decode(data), 10);
				const many = proc.mkdir('many', dir);
				for (let i = 0; i < count; i++) proc.createSingle(`entry${i}`, 0o444, here, many);
				return data.length;
			},
		};
		proc.create('crowd', 0o200, crowdOps, dir);
	},
});
