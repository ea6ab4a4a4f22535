/**
 * tiny_peer - a FUSE peer on a tiny tree, and short ways of asking for things.
 */

import t, { type Test } from 'tap';
import {
	FUSE_LOOKUP,
	FUSE_OPEN,
	FUSE_READ,
	FUSE_RELEASE,
	FUSE_WRITE,
	fuse_entry_out,
	fuse_open_out,
	fuse_write_out,
} from '../../../src/uapi/fuse.ts';
import { FusePeer, type PeerOptions, type Reply } from '../../peer/fuse.ts';
import { type Spec, TinyVfs } from './tiny_vfs.ts';

/** A peer that speaks of files as programs do. */
export class TinyPeer extends FusePeer {
	readonly vfs: TinyVfs;

	constructor(vfs: TinyVfs, options: Partial<PeerOptions> = {}) {
		super({ vfs, root: vfs.root, ...options });
		this.vfs = vfs;
	}

	/** Looks a name up; gives its node id. */
	async lookup(name: string, nodeid = 1): Promise<number> {
		return (await this.call(FUSE_LOOKUP, { nodeid, names: [name] })).decode(fuse_entry_out).nodeid;
	}

	/** Opens a node; gives its handle. */
	async open(nodeid: number, flags = 0): Promise<number> {
		return (await this.call(FUSE_OPEN, { nodeid, args: { flags } })).decode(fuse_open_out).fh;
	}

	read(fh: number, offset: number, size = 4096, flags = 0): Promise<Reply> {
		return this.send(FUSE_READ, { args: { fh, offset, size, flags } });
	}

	/** Reads, and gives the text. */
	async text(fh: number, offset: number, size?: number): Promise<string> {
		const { error, body } = await this.read(fh, offset, size);
		return error === 0 ? Buffer.from(body).toString() : `error ${error}`;
	}

	/** Writes a text; gives the number of bytes taken. */
	async write(fh: number, offset: number, text: string, flags = 0): Promise<number> {
		const payload = Buffer.from(text);
		const args = { fh, offset, size: payload.length, flags };
		return (await this.call(FUSE_WRITE, { args, payload })).decode(fuse_write_out).size;
	}

	async release(fh: number): Promise<void> {
		await this.call(FUSE_RELEASE, { args: { fh } });
	}
}

/**
 * A test with a peer on a tree, in the middle of a connection. At the end nothing may be left over: every request answered
 * once, every file released, no oops.
 */
export function peerTest(
	title: string,
	tree: () => Spec,
	body: (t: Test, peer: TinyPeer) => Promise<void>,
	options: Partial<PeerOptions> = {},
): void {
	t.test(title, async t => {
		const peer = new TinyPeer(new TinyVfs(tree()), options);
		await peer.init();
		await body(t, peer);
		peer.session.close();
		t.same(peer.vfs.oopses, [], 'no oops');
		t.equal(peer.vfs.openFiles, 0, 'every file was released');
		t.equal(peer.waiting, 0, 'every request was answered');
		t.same(peer.stray, [], 'and only once');
	});
}
