/** blk_sysfs.test - what a queue shows and takes; the tables are the answers of a real 6.12, of brd and of loop. */

import t from 'tap';
import { O_WRONLY } from '../../../src/uapi/fcntl.ts';
import { Booted } from '../fs/proc/booted.ts';

const RAM = '/sys/block/ram0/queue';
const SDA = '/sys/block/sda/queue';

const ram0 = {
	...{
		add_random: '0',
		atomic_write_boundary_bytes: '0',
		atomic_write_max_bytes: '0',
		atomic_write_unit_max_bytes: '0',
	},
	...{ atomic_write_unit_min_bytes: '0', chunk_sectors: '0', dax: '0', discard_granularity: '4096' },
	...{ discard_max_bytes: '2199023255040', discard_max_hw_bytes: '2199023255040', discard_zeroes_data: '0' },
	...{ dma_alignment: '511', fua: '0', hw_sector_size: '512', io_poll: '0', io_poll_delay: '-1', iostats: '0' },
	...{ logical_block_size: '512', max_discard_segments: '1', max_hw_sectors_kb: '127', max_integrity_segments: '0' },
	...{ max_sectors_kb: '127', max_segment_size: '65536', max_segments: '128', minimum_io_size: '4096', nomerges: '0' },
	...{ nr_zones: '0', optimal_io_size: '0', physical_block_size: '4096', read_ahead_kb: '128', rotational: '0' },
	...{ stable_writes: '0', virt_boundary_mask: '0', write_cache: 'write through', write_same_max_bytes: '0' },
	...{ write_zeroes_max_bytes: '0', zone_append_max_bytes: '0', zone_write_granularity: '0', zoned: 'none' },
};

const writable = [
	...['add_random', 'discard_max_bytes', 'io_poll', 'io_poll_delay', 'iostats', 'max_sectors_kb', 'nomerges'],
	...['read_ahead_kb', 'rotational', 'stable_writes', 'write_cache'],
];

t.test('queue: a disk without requests of its own', async t => {
	const booted = new Booted(t);
	t.same((await booted.names(RAM)).sort(), Object.keys(ram0).sort());
	for (const [name, value] of Object.entries(ram0)) {
		t.equal(await booted.read(`${RAM}/${name}`), `${value}\n`, name);
		const { mode } = await booted.task.stat(`${RAM}/${name}`);
		t.equal(mode & 0o777, writable.includes(name) ? 0o644 : 0o444, `mode of ${name}`);
	}
});

t.test('queue: a disk with requests has a scheduler, their number and their time', async t => {
	const booted = new Booted(t);
	const more = ['io_timeout', 'nr_requests', 'rq_affinity', 'scheduler'];
	t.same((await booted.names(SDA)).sort(), [...Object.keys(ram0), ...more].sort());
	t.equal(await booted.read(`${SDA}/scheduler`), 'none [mq-deadline] \n');
	t.equal(await booted.read(`${SDA}/max_sectors_kb`), '1280\n');
	t.equal(await booted.read(`${SDA}/max_hw_sectors_kb`), '32767\n');
	t.equal(await booted.read(`${SDA}/write_cache`), 'write back\n');
});

/** Writes one after the other: what, to which file, the errno or nothing, and what the file shows then. */
type Write = readonly [file: string, data: string, errno: string | undefined, shown: string];

const onRam: readonly Write[] = [
	['read_ahead_kb', '4294967296', 'EINVAL', '128'],
	['read_ahead_kb', 'abc', 'EINVAL', '128'],
	['read_ahead_kb', '-1', 'EINVAL', '128'],
	['read_ahead_kb', '7\n', undefined, '4'],
	['read_ahead_kb', '3', undefined, '0'],
	['nomerges', '3', undefined, '1'],
	['nomerges', '2', undefined, '2'],
	['nomerges', '0', undefined, '0'],
	['max_sectors_kb', '7', undefined, '7'],
	['max_sectors_kb', '3', 'EINVAL', '7'],
	['max_sectors_kb', '4096', undefined, '127'],
	['max_sectors_kb', '64', undefined, '64'],
	['max_sectors_kb', '0', undefined, '127'],
	['rotational', '3', undefined, '1'],
	['rotational', 'none', 'EINVAL', '1'],
	['iostats', '1', undefined, '1'],
	['add_random', '7', undefined, '1'],
	['stable_writes', '7', undefined, '1'],
	['write_cache', 'write back', undefined, 'write through'],
	['write_cache', 'none', undefined, 'write through'],
	['write_cache', 'bogus', 'EINVAL', 'write through'],
	['io_poll', '1', 'EINVAL', '0'],
	['io_poll_delay', 'bogus', undefined, '-1'],
	['discard_max_bytes', '7', 'EINVAL', '2199023255040'],
	['discard_max_bytes', '8192', undefined, '8192'],
	['discard_max_bytes', '0', undefined, '0'],
];

const onSda: readonly Write[] = [
	['nr_requests', '4294967296', 'EINVAL', '128'],
	['nr_requests', '300', 'EINVAL', '128'],
	['nr_requests', '3', undefined, '4'],
	['nr_requests', '256', undefined, '256'],
	['scheduler', 'bogus', 'EINVAL', 'none [mq-deadline] '],
	['scheduler', '', undefined, 'none [mq-deadline] '],
	['scheduler', 'none\n', undefined, '[none] mq-deadline '],
	['nr_requests', '65', 'EINVAL', '64'],
	['scheduler', 'mq-deadline', undefined, 'none [mq-deadline] '],
	['nr_requests', '128', undefined, '128'],
	['rq_affinity', '2', undefined, '2'],
	['rq_affinity', '3', undefined, '2'],
	['rq_affinity', 'x', 'EINVAL', '2'],
	['io_timeout', '0', 'EINVAL', '30000'],
	['io_timeout', '4294967296', 'EINVAL', '30000'],
	['io_timeout', '1000', undefined, '1000'],
	['write_cache', 'write through', undefined, 'write through'],
	['write_cache', 'write back', undefined, 'write back'],
	['discard_max_bytes', '4096', 'EINVAL', '0'],
];

for (const [dir, writes] of [
	[RAM, onRam],
	[SDA, onSda],
] as const) {
	t.test(`${dir}: what may be set, and what it becomes`, async t => {
		const booted = new Booted(t);
		for (const [name, data, errno, shown] of writes) {
			const fd = await booted.task.open(`${dir}/${name}`, O_WRONLY);
			const title = `${name} <- ${JSON.stringify(data)}`;
			if (errno === undefined) t.equal(await booted.task.write(fd, data), data.length, title);
			else t.throws(() => booted.task.write(fd, data), { code: errno }, title);
			await booted.task.close(fd);
			t.equal(await booted.read(`${dir}/${name}`), `${shown}\n`, `${title}: what it shows`);
		}
	});
}
