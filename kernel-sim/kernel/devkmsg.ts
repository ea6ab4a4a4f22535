/**
 * devkmsg - /dev/kmsg: the kernel's log, one record a read, and records that user space adds to it.
 *
 * Simulates devkmsg_* of kernel/printk/printk.c. Each open file has a place of its own in the log; what one has read the others
 * get as well. The device has no position, but lseek(2) takes it to the beginning, to the end, or behind the last clear.
 */

import type { Context, File, FileOperations } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { decodeName, encodeName } from '../../src/lib/text.ts';
import { O_ACCMODE, O_NONBLOCK, O_WRONLY, SEEK_DATA, SEEK_END, SEEK_SET } from '../../src/uapi/fcntl.ts';
import { POLLERR, POLLIN, POLLPRI, POLLRDNORM } from '../../src/uapi/poll.ts';
import type { Kernel } from '../kernel.ts';
import { RatelimitState } from '../lib/ratelimit.ts';
import { PRINTKRB_RECORD_MAX, type PrintkRecord } from './printk.ts';
import { checkSyslogPermissions, syslogAction } from './syslog.ts';
import { NSEC_PER_USEC } from './time.ts';

/** Bytes that a read gives at most (PRINTK_MESSAGE_MAX). */
const PRINTK_MESSAGE_MAX = 2048;
/** Facility of what user space writes. */
const LOG_USER = 1;

/** Who has the device open (struct devkmsg_user). */
interface DevkmsgUser {
	/** The record to read next. */
	seq: number;
	readonly rs: RatelimitState;
	/** Name of the task that had too much to say. */
	comm: string;
}

const userOf = ({ privateData }: File): DevkmsgUser => privateData as DevkmsgUser;

/** Operations of the device (kmsg_fops). */
export function devkmsgOperations(kernel: Kernel): FileOperations {
	const { printk, time } = kernel;

	/** The next record, after a wait for one. EPIPE, and the oldest is the next, where it is gone. */
	function take(user: DevkmsgUser, signal: AbortSignal): Awaitable<PrintkRecord> {
		return chain(printk.waitFor(user.seq, signal), () => {
			const record = printk.get(user.seq);
			if (record === undefined) return take(user, signal);
			const dropped = record.seq !== user.seq;
			user.seq = dropped ? record.seq : record.seq + 1;
			if (dropped) throw new Errno('EPIPE');
			return record;
		});
	}

	return {
		open(_inode, file, ctx) {
			if (printk.devkmsg === 'off') throw new Errno('EPERM');
			if ((file.flags & O_ACCMODE) !== O_WRONLY) checkSyslogPermissions(syslogAction.READ_ALL, ctx, printk);
			file.privateData = { seq: printk.firstSeq, rs: new RatelimitState(), comm: '' } satisfies DevkmsgUser;
		},

		release(_inode, file) {
			const { rs, comm } = userOf(file);
			if (rs.missed > 0) kernel.pr.warn('%s: %d output lines suppressed due to ratelimiting\n', comm, rs.missed);
		},

		read(file, count, pos, ctx) {
			const user = userOf(file);
			if (printk.get(user.seq) === undefined && (file.flags & O_NONBLOCK) !== 0) throw new Errno('EAGAIN');
			return chain(take(user, ctx.signal), record => {
				const bytes = extendedText(record);
				if (bytes.length > count) throw new Errno('EINVAL');
				return { bytes, pos };
			});
		},

		write(file, data, _pos, ctx) {
			if (data.length > PRINTKRB_RECORD_MAX) throw new Errno('EINVAL');
			if (printk.devkmsg === 'off') return data.length;
			const user = userOf(file);
			if (printk.devkmsg === 'ratelimit' && !user.rs.allows(time.jiffies)) {
				user.comm = commOf(kernel, ctx);
				return data.length;
			}
			const { text, level, facility } = parsePrefix(data);
			printk.emit(decodeName(text), level === undefined ? { facility } : { facility, level });
			return data.length;
		},

		llseek(file, offset, whence) {
			if (offset !== 0) throw new Errno('ESPIPE');
			const places: Readonly<Record<number, number>> = {
				[SEEK_SET]: printk.firstSeq,
				[SEEK_DATA]: printk.clearSeq,
				[SEEK_END]: printk.nextSeq,
			};
			const seq = places[whence];
			if (seq === undefined) throw new Errno('EINVAL');
			userOf(file).seq = seq;
			return 0;
		},

		poll(file, table) {
			const { seq } = userOf(file);
			table.wait(printk.readers);
			const record = printk.get(seq);
			if (record === undefined) return 0;
			return POLLIN | POLLRDNORM | (record.seq === seq ? 0 : POLLERR | POLLPRI);
		},
	};
}

function commOf({ pids, host }: Kernel, { pid }: Context): string {
	return (pids.find(pid) ?? host.tasks.find(pid))?.comm ?? '';
}

/**
 * `<N>` before what is written: the level in its lower three bits, the facility in the others, of which 0 is the kernel's own and
 * not for user space. Text ends at a NUL.
 */
function parsePrefix(data: Uint8Array): { text: Uint8Array; level?: number; facility: number } {
	const nul = data.indexOf(0);
	const line = nul < 0 ? data : data.subarray(0, nul);
	const [prefix, digits] = /^<(\d*)>/.exec(decodeName(line.subarray(0, line.indexOf(0x3e) + 1))) ?? [];
	if (prefix === undefined) return { text: line, facility: LOG_USER };
	const number = Number(BigInt.asUintN(32, BigInt(digits || 0)));
	const facility = number >>> 3 || LOG_USER;
	return { text: line.subarray(prefix.length), level: number & 7, facility: facility & 0xff };
}

/** What a read gives of a record (info_print_ext_header, msg_print_ext_body). */
function extendedText({ facility, level, seq, timestamp, text, cont, dict }: PrintkRecord): Uint8Array {
	const out = new ExtendedBuffer();
	const usec = Math.floor(timestamp / NSEC_PER_USEC);
	out.print(`${facility * 8 + level},${seq},${usec},${cont ? 'c' : '-'};`);
	out.addText(text, '\n');
	for (const pair of dict) {
		out.append(' ');
		out.addText(pair, '\n');
	}
	return out.bytes;
}

/** Text up to a length, of which what does not fit is lost. */
class ExtendedBuffer {
	#text = '';

	get bytes(): Uint8Array {
		return encodeName(this.#text);
	}

	/** As scnprintf, which keeps a place for a NUL. */
	print(text: string): void {
		this.#text += text.slice(0, Math.max(0, PRINTK_MESSAGE_MAX - 1 - this.#text.length));
	}

	append(character: string): void {
		if (this.#text.length < PRINTK_MESSAGE_MAX) this.#text += character;
	}

	/** Text whose bytes that cannot be printed, and backslashes, are \xNN (msg_add_ext_text). */
	addText(text: string, end: string): void {
		for (const byte of encodeName(text)) {
			const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
			if (plain) this.append(String.fromCharCode(byte));
			else this.print(`\\x${byte.toString(16).padStart(2, '0')}`);
		}
		this.append(end);
	}
}
