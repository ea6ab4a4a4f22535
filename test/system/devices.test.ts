/** devices - programs that look for devices in /sys: sensors, udevadm, stat. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

/** What a script prints that runs in a machine with these modules. */
async function inside(box: Sandbox, modules: readonly string[], script: string): Promise<string> {
	const flags = modules.flatMap(module => ['--module', module]);
	const { stdout, stderr } = await box.ring3(['run', ...flags, '--', 'sh', '-c', script]);
	return stdout + stderr;
}

t.test('sensors: shows a chip of hwmon, its alarm, and what was set in a file', { skip: lacks('sensors') }, async t => {
	const box = new Sandbox(t);
	const printed = await inside(
		box,
		['lm75,temperature=30250'],
		'sensors; cd /sys/class/hwmon/hwmon0; echo 20700 > temp1_max; cat temp1_max temp1_max_alarm; sensors -u',
	);
	t.match(printed, /^lm75-isa-0048\nAdapter: ISA adapter\ntemp1: +\+30\.5.C +\(high = \+80\.0.C, hyst = \+75\.0.C\)\n/);
	t.match(printed, /\n20500\n1\n/);
	t.match(
		printed,
		/temp1_input: 30\.500\n {2}temp1_max: 20\.500\n {2}temp1_max_hyst: 75\.000\n {2}temp1_max_alarm: 1\.000\n/,
	);
});

t.test('udevadm info: walks from a device to its parents', { skip: lacks('udevadm') }, async t => {
	const box = new Sandbox(t);
	const printed = await inside(box, ['lm75'], 'udevadm info -a /sys/class/hwmon/hwmon0');
	const looked = [...printed.matchAll(/looking at (?:parent )?device '(.*)'/g)].map(([, path]) => path);
	t.same(looked, ['/devices/platform/lm75.72/hwmon/hwmon0', '/devices/platform/lm75.72', '/devices/platform']);
	t.match(printed, /ATTR\{temp1_input\}=="21500"/);
	t.match(printed, /DRIVERS=="lm75"/);
	t.match(
		await inside(box, ['lm75'], 'udevadm info -q property -p /devices/platform/lm75.72'),
		/DRIVER=lm75\nMODALIAS=platform:lm75\nSUBSYSTEM=platform\n/,
	);
});

t.test('driver: unbound and bound again by a program, and gone with its module', { skip: lacks() }, async t => {
	const box = new Sandbox(t);
	const script = `
		cd /sys/bus/platform/drivers/lm75
		ls -d /sys/class/hwmon/*
		echo lm75.72 > unbind; ls /sys/class/hwmon; readlink /sys/devices/platform/lm75.72/driver
		echo lm75.72 > unbind
		echo lm75.72 > bind; ls /sys/class/hwmon; readlink /sys/devices/platform/lm75.72/driver
		cd /; rmmod lm75; ls /sys/class/hwmon /sys/bus/platform/drivers /sys/bus/platform/devices`;
	t.equal(
		await inside(box, ['lm75'], `exec 2>&1; ${script}`),
		`/sys/class/hwmon/hwmon0
sh: 5: echo: echo: I/O error
hwmon0
../../../bus/platform/drivers/lm75
/sys/bus/platform/devices:
ring3_scsi

/sys/bus/platform/drivers:

/sys/class/hwmon:
`,
	);
});

t.test('statfs: /sys is sysfs and /proc is procfs, whatever carries them', { skip: lacks() }, async t => {
	const box = new Sandbox(t);
	const script = 'stat -f -c %T /sys /sys/kernel/debug /sys/bus /proc /proc/self/status; cd /sys; stat -f -c %T .';
	t.equal(await inside(box, [], script), 'sysfs\ndebugfs\nsysfs\nproc\nproc\nsysfs\n');
	t.equal(
		await inside(box, [], 'stat -f -c %T /nowhere'),
		"stat: cannot read file system information for '/nowhere': No such file or directory\n",
	);
});

t.test('fstatfs: says of an open file what it is of, and EBADF of none', { skip: lacks('gcc') }, async t => {
	const box = new Sandbox(t);
	const source = join(box.dir, 'magic.c');
	writeFileSync(
		source,
		`#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/vfs.h>
int main(int argc, char **argv)
{
	struct statfs st;
	for (int i = 1; i < argc; i++) {
		if (fstatfs(open(argv[i], O_RDONLY), &st))
			printf("%d\\n", errno);
		else
			printf("%lx %ld %ld\\n", st.f_type, st.f_bsize, st.f_namelen);
	}
	printf("%d\\n", fstatfs(open("/proc", O_RDONLY), (void *)16) ? errno : 0);
}
`,
	);
	await box.start('gcc', ['-o', join(box.dir, 'magic'), source]).ended;
	t.equal(
		await inside(box, [], `${join(box.dir, 'magic')} /proc/self/status /sys/kernel /nowhere`),
		'9fa0 4096 255\n62656572 4096 255\n9\n14\n',
	);
});
