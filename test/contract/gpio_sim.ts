/**
 * gpio_sim - simulated GPIO chips: configured in configfs, live in sysfs.
 *
 * Documentation/admin-guide/gpio/gpio-sim.rst. The like of drivers/gpio/gpio-sim.c comes with ring3 under the same name.
 */

import type { Contract, Machine } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readDir, readFile, writeFile } from './files.ts';

const ROOT = '/sys/kernel/config/gpio-sim';

type Test = Parameters<Contract['run']>[0];

/** A device `dev` with a bank, in configfs. */
class Simulation {
	readonly machine: Machine;
	/** Its directory in configfs. */
	readonly dir: string;
	readonly #made: string[] = [];

	constructor(machine: Machine) {
		this.machine = machine;
		this.dir = `${machine.file}/dev`;
	}

	async mkdir(...names: string[]): Promise<void> {
		for (const name of names) {
			await this.machine.sys.mkdir(`${this.dir}/${name}`, 0o755);
			this.#made.push(name);
		}
	}

	read(name: string): Promise<string> {
		return readFile(this.machine.sys, `${this.dir}/${name}`);
	}

	write(name: string, data: string): Promise<number> {
		return writeFile(this.machine.sys, `${this.dir}/${name}`, data);
	}

	names(name: string): Promise<string[]> {
		return entries(this.machine.sys, `${this.dir}/${name}`);
	}

	/** The directory of the device in sysfs. */
	async device(): Promise<string> {
		return `${this.machine.root}/sys/devices/platform/${(await this.read('dev_name')).trim()}`;
	}

	/** That of a chip of it. */
	async chip(bank: string): Promise<string> {
		return `${await this.device()}/${(await this.read(`${bank}/chip_name`)).trim()}`;
	}

