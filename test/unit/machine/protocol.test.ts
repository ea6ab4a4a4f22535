/** protocol - lines out of any cut of a byte stream; requests out of any line. */

import t from 'tap';
import { LineReader, parseRequest } from '../../../src/machine/protocol.ts';

t.test('control: lines come out whole, wherever the stream is cut', t => {
	const stream = Buffer.from('one\n\nzwei \u00fc\nrest');
	const want = ['one', '', 'zwei \u00fc'];
	for (let cut = 0; cut <= stream.length; cut++) {
		const reader = new LineReader(100);
		const lines = [...reader.push(stream.subarray(0, cut))!, ...reader.push(stream.subarray(cut))!];
		t.same(lines, want, `cut at ${cut}`);
	}
	t.end();
});

t.test('control: a line over the limit is refused, with or without its end', t => {
	const cases: [string[], boolean][] = [
		[['12345\n'], true],
		[['123456\n'], false],
		[['123', '45', '\n'], true],
		[['123', '456'], false],
		[['12345\n12345\n'], true],
		[['1\n', '123456'], false],
	];
	for (const [chunks, fits] of cases) {
		const reader = new LineReader(5);
		const results = chunks.map(chunk => reader.push(Buffer.from(chunk)));
		t.equal(!results.includes(undefined), fits, JSON.stringify(chunks));
	}
	t.end();
});

t.test('control: only an object with an id and a verb is a request', t => {
	const bad = [
		'',
		'{',
		'null',
		'1',
		'"status"',
		'[]',
		'{}',
		'{"id":1}',
		'{"verb":"status"}',
		'{"id":"1","verb":"status"}',
		'{"id":1.5,"verb":"status"}',
		'{"id":1,"verb":7}',
		'{"id":1,"verb":"status","args":[]}',
		'{"id":1,"verb":"status","args":null}',
		'{"id":1,"verb":"status","args":"x"}',
	];
	for (const line of bad) t.equal(parseRequest(line), undefined, line);
	t.same(parseRequest('{"id":1,"verb":"status"}'), { id: 1, verb: 'status', args: {} });
	t.same(parseRequest('{"id":2,"verb":"rmmod","args":{"name":"a"}}'), { id: 2, verb: 'rmmod', args: { name: 'a' } });
	t.end();
});
