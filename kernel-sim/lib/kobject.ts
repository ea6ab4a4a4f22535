/**
 * kobject - the objects that the kernel shows as directories of sysfs.
 *
 * Simulates lib/kobject.c. What a driver or bus or class is made of extends `Kobject`; its type says what files its directory
 * has. Several objects of a kind are in a `Kset`, which is a directory itself and the place for those that have no other parent.
 *
 *     new Kobject(ktype)      one reference
 *     add(parent, name)       there is a directory; the parent is referred to
 *     del()                   it is gone, and nobody gets into an operation any more
 *     put()                   with the last reference: del unless it was done, then the type's release
 */

import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno, isErrno } from '../../src/lib/errno.ts';
import type { KernfsNode } from '../fs/kernfs/dir.ts';
import { sysfsCreateDir, sysfsMoveDir, sysfsRenameDir } from '../fs/sysfs/dir.ts';
import type { Attribute, SysfsOps } from '../fs/sysfs/file.ts';
import { type AttributeGroup, sysfsCreateGroups } from '../fs/sysfs/group.ts';
import type { Kernel } from '../kernel.ts';
import { type KobjectAction, type KsetUeventOps, kobjectUevent } from './kobject_uevent.ts';

/** What objects of a kind have in common (struct kobj_type). `T` is the object, `A` an attribute of it. */
export interface KobjType<T extends Kobject = Kobject, A extends Attribute<T> = Attribute<T>> {
	/** How attributes are read and written. Absent: by their own `show` and `store`. */
	readonly sysfsOps?: SysfsOps<T, A>;
	/** The files of each. Absent: none. */
	readonly groups?: readonly AttributeGroup<T, A>[];
	/** True: those files are made when somebody first looks into the directory; there is no group with a name among them. */
	readonly later?: boolean;
	/** Called when nobody refers to the object any more. Absent: nothing to do. */
	release?(kobj: T): void;
	/** Who owns the directory and its files. Absent: root. */
	getOwnership?(kobj: T): { readonly uid: number; readonly gid: number };
}

/** The type of a directory with nothing of its own (dynamic_kobj_ktype). */
export const dynamicKobjKtype: KobjType = {};

/** An object (struct kobject). */
export class Kobject {
	readonly ktype: KobjType;
	/** Set before `add`: the objects that it is one of. */
	kset: Kset | undefined = undefined;
	/** True to have no events sent about it (uevent_suppress). */
	ueventSuppress = false;
	/** True once "add" was sent: then "remove" is, in the end. */
	stateAddUeventSent = false;
	stateRemoveUeventSent = false;
	#name = '';
	#parent: Kobject | undefined;
	#kn: KernfsNode | undefined;
	#inSysfs = false;
	#refs = 1;

	constructor(ktype: KobjType = dynamicKobjKtype) {
		this.ktype = ktype;
	}

	/** A slash in it has become `!`. Empty until it is added or named. */
	get name(): string {
		return this.#name;
	}

	/** Names it before it is added (kobject_set_name). */
	set name(name: string) {
		this.#name = name.replaceAll('/', '!');
	}

	/** Undefined at the top of sysfs, and where it is not added. */
	get parent(): Kobject | undefined {
		return this.#parent;
	}

