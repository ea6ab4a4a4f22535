/** control - requests and streams over a real socket, and what does not belong there. */

import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Errno } from '../../../src/lib/errno.ts';
import { Arguments, type ControlOptions, ControlServer, type VerbHandler } from '../../../src/machine/control.ts';
import { ControlClient } from '../../../src/machine/control_client.ts';
import { maxRequest } from '../../../src/machine/protocol.ts';
import { tempDir } from './temp_dir.ts';

/** Listens with a few handlers; the verbs that a test does not name refuse. */
async function listen(t: Test, handlers: Record<string, VerbHandler>) {
	const socket = join(tempDir(t), 'm.sock');
	const oopses: unknown[] = [];
	const verbs = handlers as ControlOptions['verbs'];
	const server = new ControlServer({ verbs, oops: error => oopses.push(error) });
	t.teardown(() => server.close());
	await server.listen(socket);
	return { server, socket, oopses };
}

/** What a machine answers to bytes, until it closes or `count` lines came. */
async function raw(socket: string, bytes: string, count: number): Promise<unknown[]> {
	const connection = connect(socket);
	connection.write(bytes);
	let text = '';
	for await (const chunk of connection) {
		text += chunk;
		if (text.split('\n').length > count) break;
	}
	connection.destroy();
	return text
		.split('\n')
		.filter(line => line !== '')
		.map(line => JSON.parse(line));
}

t.test('control: only the owner can connect', async t => {
	const { socket } = await listen(t, {});
	t.equal(statSync(socket).mode & 0o777, 0o600);
});

t.test('control: requests overlap, each gets its own answer', async t => {
	const { socket } = await listen(t, {
		insmod: async args => {
			await new Promise(resolve => setImmediate(resolve));
			return { name: args.string('source') };
		},
		rmmod: () => {
			throw new Errno('EBUSY', 'in use by 2');
		},
	});
	const client = await ControlClient.connect(socket);
	t.teardown(() => client.close());
	const slow = client.request('insmod', { source: 'a', params: [] });
	await t.rejects(client.request('rmmod', { name: 'a' }), { code: 'EBUSY', message: 'EBUSY: in use by 2' });
	t.same(await slow, { name: 'a' });
});

t.test('control: a stream sends items, and ends when its client goes', async t => {
	let gone: AbortSignal | undefined;
	const { socket } = await listen(t, {
		dmesg: (_, { item, signal }) => {
			gone = signal;
			for (const line of ['one', 'two']) item({ line });
			return new Promise(() => {});
		},
	});
	const client = await ControlClient.connect(socket);
	const lines: string[] = [];
	const both = new Promise<void>(resolve => {
		const onItem = ({ line }: { line: string }) => lines.push(line) === 2 && resolve();
		const request = client.request('dmesg', { follow: true }, { onItem });
		void t.rejects(request, { code: 'ECONNRESET' });
	});
	await both;
	t.same(lines, ['one', 'two']);
	const ended = once(gone!, 'abort');
	client.close();
	await ended;
});

t.test('control: what is malformed gets an error, and the connection lives on', async t => {
	const { socket, oopses } = await listen(t, { status: () => 'fine' });
	const replies = await raw(socket, 'hello\n{"id":1}\n{"id":2,"verb":"toString"}\n{"id":3,"verb":"status"}\n', 4);
	t.match(replies, [
		{ id: null, error: { code: 'EINVAL' } },
		{ id: null, error: { code: 'EINVAL' } },
		{ id: 2, error: { code: 'ENOSYS' } },
		{ id: 3, ok: 'fine' },
	]);
	t.same(oopses, []);
});

t.test('control: arguments of the wrong type are EINVAL', async t => {
	const { socket } = await listen(t, {
		insmod: args => [args.string('source'), args.strings('params'), args.flag('x')],
	});
	const cases = ['{}', '{"source":1,"params":[]}', '{"source":"a","params":"b"}', '{"source":"a","params":[1]}'];
	const requests = cases.map((args, id) => `{"id":${id},"verb":"insmod","args":${args}}\n`);
	const replies = await raw(socket, requests.join(''), cases.length);
	for (const reply of replies) t.match(reply, { error: { code: 'EINVAL' } });
	t.equal(replies.length, cases.length);
});

t.test('control: a request over the limit is EMSGSIZE and ends the connection', async t => {
	const { socket } = await listen(t, {});
	t.match(await raw(socket, 'x'.repeat(maxRequest + 1), 2), [{ id: null, error: { code: 'EMSGSIZE' } }]);
});

t.test('control: what a handler throws that is no Errno is EIO, and an oops', async t => {
	const { socket, oopses } = await listen(t, {
		status: () => {
			throw new TypeError('boom');
		},
	});
	t.match(await raw(socket, '{"id":1,"verb":"status"}\n', 1), [{ id: 1, error: { code: 'EIO', message: 'boom' } }]);
	t.match(oopses, [{ message: 'boom' }]);
});

t.test('control: a client is told when the machine goes, and does not wait for ever', async t => {
	const { socket, server } = await listen(t, {
		stop: () => new Promise(() => {}),
		status: () => new Promise(() => {}),
	});
	const client = await ControlClient.connect(socket);
	await t.rejects(client.request('status', {}, { timeout: 1 }), { code: 'ETIMEDOUT' });
	const stopping = client.request('stop', {});
	server.close();
	await t.rejects(stopping, { code: 'ECONNRESET' });
	await client.closed;
	await t.rejects(client.request('status', {}), { code: 'ECONNRESET' });
	await t.rejects(ControlClient.connect(socket), { code: 'ENOENT' });
});

t.test('control: arguments of the right type, and EINVAL for others', async t => {
	const args = new Arguments({
		text: 'a',
		list: ['a', 'b'],
		mixed: ['a', 1],
		yes: true,
		port: 80,
		half: 0.5,
		less: -1,
	});
	t.equal(args.string('text'), 'a');
	t.same(args.strings('list'), ['a', 'b']);
	t.equal(args.flag('yes'), true);
	t.equal(args.flag('text'), false);
	t.equal(args.number('port', 80), 80);
	const refused: (() => unknown)[] = [
		() => args.string('port'),
		() => args.strings('mixed'),
		() => args.number('port', 79),
		() => args.number('half', 9),
		() => args.number('less', 9),
		() => args.number('text', 9),
		() => args.number('none', 9),
	];
	for (const ask of refused) t.throws(ask, { code: 'EINVAL' });
});
