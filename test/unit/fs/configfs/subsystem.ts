/**
 * subsystem - a kernel with a module that registers what a test wants in configfs.
 */

import t, { type Test } from 'tap';
import { ConfigfsSubsystem, type ConfigItemType } from '../../../../kernel-sim/fs/configfs/item.ts';
import type { ConfigfsUser } from '../../../../kernel-sim/fs/configfs/mount.ts';
import { defineModule, type ModuleDefinition } from '../../../../kernel-sim/kernel/module.ts';
import { O_RDONLY, O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { codeOf } from '../../kernel/bench_kernel.ts';
import { Booted, type BootedOptions } from '../proc/booted.ts';

export const CONFIG = '/sys/kernel/config';

/** A kernel whose module `cfg` has registered the subsystem `sub`. */
export class Configured extends Booted {
	readonly subsys: ConfigfsSubsystem;
	/** What the module registers with. */
	user!: ConfigfsUser;
	/** The directory of the subsystem. */
	readonly dir = `${CONFIG}/sub`;

	constructor(t: Test, type: ConfigItemType<never>, options: BootedOptions = {}) {
		super(t, options);
		this.subsys = new ConfigfsSubsystem('sub', type);
	}

	async load(): Promise<this> {
		const definition = defineModule({
			name: 'cfg',
			license: 'GPL',
			init: ({ configfs }) => {
				this.user = configfs;
				configfs.registerSubsystem(this.subsys);
			},
		});
		await this.kernel.modules.load(definition as ModuleDefinition);
		return this;
	}

	unload(): Promise<void> {
		return this.kernel.modules.unload('cfg');
	}

	get refcount(): number {
		return this.kernel.modules.find('cfg')!.refcount;
	}

	mkdir(name: string): Promise<string | undefined> {
		return codeOf(() => this.task.mkdir(`${this.dir}/${name}`, 0o755));
	}

	rmdir(name: string): Promise<string | undefined> {
		return codeOf(() => this.task.rmdir(`${this.dir}/${name}`));
	}

	/** The text of an attribute; what reading it is refused with. */
	async show(name: string): Promise<string | undefined> {
		try {
			return await this.read(`${this.dir}/${name}`);
		} catch (error) {
			return (error as { code?: string }).code;
		}
	}

	/** Writes by one write(2); what it is refused with. */
	store(name: string, text: string): Promise<string | undefined> {
		return codeOf(async () => {
			const fd = await this.task.open(`${this.dir}/${name}`, O_WRONLY);
			try {
				await this.task.write(fd, Buffer.from(text));
			} finally {
				await this.task.close(fd);
			}
		});
	}

	open(name: string, flags: number = O_RDONLY): Promise<number> {
		return Promise.resolve(this.task.open(`${this.dir}/${name}`, flags));
	}
}

/** A test of such a kernel. */
export function onConfigfs(
	title: string,
	type: ConfigItemType<never>,
	body: (t: Test, kernel: Configured) => Promise<void>,
	options: BootedOptions = {},
): void {
	t.test(title, async t => body(t, await new Configured(t, type, options).load()));
}
