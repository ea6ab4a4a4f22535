/**
 * route - `ring3 route add|replace|change|prepend|append|del|get|show|flush|monitor|batch`
 *
 * The words are those of ip-route(8); what is behind it is protocol 31 and not rtnetlink.
 */

import { NetlinkConn } from '../netlink/conn.ts';
import type { NlMessage } from '../netlink/nlmsg.ts';
import { NETLINK_RT_MANAGER, RTMGR_DELROUTE, RTMGR_GRP_ROUTE } from '../uapi/rt_manager.ts';
import { Failure } from './failure.ts';
import { ControlTransport } from './netlink_control.ts';
import { batch } from './route_batch.ts';
import { type Change, changes, RouteClient, routeMeanings, routeText } from './route_client.ts';
import { isKey, parseAddress, parsePrefix, parseRest, parseRoute } from './route_grammar.ts';
import { withMachine } from './with_machine.ts';

/** Other names of commands. */
const aliases: Readonly<Record<string, string>> = { delete: 'del', list: 'show', ls: 'show', lst: 'show' };
const commands = [...Object.keys(changes), 'get', 'show', 'flush', 'monitor', 'batch'];

/** What commander found. */
export interface RouteOptions {
	readonly name?: string;
	/** Of batch: go on behind a line that is refused. */
	readonly force?: boolean;
}

/** Does what the words say; without any, shows the routes. */
export async function route(words: readonly string[], { name, force = false }: RouteOptions): Promise<void> {
	const [first = 'show', ...rest] = words;
	const command = commandOf(first);
	const what = `route ${command}`;
	process.stdout.on('error', () => process.exit(0));
	await withMachine(
		what,
		name,
		async machine => {
			const groups = command === 'monitor' ? [RTMGR_GRP_ROUTE] : [];
			const lost = () => process.stderr.write('ring3: route monitor: too slow, some changes were lost\n');
			const conn = new NetlinkConn(new ControlTransport(machine, NETLINK_RT_MANAGER, groups, lost), print);
			const client = new RouteClient(conn);
			if (command in changes) await client.change(what, command as Change, parseRoute(what, rest));
			else if (command === 'get')
				process.stdout.write(`${routeText(await client.lookup(what, addressOf(what, rest)))}\n`);
			else if (command === 'show') await show(what, client, rest);
			else if (command === 'flush') await flush(what, client, rest);
			else if (command === 'batch') await batch(what, client, rest, force);
			else throw await conn.ended;
		},
		routeMeanings,
	);
}

/** A command, or the first that begins so, as iproute2 has it. */
function commandOf(word: string): string {
	const name = aliases[word] ?? word;
	const meant = commands.find(command => command.startsWith(name));
	if (meant === undefined) throw new Failure('route', `${word}: what is that? Known are ${commands.join(', ')}`, 2);
	return meant;
}

function print(message: NlMessage): void {
	process.stdout.write(`${message.type === RTMGR_DELROUTE ? 'Deleted ' : ''}${routeText(message)}\n`);
}

function addressOf(what: string, [address, ...more]: readonly string[]): number {
	if (address === undefined || more.length > 0) throw new Failure(what, 'say one ADDRESS', 2);
	return parseAddress(what, address);
}

/** All routes, or those of which the words are true. */
async function show(what: string, client: RouteClient, words: readonly string[]): Promise<void> {
	const prefix = words[0] === undefined || isKey(words[0]) ? undefined : parsePrefix(what, words[0]);
	const rest = words.slice(prefix === undefined ? 0 : 1);
	parseRest(what, rest);
	const wanted = rest.flatMap((word, i) => (i % 2 === 0 ? [`${word} ${rest[i + 1]}`] : []));
	const first = prefix === undefined ? '' : words[0]!;
	for (const message of await client.dump(what)) {
		const text = routeText(message);
		if (wanted.every(words => ` ${text} `.includes(` ${words} `)) && text.startsWith(first)) {
			process.stdout.write(`${text}\n`);
		}
	}
}

/** `all`, or `proto NAME`: nothing is removed for want of a word. */
async function flush(what: string, client: RouteClient, words: readonly string[]): Promise<void> {
	if (words.length === 0) throw new Failure(what, 'which routes? Say all, or proto NAME', 2);
	await client.flush(what, words[0] === 'all' ? undefined : parseRest(what, words).protocol);
}
