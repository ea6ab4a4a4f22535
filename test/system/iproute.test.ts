/**
 * iproute - ip(8) and its elders inside a machine: what they show is the machine's, and what they change is not the host's.
 *
 * All of it runs in a network namespace of its own: a call that came through to the host would change nothing there.
 */

import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

/** What a script prints inside a machine. */
async function inside(box: Sandbox, script: string): Promise<string> {
	const command = box.command(['run', '--', 'bash', '-c', script]);
	const { stdout, stderr } = await box.start('unshare', ['-n', process.execPath, ...command]).ended;
	return (stdout + stderr).replace(/ +$/gm, '');
}

const CONNECTED = '192.168.0.0/24 dev eth0 proto kernel scope link src 192.168.0.1\n';

t.test('ip: shows links, addresses and routes', { skip: lacks('ip', 'unshare') }, async t => {
	const box = new Sandbox(t);
	t.equal(
		await inside(box, 'ip -br link; ip -br -4 addr; ip route; ip -6 route; ip route show table local; ip rule'),
		`lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP>
eth0             UP             52:54:00:72:33:01 <BROADCAST,MULTICAST,UP,LOWER_UP>
lo               UNKNOWN        127.0.0.1/8
eth0             UP             192.168.0.1/24
${CONNECTED}local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1
local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1
broadcast 127.255.255.255 dev lo proto kernel scope link src 127.0.0.1
local 192.168.0.1 dev eth0 proto kernel scope host src 192.168.0.1
broadcast 192.168.0.255 dev eth0 proto kernel scope link src 192.168.0.1
0:	from all lookup local
32766:	from all lookup main
32767:	from all lookup default
`,
	);
});

t.test(
	'ip route: adds, replaces, gets and deletes routes, and monitor hears of it',
	{ skip: lacks('ip', 'unshare') },
	async t => {
		const box = new Sandbox(t);
		const script = `
		exec 2>&1
		ip monitor route > monitor & sleep 1
		ip route add 10.1.0.0/16 via 192.168.0.2; ip route add 10.1.0.0/16 via 192.168.0.3
		ip route replace 10.1.0.0/16 via 192.168.0.3; ip route; ip route get 10.1.2.3; ip route get 8.8.8.8
		ip route add 10.2.0.0/16 via 1.2.3.4; ip route add 10.0.0.1/8 dev eth0
		ip route add blackhole 10.3.0.0/16; ip route get 10.3.0.1; cut -f 1-4 /proc/net/route
		ip route del 10.1.0.0/16; ip route del 10.1.0.0/16
		sleep 1; kill %1; cat monitor`;
		t.equal(
			await inside(box, script),
			`RTNETLINK answers: File exists
10.1.0.0/16 via 192.168.0.3 dev eth0
${CONNECTED}10.1.2.3 via 192.168.0.3 dev eth0 src 192.168.0.1 uid 0
    cache
RTNETLINK answers: Network is unreachable
Error: Nexthop has invalid gateway.
Error: Invalid prefix for given prefix length.
RTNETLINK answers: Invalid argument
Iface	Destination	Gateway 	Flags
eth0	0000010A	0300A8C0	0003
*	0000030A	00000000	0001
eth0	0000A8C0	00000000	0001
RTNETLINK answers: No such process
10.1.0.0/16 via 192.168.0.2 dev eth0
10.1.0.0/16 via 192.168.0.3 dev eth0
blackhole 10.3.0.0/16
Deleted 10.1.0.0/16 via 192.168.0.3 dev eth0
`,
		);
	},
);

t.test(
	'ip link, ifconfig, route: what they cannot change here, they change nowhere',
	{ skip: lacks('ip', 'ifconfig', 'unshare') },
	async t => {
		const box = new Sandbox(t);
		t.equal(
			await inside(
				box,
				'exec 2>&1; ip link set eth0 down; ifconfig eth0 down; route add default gw 192.168.0.9; ifconfig eth0 | head -2; ip -br link show eth0',
			),
			`SIOCSIFFLAGS: Operation not supported
SIOCSIFFLAGS: Operation not supported
SIOCADDRT: Operation not supported
eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet 192.168.0.1  netmask 255.255.255.0  broadcast 192.168.0.255
eth0             UP             52:54:00:72:33:01 <BROADCAST,MULTICAST,UP,LOWER_UP>
`,
		);
	},
);
