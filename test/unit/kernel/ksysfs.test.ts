/** ksysfs - the files of /sys/kernel and /sys/power. */

import t from 'tap';
import { O_WRONLY } from '../../../src/uapi/fcntl.ts';
import { Booted } from '../fs/proc/booted.ts';

/** What is written to a file, and what that answers or else what the file shows then. */
type Written = readonly [path: string, text: string, answer: string];

const writes: readonly Written[] = [
	['kernel/rcu_normal', '1\n', '1\n'],
	['kernel/rcu_normal', '0x10', '16\n'],
	['kernel/rcu_normal', '-3', '-3\n'],
	['kernel/rcu_normal', 'x', 'EINVAL'],
	['kernel/rcu_normal', '2147483648', 'EINVAL'],
	['kernel/rcu_expedited', '1', '1\n'],
	['kernel/kexec_crash_size', '0', '0\n'],
	['kernel/kexec_crash_size', '4096', 'EINVAL'],
	['kernel/kexec_crash_size', 'x', 'EINVAL'],
	['kernel/profiling', '2', 'EINVAL'],
	['kernel/profiling', 'schedule,4', 'EINVAL'],
	['kernel/profiling', 'kvm', 'EINVAL'],
	['kernel/profiling', 'x', '0\n'],
	['kernel/reboot/mode', 'warmly', 'warm\n'],
	['kernel/reboot/mode', 'Warm', 'EINVAL'],
	['kernel/reboot/type', 'kbd\n', 'kbd\n'],
	['kernel/reboot/force', 'yes', '1\n'],
	['kernel/reboot/force', 'x', 'EINVAL'],
	['kernel/reboot/cpu', '0x1', '1\n'],
	['kernel/reboot/cpu', '2', 'ERANGE'],
	['kernel/reboot/cpu', '4294967296', 'ERANGE'],
	['kernel/reboot/cpu', 'x', 'EINVAL'],
	['power/state', 'mem', 'ENOSYS'],
	['power/state', 'disk', 'ENOSYS'],
	['power/state', '', ''],
	['power/pm_freeze_timeout', '5000', '5000\n'],
	['power/pm_freeze_timeout', '4294967297', '1\n'],
	['power/pm_freeze_timeout', '0x10', 'EINVAL'],
	['power/pm_freeze_timeout', '-1', 'EINVAL'],
];

t.test('ksysfs: what may be written', async t => {
	const booted = new Booted(t);
	const { task } = booted;
	for (const [path, text, answer] of writes) {
		const fd = await task.open(`/sys/${path}`, O_WRONLY);
		const title = `${path}: ${JSON.stringify(text)}`;
		if (/^E[A-Z]/.test(answer)) t.throws(() => task.write(fd, text), { code: answer }, title);
		else {
			t.equal(await task.write(fd, text), text.length, title);
			t.equal(await booted.read(`/sys/${path}`), answer, title);
		}
		await task.close(fd);
	}
});

t.test('ksysfs: what it tells', async t => {
	const booted = new Booted(t, { oopses: 1 });
	const { kernel } = booted;
	const seqnum = kernel.uevents.seqnum;
	const fixed = {
		fscaps: '1',
		cpu_byteorder: 'little',
		address_bits: '64',
		kexec_loaded: '0',
		kexec_crash_loaded: '0',
	};
	for (const [name, value] of Object.entries(fixed)) t.equal(await booted.read(`/sys/kernel/${name}`), `${value}\n`);
	t.equal(await booted.read('/sys/kernel/uevent_seqnum'), `${seqnum}\n`);
	kernel.sysfs.module.find('kernel')!.uevent('change');
	t.equal(await booted.read('/sys/kernel/uevent_seqnum'), `${seqnum + 1}\n`);
	kernel.warn('a warning');
	kernel.panic.oops(new Error('an oops'), 'the test');
	t.equal(await booted.read('/sys/kernel/warn_count'), '1\n');
	t.equal(await booted.read('/sys/kernel/oops_count'), '1\n');
	for (const name of ['irq', 'iommu_groups', 'slab', 'software_nodes', 'security', 'tracing']) {
		t.same(await booted.names(`/sys/kernel/${name}`), [], name);
	}
});
