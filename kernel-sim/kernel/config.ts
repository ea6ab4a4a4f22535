/**
 * config - how the kernel is configured (Kconfig, kernel/configs.c).
 *
 * Options that can be switched are chosen when a kernel boots, as if it had been built so: what is off is not there at all. The
 * others say what this kernel is.
 */

import { Errno } from '../../src/lib/errno.ts';
import { HZ } from './time.ts';

/** An option that can be switched, and what its value hangs on. */
interface ConfigOption {
	readonly default: boolean;
	/** Off unless all of these are on. */
	readonly depends?: readonly string[];
	/** Switches these on. */
	readonly selects?: readonly string[];
}

/** By their names in Linux, whose dependences they have. */
const switchable = {
	CONFIG_SWAP: { default: true },
	CONFIG_IKCONFIG: { default: true },
	CONFIG_IKCONFIG_PROC: { default: true, depends: ['CONFIG_IKCONFIG', 'CONFIG_PROC_FS'] },
	CONFIG_KALLSYMS: { default: true },
	CONFIG_MODULES: { default: true },
	CONFIG_MODULE_UNLOAD: { default: true, depends: ['CONFIG_MODULES'] },
	CONFIG_SCSI_PROC_FS: { default: true, depends: ['CONFIG_PROC_FS'] },
	CONFIG_IDE_PROC_FS: { default: true, depends: ['CONFIG_PROC_FS'] },
	CONFIG_FILE_LOCKING: { default: true },
	CONFIG_PROC_FS: { default: true },
	CONFIG_SYSFS: { default: true },
	CONFIG_TMPFS: { default: true },
	CONFIG_DEVTMPFS: { default: true },
	CONFIG_CONFIGFS_FS: { default: true, selects: ['CONFIG_SYSFS'] },
	CONFIG_DEBUG_FS: { default: true },
} as const satisfies Record<string, ConfigOption>;

/** Name of an option that can be switched. */
export type ConfigName = keyof typeof switchable;

/** Which options are on. */
export type KernelConfig = { readonly [K in ConfigName]: boolean };

const options: Readonly<Record<string, ConfigOption>> = switchable;

/** What becomes of a wish: options that are not named are as they are by default. EINVAL for a name that there is not. */
export function configure(wish: Partial<KernelConfig> = {}): KernelConfig {
	const unknown = Object.keys(wish).find(name => !(name in options));
	if (unknown !== undefined) throw new Errno('EINVAL', `no option ${unknown}`);
	const config: Record<string, boolean> = {};
	for (const [name, option] of Object.entries(options))
		config[name] = wish[name as ConfigName] ?? isUsual(option, wish);
	for (const [name, { selects = [] }] of Object.entries(options)) {
		if (config[name]) for (const other of selects) config[other] = true;
	}
	for (const name of Object.keys(options)) config[name] &&= isPossible(name, config);
	return config as KernelConfig;
}

/** What an option is that nobody has named: it does not switch on what somebody wants off. */
function isUsual({ default: on, selects = [] }: ConfigOption, wish: Partial<KernelConfig>): boolean {
	return on && selects.every(other => wish[other as ConfigName] !== false);
}

/** True where all that an option depends on is on. */
function isPossible(name: string, config: Readonly<Record<string, boolean>>): boolean {
	return options[name]!.depends?.every(other => config[other] && isPossible(other, config)) ?? true;
}

/** Of the kernel whose configuration is written down. */
export interface ConfiguredKernel {
	readonly config: KernelConfig;
	/** As uname(2) tells it. */
	readonly release: string;
	readonly cpus: number;
}

/** The menus of the configuration: names of options that can be switched, and values of the others. */
function menus({ release, cpus }: ConfiguredKernel): readonly (readonly [title: string, lines: readonly string[]])[] {
	const localversion = release.slice(release.indexOf('-'));
	const general = ['CONFIG_SWAP', 'CONFIG_IKCONFIG', 'CONFIG_IKCONFIG_PROC', 'CONFIG_LOG_BUF_SHIFT=17'];
	return [
		['General setup', [`CONFIG_LOCALVERSION="${localversion}"`, ...general, 'CONFIG_PRINTK=y', 'CONFIG_KALLSYMS']],
		['IPC, accounting and security', ['CONFIG_SYSVIPC=y', 'CONFIG_PSI=y', 'CONFIG_CGROUPS=y', 'CONFIG_KEYS=y']],
		[
			'Processor type and features',
			['CONFIG_SMP=y', `CONFIG_NR_CPUS=${cpus}`, 'CONFIG_NUMA=y', `CONFIG_HZ_${HZ}=y`, `CONFIG_HZ=${HZ}`],
		],
		['Enable loadable module support', ['CONFIG_MODULES', 'CONFIG_MODULE_UNLOAD']],
		[
			'Device Drivers',
			['CONFIG_DEVTMPFS', 'CONFIG_IDE_PROC_FS', 'CONFIG_SCSI_PROC_FS', 'CONFIG_GPIOLIB=y', 'CONFIG_FB=y'],
		],
		['File systems', ['CONFIG_FILE_LOCKING']],
		['Pseudo filesystems', ['CONFIG_PROC_FS', 'CONFIG_SYSFS', 'CONFIG_TMPFS', 'CONFIG_CONFIGFS_FS']],
		['Cryptographic API', ['CONFIG_CRYPTO=y']],
		['printk and dmesg options', ['CONFIG_CONSOLE_LOGLEVEL_DEFAULT=7', 'CONFIG_MESSAGE_LOGLEVEL_DEFAULT=4']],
		['Kernel hacking', ['CONFIG_MAGIC_SYSRQ=y', 'CONFIG_SCHEDSTATS=y', 'CONFIG_DEBUG_FS']],
	];
}

/** The configuration as text, as Kconfig writes it: an option that is not possible is left out. */
export function configText(kernel: ConfiguredKernel): string {
	const config: Readonly<Record<string, boolean>> = kernel.config;
	const line = (text: string): string => {
		if (text.includes('=')) return `${text}\n`;
		if (!isPossible(text, config)) return '';
		return config[text] ? `${text}=y\n` : `# ${text} is not set\n`;
	};
	const head = `Automatically generated file; DO NOT EDIT.\n# Linux/x86 ${kernel.release} Kernel Configuration`;
	const comment = (text: string) => `#\n# ${text}\n#\n`;
	const body = menus(kernel).map(
		([title, lines]) => `\n${comment(title)}${lines.map(line).join('')}# end of ${title}\n`,
	);
	return `${comment(head)}CONFIG_64BIT=y\nCONFIG_X86_64=y\nCONFIG_X86=y\n${body.join('')}`;
}
