/**
 * version.test - INIT as the kernels of each version send it, and what is agreed on then.
 */

import t from 'tap';
import { FUSE_INIT_EXT } from '../../src/uapi/fuse.ts';
import { FuseConn } from '../peer/linux/dev.ts';
import { initRequest, NEWEST, OLDEST, offerOf } from '../peer/linux/version.ts';
import { dir, TinyVfs } from '../unit/mount/tiny_vfs.ts';
import { capturedFiles } from './hex.ts';

t.test('the INIT of 7.45 is what a kernel was seen to send', async t => {
	const [seen] = capturedFiles().get('init.hex')!;
	t.same(initRequest(2, 45), seen!.bytes);
});

for (let minor = OLDEST; minor <= NEWEST; minor++) {
	t.test(`7.${minor} is agreed on, and nothing that it does not offer`, async t => {
		const vfs = new TinyVfs(dir({}));
		const conn = new FuseConn({ vfs, root: vfs.root, passthrough: true }, minor);
		t.equal(initRequest(2, minor).length, minor < 36 ? 56 : 104, 'the request is as long as it was then');
		t.equal((await conn.init()).error, 0);
		t.equal(conn.session.agreed?.minor, minor);
		const offer = offerOf(minor);
		t.equal(conn.flags & ~offer.flags, 0);
		t.equal(conn.flags2 & ~offer.flags2, 0);
		t.equal((conn.flags & FUSE_INIT_EXT) !== 0, minor >= 36);
		conn.session.close();
	});
}
