/**
 * inspector - lets a debugger into the process of a machine, as node --inspect does.
 *
 * A breakpoint holds the main thread, and with it whoever uses the machine. Modules appear under the paths of their files, each
 * token in its line and column, since types are taken out by blanks. Whoever can connect to the port may run code with the rights
 * of the process: it is opened on this computer alone.
 */

import { once } from 'node:events';
import { open, url } from 'node:inspector';
import { createServer } from 'node:net';
import { Errno, isErrno } from '../lib/errno.ts';

const host = '127.0.0.1';

/**
 * Opens a port for debuggers, 0 for any, and answers the address that they connect to; where one is open, that one's. Rejects
 * with EADDRINUSE and EACCES.
 */
export async function openInspector(port: number): Promise<string> {
	const before = url();
	if (before !== undefined) return before;
	await checkPort(port);
	open(port, host);
	const address = url();
	if (address === undefined) throw new Errno('EADDRINUSE', `port ${port} is in use`);
	return address;
}

/** Node would complain by itself, and tell nobody else. */
async function checkPort(port: number): Promise<void> {
	const server = createServer();
	try {
		server.listen(port, host);
		await once(server, 'listening');
	} catch (error) {
		if (isErrno(error) && error.code === 'EACCES') throw new Errno('EACCES', `port ${port} is for root`);
		throw new Errno('EADDRINUSE', `port ${port} is in use`);
	} finally {
		server.close();
	}
	await once(server, 'close');
}