	/** Its directory, from `add` on (kobj->sd). TypeError before. */
	get kn(): KernfsNode {
		if (this.#kn === undefined) throw new TypeError(`kobject '${this.#name}' was not added`);
		return this.#kn;
	}

	/** True between `add` and `del`. */
	get inSysfs(): boolean {
		return this.#inSysfs;
	}

	/** The kernel that it was added to. */
	get kernel(): Kernel {
		return this.kn.root.kernel;
	}

	/** From the root of sysfs: `/devices/system/cpu` (kobject_get_path). */
	get path(): string {
		const above = this.#parent?.path ?? '';
		return `${above}/${this.#name}`;
	}

	/**
	 * Gives it a directory in that of `parent`, or of its set where there is none, with the files of its type (kobject_add). EINVAL
	 * without a name, EEXIST where the name is taken, ENOENT where the parent was removed. No event is sent.
	 */
	add(parent?: Kobject, name: string = this.#name): void {
		const above = parent ?? this.kset;
		if (above === undefined) throw new TypeError(`kobject '${name}' has neither a parent nor a set`);
		this.#add(above, above.kn, name);
	}

	/** As `add`, at the top of sysfs, which is no object; `root` is its directory. */
	addAtTop(root: KernfsNode, name: string = this.#name): void {
		this.#add(undefined, root, name);
	}

	/**
	 * Takes its directory away, "remove" being sent if "add" was (kobject_del). Settles once none of its attributes' operations runs
	 * any more; one that removes its own object does not wait for that.
	 */
	del(): Awaitable<void> {
		if (!this.#inSysfs) return;
		if (this.stateAddUeventSent && !this.stateRemoveUeventSent) kobjectUevent(this, 'remove');
		this.#inSysfs = false;
		const removed = this.kn.remove();
		this.kset?.leave(this);
		const parent = this.#parent;
		this.#parent = undefined;
		parent?.put();
		return removed;
	}

	/** Takes a reference (kobject_get). */
	get(): this {
		this.#refs += 1;
		return this;
	}

	/** Gives a reference back (kobject_put). Settles as `del` does. */
	put(): Awaitable<void> {
		if (this.#refs === 0) throw new RangeError(`kobject '${this.#name}': more references given back than taken`);
		this.#refs -= 1;
		if (this.#refs > 0) return;
		const removed = this.del();
		this.ktype.release?.(this);
		return removed;
	}

	/** References that are held. */
	get refcount(): number {
		return this.#refs;
	}

	/** Gives it another name, and sends "move" (kobject_rename). EINVAL at the top of sysfs, EEXIST. */
	rename(name: string): void {
		if (this.#parent === undefined) throw new Errno('EINVAL');
		const old = this.path;
		sysfsRenameDir(this, name);
		this.#name = name;
		kobjectUevent(this, 'move', [`DEVPATH_OLD=${old}`]);
	}

	/** Moves it to another parent, and sends "move" (kobject_move). Without one, to its set. EEXIST. */
	move(parent: Kobject | undefined): void {
		const above = parent ?? this.kset;
		if (above === undefined) throw new Errno('EINVAL');
		const old = this.path;
		sysfsMoveDir(this, above);
		const before = this.#parent;
		this.#parent = above.get();
		before?.put();
		kobjectUevent(this, 'move', [`DEVPATH_OLD=${old}`]);
	}

	/** Sends an event about it; see `kobjectUevent` for what is refused. */
	uevent(action: KobjectAction, env?: readonly string[]): void {
		kobjectUevent(this, action, env);
	}

	/** kobject_add_internal. */
	#add(parent: Kobject | undefined, dir: KernfsNode, name: string): void {
		this.name = name;
		if (this.#name === '') {
			dir.root.kernel.warn('kobject: attempted to be registered with empty name!');
			throw new Errno('EINVAL');
		}
		try {
			const kn = sysfsCreateDir(this, dir);
			this.#kn = kn;
			this.#createFiles(kn);
		} catch (error) {
			if (isErrno(error)) dir.root.kernel.pr.err(failure(this, parent, error));
			throw error;
		}
		this.#parent = parent?.get();
		this.kset?.join(this);
		this.#inSysfs = true;
	}

	#createFiles(kn: KernfsNode): void {
		const { groups = [], later } = this.ktype;
		if (later) {
			kn.fillLater(() => sysfsCreateGroups(this, groups));
			return;
		}
		try {
			sysfsCreateGroups(this, groups);
		} catch (error) {
			kn.remove();
			throw error;
		}
	}
}

function failure(
	{ name }: Kobject,
	parent: Kobject | undefined,
	error: { readonly code: string; readonly errno: number },
): string {
	const failed = `kobject_add_internal failed for ${name}`.replaceAll('%', '%%');
	if (error.code === 'EEXIST') {
		return `${failed} with -EEXIST, don't try to register things with the same name in the same directory.\n`;
	}
	return `${failed} (error: ${error.errno} parent: ${parent?.name ?? "'none'"})\n`;
}

/** Objects of a kind, and the directory for them (struct kset). */
export class Kset extends Kobject {
	/** What events about its objects have beside what all have. It may be set later. */
	ueventOps: KsetUeventOps | undefined;
	readonly #list = new Set<Kobject>();

	constructor(ueventOps?: KsetUeventOps, ktype?: KobjType) {
		super(ktype);
		this.ueventOps = ueventOps;
	}

	/** Its objects, in the order in which they were added. */
	get list(): ReadonlySet<Kobject> {
		return this.#list;
	}

	/** Undefined where none has that name (kset_find_obj). No reference is taken. */
	find(name: string): Kobject | undefined {
		for (const kobj of this.#list) if (kobj.name === name) return kobj;
		return undefined;
	}

	/** Adds the set itself, and sends "add" (kset_register). Throws as `Kobject.add`. */
	register(parent?: Kobject, name?: string): void {
		this.add(parent, name);
		kobjectUevent(this, 'add');
	}

	/** For `Kobject.add` (kobj_kset_join). */
	join(kobj: Kobject): void {
		this.get();
		this.#list.add(kobj);
	}

	/** For `Kobject.del` (kobj_kset_leave). */
	leave(kobj: Kobject): void {
		if (this.#list.delete(kobj)) this.put();
	}
}

/** Makes a directory with nothing of its own (kobject_create_and_add). Throws as `Kobject.add`. */
export function kobjectCreateAndAdd(name: string, parent: Kobject): Kobject {
	const kobj = new Kobject();
	kobj.add(parent, name);
	return kobj;
}

/** Makes a directory for objects (kset_create_and_add). Throws as `Kobject.add`. */
export function ksetCreateAndAdd(name: string, parent: Kobject, ueventOps?: KsetUeventOps): Kset {
	const kset = new Kset(ueventOps);
	kset.register(parent, name);
	return kset;
}
