/**
 * net_devices.test - one network device, whichever way a program looks at it or changes it: /sys/class/net, ip(8), /proc/net/dev.
 *
 * It runs in a network namespace of its own, and nothing is written before the device is known to be the machine's.
 */

import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

const ROUTE = '192.168.0.0/24 dev eth0 proto kernel scope link src 192.168.0.1';

t.test(
	'what is written to /sys/class/net is seen by ip(8), and told to who listens',
	{ skip: lacks('ip', 'unshare') },
	async t => {
		const box = new Sandbox(t);
		const script = `
		cd /sys/class/net/eth0; [ "$(cat address)" = 52:54:00:72:33:01 ] || exit
		ip monitor link > "$1" & sleep 1
		echo 1400 > mtu; echo 500 > tx_queue_len; echo 'to the cellar' > ifalias; echo 3 > netdev_group
		ip link show eth0; ip route
		echo 0x1002 > flags; ip link show eth0; ip route
		echo 0x1003 > flags; ip route
		sleep 1; kill %1
		grep -c 'mtu 1400' "$1"; grep -c 'state DOWN' "$1"
		cut -d: -f1 /proc/net/dev | tail -n 2`;
		const command = box.command(['run', '--', 'bash', '-c', script, 'bash', `${t.testdir({ told: '' })}/told`]);
		const { stdout, stderr } = await box.start('unshare', ['-n', process.execPath, ...command]).ended;
		t.equal(
			(stdout + stderr).replace(/ +$/gm, ''),
			`2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc pfifo_fast state UP mode DEFAULT group 3 qlen 500
    link/ether 52:54:00:72:33:01 brd ff:ff:ff:ff:ff:ff
    alias to the cellar
${ROUTE}
2: eth0: <BROADCAST,MULTICAST> mtu 1400 qdisc noop state DOWN mode DEFAULT group 3 qlen 500
    link/ether 52:54:00:72:33:01 brd ff:ff:ff:ff:ff:ff
    alias to the cellar
${ROUTE}
6
2
    lo
  eth0
`,
		);
	},
);
