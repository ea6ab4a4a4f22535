/**
 * uevent - events about objects on netlink: their order, their form, and those that programs ask for (lib/kobject_uevent.c).
 */

import type { Test } from 'tap';
import type { Contract, Machine } from '../runner/contract.ts';
import { NOBODY, type Sys } from '../runner/sys.ts';
import { readFile, text, writeFile } from './files.ts';
import {
	ADD_MEMBERSHIP,
	AF_NETLINK,
	bound,
	MSG_DONTWAIT,
	parsed,
	receiveOne,
	SOCK_RAW,
	SOL_NETLINK,
	SOL_SOCKET,
	u32,
} from './netlink_bytes.ts';

const UEVENT = 15;
const GROUP = 1;
const SO_PASSCRED = 16;
const DEVICE = '/devices/contract_dev0';

/** What is heard: each event as its strings. */
async function heard(sys: Sys, fd: number): Promise<string[][]> {
	const events: string[][] = [];
	for (;;) {
		const bytes = await receiveOne(sys, fd, 4096);
		if (bytes === undefined) return events;
		events.push(text(bytes).split('\0').slice(0, -1));
	}
}

const numberOf = (event: readonly string[]) => Number(event.at(-1)!.replace('SEQNUM=', ''));

/** An event without its number, in one line. */
const line = (event: readonly string[]) => event.slice(0, -1).join(' ');

/** Listens while `body` does something, and gives the events about what `about` says. */
async function during({ sys }: Machine, about: RegExp, body: () => Promise<unknown>): Promise<string[][]> {
	const { fd } = await bound(sys, UEVENT, 1 << (GROUP - 1));
	await body();
	const events = await heard(sys, fd);
	await sys.close(fd);
	return events.filter(([first]) => about.test(first!));
}

/** A contract on the test module, loaded. */
function on(title: string, run: (t: Test, machine: Machine) => Promise<void>): Contract {
	return { title, needs: ['sockets'], modules: ['contract_device'], run };
}

