/** user_memory.test - strings of a caller, which end where they end. */

import t from 'tap';
import { readUserString } from '../../../mount/user_memory.ts';
import type { UserMemory } from '../../../src/boundary/user_memory.ts';
import { Errno } from '../../../src/lib/errno.ts';

/** Memory of two pages from 0x1000 on, and nothing behind. */
function pages(text: string, at: number): UserMemory {
	const bytes = Buffer.alloc(0x2000, 'x');
	bytes.write(text, at - 0x1000, 'latin1');
	return {
		read(address, count) {
			const start = Number(address) - 0x1000;
			if (start < 0 || start + count > bytes.length) throw new Errno('EFAULT');
			return bytes.subarray(start, start + count);
		},
		write() {
			throw new Errno('EFAULT');
		},
	};
}

t.test('readUserString: from one page, over two, and up to the last byte there is', async t => {
	for (const at of [0x1000, 0x1ffd, 0x2ffa])
		t.equal(readUserString(pages('hello\0', at), BigInt(at), 100), 'hello', at.toString(16));
	t.equal(readUserString(pages('\0', 0x1fff), 0x1fffn, 1), '');
	t.equal(readUserString(pages('hello\0', 0x1000), 0x1000n, 6), 'hello');
});

t.test('readUserString: what is too long, or not there', async t => {
	t.throws(() => readUserString(pages('hello\0', 0x1000), 0x1000n, 5), { code: 'ENAMETOOLONG' });
	t.throws(() => readUserString(pages('', 0x1000), 0x1000n, 4096), { code: 'ENAMETOOLONG' });
	t.throws(() => readUserString(pages('hello', 0x2ffb), 0x2ffbn, 100), { code: 'EFAULT' });
	t.throws(() => readUserString(pages('', 0x1000), 0n, 100), { code: 'EFAULT' });
});
