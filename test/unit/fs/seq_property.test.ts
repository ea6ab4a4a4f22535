/** seq_file - any reads and seeks of any records return what the model of Linux says. */

import fc from 'fast-check';
import t from 'tap';
import { type SeqFile, singleOpen } from '../../../kernel-sim/fs/seq_file.ts';
import { SEEK_CUR, SEEK_SET } from '../../../src/uapi/fcntl.ts';
import { type Answer, SeqModel } from './seq_model.ts';
import { type Record, recording, SeqReader } from './seq_reader.ts';

/** Round numbers, so that a read often ends where a record does. */
const round = fc.constantFrom(1, 10, 20, 100, 1000, 2000, 4095, 4096);

const length = fc.oneof(
	{ weight: 6, arbitrary: round },
	{ weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) },
	{ weight: 2, arbitrary: fc.integer({ min: 300, max: 4200 }) },
	{ weight: 1, arbitrary: fc.integer({ min: 4090, max: 4100 }) },
	{ weight: 1, arbitrary: fc.integer({ min: 4000, max: 20_000 }) },
);
const record: fc.Arbitrary<Record> = fc.oneof(
	{ weight: 20, arbitrary: length },
	{ weight: 3, arbitrary: length.map(skip => ({ skip })) },
	{ weight: 1, arbitrary: fc.constantFrom({ error: 'EIO' } as const, { error: 'ENOMEM' } as const) },
);

const count = fc.oneof(
	round,
	fc.integer({ min: 0, max: 50 }),
	fc.integer({ min: 0, max: 9000 }),
	fc.constantFrom(4096, 65536),
);
const position = fc.oneof(round, fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 40_000 }));

type Call =
	| { readonly name: 'read'; readonly count: number }
	| { readonly name: 'pread'; readonly count: number; readonly pos: number }
	| { readonly name: 'lseek'; readonly pos: number; readonly relative: boolean };

const call: fc.Arbitrary<Call> = fc.oneof(
	{ weight: 6, arbitrary: fc.record({ name: fc.constant('read' as const), count }) },
	{ weight: 2, arbitrary: fc.record({ name: fc.constant('pread' as const), count, pos: position }) },
	{ weight: 1, arbitrary: fc.record({ name: fc.constant('lseek' as const), pos: position, relative: fc.boolean() }) },
);

function ask(model: SeqModel, call: Call): Answer {
	if (call.name === 'read') return model.read(call.count);
	return call.name === 'pread' ? model.pread(call.count, call.pos) : model.lseek(call.pos);
}

async function make(reader: SeqReader, call: Call): Promise<Answer> {
	try {
		if (call.name === 'read') return await reader.read(call.count);
		if (call.name === 'pread') return await reader.pread(call.count, call.pos);
		if (call.relative) return await reader.lseek(call.pos - reader.file.pos, SEEK_CUR);
		return await reader.lseek(call.pos, SEEK_SET);
	} catch (error) {
		return { error: (error as { code: string }).code };
	}
}

/** Makes the calls, compares each answer and the position after it, and answers how many that were. */
async function compare(records: readonly Record[], reader: SeqReader, calls: readonly Call[]): Promise<number> {
	const model = new SeqModel(records);
	for (const call of calls) {
		const want = ask(model, call);
		const got = await make(reader, call);
		if (JSON.stringify(got) !== JSON.stringify(want) || reader.file.pos !== model.pos) {
			throw new Error(
				`${JSON.stringify(call)}: got ${brief(got)} at ${reader.file.pos}, want ${brief(want)} at ${model.pos}`,
			);
		}
	}
	return calls.length;
}

const calls = fc.array(call, { minLength: 5, maxLength: 40 });

t.test('seq_file: reads, preads and lseeks of any records are as the model has them', async t => {
	const session = fc.record({ records: fc.array(record, { maxLength: 60 }), calls });
	let compared = 0;
	const property = fc.asyncProperty(session, async ({ records, calls }) => {
		compared += await compare(records, new SeqReader(recording(records, [])), calls);
	});
	await fc.assert(property, { numRuns: 2000, seed: 20080928 });
	t.ok(compared >= 5_000, `${compared} calls`);
});

t.test('single_open: so are those of a single record, whether it sleeps or not', async t => {
	let compared = 0;
	const property = fc.asyncProperty(record, fc.boolean(), calls, async (record, sleeps, calls) => {
		const reader = new SeqReader(recording([], []));
		const { show } = recording([record], [], sleeps ? async () => {} : undefined);
		singleOpen(reader.file, m => show(m as SeqFile<unknown>, 0));
		compared += await compare([record], reader, calls);
	});
	await fc.assert(property, { numRuns: 2000, seed: 20080928 });
	t.ok(compared >= 5_000, `${compared} calls`);
});

function brief(answer: Answer): string {
	return typeof answer === 'string' ? `${answer.length} bytes` : JSON.stringify(answer);
}
