/**
 * kobject_uevent - what the kernel tells user space about its objects.
 *
 * Simulates lib/kobject_uevent.c. An event is a line `ACTION@DEVPATH` and variables `NAME=value`, each ended by a NUL:
 *
 *     add@/devices/virtual/misc/demo   ACTION=add   DEVPATH=...   SUBSYSTEM=misc
 *     what the caller adds   what the set adds (MAJOR, MINOR, DEVNAME ...)   SEQNUM=7
 *
 * Who carries events to user space (NETLINK_KOBJECT_UEVENT) listens at `Kernel.uevents`.
 */

import { Errno } from '../../src/lib/errno.ts';
import { encodedLength, encodeName } from '../../src/lib/text.ts';
import type { Kobject } from './kobject.ts';

/** What may happen to an object. */
export const KOBJECT_ACTIONS = ['add', 'remove', 'change', 'move', 'online', 'offline', 'bind', 'unbind'] as const;

/** One of them (enum kobject_action). */
export type KobjectAction = (typeof KOBJECT_ACTIONS)[number];

/** Most variables of an event, and most bytes of them with their NULs. */
const UEVENT_NUM_ENVP = 64;
const UEVENT_BUFFER_SIZE = 2048;

/** The variables of an event while it is put together (struct kobj_uevent_env). */
export class KobjUeventEnv {
	readonly envp: string[] = [];
	#buflen = 0;

	/** Adds `NAME=value` (add_uevent_var). ENOMEM where there is no room for it. */
	add(variable: string): void {
		const length = encodedLength(variable) + 1;
		if (this.envp.length >= UEVENT_NUM_ENVP || this.#buflen + length > UEVENT_BUFFER_SIZE) throw new Errno('ENOMEM');
		this.envp.push(variable);
		this.#buflen += length;
	}

	/** Takes MODALIAS out again (zap_modalias_env). */
	zapModalias(): void {
		const at = this.envp.findIndex(variable => variable.startsWith('MODALIAS='));
		if (at >= 0) this.#buflen -= encodedLength(this.envp.splice(at, 1)[0]!) + 1;
	}
}

/** What a set does with events about its objects (struct kset_uevent_ops). */
export interface KsetUeventOps {
	/** False: none is sent. Absent: all are. */
	filter?(kobj: Kobject): boolean;
	/** The value of SUBSYSTEM; undefined: none is sent. Absent: the name of the set. */
	name?(kobj: Kobject): string | undefined;
	/** Adds variables; what it throws, the event is refused by. Absent: adds none. */
	uevent?(kobj: Kobject, env: KobjUeventEnv): void;
}

/** An event that was sent. */
export interface Uevent {
	readonly action: KobjectAction;
	readonly devpath: string;
	readonly subsystem: string;
	/** `NAME=value`, SEQNUM the last. */
	readonly env: readonly string[];
	/** The message, as netlink carries it: `action@devpath` and the variables, each with a NUL behind it. */
	readonly message: Uint8Array;
}

/** The events of one kernel. */
export class Uevents {
	readonly #listeners = new Set<(event: Uevent) => void>();
	#seqnum = 0;

	/** Number of the last event (uevent_seqnum). */
	get seqnum(): number {
		return this.#seqnum;
	}

	/** Calls `listener` with each event, in the turn in which it is sent, until the returned function is called. */
	listen(listener: (event: Uevent) => void): () => void {
		const entry = (event: Uevent) => listener(event);
		this.#listeners.add(entry);
		return () => {
			this.#listeners.delete(entry);
		};
	}

