/**
 * sysfs - the directory `power` of every device.
 *
 * Simulates drivers/base/power/sysfs.c, of a kernel that is built without CONFIG_PM_SLEEP and CONFIG_PM_ADVANCED_DEBUG. There are
 * more devices than anybody looks at, so the files are made when somebody does.
 */

import { Errno } from '../../../../src/lib/errno.ts';
import { kstrtoint, orEinval } from '../../../../src/lib/kstrto.ts';
import { sysfsMatchString, sysfsStreq } from '../../../../src/lib/string_helpers.ts';
import type { Attribute } from '../../../fs/sysfs/file.ts';
import { type AttributeGroup, sysfsCreateGroup } from '../../../fs/sysfs/group.ts';
import type { Device } from '../core.ts';
import type { DevPmInfo } from './runtime.ts';

const NSEC_PER_MSEC = 1_000_000;
const INT_MAX = 0x7fff_ffff;

const control: Attribute<Device> = {
	mode: 0o644,
	show: ({ power }) => (power.auto ? 'auto\n' : 'on\n'),
	store({ power }, buf) {
		const wanted = sysfsMatchString(['auto', 'on'], buf);
		if (wanted === undefined) throw new Errno('EINVAL');
		if (wanted === 'auto') power.allow();
		else power.forbid();
	},
};

function runtimeStatus({ error, disableDepth, status }: DevPmInfo): string {
	if (error !== undefined) return 'error';
	return disableDepth > 0 ? 'unsupported' : status;
}

function milliseconds(time: 'active' | 'suspended'): Attribute<Device> {
	return { mode: 0o444, show: ({ power }) => `${Math.floor(power.times()[time] / NSEC_PER_MSEC)}\n` };
}

/** EIO for a device whose driver has no use for it. */
const autosuspendDelayMs: Attribute<Device> = {
	mode: 0o644,
	show({ power }) {
		if (!power.useAutosuspend) throw new Errno('EIO');
		return `${power.autosuspendDelay}\n`;
	},
	store({ power }, buf) {
		if (!power.useAutosuspend) throw new Errno('EIO');
		power.setAutosuspend(
			true,
			orEinval(() => kstrtoint(buf, 10)),
		);
	},
};

/**
 * How long the device may take to wake up, in microseconds: 0 as long as it likes, `n/a` not at all.
 *
 * Divergence: it is kept and shown; no processor here sleeps so deeply that it had to choose.
 */
const pmQosResumeLatencyUs: Attribute<Device> = {
	mode: 0o644,
	show: ({ power: { qos } }) => `${qos!.resumeLatency ?? 'n/a'}\n`,
	store({ power: { qos } }, buf) {
		if (sysfsStreq(buf, 'n/a')) {
			qos!.resumeLatency = undefined;
			return;
		}
		const value = orEinval(() => kstrtoint(buf, 0));
		if (value < 0 || value === INT_MAX) throw new Errno('EINVAL');
		qos!.resumeLatency = value;
	},
};

const powerGroup: AttributeGroup<Device> = {
	name: 'power',
	attrs: {
		runtime_status: { mode: 0o444, show: ({ power }) => `${runtimeStatus(power)}\n` },
		control,
		runtime_suspended_time: milliseconds('suspended'),
		runtime_active_time: milliseconds('active'),
		autosuspend_delay_ms: autosuspendDelayMs,
		pm_qos_resume_latency_us: pmQosResumeLatencyUs,
	},
	isVisible: ({ power }, _name, attr) => (attr === pmQosResumeLatencyUs && power.qos === undefined ? 0 : attr.mode),
	later: true,
};

/** Makes the directory (dpm_sysfs_add). EEXIST, ENOENT. */
export function dpmSysfsAdd(device: Device): void {
	sysfsCreateGroup(device, powerGroup);
}
