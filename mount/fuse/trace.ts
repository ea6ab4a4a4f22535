/**
 * trace - one line per message, decoded again from its bytes.
 *
 *     > 12 LOOKUP node=1 "version" pid=4711 uid=0
 *     < 12 LOOKUP {nodeid=2, ...}
 *     < 14 OPEN EACCES
 *     < INVAL_ENTRY {parent=1, namelen=7, flags=FUSE_EXPIRE_ONLY} "version"
 *     > 16 READ again node=2 {fh=1, ...} pid=4711 uid=0
 *
 * `>` comes from the kernel, `<` goes to it; the number is the request's, which stays what it is when that is sent again. A message that cannot be decoded is shown as such.
 */

import { Errno, errnoName, isErrno } from '../../src/lib/errno.ts';
import { type Struct, struct } from '../../src/lib/struct.ts';
import {
	FUSE_NOTIFY_DELETE,
	FUSE_NOTIFY_INC_EPOCH,
	FUSE_NOTIFY_INVAL_ENTRY,
	FUSE_NOTIFY_INVAL_INODE,
	FUSE_NOTIFY_POLL,
	FUSE_NOTIFY_PRUNE,
	FUSE_NOTIFY_RESEND,
	FUSE_NOTIFY_RETRIEVE,
	FUSE_NOTIFY_STORE,
	FUSE_UNIQUE_RESEND,
	fuse_in_header,
	fuse_notify_delete_out,
	fuse_notify_inval_entry_out,
	fuse_notify_inval_inode_out,
	fuse_notify_poll_wakeup_out,
	fuse_notify_prune_out,
	fuse_notify_retrieve_out,
	fuse_notify_store_out,
	fuse_out_header,
} from '../../src/uapi/fuse.ts';
import { bufferOf, type MessageBuffer } from './message.ts';
import { opcodeName, opcodes, type Row } from './opcodes.ts';
import { quote, quoteName, silent } from './reply.ts';
import { type Args, decodeRequest } from './request.ts';
import { decodeHeader, isResent } from './resend.ts';
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
	return Number(view.getBigUint64(fuse_in_header.offsetof.unique, true) & ~FUSE_UNIQUE_RESEND);
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
	const header = decodeHeader(fuse_in_header, message);
	const opcode = join(opcodeName(header.opcode), isResent(message) && 'again');
	const title = `${header.unique} ${opcode} node=${header.nodeid}`;
	const row = opcodes.get(header.opcode);
	const caller = `pid=${header.pid} uid=${header.uid}`;
	if (!row) return join(title, caller);
	const { args, names, payload } = decodeRequest(row, header, message, length, { callers: nobody });
	const shown = args === undefined ? '' : (row.args as Args<unknown>).format(args);
	return join(title, shown, ...names.map(quoteName), payload.length > 0 && quote(payload), caller);
}

/** `12 LOOKUP {nodeid=2, ...}`, or `12 LOOKUP ENOENT`. Throws EINVAL for what is no reply to `row`. */
export function formatReply(row: Row | undefined, message: MessageBuffer, length: number): string {
	const { unique, error } = decodeHeader(fuse_out_header, message);
	const title = `${unique} ${row?.name ?? '?'}`;
	if (error !== 0) return `${title} ${errnoName(error) ?? error}`;
	return join(title, row ? row.out.format(message, fuse_out_header.size, length) : false) || title;
}

/** What follows the struct of a notification. */
type Tail = (bytes: Uint8Array) => string;

const nothing: Tail = () => '';
/** A name, and the NUL that ends it. */
const name: Tail = bytes => quote(bytes.subarray(0, -1));
const nodeids: Tail = bytes => {
	const { view } = bufferOf(bytes);
	const shown = Array.from({ length: Math.min(bytes.length >> 3, SHOWN) }, (_, i) => view.getBigUint64(i * 8, true));
	return `[${shown.join(', ')}${bytes.length >> 3 > SHOWN ? ', ...' : ''}]`;
};

/** Ids that a trace shows of a list. */
const SHOWN = 8;

/** No struct at all. */
const bare = struct('nothing', 0, {});

/** The notifications that are sent. */
const notifications = new Map<number, readonly [name: string, struct: Struct<object>, tail: Tail]>([
	[FUSE_NOTIFY_POLL, ['POLL', fuse_notify_poll_wakeup_out, nothing]],
	[FUSE_NOTIFY_INVAL_INODE, ['INVAL_INODE', fuse_notify_inval_inode_out, nothing]],
	[FUSE_NOTIFY_INVAL_ENTRY, ['INVAL_ENTRY', fuse_notify_inval_entry_out, name]],
	[FUSE_NOTIFY_STORE, ['STORE', fuse_notify_store_out, quote]],
	[FUSE_NOTIFY_RETRIEVE, ['RETRIEVE', fuse_notify_retrieve_out, nothing]],
	[FUSE_NOTIFY_DELETE, ['DELETE', fuse_notify_delete_out, name]],
	[FUSE_NOTIFY_RESEND, ['RESEND', bare, nothing]],
	[FUSE_NOTIFY_INC_EPOCH, ['INC_EPOCH', bare, nothing]],
	[FUSE_NOTIFY_PRUNE, ['PRUNE', fuse_notify_prune_out, nodeids]],
]);

/** `INVAL_ENTRY {parent=1, namelen=7, flags=0} "version"`. Throws EINVAL for what is no notification. */
export function formatNotification({ bytes, view }: MessageBuffer, length: number): string {
	const { error: code } = fuse_out_header.decode(view, 0);
	const known = notifications.get(code);
	if (!known) return `notification ${code}`;
	const [name, struct, tail] = known;
	const at = fuse_out_header.size;
	const shown = struct.size > 0 && struct.format(struct.decode(view, at));
	return join(name, shown, tail(bytes.subarray(at + struct.size, length)));
}
