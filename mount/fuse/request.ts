/**
 * request - one message from the kernel, decoded, and the task behind it.
 *
 *     fuse_in_header | argument struct | names, each ended by NUL | payload
 *
 * Which of the parts there are is in the opcode's row (opcodes.ts). The result owns its data.
 */

import type { UserMemory } from '../../src/boundary/user_memory.ts';
import type { Context, Inode } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { decodeName } from '../../src/lib/text.ts';
import { type FuseInHeader, fuse_in_header } from '../../src/uapi/fuse.ts';
import { type Ids, sameIds } from './ids.ts';
import type { MessageBuffer } from './message.ts';

/**
 * What is known of a calling thread beyond the header, in the ids of the kernel that serves; HostTasks.find of the boundary
 * answers this and more.
 */
export interface Caller {
	readonly tgid: number;
	readonly groups: readonly number[];
	/** Effective capabilities that count in the namespace of the machine, one bit each. */
	readonly capEff: bigint;
	readonly umask: number;
}

/** Where the facts of callers come from. They are asked for only when an operation wants to know. */
export interface CallerFacts {
	/** Undefined for a thread that is gone, or may not be looked at. */
	find(pid: number): Caller | undefined;
}

/** All that can be found out about callers. */
export interface Callers extends CallerFacts {
	/** The memory of a thread that waits for an answer. */
	memory(pid: number): UserMemory;
	/**
	 * True if the system call that a thread waits in opens a file, or nobody knows what it does. Absent: none does, so that character
	 * devices can be looked at and not opened.
	 */
	opens?(pid: number): boolean;
	/**
	 * True if the system call that a thread waits in goes along a link, false if it reads one, undefined where nobody knows what it
	 * does. Absent: nobody ever knows.
	 */
	follows?(pid: number): boolean | undefined;
	/** Calls `tell` once a thread is being killed, unless the returned function is called before. Absent: nobody ever knows. */
	whenKilled?(pid: number, tell: () => void): () => void;
	/** What a caller finds by a path name of its own; see `Context.kernPath`. Absent: nobody knows. */
	readonly kernPath?: ((path: string, ctx: Context) => Awaitable<Inode | undefined>) | undefined;
}

/** A connection, as far as its requests know it. */
export interface Source {
	readonly callers: Callers;
	/** Absent: `sameIds`. */
	readonly ids?: Ids;
}

/** A request. `A` is the decoded argument struct, undefined where the opcode has none. */
export interface Request<A> {
	readonly unique: number;
	readonly nodeid: number;
	readonly args: A;
	readonly names: readonly string[];
	/** Empty where the opcode has none. */
	readonly payload: Uint8Array;
	readonly ctx: RequestContext;
}

/** The argument struct of an opcode: a table of src/uapi/fuse.ts, or as much of one as is sent. */
export interface Args<A> {
	readonly size: number;
	/** Fewest bytes that are taken for one; `size` if absent. */
	readonly least?: number;
	decode(view: DataView, offset: number, length: number): A;
	encode(view: DataView, offset: number, init: NoInfer<A>): void;
	format(value: NoInfer<A>): string;
}

/** What follows the header of a request. */
export interface RequestShape {
	readonly args: Args<unknown>;
	readonly names: number;
	readonly payload: boolean;
}

const empty = new Uint8Array(0);
const noNames: readonly string[] = [];

/**
 * Decodes what follows the header in a message of `length` bytes. Throws EINVAL when a part is missing, too short or too
 * long, or the header tells another length.
 */
export function decodeRequest(
	shape: RequestShape,
	header: FuseInHeader,
	{ bytes, view }: MessageBuffer,
	length: number,
	source: Source,
): Request<unknown> {
	if (header.len !== length) throw new Errno('EINVAL', `${length} bytes of a message of ${header.len}`);
	const { size, least = size } = shape.args;
	if (length < fuse_in_header.size + least) throw new Errno('EINVAL', `${length} bytes end within the argument`);
	const args = shape.args.decode(view, fuse_in_header.size, length - fuse_in_header.size);
	const behind = Math.min(fuse_in_header.size + size, length);
	const [names, at] =
		shape.names === 0 ? ([noNames, behind] as const) : decodeNames(bytes, behind, length, shape.names);
	if (!shape.payload && at !== length) throw new Errno('EINVAL', `${length - at} bytes too many`);
	const payload = at < length ? bytes.slice(at, length) : empty;
	const { umask } = (args ?? {}) as { readonly umask?: number };
	const ctx = new RequestContext(header, source, umask);
	return { unique: header.unique, nodeid: header.nodeid, args, names, payload, ctx };
}

