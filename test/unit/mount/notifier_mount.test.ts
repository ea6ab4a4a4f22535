/** notifier_mount.test - what this computer's kernel does when it is told of pages, lost requests, names and nodes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { noPerl, run, Server, shell, skip } from './tiny_mount.ts';

/** sendfile(2), which reads by way of the page cache, as read(2) of a file for direct I/O does not. */
const sendfile = ({ x64: 40, arm64: 71 } as Partial<Record<string, number>>)[process.arch];
const noSendfile =
	noPerl || (sendfile === undefined ? `the number of sendfile(2) is not known on ${process.arch}` : false);

/** A program that has a file open and sends `size` bytes from its beginning for each line that it is given. */
class Reader {
	readonly #child;
	readonly #lines: AsyncIterator<string>;

	constructor(t: Test, path: string, size: number) {
		const program = `open F, '<', $ARGV[0]; $| = 1; print "open\\n";
			while (<STDIN>) { seek F, 0, 0; syscall ${sendfile}, 1, fileno F, 0, $ARGV[1]; print "\\n" }`;
		this.#child = spawn('perl', ['-e', program, path, `${size}`], { cwd: '/', timeout: 20_000, killSignal: 'SIGKILL' });
		t.teardown(() => this.#child.kill('SIGKILL'));
		this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
	}

	async line(): Promise<string> {
		return (await this.#lines.next()).value;
	}

	send(): Promise<string> {
		this.#child.stdin!.write('\n');
		return this.line();
	}

	async exit(): Promise<void> {
		this.#child.stdin!.end();
		await once(this.#child, 'exit');
	}
}

/** Says why what was begun ends here. */
async function skipOlder(t: Test, name: string, minor: number): Promise<void> {
	const skip = `${name} came with FUSE 7.${minor}; the kernel here is older`;
	await t.test(`${name} does what it says`, { skip }, async () => {});
}

/** The number of nodes that the kernel knows, when it is this, or after a while. */
async function nodes(server: Server, want: number): Promise<unknown> {
	for (let tries = 0; ; tries++) {
		const now = await server.ask('nodes');
		if (now === want || tries === 50) return now;
		server.take();
		await new Promise(resolve => setTimeout(resolve, 20));
	}
}

t.test('STORE: what was stored is read without a READ', { skip: skip || noSendfile }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	const reader = new Reader(t, `${path}/version`, 1000);
	t.equal(await reader.line(), 'open');
	server.take();
	t.equal(await server.ask('store version 0 stored_to_the_end_of_the_file'), true);
	t.equal(await reader.send(), 'stored_to_the_end_of_the_file', 'which has grown');
	t.equal(await server.ask('store version 7 ON'), true);
	t.equal(await reader.send(), 'stored_ON_the_end_of_the_file', 'in a page that is there already');
	t.notOk(server.roundTrips().includes('READ'));
	t.equal(await server.ask('store empty 0 x'), false, 'the kernel has never heard of it');
	await reader.exit();
	await server.stop();
});

t.test('RETRIEVE: what the page cache has, and no more', { skip: skip || noSendfile }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	const size = 3 << 20;
	const reader = new Reader(t, `${path}/version`, 1000);
	t.equal(await reader.line(), 'open');
	t.same(await server.ask('retrieve version 0 100'), [0, ''], 'nothing, at first');
	server.take();
	t.equal(await reader.send(), 'Linux version 6.12');
	t.ok(server.roundTrips().includes('READ'), 'then what a program has read');
	t.same(await server.ask('retrieve version 6 100'), [13, 'version 6.12\n']);
	t.equal(await server.ask(`store version 0 0123456789abcdef ${size / 16}`), true);
	t.same(
		await server.ask(`retrieve version 0 ${size}`),
		[1 << 20, '0123456789abcdef'.repeat(2)],
		'max_write at a time',
	);
	t.same(await server.ask('retrieve version 4097 3'), [3, '123']);
	t.same(await server.ask(`retrieve version ${size - 2} 100`), [2, 'ef'], 'to the end of the file, which has grown');
	t.same(await server.ask(`retrieve version ${size * 2} 100`), [0, '']);
	t.same(await server.ask('retrieve empty 0 100'), null, 'the kernel has never heard of it');
	await reader.exit();
	t.equal(await server.stop(), 'closed 0 oopses, 0 open');
});

t.test('PRUNE: nodes that nobody uses are forgotten, the others stay', { skip }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	t.equal((await run('ls', '-lR', path)).status, 0);
	t.equal(await server.ask('nodes'), 107);
	const user = spawn('sh', ['-c', 'cd "$0"/many && exec sleep 20 < ../version', path], { cwd: '/' });
	t.teardown(() => user.kill('SIGKILL'));
	await server.said(/ OPEN /);
	server.take();
	if (!(await server.ask('prune'))) {
		user.kill('SIGKILL');
		await server.stop();
		return skipOlder(t, 'PRUNE', 45);
	}
	t.equal(await nodes(server, 2), 2, 'where somebody stands, and what he has open');
	t.equal((await run('cat', `${path}/many/file7`)).out, '7\n', 'what was forgotten is found again');
	user.kill('SIGKILL');
	await once(user, 'exit');
	await server.ask('prune');
	t.equal(await nodes(server, 0), 0);
	t.equal(await server.stop(), 'closed 0 oopses, 0 open');
});

