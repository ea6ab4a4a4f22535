/** sysctl_conf - what a line of /etc/sysctl.conf says. */

import t from 'tap';
import { parseSysctlConf } from '../../../src/machine/sysctl_conf.ts';

/** The settings of a text, and the lines that it complains of. */
function parse(text: string) {
	const bad: number[] = [];
	const settings = parseSysctlConf(text, line => bad.push(line));
	return { settings: settings.map(({ path, value, quiet }) => `${quiet ? '-' : ''}${path}=${value}`), bad };
}

t.test('parseSysctlConf: names, values, comments and what is neither', async t => {
	const cases: readonly (readonly [text: string, settings: string[], bad?: number[]])[] = [
		['', []],
		['# vm.swappiness = 1\n  ; and this\n\n', []],
		['vm.swappiness=1', ['vm/swappiness=1']],
		['  vm.swappiness \t=  1  \n', ['vm/swappiness=1']],
		['kernel.core_pattern = |/bin/x a=b', ['kernel/core_pattern=|/bin/x a=b']],
		['kernel.domainname =', ['kernel/domainname=']],
		['net/ipv4/conf/eth0.1/rp_filter=1', ['net/ipv4/conf/eth0.1/rp_filter=1']],
		['net.ipv4.conf.eth0/1.rp_filter=1', ['net/ipv4/conf/eth0.1/rp_filter=1']],
		['-kernel.x = 1', ['-kernel/x=1']],
		['- kernel.x = 1', ['-kernel/x=1']],
		['nonsense\nvm.x=1\n= 5', ['vm/x=1'], [1, 3]],
		['a.b=1\r\n', ['a/b=1']],
	];
	for (const [text, settings, bad = []] of cases) t.same(parse(text), { settings, bad }, JSON.stringify(text));
});
