/**
 * utsname - what the kernel calls itself (init/version.c, include/linux/utsname.h).
 */

/** The names that uname(2) tells. */
export interface NewUtsname {
	readonly sysname: string;
	nodename: string;
	readonly release: string;
	readonly version: string;
	readonly machine: string;
	domainname: string;
}

/** The names of a kernel at boot. */
export function initUtsName(): NewUtsname {
	return {
		sysname: 'Linux',
		nodename: 'ring3',
		release: '6.12.0-ring3',
		version: '#1 SMP PREEMPT_DYNAMIC ring3',
		machine: 'x86_64',
		domainname: '(none)',
	};
}

/** The text of /proc/version, and the first line of the log (linux_banner). */
export function linuxBanner({ sysname, release, version }: NewUtsname): string {
	return `${sysname} version ${release} (ring3@ring3) (TypeScript) ${version}\n`;
}
