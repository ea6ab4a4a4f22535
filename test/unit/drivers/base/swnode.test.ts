/** swnode - kernel-sim/drivers/base/swnode.ts: nodes, their numbers, and the devices they tell of. */

import t, { type Test } from 'tap';
import { Device } from '../../../../kernel-sim/drivers/base/core.ts';
import { Booted } from '../../fs/proc/booted.ts';

class Machine extends Booted {
	readonly events: string[] = [];

	constructor(t: Test) {
		super(t);
		t.teardown(this.kernel.uevents.listen(({ action, devpath }) => void this.events.push(`${action}@${devpath}`)));
	}

	get nodes() {
		return this.kernel.driverCore.softwareNodes;
	}

	async sorted(path: string): Promise<string[]> {
		return (await this.names(path)).sort();
	}
}

const TOP = '/sys/kernel/software_nodes';

t.test('fwnode_create_software_node: the lowest number that none beside it has', async t => {
	const machine = new Machine(t);
	const { nodes } = machine;
	const [a, b] = [nodes.create(), nodes.create()];
	const below = nodes.create({}, b);
	t.same([a.name, b.name, below.name], ['node0', 'node1', 'node0']);
	t.same(await machine.sorted(TOP), ['node0', 'node1']);
	await nodes.remove(a);
	t.equal(nodes.create().name, 'node0');
	t.same([...b.children], [below]);
	await nodes.remove(below);
	t.equal(b.children.size, 0);
	t.same(machine.events, [
		'add@/kernel/software_nodes/node0',
		'add@/kernel/software_nodes/node1',
		'add@/kernel/software_nodes/node1/node0',
		'remove@/kernel/software_nodes/node0',
		'add@/kernel/software_nodes/node0',
		'remove@/kernel/software_nodes/node1/node0',
	]);
});

t.test('fwnode_create_software_node: below one that is gone there is nothing', async t => {
	const { nodes } = new Machine(t);
	const gone = nodes.create();
	await nodes.remove(gone);
	t.throws(() => nodes.create({}, gone), { code: 'ENOENT' });
	t.equal(gone.children.size, 0);
	t.equal(nodes.create().name, 'node0');
});

t.test(
	'software_node_notify: a node and its device lead to each other, and it stays as long as the device',
	async t => {
		const machine = new Machine(t);
		const { nodes, kernel, task } = machine;
		const node = nodes.create({ lines: 4, label: 'gate' });
		const dev = new Device('gate', { fwnode: node });
		await kernel.driverCore.add(dev);
		t.equal(await task.readlink('/sys/devices/gate/software_node'), '../../kernel/software_nodes/node0');
		t.equal(await task.readlink(`${TOP}/node0/gate`), '../../../devices/gate');
		await nodes.remove(node);
		t.same(await machine.sorted(TOP), ['node0'], 'the device has it');
		await kernel.driverCore.unregister(dev);
		t.same(await machine.sorted(TOP), []);
		t.equal(node.refcount, 0);
	},
);

t.test('software_node_notify: a device that could not be added leaves nothing', async t => {
	const machine = new Machine(t);
	const { nodes, kernel } = machine;
	const node = nodes.create();
	await kernel.driverCore.add(new Device('taken'));
	t.throws(() => kernel.driverCore.add(new Device('taken', { fwnode: node })), { code: 'EEXIST' });
	const mode = 0o444;
	const groups = [{ attrs: { twice: { mode } } }, { attrs: { twice: { mode } } }];
	t.throws(() => kernel.driverCore.add(new Device('broken', { fwnode: node, groups })), { code: 'EEXIST' });
	t.equal(node.refcount, 1);
	t.same(await machine.names(`${TOP}/node0`), []);
});

t.test('fwnode_property_read: a number, a text, or neither', async t => {
	const node = new Machine(t).nodes.create({ lines: 4, label: 'gate' });
	t.equal(node.readU32('lines'), 4);
	t.equal(node.readString('label'), 'gate');
	t.equal(node.readString('lines'), undefined);
	t.equal(node.readString('nothing'), undefined);
	for (const name of ['label', 'nothing']) t.throws(() => node.readU32(name), { code: 'EINVAL' });
});
