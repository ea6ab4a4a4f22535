/**
 * item - what a module puts into configfs: items, groups of items, and the tables that say what they can do.
 *
 * Simulates fs/configfs/item.c and include/linux/configfs.h.
 *
 *     ConfigItem            a directory with attributes, made by mkdir(2)
 *       ConfigGroup         one in which more can be made, and which may be born with groups in it
 *         ConfigfsSubsystem the group that a module registers
 *
 * An item lives from the make operation that made it until its last reference is given back, which as a rule is at its rmdir(2):
 * then its type's `release` runs. What is common to the items of a kind is in a table, a ConfigItemType. Operations that a
 * program's call waits for are told who calls, so that they can be interrupted while they sleep.
 */

import type { Context } from '../../../src/boundary/vfs.ts';
import { type Awaitable, isPromise } from '../../../src/lib/awaitable.ts';
import type { Module } from '../../kernel/module.ts';
import { Mutex } from '../../kernel/mutex.ts';
import type { ConfigfsDirent } from './dirent.ts';

/** What a store operation gives back: nothing, or the number of bytes that it took. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is the result of a function that need not return anything
export type Stored = void | number;

/** A file of one value (struct configfs_attribute). `I` is the class of the items that have it. */
export interface ConfigfsAttribute<I extends ConfigItem = ConfigItem> {
	/** Permission bits. Absent: 0444 if it can be shown, 0200 if it can be stored, 0644 for both (CONFIGFS_ATTR). */
	readonly mode?: number;
	/** The text of the file, at most 4096 bytes of it: more is EIO. Called once per open file. Absent: EACCES at open. */
	show?(item: I, ctx: Context): Awaitable<string | Uint8Array>;
	/**
	 * Takes what one write(2) has brought, at most 4095 bytes: as text up to a NUL, and as bytes. A number is what write(2)
	 * returns; without one, everything was taken. Absent: EACCES at open.
	 */
	store?(item: I, page: string, bytes: Uint8Array, ctx: Context): Awaitable<Stored>;
}

/** A file of bytes that is read and written as a whole (struct configfs_bin_attribute). */
export interface ConfigfsBinAttribute<I extends ConfigItem = ConfigItem> {
	/** Permission bits. Absent: as for a `ConfigfsAttribute`. */
	readonly mode?: number;
	/** Most bytes that may be read or written: EFBIG. Absent: any number. */
	readonly maxSize?: number;
	/** All that the file holds. Called once per open file. Absent: EACCES at open. */
	read?(item: I, ctx: Context): Awaitable<Uint8Array>;
	/** Takes all that was written, when the file is closed; it can refuse nothing any more. Absent: EACCES at open. */
	write?(item: I, data: Uint8Array): Awaitable<void>;
}

/** What the items of one kind can do (struct config_item_type with its item and group operations). */
export interface ConfigItemType<I extends ConfigItem = ConfigItem> {
	/** Files of text by name. */
	readonly attrs?: Readonly<Record<string, ConfigfsAttribute<I>>>;
	/** Files of bytes by name. */
	readonly binAttrs?: Readonly<Record<string, ConfigfsBinAttribute<I>>>;

	/** Called when the last reference is gone; `put` settles as it does. It cannot refuse. Absent: nothing to do. */
	release?(item: I): Awaitable<void>;
	/** Says whether a symbolic link to `target` may be made in the item; refuses by throwing. Absent: EPERM. */
	allowLink?(item: I, target: ConfigItem, ctx: Context): Awaitable<void>;
	/** Says that a link is gone. It cannot refuse. Absent: nothing to do. */
	dropLink?(item: I, target: ConfigItem): Awaitable<void>;

	/**
	 * Makes the item that mkdir(2) in the group asks for; refuses by throwing. Nothing made is ENOMEM. May sleep, and no other
	 * mkdir or rmdir of the subsystem goes on meanwhile. Absent, and no `makeGroup` either: EPERM.
	 */
	makeItem?(group: I, name: string, ctx: Context): Awaitable<ConfigItem | undefined>;
	/** The same for an item that is a group. Where there are both, this one is called. */
	makeGroup?(group: I, name: string, ctx: Context): Awaitable<ConfigGroup | undefined>;
	/** Called when an item of the group goes, before it is taken out of its place. It cannot refuse. Absent: nothing to do. */
	disconnectNotify?(group: I, item: ConfigItem): Awaitable<void>;
	/**
	 * Called when an item of the group has gone, and gives back the reference that making it was. It cannot refuse.
	 * Absent: `item.put()`.
	 */
	dropItem?(group: I, item: ConfigItem): Awaitable<void>;
	/** Says whether an item has an attribute, when it comes into being. Absent: it has all. */
	isVisible?(item: I, attr: ConfigfsAttribute<I>, name: string): boolean;
	/** The same of a binary one. */
	isBinVisible?(item: I, attr: ConfigfsBinAttribute<I>, name: string): boolean;
}

/** A directory in configfs and what it stands for (struct config_item). */
export class ConfigItem {
	readonly type: ConfigItemType;
	/** What it was made as; its directory has the name that mkdir(2) gave. */
	readonly name: string;
	/** The group that it is in (ci_group); undefined while it is in none. */
	parent: ConfigGroup | undefined;
	/** Its place in the tree (ci_dentry); undefined while it has none. */
	sd: ConfigfsDirent | undefined;
	#refs = 1;

	/** With one reference, for whoever makes it (config_item_init_type_name). */
	constructor(name: string, type: ConfigItemType<never>) {
		this.name = name;
		this.type = type as ConfigItemType;
	}

	/** Number of references. */
	get refcount(): number {
		return this.#refs;
	}

	/** Takes a reference (config_item_get). */
	get(): this {
		this.#refs++;
		return this;
	}

	/** Gives a reference back, and releases the item with the last (config_item_put). RangeError where there is none left. */
	put(): Awaitable<void> {
		if (this.#refs === 0) throw new RangeError(`${this.name}: more references given back than taken`);
		this.#refs--;
		if (this.#refs === 0) return this.type.release?.(this);
	}
}

/** An item in which others can be made (struct config_group). */
export class ConfigGroup extends ConfigItem {
	/** The items in it, the oldest first (cg_children). */
	readonly children = new Set<ConfigItem>();
	/** Groups that are born and die with it. */
	readonly defaultGroups: ConfigGroup[] = [];
	/** The subsystem that it belongs to; undefined while it is not in the tree. */
	subsys: ConfigfsSubsystem | undefined;

	/** Has a group be born with this one, which is not in the tree yet (configfs_add_default_group). */
	addDefaultGroup(group: ConfigGroup): void {
		this.defaultGroups.push(group);
	}

	/** Gives the references of its default groups back, as a rule from `release` (configfs_remove_default_groups). */
	removeDefaultGroups(): Awaitable<void> {
		const released = this.defaultGroups.splice(0).map(group => group.put());
		return released.some(isPromise) ? Promise.all(released).then(() => {}) : undefined;
	}

	/** An item in it by name, with a reference for the caller to give back (config_group_find_item). */
	findItem(name: string): ConfigItem | undefined {
		for (const item of this.children) if (item.name === name) return item.get();
		return undefined;
	}
}

/** A group that a module registers, which has its place in the root directory (struct configfs_subsystem). */
export class ConfigfsSubsystem extends ConfigGroup {
	/** Held while items of it come and go (su_mutex). A module may hold it to look at `children`. */
	readonly mutex = new Mutex();
	/** Who has registered it, and stays as long as there are items in it. */
	owner: Module | undefined;
}
