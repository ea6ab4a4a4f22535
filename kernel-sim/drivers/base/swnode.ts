/**
 * swnode - software nodes: what a driver has to know of a device, said by software instead of by firmware.
 *
 * Simulates drivers/base/swnode.c.
 *
 *     /sys/kernel/software_nodes/node0                 a node; it has the lowest number that none beside it has
 *     /sys/kernel/software_nodes/node0/node0           one below it
 *     /sys/kernel/software_nodes/node0/gpio-sim.0      the device that it tells of, which has a link `software_node` back
 */

import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { sysfsCreateLink } from '../../fs/sysfs/symlink.ts';
import type { Sysfs } from '../../fs/sysfs/sysfs.ts';
import { Kobject, type KobjType, type Kset, ksetCreateAndAdd } from '../../lib/kobject.ts';
import { type Device, removeLinkTo } from './core.ts';

/** What a node says, by name (struct property_entry). */
export type Properties = Readonly<Record<string, number | string>>;

const softwareNodeType: KobjType<SoftwareNode> = { release: node => node.forget() };

/** A node (struct swnode). */
export class SoftwareNode extends Kobject {
	readonly properties: Properties;
	/** Those below it, in the order in which they were made. */
	readonly children = new Set<SoftwareNode>();
	readonly #id: number;
	readonly #siblings: Set<SoftwareNode>;

	/** It joins its siblings, which are those below the same node. */
	constructor(properties: Properties, siblings: Set<SoftwareNode>) {
		super(softwareNodeType as KobjType);
		const taken = new Set([...siblings].map(sibling => sibling.#id));
		let id = 0;
		while (taken.has(id)) id += 1;
		this.#id = id;
		this.properties = properties;
		this.#siblings = siblings;
		this.name = `node${id}`;
		siblings.add(this);
	}

	/** A number that it says (fwnode_property_read_u32). EINVAL where it does not, or says something else. */
	readU32(name: string): number {
		const value = this.properties[name];
		if (typeof value !== 'number') throw new Errno('EINVAL', `${this.name} says no number ${name}`);
		return value;
	}

	/** A text that it says; undefined where it does not (fwnode_property_read_string). */
	readString(name: string): string | undefined {
		const value = this.properties[name];
		return typeof value === 'string' ? value : undefined;
	}

	/** For its type: nobody refers to it any more. */
	forget(): void {
		this.#siblings.delete(this);
	}
}

/** The nodes of one kernel. */
export class SoftwareNodes {
	readonly #kset: Kset;
	readonly #top = new Set<SoftwareNode>();

	constructor(sysfs: Sysfs) {
		this.#kset = ksetCreateAndAdd('software_nodes', sysfs.kernel);
	}

	/** Makes a node, below another or at the top, and sends "add" (fwnode_create_software_node). ENOENT where that is gone. */
	create(properties: Properties = {}, above?: SoftwareNode): SoftwareNode {
		const node = new SoftwareNode(properties, above?.children ?? this.#top);
		node.kset = this.#kset;
		try {
			node.add(above);
		} catch (error) {
			node.put();
			throw error;
		}
		node.uevent('add');
		return node;
	}

	/** Lets go of a node, which is gone when no device has it any more (fwnode_remove_software_node). */
	remove(node: SoftwareNode): Awaitable<void> {
		return node.put();
	}
}

/** Links a device that is new with its node (software_node_notify). */
export function softwareNodeNotify(dev: Device): void {
	const { fwnode } = dev;
	if (fwnode === undefined) return;
	sysfsCreateLink(dev, fwnode, 'software_node');
	sysfsCreateLink(fwnode.get(), dev, dev.name);
}

/** Takes the link from the node away, before the device goes with the other (software_node_notify_remove). */
export function softwareNodeNotifyRemove({ fwnode, name, kn }: Device): void {
	if (fwnode === undefined) return;
	removeLinkTo(fwnode.kn, name, kn);
	void fwnode.put();
}
