/** ioctl.test - composing and taking apart commands. */

import t from 'tap';
import { u32 } from '../../../src/lib/struct.ts';
import { FUSE_DEV_IOC_MAGIC, fuse_backing_map } from '../../../src/uapi/fuse.ts';
import * as ioctl from '../../../src/uapi/ioctl.ts';

const { _IO, _IOC, _IOR, _IOW, _IOWR } = ioctl;

t.test('_IO, _IOR, _IOW, _IOWR: the numbers of known commands', async t => {
	const cases: [string, number, number][] = [
		['FUSE_DEV_IOC_CLONE', _IOR(FUSE_DEV_IOC_MAGIC, 0, u32), 0x8004e500],
		['FUSE_DEV_IOC_BACKING_OPEN', _IOW(FUSE_DEV_IOC_MAGIC, 1, fuse_backing_map), 0x4010e501],
		['FUSE_DEV_IOC_BACKING_CLOSE', _IOW(FUSE_DEV_IOC_MAGIC, 2, 4), 0x4004e502],
		['RNDGETENTCNT', _IOR('R', 0, 4), 0x80045200],
		['BLKGETSIZE64', _IOR(0x12, 114, 8), 0x80081272],
		['RTC_AIE_ON', _IO('p', 1), 0x7001],
		['SECCOMP_IOCTL_NOTIF_RECV', _IOWR('!', 0, 80), 0xc0502100],
	];
	for (const [name, cmd, want] of cases) t.equal(cmd, want, name);
});

t.test('_IOC_DIR and the others: the parts of a command', async t => {
	const cmd = _IOWR('k', 0xff, 0x3fff);
	t.same(
		[ioctl._IOC_DIR(cmd), ioctl._IOC_TYPE(cmd), ioctl._IOC_NR(cmd), ioctl._IOC_SIZE(cmd)],
		[ioctl._IOC_READ | ioctl._IOC_WRITE, 'k'.charCodeAt(0), 0xff, 0x3fff],
	);
});

t.test('_IOC: a part that does not fit is a mistake', async t => {
	const wrong: [number, string | number, number, number][] = [
		[4, 'k', 0, 0],
		[0, 256, 0, 0],
		[0, '\u0100', 0, 0],
		[0, '', 0, 0],
		[0, 'k', 256, 0],
		[0, 'k', -1, 0],
		[0, 'k', 0, 0x4000],
		[0, 'k', 0, 0.5],
	];
	for (const [dir, type, nr, size] of wrong) t.throws(() => _IOC(dir, type, nr, size), TypeError);
});