/** `count` names from `at` on, and where the last one ends. */
function decodeNames(bytes: Uint8Array, at: number, length: number, count: number): [names: string[], end: number] {
	const names: string[] = [];
	while (names.length < count) {
		const end = bytes.indexOf(0, at);
		if (end < 0 || end >= length) throw new Errno('EINVAL', 'a name without its end');
		names.push(decodeName(bytes.subarray(at, end)));
		at = end + 1;
	}
	return [names, at];
}

const CAP_LAST = 64n;
const ALL_CAPS = (1n << CAP_LAST) - 1n;

/**
 * The task that made a request. The header tells its thread and the ids that files are checked against; the rest is looked
 * up when first asked for. A caller that nothing is known of is the host's root with all capabilities, or anyone else with
 * none.
 */
export class RequestContext implements Context {
	readonly pid: number;
	readonly uid: number;
	readonly gid: number;
	/** Where the request came from. */
	readonly source: Source;
	readonly #umask: number | undefined;
	readonly #isRoot: boolean;
	#caller: Caller | undefined;
	#memory: UserMemory | undefined;
	#abort: AbortController | undefined;
	#kill: AbortController | undefined;
	#unwatch: (() => void) | undefined;
	#interrupted = false;

	/** `umask` is the one that the request carries, if it does. */
	constructor(header: FuseInHeader, source: Source, umask: number | undefined) {
		this.pid = header.pid;
		const { ids = sameIds } = source;
		this.uid = ids.uid(header.uid);
		this.gid = ids.gid(header.gid);
		this.source = source;
		this.#isRoot = header.uid === 0;
		this.#umask = umask;
	}

	get tgid(): number {
		return this.#facts.tgid;
	}

	get groups(): readonly number[] {
		return this.#facts.groups;
	}

	get umask(): number {
		return this.#umask ?? this.#facts.umask;
	}

	capable(cap: number): boolean {
		return ((this.#facts.capEff >> BigInt(cap)) & 1n) === 1n;
	}

	get signal(): AbortSignal {
		this.#abort ??= new AbortController();
		if (this.#interrupted) this.#abort.abort(new Errno('EINTR'));
		return this.#abort.signal;
	}

	get killed(): AbortSignal {
		this.#kill ??= new AbortController();
		if (this.#interrupted) this.#watch();
		return this.#kill.signal;
	}

	get memory(): UserMemory {
		this.#memory ??= this.source.callers.memory(this.pid);
		return this.#memory;
	}

	get kernPath(): Context['kernPath'] {
		const { kernPath } = this.source.callers;
		return kernPath && (path => kernPath(path, this));
	}

	/** Tells the operation that a signal has come: aborts `signal`, whose reason is EINTR, and `killed` once one has that kills. */
	interrupt(): void {
		this.#interrupted = true;
		this.#abort?.abort(new Errno('EINTR'));
		if (this.#kill !== undefined) this.#watch();
	}

	/** Tells it that nobody waits for it any more. */
	kill(): void {
		this.interrupt();
		this.#kill?.abort(new Errno('EINTR'));
	}

	/** Says that the operation is done. */
	end(): void {
		this.#unwatch?.();
	}

	/** The kernel tells of the first signal alone, which need not be the one that kills. */
	#watch(): void {
		this.#unwatch ??= this.source.callers.whenKilled?.(this.pid, () => this.#kill!.abort(new Errno('EINTR')));
	}

	get #facts(): Caller {
		this.#caller ??= this.source.callers.find(this.pid) ?? {
			tgid: this.pid,
			groups: [],
			capEff: this.#isRoot ? ALL_CAPS : 0n,
			umask: 0,
		};
		return this.#caller;
	}
}
