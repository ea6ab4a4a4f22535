/**
 * insmod_watch - `ring3 insmod --watch FILE [k=v]...`: loads a module, and again whenever one of its files is saved.
 *
 * The machine keeps what its state remembers and the parameters that were set, and keeps the old code running where the new one
 * is refused. What happens is told in a line each: what was loaded on the standard output, what was refused on the other one.
 */

import { Errno } from '../lib/errno.ts';
import { type ControlClient, errnoOf } from '../machine/control_client.ts';
import { FileWatch } from '../machine/file_watch.ts';
import { sourceOf } from '../machine/module_request.ts';
import type { Reloaded, WireError } from '../machine/protocol.ts';
import { Failure, insmodMeanings, reason } from './failure.ts';
import { withMachine } from './with_machine.ts';

/** Refusals that another save may mend, when there is nothing loaded yet. */
const mendable: ReadonlySet<string> = new Set(['ENOEXEC', 'EIO', 'ETIMEDOUT', 'EFBIG']);

/** Refusals that go away by themselves. */
const passing: ReadonlySet<string> = new Set(['EAGAIN', 'EBUSY']);

/** How long to wait for the module to be free, in milliseconds. */
const RETRY = 250;

/** Loads a module and watches its files, until it is interrupted or somebody unloads it. */
export async function insmodWatch(word: string, params: readonly string[], name: string | undefined): Promise<void> {
	const source = sourceOf(word);
	if (source === word && !word.startsWith('/'))
		throw new Failure(`insmod ${word}`, 'only a file can be watched: ./FILE.ts');
	await withMachine(`insmod ${word}`, name, machine => new Watched(machine, word, source).run(params), insmodMeanings);
}

/** One file, while it is watched. */
class Watched {
	readonly #machine: ControlClient;
	readonly #word: string;
	readonly #source: string;
	readonly #files: FileWatch;
	/** What is loaded; undefined while nothing is. */
	#name: string | undefined;
	#busy = false;
	#changed = false;
	#waiting = false;
	#end: (error?: unknown) => void = () => {};

	constructor(machine: ControlClient, word: string, source: string) {
		this.#machine = machine;
		this.#word = word;
		this.#source = source;
		this.#files = new FileWatch(() => this.#onChange());
	}

	/** Settles when there is nothing to watch any more. Rejects with what the first load is refused with, unless a save may mend it. */
	async run(params: readonly string[]): Promise<void> {
		const ended = new Promise<void>((resolve, reject) => {
			this.#end = error => (error === undefined ? resolve() : reject(error));
		});
		const interrupted = () => this.#end();
		process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
		void this.#machine.closed.then(() => this.#end(new Errno('ECONNRESET', 'the machine has gone')));
		this.#files.watch([this.#source]);
		try {
			const { name, files, refused } = await this.#reload(params);
			if (refused !== undefined && name === undefined && !mendable.has(refused.code)) throw errnoOf(refused);
			this.#tell(refused, `loaded from ${this.#word}`);
			say(`watching ${count(files.length, 'file')}, Ctrl-C ends that`);
			await ended;
		} finally {
			this.#files.close();
		}
		if (this.#name !== undefined) say(`${this.#name}: stays loaded`);
	}

	async #reload(params: readonly string[]): Promise<Reloaded> {
		const before = this.#name;
		const reloaded = await this.#machine.request('reload', { source: this.#source, params });
		this.#files.watch([...new Set([this.#source, ...reloaded.files])]);
		this.#name = reloaded.name;
		if (this.#name !== undefined && this.#name !== before) this.#awaitEnd(this.#name);
		return reloaded;
	}

	/** Ends when somebody unloads the module, and not when it could not be loaded anew. */
	#awaitEnd(name: string): void {
		const gone = this.#machine.request('gone', { name });
		void gone.then(
			() => {
				if (this.#busy || this.#name !== name) return;
				say(`${name}: was unloaded`);
				this.#name = undefined;
				this.#end();
			},
			error => this.#end(error),
		);
	}

	#onChange(): void {
		this.#changed = true;
		if (!this.#busy) void this.#follow().catch(error => this.#end(error));
	}

	/** Loads what has changed, until nothing has changed meanwhile. */
	async #follow(): Promise<void> {
		this.#busy = true;
		while (this.#changed) {
			this.#changed = false;
			const { refused } = await this.#reload([]);
			const isWaiting = refused !== undefined && passing.has(refused.code);
			if (!isWaiting || !this.#waiting) this.#tell(refused, 'loaded anew');
			this.#waiting = isWaiting;
			if (isWaiting) setTimeout(() => this.#onChange(), RETRY);
		}
		this.#busy = false;
	}

	#tell(refused: WireError | undefined, done: string): void {
		if (refused === undefined) {
			say(`${this.#name}: ${done}`);
			return;
		}
		const rest = this.#name === undefined ? 'nothing is loaded' : `${this.#name}: the old one runs on`;
		process.stderr.write(`ring3: insmod ${this.#word}: ${reason(errnoOf(refused), insmodMeanings)}\n${rest}\n`);
	}
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

function count(number: number, thing: string): string {
	return number === 1 ? `1 ${thing}` : `${number} ${thing}s`;
}
