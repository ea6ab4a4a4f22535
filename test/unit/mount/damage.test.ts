/**
 * damage.test - requests with an end or a bit missing.
 *
 * Every truncation and every single-bit flip of every captured request is answered by an errno or an answer, or is dropped
 * where the opcode has no reply; nothing is thrown, nothing is an oops, nothing is answered twice or left unanswered.
 */

import t, { type Test } from 'tap';
import { bufferOf } from '../../../mount/fuse/message.ts';
import { opcodes } from '../../../mount/fuse/opcodes.ts';
import { silent } from '../../../mount/fuse/reply.ts';
import { lineTracer } from '../../../mount/fuse/trace.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { capturedFiles } from '../../wire/hex.ts';
import { TinyPeer } from './tiny_peer.ts';
import { dir, file, link, TinyVfs } from './tiny_vfs.ts';

const tree = () => dir({ version: file('1\n'), self: link('42', { dontcache: true }), sub: dir({ deep: file('x') }) });

/** Bound: messages to one connection. Damaged ones forget nodes and release files, and what follows finds less to do. */
const BATCH = 32;

/** A connection in the middle of its life: the nodes and handles that the captured requests name are in use. */
class Victim extends TinyPeer {
	/** Replies to the message that was fed last; undefined while requests are whole. */
	#replies: { unique: bigint; error: number }[] | undefined;

	static async connect(): Promise<Victim> {
		const peer = new Victim(new TinyVfs(tree()), { tracer: lineTracer(() => {}) });
		await peer.init();
		const [version, sub] = [await peer.lookup('version'), await peer.lookup('sub')];
		await peer.lookup('deep', sub);
		for (const nodeid of [version, 1, version, sub]) await peer.open(nodeid, 2);
		return peer;
	}

	override reply(bytes: Uint8Array, length: number): void {
		const { view } = bufferOf(bytes);
		if (!this.#replies) super.reply(bytes, length);
		else this.#replies.push({ unique: view.getBigUint64(8, true), error: view.getInt32(4, true) });
	}

	/** Feeds one message, and says what is wrong with what comes of it. */
	async wrong(bytes: Uint8Array): Promise<string | undefined> {
		const replies: { unique: bigint; error: number }[] = [];
		this.#replies = replies;
		this.post(bytes);
		for (let turn = 0; turn < 3; turn++) await null;
		const { view } = bufferOf(bytes);
		const opcode = bytes.length < 8 ? 0 : view.getUint32(4, true);
		const unique = bytes.length < uapi.fuse_in_header.size ? 0n : view.getBigUint64(8, true);
		const want = unique === 0n || opcodes.get(opcode)?.out === silent ? [] : [unique];
		const got = replies.map(({ unique }) => unique);
		if (this.vfs.oopses.length > 0) return `oops ${this.vfs.oopses.splice(0)}`;
		// The kernel refuses a reply with any other error, and the request stays as it was.
		if (replies.some(({ error }) => error > 0 || error < -511)) return `error ${replies[0]?.error}`;
		return got.join() === want.join() ? undefined : `answered ${got.join() || 'nobody'}, not ${want.join()}`;
	}
}

async function check(t: Test, damaged: Iterable<readonly [string, Uint8Array]>): Promise<void> {
	const failures: string[] = [];
	let victim = await Victim.connect();
	let count = 0;
	const finish = () => {
		victim.session.close();
		if (victim.vfs.openFiles !== 0) failures.push(`${victim.vfs.openFiles} files were left open`);
	};
	for (const [title, bytes] of damaged) {
		const failure = await victim.wrong(bytes).catch((error: unknown) => `threw ${error}`);
		if (failure) failures.push(`${title}: ${failure}`);
		if (++count % BATCH !== 0) continue;
		finish();
		victim = await Victim.connect();
	}
	finish();
	t.same(failures, []);
}

function* truncations(bytes: Uint8Array): Iterable<readonly [string, Uint8Array]> {
	for (let length = 0; length < bytes.length; length++) {
		yield [`${length} bytes`, bytes.slice(0, length)];
		const honest = bytes.slice(0, length);
		if (length >= 4) bufferOf(honest).view.setUint32(0, length, true);
		yield [`${length} bytes that say so`, honest];
	}
}

function* flips(bytes: Uint8Array): Iterable<readonly [string, Uint8Array]> {
	for (let bit = 0; bit < bytes.length * 8; bit++) {
		const flipped = bytes.slice();
		flipped[bit >> 3]! ^= 1 << (bit & 7);
		yield [`bit ${bit}`, flipped];
	}
}

for (const [name, [request]] of capturedFiles()) {
	if (!request?.fromKernel) continue;
	t.test(name, async t => {
		await check(t, [['as it came', request.bytes]]);
		await check(t, truncations(request.bytes));
		await check(t, flips(request.bytes));
	});
}
