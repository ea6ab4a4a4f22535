/**
 * greet - `ring3 greet TEXT`: says something to the kernel on protocol 31, and prints what it answers.
 */

import { encodeUtf8 } from '../lib/text.ts';
import { NetlinkConn, textOf } from '../netlink/conn.ts';
import { NETLINK_RT_MANAGER, NLMSG_GREET } from '../uapi/rt_manager.ts';
import { attempt } from './failure.ts';
import { ControlTransport } from './netlink_control.ts';
import { routeMeanings } from './route_client.ts';
import { withMachine } from './with_machine.ts';

/** Greets the machine. */
export async function greet(text: string, { name }: { readonly name?: string }): Promise<void> {
	await withMachine('greet', name, async machine => {
		const conn = new NetlinkConn(new ControlTransport(machine, NETLINK_RT_MANAGER));
		const { last } = await attempt(
			'greet',
			() =>
				conn.request((buffer, seq) => {
					const nlh = buffer.nlmsgPut(0, seq, NLMSG_GREET, 0, 0);
					buffer.put(encodeUtf8(`${text}\0`));
					buffer.nlmsgEnd(nlh);
				}),
			routeMeanings,
		);
		process.stdout.write(`${textOf(last)}\n`);
	});
}
