/**
 * sock - what sockets of every family have in common (net/core/sock.c, net/core/datagram.c).
 *
 * A queue of datagrams with a limit, an error that is told once, options of SOL_SOCKET, and a queue for those who wait.
 */

import type { ControlMessage, KernelSocket, ReceivedMessage, SendMessage } from '../../../src/boundary/socket.ts';
import type { Context, PollTable } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno, type ErrnoName, errno } from '../../../src/lib/errno.ts';
import { CAP_NET_ADMIN } from '../../../src/uapi/capability.ts';
import { POLLERR, POLLIN, POLLOUT, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../../../src/uapi/poll.ts';
import {
	MSG_DONTWAIT,
	MSG_PEEK,
	SCM_CREDENTIALS,
	SO_ACCEPTCONN,
	SO_BROADCAST,
	SO_DEBUG,
	SO_DOMAIN,
	SO_ERROR,
	SO_PASSCRED,
	SO_PRIORITY,
	SO_PROTOCOL,
	SO_RCVBUF,
	SO_RCVBUFFORCE,
	SO_RCVLOWAT,
	SO_RCVTIMEO,
	SO_REUSEADDR,
	SO_SNDBUF,
	SO_SNDBUFFORCE,
	SO_SNDTIMEO,
	SO_TYPE,
	SOL_SOCKET,
	ucred,
} from '../../../src/uapi/socket.ts';
import { NSEC_PER_SEC, NSEC_PER_USEC, type Time } from '../../kernel/time.ts';
import { WaitQueueHead } from '../../kernel/wait.ts';
import type { SkBuff } from './skbuff.ts';

/** Room for 256 datagrams of 256 bytes (SK_WMEM_MAX, SK_RMEM_MAX). */
const SK_MEM_MAX = 212_992;
/** What a socket has at the least for receiving and for sending. */
export const SOCK_MIN_RCVBUF = 2304;
export const SOCK_MIN_SNDBUF = 4608;
const TIMEVAL_SIZE = 16;

const NOTHING: readonly ControlMessage[] = [];

/** Bytes that a new socket has for receiving and for sending, and that it may ask for: net.core.rmem_default and its like. */
export class SockMem {
	rmemDefault = SK_MEM_MAX;
	rmemMax = SK_MEM_MAX;
	wmemDefault = SK_MEM_MAX;
	wmemMax = SK_MEM_MAX;
}

/** What a socket is made with. */
export interface SockInit {
	readonly time: Time;
	readonly mem: SockMem;
	readonly family: number;
	readonly type: number;
	readonly protocol: number;
	/** Number of its inode in sockfs. */
	readonly ino: number;
}

/** A socket (struct sock and its struct socket). A family extends it. */
export abstract class Sock implements KernelSocket {
	readonly family: number;
	readonly type: number;
	readonly protocol: number;
	readonly ino: number;
	/** How much it may ask for. */
	readonly mem: SockMem;
	/** Bytes that the queue may cost, and a datagram may have. */
	rcvbuf: number;
	sndbuf: number;
	/** What the queue costs now. */
	rmem = 0;
	/** Datagrams that were lost because the queue was full. */
	drops = 0;
	/** Nanoseconds that a call may sleep; undefined for ever. */
	rcvtimeo: number | undefined;
	sndtimeo: number | undefined;
	/** Woken at every datagram and every error (sk_sleep). */
	readonly wait: WaitQueueHead;
	protected dead = false;
	readonly #queue: SkBuff[] = [];
	/** How many at the front of the queue are gone already. */
	#head = 0;
	#err = 0;
	readonly #flags = new Map<number, number>();

	constructor({ time, mem, family, type, protocol, ino }: SockInit) {
		this.family = family;
		this.type = type;
		this.protocol = protocol;
		this.ino = ino;
		this.mem = mem;
		this.rcvbuf = mem.rmemDefault;
		this.sndbuf = mem.wmemDefault;
		this.wait = new WaitQueueHead(time);
	}

	abstract bind(address: Uint8Array, ctx: Context): Awaitable<void>;
	abstract connect(address: Uint8Array, ctx: Context): Awaitable<void>;
	abstract getsockname(): Uint8Array;
	abstract getpeername(): Uint8Array;
	abstract sendmsg(message: SendMessage, ctx: Context): Awaitable<number>;
	abstract recvmsg(count: number, flags: number, ctx: Context): Awaitable<ReceivedMessage>;
	abstract release(): void;
	/** The family's own options. */
	protected abstract setOption(level: number, option: number, value: Uint8Array, ctx: Context): void;
	protected abstract getOption(level: number, option: number, length: number): Uint8Array;

	/** True while no datagram waits. */
	get queueEmpty(): boolean {
		return this.#head === this.#queue.length;
	}

	/** Sets the error that the next call is told (sk_err, sk_error_report). */
	reportError(code: ErrnoName): void {
		this.#err = errno[code];
		this.wait.wakeUp();
	}

	/** Puts a datagram at the end, whose cost was added already, and wakes who waits (sk_data_ready). */
	enqueue(skb: SkBuff): void {
		this.#queue.push(skb);
		if (this.wait.active) this.wait.wakeUp();
	}

	/**
	 * The first datagram, which stays there with MSG_PEEK (skb_recv_datagram). Sleeps while there is none: EAGAIN with
	 * MSG_DONTWAIT or when SO_RCVTIMEO is over, EINTR, EBADF once it is released. A pending error comes first.
	 */
	protected recvDatagram(flags: number, ctx: Context): Awaitable<SkBuff> {
		this.#throwError();
		if (!this.queueEmpty) return this.#take(flags);
		if ((flags & MSG_DONTWAIT) !== 0) throw new Errno('EAGAIN');
		return this.#waitForDatagram(flags, ctx);
	}

	addWaiter(wake: () => void): () => void {
		return this.wait.addWaiter(wake);
	}

	/** datagram_poll. */
	poll(table: PollTable): number {
		table.wait(this.wait);
		const error = this.#err === 0 ? 0 : POLLERR;
		const readable = this.queueEmpty ? 0 : POLLIN | POLLRDNORM;
		return error | readable | POLLOUT | POLLWRNORM | POLLWRBAND;
	}

	setsockopt(level: number, option: number, value: Uint8Array, ctx: Context): void {
		if (level !== SOL_SOCKET) {
			this.setOption(level, option, value, ctx);
			return;
		}
		if (value.length < 4) throw new Errno('EINVAL');
		const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
		const set = setters.get(option);
		if (set === undefined) throw new Errno('ENOPROTOOPT');
		set(this, view, ctx, option);
	}

	getsockopt(level: number, option: number, length: number, _ctx?: Context): Uint8Array {
		if (length < 0) throw new Errno('EINVAL');
		if (level !== SOL_SOCKET) return this.getOption(level, option, length);
		if (option === SO_RCVTIMEO || option === SO_SNDTIMEO) {
			return timeval(option === SO_RCVTIMEO ? this.rcvtimeo : this.sndtimeo).slice(0, length);
		}
		const get = getters.get(option);
		if (get === undefined) throw new Errno('ENOPROTOOPT');
		return int(get(this)).slice(0, length);
	}

	/** The flag of an option that is only remembered. */
	flag(option: number): number {
		return this.#flags.get(option) ?? 0;
	}

	setFlag(option: number, value: number): void {
		this.#flags.set(option, value);
	}

	/** The error that is pending, which is none afterwards (sock_error). */
	takeError(): number {
		const error = this.#err;
		this.#err = 0;
		return error;
	}

	/** Throws everything away (skb_queue_purge) and wakes who waits: they get EBADF. */
	protected kill(): void {
		this.dead = true;
		this.#queue.length = 0;
		this.#head = 0;
		this.rmem = 0;
		this.wait.wakeUp();
	}

	/** What SO_PASSCRED tells of a datagram's sender. */
	protected credentials(skb: SkBuff): readonly ControlMessage[] {
		if (this.#flags.size === 0 || this.flag(SO_PASSCRED) === 0) return NOTHING;
		const data = new Uint8Array(ucred.size);
		ucred.encode(new DataView(data.buffer), 0, skb.creds);
		return [{ level: SOL_SOCKET, type: SCM_CREDENTIALS, data }];
	}

	#throwError(): void {
		if (this.dead) throw new Errno('EBADF');
		if (this.#err !== 0) throw Errno.of(this.takeError());
	}

	#take(flags: number): SkBuff {
		const skb = this.#queue[this.#head]!;
		if ((flags & MSG_PEEK) !== 0) return skb;
		this.#queue[this.#head] = undefined as never;
		this.#head += 1;
		if (this.#head === this.#queue.length) {
			this.#queue.length = 0;
			this.#head = 0;
		} else if (this.#head >= 1024 && this.#head * 2 > this.#queue.length) {
			this.#queue.splice(0, this.#head);
			this.#head = 0;
		}
		this.rmem -= skb.truesize;
		return skb;
	}

	#waitForDatagram(flags: number, ctx: Context): Awaitable<SkBuff> {
		const ready = () => this.dead || this.#err !== 0 || !this.queueEmpty;
		const { rcvtimeo, wait } = this;
		const woken =
			rcvtimeo === undefined
				? chain(wait.waitEventInterruptible(ready, ctx.signal), () => true)
				: wait.waitEventInterruptibleTimeout(ready, rcvtimeo, ctx.signal);
		return chain(woken, inTime => {
			if (!inTime) throw new Errno('EAGAIN');
			this.#throwError();
			return this.queueEmpty ? this.#waitForDatagram(flags, ctx) : this.#take(flags);
		});
	}
}

