/**
 * probes - what every knob of /proc/sys is asked, of Linux and of us: which values it takes, and what it shows then.
 *
 * Linux has been asked by test/oracle/sysctl_probes.ts; sysctl_probes.test.ts compares. `=` stands for the value at boot.
 */

/** Written to each file, after the value at boot was written back. */
export const probes = ['0', '1', '2', '3', '-1', '300', '70000', '2147483648', '5 4', 'x', ''] as const;

/** Files that a kernel does not survive, that cannot be set back, or that are about this very machine. */
export const left =
	/sysrq|panic|modules_disabled|kexec|pid_max|threads-max|writes_strict|tainted|ns_last_pid|cad_pid|random\/uuid|file-nr|inode-|dentry-state|aio-nr|file-max|nr_open|oops_limit|warn_limit|stat_refresh|drop_caches|compact_memory|route\/flush|usermodehelper|fastopen_key|test_sysctl|unprivileged_bpf|net\/ipv6|netfilter|conf\/[b-ce-km-z]|neigh\/[b-ce-km-z]|devpts/;

/** What a file said to each probe: bytes or the error, and what it showed then. */
export type Probed = Readonly<Record<string, readonly string[]>>;

/** The calls that are needed, of whichever kernel. */
export interface Files {
	/** Paths below /proc/sys that can be written. */
	list(): readonly string[];
	read(path: string): string;
	/** Bytes taken. Throws what has a `code`. */
	write(path: string, text: string): number;
}

/** One write(2): the bytes taken, or the name of the error. */
function said(files: Files, path: string, text: string): number | string {
	try {
		return files.write(path, text);
	} catch (error) {
		return (error as { code: string }).code;
	}
}

/** Asks one file. There are some that do not take back what they have shown. */
function ask(files: Files, path: string): string[] {
	const initial = files.read(path);
	return probes.map(probe => {
		const answer = said(files, path, probe);
		const shown = files.read(path);
		said(files, path, initial);
		const refused = typeof answer === 'string' || answer === 0;
		return `${answer} ${refused && shown === initial ? '=' : shown.trimEnd()}`;
	});
}

/** Asks all. */
export function probe(files: Files): Probed {
	const paths = files.list().filter(path => !left.test(path));
	return Object.fromEntries(paths.map(path => [path, ask(files, path)]));
}