	/** Removes what there is, live or not. */
	async end(): Promise<void> {
		if ((await this.read('live')) === '1\n') await this.write('live', '0');
		for (const name of [...this.#made].reverse()) {
			await this.machine.sys.rmdir(`${this.dir}/${name}`).catch((error: { code: string }) => {
				if (error.code !== 'ENOENT') throw error;
			});
		}
	}
}

const entries = async (sys: Sys, path: string): Promise<string[]> =>
	(await readDir(sys, path))
		.map(({ name }) => name)
		.filter(name => !name.startsWith('.'))
		.sort();

function onDevice(title: string, run: (t: Test, sim: Simulation) => Promise<void>): Contract {
	return {
		title,
		modules: ['gpio_sim'],
		file: ROOT,
		async run(t, machine) {
			const sim = new Simulation(machine);
			await sim.mkdir('');
			try {
				await run(t, sim);
			} finally {
				await sim.end();
			}
		},
	};
}

export const gpioSim: readonly Contract[] = [
	onDevice('gpio-sim: a device, its banks, lines and hogs are directories with these attributes', async (t, sim) => {
		t.same(await sim.names(''), ['dev_name', 'live']);
		t.match(await sim.read('dev_name'), /^gpio-sim\.\d+\n$/);
		t.equal(await sim.read('live'), '0\n');
		await sim.mkdir('bank', 'bank/line0', 'bank/line0/hog');
		t.same(await sim.names('bank'), ['chip_name', 'label', 'line0', 'num_lines']);
		t.equal(await sim.read('bank/chip_name'), 'none\n');
		t.equal(await sim.read('bank/label'), '\n');
		t.equal(await sim.read('bank/num_lines'), '1\n');
		t.same(await sim.names('bank/line0'), ['hog', 'name']);
		t.equal(await sim.read('bank/line0/name'), '\n');
		t.same(await sim.names('bank/line0/hog'), ['direction', 'name']);
		t.equal(await sim.read('bank/line0/hog/direction'), 'input\n');
		t.equal(await sim.read('bank/line0/hog/name'), '\n');
	}),
	onDevice(
		'gpio-sim: while it is live, a software node tells of the device, and one below it of each chip',
		async (t, sim) => {
			const { sys, root } = sim.machine;
			await sim.mkdir('one', 'two');
			await sim.write('two/label', 'second');
			await sim.write('live', '1');
			const node = await sys.readlink(`${await sim.device()}/software_node`);
			t.match(node, /^(\.\.\/)+kernel\/software_nodes\/node\d+$/);
			const dir = `${root}/sys/${node.replaceAll('../', '')}`;
			const name = (await sim.read('dev_name')).trim();
			t.same(await entries(sys, dir), [name, 'node0', 'node1']);
			t.equal(await sys.readlink(`${dir}/${name}`), `../../../devices/platform/${name}`);
			for (const [i, bank] of ['one', 'two'].entries()) {
				const chip = (await sim.read(`${bank}/chip_name`)).trim();
				t.same(await entries(sys, `${dir}/node${i}`), [chip]);
				const back = await sys.readlink(`${await sim.chip(bank)}/software_node`);
				t.equal(back.replaceAll('../', ''), `${node.replaceAll('../', '')}/node${i}`);
			}
			await sim.write('live', '0');
			await t.rejects(sys.stat(dir), { code: 'ENOENT' });
		},
	),
	onDevice('gpio-sim: lines are called by their number, and hogs `hog`', async (t, sim) => {
		const { sys } = sim.machine;
		await sim.mkdir('bank', 'bank/line0', 'bank/line01', 'bank/line 3', 'bank/line4294967296');
		for (const name of ['line', 'lineX', 'line1x', 'line-1', 'line+3', 'Line2', 'foo']) {
			await t.rejects(sys.mkdir(`${sim.dir}/bank/${name}`, 0o755), { code: 'EINVAL' }, name);
		}
		await t.rejects(sys.mkdir(`${sim.dir}/bank/line0/pig`, 0o755), { code: 'EINVAL' });
	}),
	onDevice('gpio-sim: what is written is taken without the white space around it, and checked', async (t, sim) => {
		await sim.mkdir('bank', 'bank/line0', 'bank/line0/hog');
		await sim.write('bank/label', ' my label \n');
		t.equal(await sim.read('bank/label'), 'my label\n');
		await sim.write('bank/line0/name', '\tfoo\n');
		t.equal(await sim.read('bank/line0/name'), 'foo\n');
		await sim.write('bank/num_lines', '0x10\n');
		t.equal(await sim.read('bank/num_lines'), '16\n');
		for (const [data, code] of [
			['0', 'EINVAL'],
			['-1', 'EINVAL'],
			['abc', 'EINVAL'],
			['4294967296', 'ERANGE'],
		] as const) {
			await t.rejects(sim.write('bank/num_lines', data), { code }, data);
		}
		t.equal(await sim.read('bank/num_lines'), '16\n');
		for (const direction of ['output-high', 'output-low\n', 'input']) {
			await sim.write('bank/line0/hog/direction', direction);
			t.equal(await sim.read('bank/line0/hog/direction'), `${direction.trim()}\n`);
		}
		for (const direction of ['nonsense', 'input\n\n', 'INPUT', 'input ']) {
			await t.rejects(sim.write('bank/line0/hog/direction', direction), { code: 'EINVAL' });
		}
	}),
	onDevice('gpio-sim: live makes the chips, and what they are called is in chip_name', async (t, sim) => {
		const { sys } = sim.machine;
		await sim.mkdir('one', 'two');
		await sim.write('one/num_lines', '3');
		await sim.write('live', '1');
		t.equal(await sim.read('live'), '1\n');
		t.match(await sim.read('one/chip_name'), /^gpiochip\d+\n$/);
		t.not(await sim.read('one/chip_name'), await sim.read('two/chip_name'));
		const chip = await sim.chip('one');
		for (const line of [0, 1, 2]) {
			t.equal(await readFile(sys, `${chip}/sim_gpio${line}/value`), '0\n');
			t.equal(await readFile(sys, `${chip}/sim_gpio${line}/pull`), 'pull-down\n');
		}
		await t.rejects(sys.stat(`${chip}/sim_gpio3`), { code: 'ENOENT' });
		t.match(await sys.readlink(`${await sim.device()}/driver`), /\/bus\/platform\/drivers\/gpio-sim$/);
		t.match(await sys.readlink(`${chip}/subsystem`), /\/bus\/gpio$/);
		await sim.write('live', '0');
		t.equal(await sim.read('one/chip_name'), 'none\n');
		await t.rejects(sys.stat(await sim.device()), { code: 'ENOENT' });
	}),
	onDevice('gpio-sim: a pull is the value of a line that nobody drives', async (t, sim) => {
		const { sys } = sim.machine;
		await sim.mkdir('bank');
		await sim.write('live', '1');
		const line = `${await sim.chip('bank')}/sim_gpio0`;
		await writeFile(sys, `${line}/pull`, 'pull-up\n');
		t.equal(await readFile(sys, `${line}/pull`), 'pull-up\n');
		t.equal(await readFile(sys, `${line}/value`), '1\n');
		await writeFile(sys, `${line}/pull`, 'pull-down');
		t.equal(await readFile(sys, `${line}/value`), '0\n');
		for (const pull of ['up', 'pull-up ', 'PULL-UP', '1']) {
			await t.rejects(writeFile(sys, `${line}/pull`, pull), { code: 'EINVAL' }, pull);
		}
		await t.rejects(writeFile(sys, `${line}/value`, '1'), { code: 'EPERM' });
	}),
	onDevice('gpio-sim: a hog drives its line, whatever the pull is', async (t, sim) => {
		const { sys } = sim.machine;
		await sim.mkdir(
			'bank',
			'bank/line1',
			'bank/line1/hog',
			'bank/line2',
			'bank/line2/hog',
			'bank/line9',
			'bank/line9/hog',
		);
		await sim.write('bank/num_lines', '4');
		await sim.write('bank/line1/hog/direction', 'output-high');
		await sim.write('bank/line1/hog/name', 'lamp');
		await sim.write('bank/line2/hog/direction', 'output-low');
		await sim.write('live', '1');
		const chip = await sim.chip('bank');
		const values = await Promise.all([0, 1, 2, 3].map(line => readFile(sys, `${chip}/sim_gpio${line}/value`)));
		t.same(values, ['0\n', '1\n', '0\n', '0\n']);
		await writeFile(sys, `${chip}/sim_gpio2/pull`, 'pull-up');
		t.equal(await readFile(sys, `${chip}/sim_gpio2/pull`), 'pull-up\n');
		t.equal(await readFile(sys, `${chip}/sim_gpio2/value`), '0\n');
		const shown = await readFile(sys, `${sim.machine.root}/sys/kernel/debug/gpio`);
		t.match(shown, / gpio-\d+ \(lamp\) output-high,pull-down\n gpio-\d+ \(\?\) output-low,pull-up\n/);
	}),
	onDevice('gpio-sim: while a device is live, what it is made of is EBUSY', async (t, sim) => {
		const { sys } = sim.machine;
		await sim.mkdir('bank', 'bank/line0', 'bank/line1', 'bank/line1/hog', 'empty');
		await sim.write('bank/num_lines', '2');
		await sim.write('live', '1');
		const busy = { code: 'EBUSY' };
		await t.rejects(sys.rmdir(`${sim.dir}/bank/line0`), busy);
		await t.rejects(sys.rmdir(`${sim.dir}/bank/line1/hog`), busy);
		await t.rejects(sys.rmdir(`${sim.dir}/bank/line1`), { code: 'ENOTEMPTY' });
		await t.rejects(sys.rmdir(`${sim.dir}/bank`), { code: 'ENOTEMPTY' });
		await t.rejects(sys.mkdir(`${sim.dir}/more`, 0o755), busy);
		await t.rejects(sys.mkdir(`${sim.dir}/bank/line7`, 0o755), busy);
		for (const [name, data] of [
			['bank/num_lines', '3'],
			['bank/label', 'x'],
			['bank/line0/name', 'x'],
			['bank/line1/hog/name', 'x'],
			['bank/line1/hog/direction', 'bad'],
		] as const) {
			await t.rejects(sim.write(name, data), busy, name);
		}
		await t.rejects(sim.write('bank/num_lines', '0'), { code: 'EINVAL' });
		await sys.rmdir(`${sim.dir}/empty`);
		await sim.write('live', '0');
		await sys.rmdir(`${sim.dir}/bank/line0`);
	}),
	onDevice('gpio-sim: what cannot become live is refused, and nothing is left of it', async (t, sim) => {
		const { sys } = sim.machine;
		await t.rejects(sim.write('live', '0'), { code: 'EPERM' });
		await t.rejects(sim.write('live', 'x'), { code: 'EINVAL' });
		await t.rejects(sim.write('live', '1'), { code: 'ENODATA' });
		await sim.mkdir('one', 'two', 'one/line0');
		for (const bank of ['one', 'two']) await sim.write(`${bank}/label`, 'same');
		await t.rejects(sim.write('live', '1'), { code: 'EINVAL' });
		await sim.write('two/label', 'other');
		await sim.write('two/num_lines', '1025');
		await t.rejects(sim.write('live', '1'), { code: 'ENXIO' });
		await t.rejects(sys.stat(await sim.device()), { code: 'ENOENT' });
		t.equal(await sim.read('live'), '0\n');
		await sim.write('two/num_lines', '1024');
		await sim.write('live', '1');
		await t.rejects(sim.write('live', '1'), { code: 'EPERM' });
		t.ok(await sys.stat(`${await sim.chip('two')}/sim_gpio1023/value`));
		await sim.write('live', '0');
		await sys.rmdir(`${sim.dir}/one/line0`);
	}),
	onDevice('gpio-sim: a device that is removed takes its chips along', async (t, sim) => {
		const { sys, file } = sim.machine;
		await sim.mkdir('bank');
		await sim.write('live', '1');
		const device = await sim.device();
		t.ok(await sys.stat(device));
		await sys.rmdir(`${sim.dir}/bank`);
		t.ok(await sys.stat(device));
		await sys.rmdir(`${file}/dev`);
		await sys.mkdir(`${file}/dev`, 0o755);
		await sim.mkdir('bank');
		// A host hears of what else an rmdir has removed soon, and of all that there was before a write returns.
		await sim.write('bank/num_lines', '2');
		await t.rejects(sys.stat(device), { code: 'ENOENT' });
	}),
	onDevice('gpio-sim: a device has the lowest number that is free', async (t, sim) => {
		const { sys, file } = sim.machine;
		const nameOf = (name: string) => readFile(sys, `${file}/${name}/dev_name`);
		for (const name of ['a', 'b']) await sys.mkdir(`${file}/${name}`, 0o755);
		const [a, b] = [await nameOf('a'), await nameOf('b')];
		t.not(a, b);
		await sys.rmdir(`${file}/a`);
		await sys.mkdir(`${file}/c`, 0o755);
		t.equal(await nameOf('c'), a);
		for (const name of ['b', 'c']) await sys.rmdir(`${file}/${name}`);
	}),
	onDevice('gpio-sim: unbound from its driver it has no chips, and is live all the same', async (t, sim) => {
		const { sys, root } = sim.machine;
		await sim.mkdir('bank');
		await sim.write('live', '1');
		const name = (await sim.read('dev_name')).trim();
		await writeFile(sys, `${root}/sys/bus/platform/drivers/gpio-sim/unbind`, name);
		t.equal(await sim.read('bank/chip_name'), '');
		t.equal(await sim.read('live'), '1\n');
		await writeFile(sys, `${root}/sys/bus/platform/drivers/gpio-sim/bind`, name);
		t.match(await sim.read('bank/chip_name'), /^gpiochip\d+\n$/);
	}),
];
