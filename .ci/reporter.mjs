/**
 * reporter - what `npm test` prints: one line per test file, each failure in full, each skip with its reason.
 *
 * The last line is `N passed, N failed, N skipped` and nothing else, for whoever reads it by machine. Every assertion counts
 * once; a subtest counts only where it is skipped whole. A test marked as to do counts as skipped. tap loads this file by the
 * `reporter` line of .taprc and pipes its TAP into it; a run that ends without the last line has crashed.
 */

import { Transform } from 'node:stream';
import { inspect } from 'node:util';
import { Parser } from 'tap-parser';

/** The reason a skip or a to-do states, or that it states none. */
const reason = value => (typeof value === 'string' && value !== '' ? value : 'no reason given');

/** Turns TAP into the report. tap wants a writable and readable stream whose constructor takes nothing. */
export default class Reporter extends Transform {
	#parser = new Parser();
	#passed = 0;
	#failed = 0;
	#skipped = [];
	#inFile = 0;

	constructor() {
		super({ decodeStrings: false });
		const parser = this.#parser;
		parser.on('pass', () => this.#count(1, 0));
		parser.on('fail', result => {
			this.#count(0, 1);
			this.#failure(result);
		});
		parser.on('skip', result => this.#skipped.push(`${result.fullname}: ${reason(result.skip)}`));
		parser.on('todo', result => this.#skipped.push(`${result.fullname}: to do: ${reason(result.todo)}`));
		parser.on('assert', result => this.#file(result));
		parser.on('bailout', why => this.push(`bailed out: ${why}\n`));
		parser.on('extra', text => this.push(text));
	}

	_transform(chunk, _encoding, done) {
		this.#parser.write(chunk);
		done();
	}

	_flush(done) {
		this.#parser.on('complete', results => {
			// A file that died without a failed assertion is a failure all the same.
			if (!results.ok && this.#failed === 0) this.#failed = Math.max(1, results.fail);
			for (const line of this.#skipped) this.push(`skipped ${line}\n`);
			this.push(`${this.#passed} passed, ${this.#failed} failed, ${this.#skipped.length} skipped\n`);
			done();
		});
		this.#parser.end();
	}

	#count(passed, failed) {
		this.#passed += passed;
		this.#failed += failed;
		this.#inFile += passed + failed;
	}

	/** A test point of the outermost level ends a test file. */
	#file(result) {
		const time = result.time === null ? '' : `, ${(result.time / 1000).toFixed(1)} s`;
		this.push(`${result.ok ? 'ok' : 'FAILED'} ${result.name} (${this.#inFile} assertions${time})\n`);
		this.#inFile = 0;
	}

	#failure(result) {
		this.push(`\nnot ok ${result.fullname}\n`);
		if (typeof result.tapError === 'string') this.push(`    ${result.tapError}\n`);
		for (const [key, value] of Object.entries(result.diag ?? {})) {
			if (key === 'at') continue; // the stack begins with it
			const text = typeof value === 'string' ? value : inspect(value, { depth: 6, breakLength: 110 });
			this.push(`    ${key}: ${text.trimEnd().replaceAll('\n', '\n        ')}\n`);
		}
		this.push('\n');
	}
}
