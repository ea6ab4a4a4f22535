/** machine - a kernel with the directories of its SCSI disk, and what may be written into their files. */

import type { Test } from 'tap';
import { Settings } from '../../fs/proc/settings.ts';
import { codeOf } from '../../kernel/bench_kernel.ts';

const HOST = '/sys/devices/platform/ring3_scsi/host0';
const DEVICE = `${HOST}/target0:0:0/0:0:0:0`;

/** Where everything is. */
export const paths = {
	host: HOST,
	hostClass: `${HOST}/scsi_host/host0`,
	device: DEVICE,
	deviceClass: `${DEVICE}/scsi_device/0:0:0:0`,
	disk: `${DEVICE}/scsi_disk/0:0:0:0`,
	queue: `${DEVICE}/block/sda/queue`,
} as const;

/** Writes one after the other: to which file, what, the errno or nothing, and what the file shows then. */
export type Write = readonly [file: string, data: string, errno: string | undefined, shown?: string];

/** See above. */
export class ScsiMachine extends Settings {
	/** Each is refused or taken as it says. */
	async writeAll(t: Test, dir: string, writes: readonly Write[]): Promise<void> {
		for (const [file, data, errno, shown] of writes) {
			const what = `${JSON.stringify(data)} to ${file}`;
			t.equal(await this.write(`${dir}/${file}`, data), errno, what);
			if (shown !== undefined) t.equal(await this.show(`${dir}/${file}`), shown, `${file} after ${what}`);
		}
	}

	/** Every file of a directory: its mode, and what it shows or is refused with; null where it cannot be read. */
	async files(dir: string): Promise<Record<string, readonly [mode: string, shown: string | null]>> {
		const files: Record<string, readonly [string, string | null]> = {};
		for (const name of (await this.names(dir)).sort()) {
			const { mode } = await this.task.lstat(`${dir}/${name}`);
			if ((mode & 0o170000) !== 0o100000) continue;
			let shown: string | null = null;
			if ((mode & 0o444) !== 0) {
				const code = await codeOf(async () => {
					shown = await this.show(`${dir}/${name}`);
				});
				shown ??= code ?? null;
			}
			files[name] = [(mode & 0o777).toString(8), shown];
		}
		return files;
	}

	/** What was said since the last call. */
	said(): string[] {
		const lines = this.host.lines.map(line => line.replace(/^.*?\] /, '').replace(/^<\d+>/, ''));
		this.host.lines.length = 0;
		return lines;
	}

	/** The disks that there are. */
	disks(): Promise<string[]> {
		return this.names('/sys/class/scsi_disk');
	}
}