	/** Numbers an event and sends it. */
	send(action: KobjectAction, devpath: string, subsystem: string, env: KobjUeventEnv): void {
		this.#seqnum += 1;
		env.add(`SEQNUM=${this.#seqnum}`);
		if (this.#listeners.size === 0) return;
		const event = new SentUevent(action, devpath, subsystem, env.envp);
		for (const listener of this.#listeners) listener(event);
	}
}

/** An event whose message is made when somebody wants it. */
class SentUevent implements Uevent {
	readonly action: KobjectAction;
	readonly devpath: string;
	readonly subsystem: string;
	readonly env: readonly string[];
	#message: Uint8Array | undefined;

	constructor(action: KobjectAction, devpath: string, subsystem: string, env: readonly string[]) {
		this.action = action;
		this.devpath = devpath;
		this.subsystem = subsystem;
		this.env = env;
	}

	get message(): Uint8Array {
		const { action, devpath, env } = this;
		this.#message ??= encodeName([`${action}@${devpath}`, ...env, ''].join('\0'));
		return this.#message;
	}
}

/**
 * Sends an event about an object, with variables of the caller's own (kobject_uevent_env). EINVAL where neither the object nor one
 * above it is in a set, ENOMEM for more than 2048 bytes or 64 variables, and what the set's `uevent` throws. It is dropped where
 * the object suppresses its events or the set leaves it out.
 */
export function kobjectUeventEnv(kobj: Kobject, action: KobjectAction, extra: readonly string[] = []): void {
	if (action === 'remove') kobj.stateRemoveUeventSent = true;
	const kset = nearestKset(kobj);
	if (kset === undefined) throw new Errno('EINVAL', `${kobj.name} is in no set`);
	if (kobj.ueventSuppress) return;
	const { ueventOps } = kset;
	if (ueventOps?.filter?.(kobj) === false) return;
	const subsystem = ueventOps?.name === undefined ? kset.name : ueventOps.name(kobj);
	if (subsystem === undefined) return;

	const env = new KobjUeventEnv();
	const devpath = kobj.path;
	for (const variable of [`ACTION=${action}`, `DEVPATH=${devpath}`, `SUBSYSTEM=${subsystem}`, ...extra])
		env.add(variable);
	ueventOps?.uevent?.(kobj, env);
	if (action === 'add') kobj.stateAddUeventSent = true;
	if (action === 'unbind') env.zapModalias();
	kobj.kernel.uevents.send(action, devpath, subsystem, env);
}

/** As `kobjectUeventEnv`, for whoever goes on if the event is refused (kobject_uevent where nobody looks at what it returns). */
export function kobjectUevent(kobj: Kobject, action: KobjectAction, extra: readonly string[] = []): void {
	try {
		kobjectUeventEnv(kobj, action, extra);
	} catch (error) {
		if (!(error instanceof Errno)) throw error;
	}
}

function nearestKset(kobj: Kobject): Kobject['kset'] {
	let top: Kobject = kobj;
	while (top.kset === undefined && top.parent !== undefined) top = top.parent;
	return top.kset;
}

/**
 * Sends the event that was written to the `uevent` file of an object: an action, or an action, a UUID and arguments
 * (kobject_synth_uevent). EINVAL for what is none of these, and what `kobjectUeventEnv` throws; the log tells of it.
 */
export function kobjectSynthUevent(kobj: Kobject, text: string): void {
	let problem = 'unknown uevent action string';
	try {
		const [action, args] = splitAction(/[\n\0]$/.test(text) ? text.slice(0, -1) : text);
		problem = 'incorrect uevent action arguments';
		const env = args === undefined ? ['SYNTH_UUID=0'] : synthEnv(args);
		problem = 'failed to send uevent';
		kobjectUeventEnv(kobj, action, env);
	} catch (error) {
		kobj.kernel.pr.warn('synth uevent: %s: %s\n', kobj.path, problem);
		throw error;
	}
}

function splitAction(text: string): readonly [KobjectAction, string | undefined] {
	const blank = text.indexOf(' ');
	const word = blank < 0 ? text : text.slice(0, blank);
	const action = KOBJECT_ACTIONS.find(known => known === word);
	if (action === undefined) throw new Errno('EINVAL');
	return [action, blank < 0 ? undefined : text.slice(blank + 1)];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const ARGUMENT = /^[0-9a-z]+=[0-9a-z]+$/i;

/** kobject_action_args. */
function synthEnv(text: string): readonly string[] {
	const uuid = UUID.exec(text)?.[0];
	if (uuid === undefined) throw new Errno('EINVAL');
	const rest = text.slice(uuid.length);
	const args = rest === '' ? [] : rest.split(' ');
	if (args.length > 0 && args.shift() !== '') throw new Errno('EINVAL');
	if (!args.every(arg => ARGUMENT.test(arg))) throw new Errno('EINVAL');
	return [`SYNTH_UUID=${uuid}`, ...args.map(arg => `SYNTH_ARG_${arg}`)];
}
