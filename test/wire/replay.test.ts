/**
 * replay.test - bytes of a real kernel: decoded, printed, and encoded again.
 *
 * The files are made by capture.ts. Each message says in its first line what the trace made of it.
 */

import t from 'tap';
import { bufferOf } from '../../mount/fuse/message.ts';
import { opcodes } from '../../mount/fuse/opcodes.ts';
import { decodeRequest } from '../../mount/fuse/request.ts';
import { formatNotification, formatReply, formatRequest } from '../../mount/fuse/trace.ts';
import type { Init, Struct } from '../../src/lib/struct.ts';
import * as uapi from '../../src/uapi/fuse.ts';
import { encodeRequest } from '../peer/fuse.ts';
import { type Captured, capturedFiles, parse, print } from './hex.ts';
import { notificationStructs, replyStructs, requestStructs } from './shapes.ts';

const unknown = { callers: { find: () => undefined, memory: () => undefined as never } };

/** Decodes a request and encodes what came out. */
function roundTrip({ bytes }: Captured): Uint8Array {
	const message = bufferOf(bytes);
	const header = uapi.fuse_in_header.decode(message.view, 0);
	const row = opcodes.get(header.opcode)!;
	const { args, names, payload } = decodeRequest(row, header, message, bytes.length, unknown);
	const { nodeid, uid, gid, pid, unique, opcode } = header;
	return encodeRequest(opcode, unique, { nodeid, uid, gid, pid, args: (args ?? {}) as object, names, payload });
}

/** Decodes the structs that a message begins with and encodes them again; the rest is as it was. */
function structsAgain(bytes: Uint8Array, structs: readonly Struct[]): Uint8Array {
	const again = bytes.slice();
	let at = 0;
	for (const struct of structs) {
		const value = struct.decode(bufferOf(bytes).view, at);
		again.fill(0xaa, at, at + struct.size);
		struct.encode(bufferOf(again).view, at, value as Init<object>);
		at += struct.size;
	}
	return again;
}

for (const [name, messages] of capturedFiles()) {
	t.test(name, t => {
		const [first, second] = messages as [Captured, Captured?];
		const code = bufferOf(first.bytes).view.getUint32(4, true);
		if (first.fromKernel) {
			t.equal(formatRequest(bufferOf(first.bytes), first.bytes.length), first.text);
			t.same(roundTrip(first), first.bytes);
		} else {
			t.equal(formatNotification(bufferOf(first.bytes), first.bytes.length), first.text);
			t.same(structsAgain(first.bytes, [uapi.fuse_out_header, ...notificationStructs.get(code)!.structs]), first.bytes);
		}
		if (second) {
			const failed = bufferOf(second.bytes).view.getInt32(4, true) !== 0;
			t.equal(formatReply(opcodes.get(code), bufferOf(second.bytes), second.bytes.length), second.text);
			t.same(structsAgain(second.bytes, failed ? [uapi.fuse_out_header] : replyStructs(code)), second.bytes);
		}
		t.end();
	});
}

t.test('the files hold what the trace and the tables make of them', t => {
	const files = capturedFiles();
	t.ok(files.size > 40);
	const [message] = files.get('lookup.hex')!;
	t.same(parse(print(message!, requestStructs(uapi.FUSE_LOOKUP))), [message]);
	t.throws(() => parse('> 1 LOOKUP\n0x12'), SyntaxError);
	t.throws(() => parse('12 34'), SyntaxError, 'bytes of no message');
	t.end();
});
