/**
 * contract_device - a bus with two devices and a driver, and a class with one. The likeness of test/oracle/contract_device.c.
 *
 * The driver takes `contract_dev0`; of `contract_dev1` it says that there is no such device or address.
 */

import { type AttributeGroup, Device, defineModule, Errno, MKDEV } from 'ring3/kernel';

const show = (text: string) => ({ mode: 0o444, show: () => `${text}\n` });

const driverGroups: readonly AttributeGroup[] = [{ attrs: { of_driver: show('driver') } }];
const bound: readonly AttributeGroup<Device>[] = [{ attrs: { of_bound: show('bound') } }];
const own: readonly AttributeGroup<never>[] = [{ name: 'group', attrs: { of_device: show('device') } }];

export default defineModule({
	name: 'contract_device',
	license: 'GPL',
	description: 'A bus, a driver, a class and devices',

	async init({ bus, class: classes, device }) {
		const contractBus = bus.register({ name: 'contract_bus', busGroups: [{ attrs: { of_bus: show('bus') } }] });
		for (const name of ['contract_dev0', 'contract_dev1']) {
			await device.register(new Device(name, { bus: contractBus, groups: own }));
		}
		await bus.addDriver(contractBus, {
			name: 'contract_driver',
			groups: driverGroups,
			devGroups: bound,
			probe({ name }) {
				if (name !== 'contract_dev0') throw new Errno('ENXIO');
			},
		});
		const contractClass = classes.register({
			name: 'contract_class',
			devGroups: [{ attrs: { of_class: show('class') } }],
			devUevent: (_dev, env) => env.add('CONTRACT=kept'),
		});
		await device.create(contractClass, 'contract_obj', { devt: MKDEV(240, 5) });
	},
});
