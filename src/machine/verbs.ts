/**
 * verbs - what can be asked of a running machine over its control socket.
 */

import type { Module } from '../../kernel-sim/kernel/module.ts';
import { recordPrintText } from '../../kernel-sim/kernel/printk.ts';
import { ownMark } from '../../mount/mountpoint.ts';
import type { Awaitable } from '../lib/awaitable.ts';
import { Errno, isErrno } from '../lib/errno.ts';
import { type Call, type VerbHandler, wireError } from './control.ts';
import type { Daemon } from './daemon.ts';
import { openInspector } from './inspector.ts';
import { NetlinkClients } from './netlink_clients.ts';
import type { Reloaded, VerbName, WireError } from './protocol.ts';
import type { LoadedModule } from './status.ts';

/** A handler for each verb of protocol.ts. */
export function verbsOf(daemon: Daemon): Readonly<Record<VerbName, VerbHandler>> {
	const { kernel, sessions, supervision } = daemon;
	const netlinkClients = new NetlinkClients(kernel);
	return {
		status: () => daemon.status,
		usage: () => daemon.usage(),
		insmod: async args => {
			const { name } = await kernel.modules.load(args.string('source'), args.strings('params'));
			await daemon.settled();
			return { name };
		},
		reload: async args => {
			const reloaded = await reload(daemon, args.string('source'), args.strings('params'));
			await daemon.settled();
			return reloaded;
		},
		gone: (args, { signal }) => kernel.modules.whenGone(args.string('name'), signal),
		rmmod: async args => {
			await kernel.modules.unload(args.string('name'));
			await daemon.settled();
		},
		lsmod: () => ({ modules: kernel.modules.list().map(loadedModule) }),
		dmesg: (args, call) => dmesg(daemon, args.flag('follow'), call),
		trace: (_, call) => trace(daemon, call),
		'trace-calls': (_, { item, signal }) =>
			untilGone(
				signal,
				daemon.calls.listen(line => item({ line })),
			),
		mount: async args => {
			const [dir, fsname] = [args.string('dir'), args.string('fsname')];
			const flags = {
				...(args.flag('ro') ? { ro: true } : {}),
				...(args.flag('allowOther') ? { allowOther: true } : {}),
				...(fsname === '' ? {} : { fsname }),
			};
			return { dir: await daemon.mount(args.string('type'), dir || undefined, args.string('data'), flags) };
		},
		umount: args => daemon.mounts.umount(args.string('dir')),
		inspect: async args => ({ url: await openInspector(args.number('port', 65_535)) }),
		'run-join': (_, { signal }) => {
			sessions.join(signal);
			const dev = kernel.filesystems.get('devtmpfs') === undefined ? {} : { dev: ownMark() };
			return { ...daemon.status, taken: kernel.syscalls.numbers, ...dev };
		},
		'run-enter': (args, { signal }) =>
			sessions.enter(args.string('namespace'), args.number('launcher', 2 ** 30), signal),
		'run-dev': args => {
			const [pid, fd] = [args.number('pid', 2 ** 30), args.number('fd', 2 ** 30)];
			daemon.runMounts.serveDev(pid, { fd, connection: args.number('connection', 2 ** 20) }, args.strings('lent'));
		},
		'run-supervise': args => {
			const [pid, fd] = [args.number('pid', 2 ** 30), args.number('fd', 2 ** 30)];
			const release = sessions.hold();
			try {
				supervision.adopt(pid, fd, release);
			} catch (error) {
				release();
				throw error;
			}
		},
		netlink: (args, call) => netlinkClients.open(args.number('protocol', 255), args.numbers('groups', 65_535), call),
		'netlink-send': (args, { signal }) => netlinkClients.send(Buffer.from(args.string('data'), 'base64'), signal),
		stop: () => {
			daemon.stop();
			return new Promise(() => {});
		},
	};
}

/** An Errno is part of the answer, because which files were read is of use all the same. */
async function reload({ kernel }: Daemon, source: string, params: readonly string[]): Promise<Reloaded> {
	const { modules, host } = kernel;
	const loaded = () => modules.list().find(module => module.source === source);
	const answer = (refused?: WireError): Reloaded => {
		const name = loaded()?.name;
		const files = host.modules.filesOf(source);
		return { ...(name === undefined ? {} : { name }), files, ...(refused === undefined ? {} : { refused }) };
	};
	try {
		const old = loaded();
		if (old === undefined) await modules.load(source, params);
		else await modules.reload(old.name, params.length === 0 ? undefined : params);
		return answer();
	} catch (error) {
		if (!isErrno(error)) throw error;
		return answer(wireError(error));
	}
}

function loadedModule({ name, size, refcount, usedBy }: Module): LoadedModule {
	return { name, size, refcount, usedBy: usedBy.map(user => user.name) };
}

/** Sends what the log holds, and with `follow` what comes, until the client has gone. */
function dmesg({ kernel }: Daemon, follow: boolean, { item, signal }: Call): Awaitable<void> {
	const { printk } = kernel;
	let next = printk.firstSeq;
	const sendAll = () => {
		for (const record of printk.records(next)) {
			item({ line: recordPrintText(record).slice(0, -1) });
			next = record.seq + 1;
		}
	};
	sendAll();
	if (follow) return untilGone(signal, printk.readers.addWaiter(sendAll));
}

/** Sends each line of the trace until the client has gone. */
function trace({ traced }: Daemon, { item, signal }: Call): Promise<void> {
	if (traced === undefined) throw new Errno('EINVAL', 'the machine was started without --trace');
	return untilGone(
		signal,
		traced.listen(line => item({ line })),
	);
}

/** Waits until the client has gone, then runs `unlisten`. */
function untilGone(signal: AbortSignal, unlisten: () => void): Promise<void> {
	return new Promise(resolve => {
		signal.addEventListener('abort', () => resolve(unlisten()), { once: true });
	});
}