type Setter = (sk: Sock, value: DataView, ctx: Context, option: number) => void;

const buffer =
	(member: 'rcvbuf' | 'sndbuf', least: number, force: boolean): Setter =>
	(sk, value, ctx) => {
		if (force && !ctx.capable(CAP_NET_ADMIN)) throw new Errno('EPERM');
		const most = member === 'rcvbuf' ? sk.mem.rmemMax : sk.mem.wmemMax;
		const asked = force ? Math.max(value.getInt32(0, true), 0) : Math.min(value.getUint32(0, true), most);
		sk[member] = Math.max(Math.min(asked * 2, 0x7fff_ffff), least);
	};

const timeout =
	(member: 'rcvtimeo' | 'sndtimeo'): Setter =>
	(sk, value) => {
		if (value.byteLength < TIMEVAL_SIZE) throw new Errno('EINVAL');
		const [sec, usec] = [Number(value.getBigInt64(0, true)), Number(value.getBigInt64(8, true))];
		if (usec < 0 || usec >= 1_000_000) throw new Errno('EDOM');
		const time = sec * NSEC_PER_SEC + usec * NSEC_PER_USEC;
		sk[member] = sec < 0 ? 0 : time === 0 ? undefined : time;
	};

const flag: Setter = (sk, value, _ctx, option) => sk.setFlag(option, value.getInt32(0, true) === 0 ? 0 : 1);

