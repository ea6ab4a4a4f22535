/**
 * main - the process of a machine that runs in the background; started by spawn.ts.
 *
 *   argv[2]        what for: `run` or `mount`; tells whose compiled code it shares (code_cache.ts), and who looks at ps(1)
 *   argv[3]        a Background in JSON
 *   descriptor 3   gets one line, a Ready in JSON, and is closed
 *   descriptor 0   a tethered machine ends when this does
 */

import { closeSync, writeSync } from 'node:fs';
import { wireError } from './control.ts';
import type { MachineOptions } from './daemon.ts';
import type { WireError } from './protocol.ts';
import { serve } from './serve.ts';
import type { MachineStatus } from './status.ts';

/** What the process is started with. */
export interface Background {
	readonly options: MachineOptions;
	/** The machine ends when its standard input does. */
	readonly tethered: boolean;
}

/** The first and only thing that it tells. */
export type Ready = { readonly ok: MachineStatus } | { readonly error: WireError };

const readyFd = 3;

function report(ready: Ready): void {
	writeSync(readyFd, `${JSON.stringify(ready)}\n`);
	closeSync(readyFd);
}

/** Aborted when nobody holds the other end of our standard input any more. */
function tether(): AbortSignal {
	const cut = new AbortController();
	process.stdin.on('error', () => cut.abort());
	process.stdin.on('close', () => cut.abort());
	process.stdin.resume();
	return cut.signal;
}

async function main({ options, tethered }: Background): Promise<void> {
	try {
		const service = { onReady: (ok: MachineStatus) => report({ ok }), ...(tethered ? { until: tether() } : {}) };
		process.exit(await serve(options, service));
	} catch (error) {
		report({ error: wireError(error) });
		process.exit(1);
	}
}

void main(JSON.parse(process.argv[3]!));