t.test('INC_EPOCH: every name is looked up again', { skip }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	const lookups = async () => {
		server.take();
		t.equal((await run('stat', `${path}/version`, `${path}/many/file7`)).status, 0);
		return server.roundTrips().filter(opcode => opcode === 'LOOKUP').length;
	};
	t.equal(await lookups(), 3);
	t.equal(await lookups(), 0);
	if (!(await server.ask('epoch'))) {
		await server.stop();
		return skipOlder(t, 'INC_EPOCH', 44);
	}
	t.equal(await lookups(), 3);
	t.equal(await lookups(), 0);
	await server.stop();
});

t.test(
	'INC_EPOCH: what is mounted on a name goes, which is why changes of the tree are not told so',
	{ skip },
	async t => {
		const path = t.testdir();
		const server = await Server.start(t, path);
		const script = `mount -t tmpfs none "$1"/many && cd / && echo mounted && read line && ls "$1"/many | wc -l`;
		const child = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', path], {
			cwd: '/',
			timeout: 20_000,
			killSignal: 'SIGKILL',
		});
		t.teardown(() => child.kill('SIGKILL'));
		const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
		t.equal((await lines.next()).value, 'mounted');
		const told = await server.ask('epoch');
		child.stdin.write('\n');
		t.equal((await lines.next()).value, told ? '100' : '0');
		await once(child, 'exit');
		await server.stop();
	},
);

t.test('RESEND: who sleeps in a call goes on sleeping, is woken, and interrupted', { skip }, async t => {
	const path = t.testdir();
	const server = await Server.start(t, path);
	const reading = run('head', '-n1', `${path}/event`);
	await server.said(/^> \d+ READ /);
	if (!(await server.ask('resend'))) {
		await server.command('wake');
		await reading;
		await server.stop();
		return skipOlder(t, 'RESEND', 40);
	}
	await server.said(/^> \d+ READ again /);
	await server.command('wake');
	t.match(await reading, { out: 'event 1\n', status: 0 });
	for (const signal of ['SIGINT', 'SIGKILL'] as const) {
		server.take();
		const cat = spawn('cat', [`${path}/event`], { cwd: '/' });
		await server.said(/^> \d+ READ /);
		await server.ask('resend');
		await server.said(/^> \d+ READ again /);
		cat.kill(signal);
		t.same(await once(cat, 'exit'), [null, signal]);
		await server.said(/^< \d+ READ EINTR/);
	}
	t.match(await shell('cat "$1"/version', path), { status: 0 });
	t.equal(await server.stop(), 'closed 0 oopses, 0 open');
});
