/**
 * trace - one line per message, decoded again from its bytes.
 *
 *     > 12 LOOKUP node=1 "version" pid=4711 uid=0
 *     < 12 LOOKUP {nodeid=2, ...}
 *     < 14 OPEN EACCES
 *     < INVAL_ENTRY {parent=1, namelen=7, flags=FUSE_EXPIRE_ONLY} "version"
 *
 * `>` comes from the kernel, `<` goes to it; the number is the request's. A message that cannot be decoded is shown as such.
 */

import { Errno, errnoName, isErrno } from '../../src/lib/errno.ts';
import {
	FUSE_NOTIFY_DELETE,
	FUSE_NOTIFY_INVAL_ENTRY,
	FUSE_NOTIFY_INVAL_INODE,
	FUSE_NOTIFY_POLL,
	fuse_in_header,
	fuse_notify_delete_out,
	fuse_notify_inval_entry_out,
	fuse_notify_inval_inode_out,
	fuse_notify_poll_wakeup_out,
	fuse_out_header,
} from '../../src/uapi/fuse.ts';
import type { MessageBuffer } from './message.ts';
import { opcodeName, opcodes, type Row } from './opcodes.ts';
import { type Body, one, quote, quoteName, silent } from './reply.ts';
import { type Args, decodeRequest } from './request.ts';
import type { Tracer } from './session.ts';

/** A tracer that writes lines, and remembers which reply is to which opcode. */
export function lineTracer(write: (line: string) => void): Tracer {
	const waiting = new Map<number, Row | undefined>();
	return {
		received(message, length) {
			write(`> ${attempt(() => formatRequest(message, length))}`);
			if (length < fuse_in_header.size) return;
			const row = opcodes.get(message.view.getUint32(fuse_in_header.offsetof.opcode, true));
			if (row?.out !== silent) waiting.set(uniqueOf(message), row);
		},
		sent(message, length) {
			const unique = uniqueOf(message);
			if (unique === 0) return write(`< ${attempt(() => formatNotification(message, length))}`);
			const row = waiting.get(unique);
			waiting.delete(unique);
			write(`< ${attempt(() => formatReply(row, message, length))}`);
		},
	};
}

/** Both headers have `unique` at the same place. */
function uniqueOf({ view }: MessageBuffer): number {
	return Number(view.getBigUint64(fuse_in_header.offsetof.unique, true));
}

function attempt(format: () => string): string {
	try {
		return format();
	} catch (error) {
		if (!isErrno(error)) throw error;
		return `? ${(error as unknown as Error).message}`;
	}
}

function join(...parts: (string | false)[]): string {
	return parts.filter(part => part !== false && part !== '').join(' ');
}

const nobody = { find: () => undefined, memory: () => nowhere };
const nowhere = { read: () => new Uint8Array(0), write: () => {} };

/** `12 LOOKUP node=1 "version" pid=4711 uid=0`. Throws EINVAL for what is no request. */
export function formatRequest(message: MessageBuffer, length: number): string {
	if (length < fuse_in_header.size) throw new Errno('EINVAL', `${length} bytes are no request`);
	const header = fuse_in_header.decode(message.view, 0);
	const title = `${header.unique} ${opcodeName(header.opcode)} node=${header.nodeid}`;
	const row = opcodes.get(header.opcode);
	const caller = `pid=${header.pid} uid=${header.uid}`;
	if (!row) return join(title, caller);
	const { args, names, payload } = decodeRequest(row, header, message, length, { callers: nobody });
	const shown = args === undefined ? '' : (row.args as Args<unknown>).format(args);
	return join(title, shown, ...names.map(quoteName), payload.length > 0 && quote(payload), caller);
}

/** `12 LOOKUP {nodeid=2, ...}`, or `12 LOOKUP ENOENT`. Throws EINVAL for what is no reply to `row`. */
export function formatReply(row: Row | undefined, message: MessageBuffer, length: number): string {
	const { unique, error } = fuse_out_header.decode(message.view, 0);
	const title = `${unique} ${row?.name ?? '?'}`;
	if (error !== 0) return `${title} ${errnoName(error) ?? error}`;
	return join(title, row ? row.out.format(message, fuse_out_header.size, length) : false) || title;
}

/** The notifications that are sent: what each carries, and where its name begins if one follows. */
const notifications = new Map<number, { name: string; body: Body<never>; nameAt?: number }>([
	[FUSE_NOTIFY_POLL, { name: 'POLL', body: one(fuse_notify_poll_wakeup_out) }],
	[FUSE_NOTIFY_INVAL_INODE, { name: 'INVAL_INODE', body: one(fuse_notify_inval_inode_out) }],
	[
		FUSE_NOTIFY_INVAL_ENTRY,
		{ name: 'INVAL_ENTRY', body: one(fuse_notify_inval_entry_out), nameAt: fuse_notify_inval_entry_out.size },
	],
	[FUSE_NOTIFY_DELETE, { name: 'DELETE', body: one(fuse_notify_delete_out), nameAt: fuse_notify_delete_out.size }],
]);

/** `INVAL_ENTRY {parent=1, namelen=7, flags=0} "version"`. Throws EINVAL for what is no notification. */
export function formatNotification(message: MessageBuffer, length: number): string {
	const { error: code } = fuse_out_header.decode(message.view, 0);
	const known = notifications.get(code);
	if (!known) return `notification ${code}`;
	const { name, body, nameAt } = known;
	const text = nameAt !== undefined && quote(message.bytes.subarray(fuse_out_header.size + nameAt, length - 1));
	return join(name, body.format(message, fuse_out_header.size, length), text);
}
