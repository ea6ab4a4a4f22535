/**
 * sysctl_conf - the values that a machine sets when it boots: those of /etc/sysctl.d/*.conf in the order of their names, then
 * those of /etc/sysctl.conf, as `sysctl --system` of procps does.
 *
 *     # a comment, as is a line with ;
 *     net.ipv4.ip_forward = 1
 *     net/ipv4/conf/eth0.1/rp_filter = 1     where a name has a dot in it
 *     net.ipv4.conf.*.rp_filter = 1          all that there are
 *     -kernel.nowhere = 1                    no complaint if it cannot be set
 *
 * What cannot be set is said in the kernel's log, and stops nothing.
 */

import type { Kernel } from '../../kernel-sim/kernel.ts';
import { isErrno } from '../lib/errno.ts';
import { decodeName, encodeName } from '../lib/text.ts';
import { O_DIRECTORY, O_RDONLY, O_WRONLY } from '../uapi/fcntl.ts';

const LOG_DAEMON = 3;
const LOG_WARNING = 4;
const ROOT = '/proc/sys';

/** A line that sets something. */
export interface SysctlSetting {
	/** As it was written. */
	readonly key: string;
	/** Below /proc/sys; may have `*` and `?` in it. */
	readonly path: string;
	readonly value: string;
	/** True where nothing is to be said if it cannot be set. */
	readonly quiet: boolean;
}

/** What a file says. `complain` gets the number of each line that says nothing. */
export function parseSysctlConf(text: string, complain: (line: number) => void): SysctlSetting[] {
	return text.split('\n').flatMap((line, i) => {
		const trimmed = line.trim();
		if (trimmed === '' || /^[#;]/.test(trimmed)) return [];
		const [, quiet, key, value] = /^(-?)\s*([^=]*?)\s*=\s*(.*)$/.exec(trimmed) ?? [];
		if (key === undefined || key === '') {
			complain(i + 1);
			return [];
		}
		return [{ key, path: pathOf(key), value: value!, quiet: quiet === '-' }];
	});
}

/** With dots between its names, a slash stands for a dot in one; with slashes between them, nothing stands for anything. */
function pathOf(key: string): string {
	const separator = /[./]/.exec(key)?.[0];
	return separator === '.' ? key.replace(/[./]/g, char => (char === '.' ? '/' : '.')) : key;
}

/** Sets what the machine's files say. */
export async function applySysctlConf(kernel: Kernel): Promise<void> {
	for (const file of [...(await confFiles(kernel)), '/etc/sysctl.conf']) {
		const text = await readText(kernel, file);
		if (text === undefined) continue;
		const settings = parseSysctlConf(text, line => say(kernel, `${file}(${line}): invalid syntax, continuing...`));
		for (const setting of settings) await apply(kernel, setting);
	}
}

async function confFiles(kernel: Kernel): Promise<string[]> {
	const names = await list(kernel, '/etc/sysctl.d');
	return names.filter(name => name.endsWith('.conf')).map(name => `/etc/sysctl.d/${name}`);
}

async function apply(kernel: Kernel, setting: SysctlSetting): Promise<void> {
	const { path, key, value, quiet } = setting;
	const paths = /[*?]/.test(path) ? await expand(kernel, path.split('/')) : [`${ROOT}/${path}`];
	for (const file of paths) {
		try {
			await write(kernel, file, `${value}\n`);
		} catch (error) {
			if (!isErrno(error)) throw error;
			if (!quiet) say(kernel, complaint(error.code, file, key));
		}
	}
}

/** As procps has it. */
function complaint(code: string, file: string, key: string): string {
	if (code === 'ENOENT') return `cannot stat ${file}: No such file or directory`;
	if (code === 'EACCES' || code === 'EPERM') return `permission denied on key "${key}"`;
	return `setting key "${key}": ${code}`;
}

/** The files that a path with `*` and `?` in its names means. */
async function expand(kernel: Kernel, [name, ...rest]: readonly string[], dir = ROOT): Promise<string[]> {
	if (name === undefined) return [dir];
	const pattern = name
		.replace(/[.+^${}()|[\]\\]/g, '\\$&')
		.replaceAll('*', '.*')
		.replaceAll('?', '.');
	const names = (await list(kernel, dir)).filter(each => new RegExp(`^${pattern}$`).test(each));
	const found = await Promise.all(names.map(each => expand(kernel, rest, `${dir}/${each}`)));
	return found.flat();
}

/** Names in a directory, by their order; none where it cannot be listed. */
async function list({ init }: Kernel, dir: string): Promise<string[]> {
	const fd = await unlessErrno(async () => init.open(dir, O_RDONLY | O_DIRECTORY));
	if (fd === undefined) return [];
	const names: string[] = [];
	for (let some = await init.getdents(fd); some.length > 0; some = await init.getdents(fd)) {
		names.push(...some.map(({ name }) => name));
	}
	await init.close(fd);
	return names.filter(name => name !== '.' && name !== '..').sort();
}

/** Undefined where there is no such file. */
async function readText({ init }: Kernel, file: string): Promise<string | undefined> {
	const fd = await unlessErrno(async () => init.open(file, O_RDONLY));
	if (fd === undefined) return undefined;
	let text = '';
	for (let part = await init.read(fd, 65_536); part.length > 0; part = await init.read(fd, 65_536)) {
		text += decodeName(part);
	}
	await init.close(fd);
	return text;
}

async function write({ init }: Kernel, file: string, text: string): Promise<void> {
	const fd = await init.open(file, O_WRONLY);
	try {
		await init.write(fd, encodeName(text));
	} finally {
		await init.close(fd);
	}
}

async function unlessErrno<T>(call: () => Promise<T>): Promise<T | undefined> {
	try {
		return await call();
	} catch (error) {
		if (!isErrno(error)) throw error;
		return undefined;
	}
}

function say({ printk }: Kernel, text: string): void {
	printk.emit(`sysctl: ${text}\n`, { facility: LOG_DAEMON, level: LOG_WARNING });
}
