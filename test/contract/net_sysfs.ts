/**
 * net_sysfs - network devices in /sys/class/net, on any machine; lo, which every machine has, in each file.
 *
 * Simulated by kernel-sim/net/core/net_sysfs.ts after net/core/net-sysfs.c.
 */

import { O_RDWR } from '../../src/uapi/fcntl.ts';
import type { Contract } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readDir, readFile, readLines, writeFile } from './files.ts';

const NET = '/sys/class/net';

const names = async (sys: Sys, path: string): Promise<string[]> =>
	(await readDir(sys, path)).map(({ name }) => name).filter(name => !/^\.{1,2}$/.test(name));

/** What only shows, and what may be written as well. */
const readOnly = [
	...['addr_assign_type', 'addr_len', 'address', 'broadcast', 'carrier_changes', 'carrier_down_count'],
	...[
		'carrier_up_count',
		'dev_id',
		'dev_port',
		'dormant',
		'duplex',
		'ifindex',
		'iflink',
		'link_mode',
		'name_assign_type',
	],
	...['operstate', 'speed', 'testing', 'type'],
];
const readWrite = [
	...['carrier', 'flags', 'gro_flush_timeout', 'ifalias', 'mtu', 'napi_defer_hard_irqs', 'netdev_group', 'proto_down'],
	...['threaded', 'tx_queue_len', 'uevent'],
];

