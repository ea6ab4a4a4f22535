/** mem - kernel-sim/drivers/char/mem.ts: the devices of major 1 in /sys, as /dev has them. */

import t from 'tap';
import { MAJOR, MINOR, new_decode_dev } from '../../../../src/uapi/stat.ts';
import { Booted } from '../../fs/proc/booted.ts';

t.test('chr_dev_init: each device of the class mem is a node in /dev, with the same number and mode', async t => {
	const booted = new Booted(t);
	const { task } = booted;
	const names = (await booted.names('/sys/class/mem')).sort();
	t.same(
		names.filter(name => name !== 'kmsg'),
		['full', 'null', 'random', 'urandom', 'zero'],
	);
	for (const name of names) {
		const { rdev: encoded, mode } = await task.stat(`/dev/${name}`);
		const rdev = new_decode_dev(encoded);
		const number = `${MAJOR(rdev)}:${MINOR(rdev)}`;
		const dir = `/sys/devices/virtual/mem/${name}`;
		t.equal(await booted.read(`${dir}/dev`), `${number}\n`);
		t.equal(
			await booted.read(`${dir}/uevent`),
			`MAJOR=1\nMINOR=${MINOR(rdev)}\nDEVNAME=${name}\nDEVMODE=0${(mode & 0o777).toString(8)}\n`,
		);
		t.equal(await task.readlink(`/sys/dev/char/${number}`), `../../devices/virtual/mem/${name}`);
		t.equal(await task.readlink(`/sys/class/mem/${name}`), `../../devices/virtual/mem/${name}`);
		t.same((await booted.names(dir)).sort(), ['dev', 'power', 'subsystem', 'uevent']);
	}
});