const setters: ReadonlyMap<number, Setter> = new Map<number, Setter>([
	[
		SO_DEBUG,
		(sk, value, ctx, option) => {
			if (value.getInt32(0, true) !== 0 && !ctx.capable(CAP_NET_ADMIN)) throw new Errno('EACCES');
			flag(sk, value, ctx, option);
		},
	],
	[SO_REUSEADDR, flag],
	[SO_BROADCAST, flag],
	[SO_PASSCRED, flag],
	[SO_PRIORITY, (sk, value) => sk.setFlag(SO_PRIORITY, value.getInt32(0, true))],
	[SO_RCVLOWAT, (sk, value) => sk.setFlag(SO_RCVLOWAT, Math.max(value.getInt32(0, true), 1))],
	[SO_SNDBUF, buffer('sndbuf', SOCK_MIN_SNDBUF, false)],
	[SO_RCVBUF, buffer('rcvbuf', SOCK_MIN_RCVBUF, false)],
	[SO_SNDBUFFORCE, buffer('sndbuf', SOCK_MIN_SNDBUF, true)],
	[SO_RCVBUFFORCE, buffer('rcvbuf', SOCK_MIN_RCVBUF, true)],
	[SO_RCVTIMEO, timeout('rcvtimeo')],
	[SO_SNDTIMEO, timeout('sndtimeo')],
]);

const getters: ReadonlyMap<number, (sk: Sock) => number> = new Map<number, (sk: Sock) => number>([
	[SO_TYPE, sk => sk.type],
	[SO_PROTOCOL, sk => sk.protocol],
	[SO_DOMAIN, sk => sk.family],
	[SO_ERROR, sk => sk.takeError()],
	[SO_SNDBUF, sk => sk.sndbuf],
	[SO_RCVBUF, sk => sk.rcvbuf],
	[SO_ACCEPTCONN, () => 0],
	[SO_RCVLOWAT, sk => Math.max(sk.flag(SO_RCVLOWAT), 1)],
	...[SO_DEBUG, SO_REUSEADDR, SO_BROADCAST, SO_PASSCRED, SO_PRIORITY].map(
		option => [option, (sk: Sock) => sk.flag(option)] as const,
	),
]);

/** An int, as getsockopt(2) copies it. */
export function int(value: number): Uint8Array {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setInt32(0, value, true);
	return bytes;
}

function timeval(nanoseconds = 0): Uint8Array {
	const bytes = new Uint8Array(TIMEVAL_SIZE);
	const view = new DataView(bytes.buffer);
	view.setBigInt64(0, BigInt(Math.floor(nanoseconds / NSEC_PER_SEC)), true);
	view.setBigInt64(8, BigInt(Math.floor((nanoseconds % NSEC_PER_SEC) / NSEC_PER_USEC)), true);
	return bytes;
}