export const netSysfs: readonly Contract[] = [
	{
		title: 'net_class_groups: the files of a network device, and their modes',
		file: `${NET}/lo`,
		async run(t, { sys, file }) {
			const there = await names(sys, file);
			for (const [mode, files] of [
				[0o444, readOnly],
				[0o644, readWrite],
			] as const) {
				for (const name of files) {
					t.ok(there.includes(name), name);
					t.equal((await sys.stat(`${file}/${name}`)).mode & 0o777, mode, name);
				}
			}
			for (const name of ['power', 'queues', 'statistics', 'subsystem']) t.ok(there.includes(name), name);
			t.equal(await sys.readlink(file), '../../devices/virtual/net/lo');
			t.equal(await sys.readlink(`${file}/subsystem`), '../../../../class/net');
		},
	},
	{
		title: 'net_class: every device of /proc/net/dev is there, with what it counts',
		file: NET,
		async run(t, { sys, root, file }) {
			const [, , ...rows] = await readLines(sys, `${root}/proc/net/dev`);
			const listed = rows.map(row => row.split(':')[0]!.trim());
			t.same((await names(sys, file)).filter(name => name !== 'bonding_masters').sort(), [...listed].sort());
			const indices = new Set<string>();
			for (const [i, name] of listed.entries()) {
				const [bytes, packets] = rows[i]!.split(':')[1]!.trim().split(/ +/).map(Number);
				t.ok(Number(await readFile(sys, `${file}/${name}/statistics/rx_bytes`)) >= bytes!, `${name}: bytes`);
				t.ok(Number(await readFile(sys, `${file}/${name}/statistics/rx_packets`)) >= packets!, `${name}: packets`);
				const index = (await readFile(sys, `${file}/${name}/ifindex`)).trim();
				indices.add(index);
				t.match(
					await readFile(sys, `${file}/${name}/uevent`),
					new RegExp(`^INTERFACE=${name}\nIFINDEX=${index}\n$`, 'm'),
				);
			}
			t.equal(indices.size, listed.length);
		},
	},
	{
		title: 'netstat_group: a number for each way in which packets are lost or get through',
		file: `${NET}/lo/statistics`,
		async run(t, { sys, file }) {
			t.same((await names(sys, file)).sort(), [
				...['collisions', 'multicast', 'rx_bytes', 'rx_compressed', 'rx_crc_errors', 'rx_dropped', 'rx_errors'],
				...['rx_fifo_errors', 'rx_frame_errors', 'rx_length_errors', 'rx_missed_errors', 'rx_nohandler'],
				...['rx_over_errors', 'rx_packets', 'tx_aborted_errors', 'tx_bytes', 'tx_carrier_errors', 'tx_compressed'],
				...['tx_dropped', 'tx_errors', 'tx_fifo_errors', 'tx_heartbeat_errors', 'tx_packets', 'tx_window_errors'],
			]);
			for (const name of await names(sys, file)) t.match(await readFile(sys, `${file}/${name}`), /^\d+\n$/, name);
		},
	},
	{
		title: 'format_flags: of lo, and what kind of device it is',
		file: `${NET}/lo`,
		async run(t, { sys, file }) {
			for (const [name, text] of [
				['type', '772\n'],
				['ifindex', '1\n'],
				['iflink', '1\n'],
				['addr_len', '6\n'],
				['address', '00:00:00:00:00:00\n'],
				['broadcast', '00:00:00:00:00:00\n'],
				['dev_id', '0x0\n'],
				['dev_port', '0\n'],
				['link_mode', '0\n'],
				['name_assign_type', '2\n'],
				['carrier_changes', '0\n'],
			] as const) {
				t.equal(await readFile(sys, `${file}/${name}`), text, name);
			}
			const flags = await readFile(sys, `${file}/flags`);
			t.match(flags, /^0x[89]\n$/);
			const up = flags === '0x9\n';
			t.equal(await readFile(sys, `${file}/operstate`), up ? 'unknown\n' : 'down\n');
			if (up) t.equal(await readFile(sys, `${file}/carrier`), '1\n');
			else await t.rejects(readFile(sys, `${file}/carrier`), { code: 'EINVAL' });
		},
	},
	{
		title: 'speed_show, traffic_class_show: what lo does not know is EINVAL or ENOENT',
		file: `${NET}/lo`,
		async run(t, { sys, file }) {
			for (const name of ['speed', 'duplex']) {
				await t.rejects(readFile(sys, `${file}/${name}`), { code: 'EINVAL' }, name);
			}
			await t.rejects(readFile(sys, `${file}/queues/tx-0/traffic_class`), { code: 'ENOENT' });
			t.equal(await readFile(sys, `${file}/queues/tx-0/tx_timeout`), '0\n');
		},
	},
	{
		title: 'netdev_store: what is no number is EINVAL, what is too large ERANGE, and changes nothing',
		file: `${NET}/lo`,
		async run(t, { sys, file }) {
			for (const name of ['mtu', 'flags', 'tx_queue_len', 'netdev_group', 'gro_flush_timeout']) {
				const before = await readFile(sys, `${file}/${name}`);
				for (const [text, code] of [
					['x', 'EINVAL'],
					['-1', 'EINVAL'],
					['1 2', 'EINVAL'],
					['\n', 'EINVAL'],
					['18446744073709551616', 'ERANGE'],
				] as const) {
					await t.rejects(writeFile(sys, `${file}/${name}`, text), { code }, `${name}: ${JSON.stringify(text)}`);
				}
				t.equal(await readFile(sys, `${file}/${name}`), before, name);
			}
			await t.rejects(writeFile(sys, `${file}/tx_queue_len`, '4294967296'), { code: 'ERANGE' });
			await t.rejects(writeFile(sys, `${file}/napi_defer_hard_irqs`, '2147483648'), { code: 'ERANGE' });
			await t.rejects(writeFile(sys, `${file}/ifalias`, 'x'.repeat(256)), { code: 'EINVAL' });
			for (const name of ['carrier', 'proto_down', 'threaded']) {
				await t.rejects(writeFile(sys, `${file}/${name}`, '1'), { code: 'EOPNOTSUPP' }, name);
			}
			await t.rejects(writeFile(sys, `${file}/carrier`, 'x'), { code: 'EOPNOTSUPP' });
			await t.rejects(writeFile(sys, `${file}/proto_down`, 'x'), { code: 'EINVAL' });
			await t.rejects(sys.open(`${file}/address`, O_RDWR), { code: 'EACCES' });
		},
	},
];