export const uevent: readonly Contract[] = [
	{
		title: 'kobject_uevent: a module that comes and goes, and its objects, in the order of what happens to them',
		needs: ['sockets', 'insmod'],
		async run(t, machine) {
			const { insmod, rmmod } = machine;
			const about = /contract/;
			const came = await during(machine, about, () => insmod('contract_device'));
			const module = 'DEVPATH=/module/contract_device SUBSYSTEM=module';
			const dev = (name: string) => `DEVPATH=/devices/${name} SUBSYSTEM=contract_bus`;
			const obj = 'DEVPATH=/devices/virtual/contract_class/contract_obj SUBSYSTEM=contract_class';
			const objVars = 'MAJOR=240 MINOR=5 DEVNAME=contract_obj CONTRACT=kept';
			t.same(came.map(line), [
				'add@/bus/contract_bus ACTION=add DEVPATH=/bus/contract_bus SUBSYSTEM=bus',
				`add@/devices/contract_dev0 ACTION=add ${dev('contract_dev0')}`,
				`add@/devices/contract_dev1 ACTION=add ${dev('contract_dev1')}`,
				`bind@/devices/contract_dev0 ACTION=bind ${dev('contract_dev0')} DRIVER=contract_driver`,
				'add@/bus/contract_bus/drivers/contract_driver ACTION=add ' +
					'DEVPATH=/bus/contract_bus/drivers/contract_driver SUBSYSTEM=drivers',
				'add@/class/contract_class ACTION=add DEVPATH=/class/contract_class SUBSYSTEM=class',
				`add@/devices/virtual/contract_class/contract_obj ACTION=add ${obj} ${objVars}`,
				`add@/module/contract_device ACTION=add ${module}`,
			]);
			const went = await during(machine, about, () => rmmod('contract_device'));
			t.same(went.map(line), [
				`remove@/devices/virtual/contract_class/contract_obj ACTION=remove ${obj} ${objVars}`,
				'remove@/class/contract_class ACTION=remove DEVPATH=/class/contract_class SUBSYSTEM=class',
				`unbind@/devices/contract_dev0 ACTION=unbind ${dev('contract_dev0')}`,
				'remove@/bus/contract_bus/drivers/contract_driver ACTION=remove ' +
					'DEVPATH=/bus/contract_bus/drivers/contract_driver SUBSYSTEM=drivers',
				`remove@/devices/contract_dev1 ACTION=remove ${dev('contract_dev1')}`,
				`remove@/devices/contract_dev0 ACTION=remove ${dev('contract_dev0')}`,
				'remove@/bus/contract_bus ACTION=remove DEVPATH=/bus/contract_bus SUBSYSTEM=bus',
				`remove@/module/contract_device ACTION=remove ${module}`,
			]);
		},
	},
	on(
		'kobject_uevent_net_broadcast: each event has the next number, the last of which is in a file',
		async (t, machine) => {
			const { sys, root } = machine;
			const file = `${root}/sys/kernel/uevent_seqnum`;
			const before = Number(await readFile(sys, file));
			const events = await during(machine, /./, async () => {
				for (const action of ['change', 'online', 'move']) await writeFile(sys, `${root}/sys${DEVICE}/uevent`, action);
			});
			t.same(events.map(numberOf), [before + 1, before + 2, before + 3]);
			t.equal(await readFile(sys, file), `${before + 3}\n`);
		},
	),
	on(
		'uevent_net_broadcast: it comes from port 0 and root, to group 1, which everybody may join',
		async (t, { sys, root }) => {
			const nobody = await sys.fork(NOBODY);
			const fd = await nobody.socket(AF_NETLINK, SOCK_RAW, UEVENT);
			await nobody.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, u32(1));
			await nobody.bind(fd, new Uint8Array([AF_NETLINK, 0, 0, 0, 0, 0, 0, 0, GROUP, 0, 0, 0]));
			await writeFile(sys, `${root}/sys${DEVICE}/uevent`, 'change');
			const { bytes, name, control } = await nobody.recvmsg(fd, 4096, MSG_DONTWAIT);
			t.same(parsed(name), { family: AF_NETLINK, pid: 0, groups: 1 });
			t.same(control, [{ level: SOL_SOCKET, type: 2, data: new Uint8Array(12) }]);
			t.equal(bytes.at(-1), 0, 'every string is ended by a NUL');
			await t.rejects(nobody.setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, u32(0)), { code: 'EINVAL' });
		},
	),
	on(
		'kobject_synth_uevent: an action, a UUID and arguments become variables before those of the object',
		async (t, machine) => {
			const { sys, root } = machine;
			const uuid = 'fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed';
			const cases: readonly (readonly [written: string, variables: string])[] = [
				['change', 'SYNTH_UUID=0'],
				['change\n', 'SYNTH_UUID=0'],
				[`change ${uuid}`, `SYNTH_UUID=${uuid}`],
				[`change ${uuid.toUpperCase()}\n`, `SYNTH_UUID=${uuid.toUpperCase()}`],
				[`change ${uuid} A=1 B=abc`, `SYNTH_UUID=${uuid} SYNTH_ARG_A=1 SYNTH_ARG_B=abc`],
			];
			const written = async () => {
				for (const [what] of cases) await writeFile(sys, `${root}/sys${DEVICE}/uevent`, what);
			};
			const events = await during(machine, /contract_dev0/, written);
			t.same(
				events.map(line),
				cases.map(
					([, variables]) =>
						`change@${DEVICE} ACTION=change DEVPATH=${DEVICE} SUBSYSTEM=contract_bus ${variables} DRIVER=contract_driver`,
				),
			);
		},
	),
	on(
		'kobject_synth_uevent: every action can be asked for, and what is none is EINVAL and no event',
		async (t, machine) => {
			const { sys, root } = machine;
			const file = `${root}/sys${DEVICE}/uevent`;
			const actions = ['add', 'remove', 'change', 'move', 'online', 'offline', 'bind', 'unbind'];
			const uuid = 'fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed';
			const wrong = [
				...['Change', 'chang', 'changes', ' change', 'change\n\n', '\n', 'x'.repeat(300)],
				...[
					`change ${uuid.slice(0, -1)}`,
					`change ${uuid}0`,
					`change  ${uuid}`,
					`change ${uuid} A`,
					`change ${uuid} A=`,
				],
				...[`change ${uuid} =1`, `change ${uuid} A_B=1`, `change ${uuid} A=1-2`, `change ${uuid}  A=1`, 'change A=1'],
			];
			const events = await during(machine, /contract_dev0/, async () => {
				for (const action of actions) t.equal(await writeFile(sys, file, action), action.length);
				for (const text of wrong) await t.rejects(writeFile(sys, file, text), { code: 'EINVAL' }, JSON.stringify(text));
			});
			t.same(
				events.map(([first]) => first),
				actions.map(action => `${action}@${DEVICE}`),
			);
		},
	),
	on('bind_store: a device that is released and bound again is told of, and by which driver', async (t, machine) => {
		const { sys, root } = machine;
		const driver = `${root}/sys/bus/contract_bus/drivers/contract_driver`;
		const events = await during(machine, /contract_dev0/, async () => {
			await writeFile(sys, `${driver}/unbind`, 'contract_dev0');
			await writeFile(sys, `${driver}/bind`, 'contract_dev0');
		});
		const dev = `DEVPATH=${DEVICE} SUBSYSTEM=contract_bus`;
		t.same(events.map(line), [
			`unbind@${DEVICE} ACTION=unbind ${dev}`,
			`bind@${DEVICE} ACTION=bind ${dev} DRIVER=contract_driver`,
		]);
	}),
];
