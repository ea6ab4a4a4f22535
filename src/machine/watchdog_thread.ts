/**
 * watchdog_thread - the thread that looks whether the main thread goes on; started by watchdog.ts.
 *
 * It sleeps between two looks, and counts the looks at which nothing had changed. Where the whole process stands still, it does
 * too, and counts one at most.
 */

import { type Debugger, type InspectorNotification, Session } from 'node:inspector';
import { isMainThread, workerData } from 'node:worker_threads';
import { ownFile } from '../lib/own_files.ts';
import { writeObituary } from './obituary.ts';
import { toSource } from './source_maps.ts';
import { tell } from './tell.ts';

/** What the thread is started with. */
export interface WatchdogData {
	readonly name: string;
	readonly obituary: string;
	/** Seconds, for the message. */
	readonly limit: number;
	/** `beat` and `debugged`, shared with the main thread. */
	readonly counters: Int32Array;
	/** Time between two looks, in milliseconds. */
	readonly interval: number;
}

/** Index of what the main thread counts up. */
export const beat = 0;
/** Index of what is 1 while the main thread has an inspector, which may hold it. */
export const debugged = 1;

/** Looks in a row at which nothing has changed, for the main thread to count as stuck. */
export const looks = 5;

/** Bound: how long is waited for the main thread to say where it is, in milliseconds; in a system call it never does. */
const patience = 1000;

async function main(data: WatchdogData): Promise<void> {
	awaitStandstill(data);
	const place = await whereItIs();
	const line = `${data.name} was stuck for ${data.limit} s${place === undefined ? '' : ` in ${place}`}, and was killed`;
	writeObituary(data.obituary, line);
	tell(line);
	process.kill(process.pid, 'SIGKILL');
}

function awaitStandstill({ counters, interval }: WatchdogData): void {
	const nothing = new Int32Array(new SharedArrayBuffer(4));
	let last = Atomics.load(counters, beat);
	for (let same = 0; same < looks; ) {
		Atomics.wait(nothing, 0, 0, interval);
		const now = Atomics.load(counters, beat);
		same = now === last && Atomics.load(counters, debugged) === 0 ? same + 1 : 0;
		last = now;
	}
}

/** The function that the main thread is in, with file and line; undefined where it does not say. */
function whereItIs(): Promise<string | undefined> {
	const session = new Session();
	const urls = new Map<string, string>();
	return new Promise(resolve => {
		setTimeout(() => resolve(undefined), patience);
		session.connectToMainThread();
		session.on('Debugger.scriptParsed', ({ params }: InspectorNotification<Debugger.ScriptParsedEventDataType>) => {
			urls.set(params.scriptId, params.url);
		});
		session.on('Debugger.paused', ({ params }: InspectorNotification<Debugger.PausedEventDataType>) => {
			resolve(placeOf(params.callFrames, urls));
		});
		session.post('Debugger.enable');
		session.post('Debugger.pause');
	});
}

/** Everything below this URL is ring3 itself, and below that one are its samples. */
const own = ownFile('').href;
const samples = ownFile('kernel-sim/samples/').href;

/** The innermost place in a module; where there is none, the innermost of all. */
function placeOf(frames: readonly Debugger.CallFrame[], urls: ReadonlyMap<string, string>): string | undefined {
	const places = frames.map(({ functionName, location: { scriptId, lineNumber, columnNumber = 0 } }) => {
		const url = urls.get(scriptId) ?? '';
		const place = toSource(`${pathOf(url)}:${lineNumber + 1}:${columnNumber + 1}`).replace(/:\d+$/, '');
		return { url, text: `${functionName || 'a function'} (${place})` };
	});
	const modules = places.filter(
		({ url }) => !url.startsWith('node:') && (!url.startsWith(own) || url.startsWith(samples)),
	);
	return (modules[0] ?? places[0])?.text;
}

function pathOf(url: string): string {
	return decodeURI(url.replace(/^file:\/\//, '').replace(/\?.*$/, ''));
}

if (!isMainThread) void main(workerData);
