/** gzip - what we pack, others unpack. */

import { spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { crc32, gzippedLength, gzipStored } from '../../../src/lib/gzip.ts';

t.test('gzip: unpacked, the bytes are what they were, whatever their number', async t => {
	for (const size of [0, 1, 100, 65_534, 65_535, 65_536, 131_070, 200_001]) {
		const data = Buffer.alloc(size);
		for (let i = 0; i < size; i++) data[i] = (i * 31) ^ (i >> 8);
		const packed = gzipStored(data);
		t.equal(packed.length, gzippedLength(size), 'as long as was said');
		t.ok(gunzipSync(packed).equals(data), `${size} bytes`);
		const { status, stdout } = spawnSync('gzip', ['-dc'], { input: packed, maxBuffer: 1 << 20 });
		t.equal(status, 0);
		t.ok(stdout.equals(data), `${size} bytes, by gzip(1)`);
	}
});

t.test('gzip: the check value of CRC-32', async t => {
	t.equal(crc32(Buffer.from('123456789')), 0xcbf4_3926);
	t.equal(crc32(new Uint8Array(0)), 0);
});
