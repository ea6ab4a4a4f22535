/**
 * protocol - what goes over a machine's control socket.
 *
 * One JSON object per line, in UTF-8, in both directions. A connection may carry many requests, one after another or at once;
 * answers name the request they belong to.
 *
 *   -> {"id":1,"verb":"insmod","args":{"source":"seqfile","params":[]}}
 *   <- {"id":1,"ok":{"name":"seqfile"}}
 *   -> {"id":2,"verb":"dmesg","args":{"follow":true}}
 *   <- {"id":2,"item":{"line":"[    0.000000] ..."}}        any number of them
 *   <- {"id":2,"error":{"code":"ENOSYS","message":"..."}}   or "ok", and that request is done
 *
 * A line that is no request is answered with `"id":null` and EINVAL. A request that should end early (a stream, a session) ends
 * when its connection is closed.
 */

import type { Mark } from '../../mount/mountpoint.ts';
import type { LoadedModule, MachineStatus, MachineUsage } from './status.ts';

/** Bound: the longest request in bytes; a longer one is EMSGSIZE and ends the connection. */
export const maxRequest = 64 * 1024;

/** Bound: the longest answer in bytes that a client takes. */
export const maxReply = 16 * 1024 * 1024;

/** Every verb: what it takes, what each item of its stream is, and what it answers at the end. */
export interface Verbs {
	/** Who and where the machine is. */
	status: { args: Record<never, never>; item: never; ok: MachineStatus };
	/** What the machine holds. Takes a while: memory that is unused is collected first. */
	usage: { args: Record<never, never>; item: never; ok: MachineUsage };
	/** Loads a module: an absolute path or a sample's name, parameters as `name=value`. */
	insmod: { args: { source: string; params: readonly string[] }; item: never; ok: { name: string } };
	/** Loads what is in a file, in place of what was loaded from it before; without `params`, with those of before. */
	reload: { args: { source: string; params: readonly string[] }; item: never; ok: Reloaded };
	/** Waits until a module is not loaded any more; being loaded anew is no end. */
	gone: { args: { name: string }; item: never; ok: null };
	/** Unloads a module. */
	rmmod: { args: { name: string }; item: never; ok: null };
	/** The modules that are loaded, the newest first. */
	lsmod: { args: Record<never, never>; item: never; ok: { modules: readonly LoadedModule[] } };
	/** The kernel log, a line per item; with `follow` also what comes. */
	dmesg: { args: { follow: boolean }; item: { line: string }; ok: null };
	/** What passes over /dev/fuse from now on, a line per item; EINVAL where the machine was started without a trace. */
	trace: { args: Record<never, never>; item: { line: string }; ok: null };
	/** What the machine answers of system calls from now on, and the datagrams of its sockets, a line per item. */
	'trace-calls': { args: Record<never, never>; item: { line: string }; ok: null };
	/** Serves a file system at a place of its own, and tells where; an empty `dir` or `fsname` is an absent one (mounts.ts). */
	mount: {
		args: { type: string; dir: string; data: string; ro: boolean; allowOther: boolean; fsname: string };
		item: never;
		ok: { dir: string };
	};
	/** Undoes what `mount` has done, by its place. */
	umount: { args: { dir: string }; item: never; ok: null };
	/** Lets a debugger in at a port, 0 for any, and tells the address to connect to. */
	inspect: { args: { port: number }; item: never; ok: { url: string } };
	/** Begins a session, which keeps an ephemeral machine alive for as long as the connection is open. */
	'run-join': { args: Record<never, never>; item: never; ok: JoinedMachine };
	/** Counts the processes of a mount namespace as inside the machine, for this session, but for the launcher if it is there, too. */
	'run-enter': { args: { namespace: string; launcher: number }; item: never; ok: null };
	/**
	 * Serves /dev on a FUSE connection whose descriptor is `fd` of process `pid`, and makes what the host's things that are named in
	 * `lent` can be mounted on.
	 */
	'run-dev': {
		args: { pid: number; fd: number; connection: number; lent: readonly string[] };
		item: never;
		ok: null;
	};
	/**
	 * Answers the system calls of all that is under the filter whose listener is descriptor `fd` of process `pid`. The session lasts
	 * until the last of them has ended.
	 */
	'run-supervise': { args: { pid: number; fd: number }; item: never; ok: null };
	/**
	 * Makes a netlink socket for this connection, in these groups, and sends what it receives, in base64, or that something was
	 * lost because too much waited.
	 */
	netlink: {
		args: { protocol: number; groups: readonly number[] };
		item: { readonly data: string } | { readonly lost: true };
		ok: null;
	};
	/** Sends a datagram, in base64, to the kernel through that socket. */
	'netlink-send': { args: { data: string }; item: never; ok: null };
	/** Undoes the machine; the end of the connection is the answer. */
	stop: { args: Record<never, never>; item: never; ok: never };
}

/** A machine that a launcher has joined. */
export interface JoinedMachine extends MachineStatus {
	/** Numbers of Linux's system calls that the machine answers itself. */
	readonly taken: readonly number[];
	/** What marks a connection for its /dev. Absent: it has no devices. */
	readonly dev?: Mark;
}

export type VerbName = keyof Verbs;

/** What has become of a file that was to be loaded anew. */
export interface Reloaded {
	/** The module that is loaded from it now; absent where none is. */
	readonly name?: string;
	/** The files that were read for it, the file itself first; it is to be loaded anew when one of them changes. */
	readonly files: readonly string[];
	/** Why what the file is now was refused. Absent: it was not. */
	readonly refused?: WireError;
}

/** An error as it is sent: the name of its number, and what it says beyond that. */
export interface WireError {
	readonly code: string;
	readonly message: string;
}

/** One line from a client. */
export interface Request {
	readonly id: number;
	readonly verb: string;
	readonly args: Readonly<Record<string, unknown>>;
}

/** One line from a machine. */
export type Reply =
	| { readonly id: number; readonly item: unknown }
	| { readonly id: number; readonly ok: unknown }
	| { readonly id: number | null; readonly error: WireError };

/** The request in a line; undefined when it is none. */
export function parseRequest(line: string): Request | undefined {
	const value = parseObject(line);
	if (value === undefined) return undefined;
	const { id, verb, args = {} } = value;
	if (!Number.isSafeInteger(id) || typeof verb !== 'string' || !isObject(args)) return undefined;
	return { id: id as number, verb, args };
}

/** The object in a line of JSON; undefined when there is something else. */
export function parseObject(line: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(line);
		return isObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Cuts a byte stream into lines. */
export class LineReader {
	readonly #limit: number;
	#pending: Buffer[] = [];
	#length = 0;

	/** Lines longer than `limit` bytes are refused. */
	constructor(limit: number) {
		this.#limit = limit;
	}

	/** Adds what has arrived and answers the lines that are whole now; undefined once a line was too long. */
	push(chunk: Buffer): string[] | undefined {
		const lines: string[] = [];
		let start = 0;
		for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
			if (!this.#keep(chunk.subarray(start, end))) return undefined;
			lines.push(Buffer.concat(this.#pending).toString());
			this.#pending = [];
			this.#length = 0;
			start = end + 1;
		}
		return this.#keep(chunk.subarray(start)) ? lines : undefined;
	}

	#keep(piece: Buffer): boolean {
		this.#length += piece.length;
		if (piece.length > 0) this.#pending.push(piece);
		return this.#length <= this.#limit;
	}
}
