/**
 * dostring - strings under /proc/sys (proc_dostring in kernel/sysctl.c).
 *
 * A value ends at its first newline or NUL. What is too long is cut, and taken all the same. Bytes that are not UTF-8 stay as
 * they are (src/lib/text.ts).
 */

import type { Ref } from '../../../src/lib/ref.ts';
import { decodeName, encodeName } from '../../../src/lib/text.ts';
import { checkData, checked, type SysctlCall } from './ctl_table.ts';

const NEWLINE = 0x0a;

/** Reads or writes a string of at most `maxlen` - 1 bytes. A write goes on where the one before has ended, if that is there. */
export const procDostring = checked<string>(
	({ data, maxlen = 0 }, call) => {
		if (data === undefined || maxlen === 0 || call.len === 0) {
			call.nothing();
			return;
		}
		const bytes = encodeName(data.get());
		if (call.write) writeString(data, maxlen - 1, call, bytes);
		else readString(call, bytes.subarray(0, maxlen));
	},
	table => checkData(table, true),
);

function readString(call: SysctlCall, bytes: Uint8Array): void {
	if (call.pos > bytes.length) {
		call.nothing();
		return;
	}
	const line = new Uint8Array(bytes.length + 1);
	line.set(bytes);
	line[bytes.length] = NEWLINE;
	call.reply(line.subarray(call.pos));
}

/** `longest` bytes are kept of the new value; `before` are those of the old one. */
function writeString(data: Ref<string>, longest: number, call: SysctlCall, before: Uint8Array): void {
	call.ignoresPosition();
	const kept = call.writes.writesStrict === 1 ? call.pos : 0;
	if (kept > Math.min(before.length, longest)) return;
	const given = call.buffer.subarray(0, call.len);
	const end = given.findIndex(byte => byte === 0 || byte === NEWLINE);
	const added = given.subarray(0, Math.min(end < 0 ? given.length : end, longest - kept));
	const value = new Uint8Array(kept + added.length);
	value.set(before.subarray(0, kept));
	value.set(added, kept);
	call.took();
	data.set(decodeName(value));
}
