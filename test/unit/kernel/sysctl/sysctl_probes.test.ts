/**
 * sysctl_probes.test - the knobs of /proc/sys against those of a real Linux 6.12: which values each takes, and shows.
 *
 * probes.json: Linux 6.12.95 with HZ=100, booted as a process; made by test/oracle/sysctl_probes.ts. A knob that it lacks is not
 * compared.
 */

import { readFileSync } from 'node:fs';
import t from 'tap';
import { type Probed, probe, probes } from './probes.ts';
import { SysctlFiles } from './sysctl_files.ts';

const recorded = new URL('../../../../../test/unit/kernel/sysctl/probes.json', import.meta.url);
const linux = JSON.parse(readFileSync(recorded, 'utf8')) as Probed;

/** Where the answer hangs on what the machine is, or is ours to differ. */
const different: Readonly<Record<string, string>> = {
	'net/ipv4/tcp_mem': 'it hangs on the memory',
	'net/ipv4/tcp_rmem': 'it hangs on the memory',
	'net/ipv4/tcp_wmem': 'it hangs on the memory',
	'net/ipv4/udp_mem': 'it hangs on the memory',
	'vm/lowmem_reserve_ratio': 'a number for each zone, of which that Linux has two',
};

t.test('knobs: each takes and shows what it does on Linux', async t => {
	const ours = probe(new SysctlFiles());
	const both = Object.keys(ours).filter(path => path in linux && !(path in different));
	t.ok(both.length > 250, `${both.length} knobs`);
	const wrong = both.flatMap(path =>
		probes.flatMap((written, i) => {
			const [mine, theirs] = [ours[path]![i], linux[path]![i]];
			return mine === theirs ? [] : [{ path, written, ours: mine, linux: theirs }];
		}),
	);
	t.same(wrong, []);
});
