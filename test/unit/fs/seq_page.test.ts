/** seq_page - the pages that files of records are printed into go from one to the next. */

import t from 'tap';
import { recording, recordText, SeqReader } from './seq_reader.ts';

t.test('seq_file: a page goes from file to file, and what was read stays what it was', async t => {
	const pages: Uint8Array[] = [];
	const first = new SeqReader(recording([5], []), pages);
	const second = new SeqReader(recording([1, 9], []), pages);
	const bytes = await first.read(100);
	t.same(pages, []);
	first.release();
	t.equal(pages.length, 1);
	const [page] = pages;
	t.equal(await second.read(100), recordText(0, 1) + recordText(1, 9), 'nothing of the other file');
	t.same(pages, [], 'it was taken');
	t.equal(bytes, recordText(0, 5));
	second.release();
	t.equal(pages[0], page);
});

t.test(
	'seq_file: a page that was never used, or has grown, or somebody still prints into, is not given back',
	async t => {
		const pages: Uint8Array[] = [];
		new SeqReader(recording([5], []), pages).release();
		const grown = new SeqReader(recording([5000], []), pages);
		await grown.read(100);
		grown.release();
		t.same(pages, []);

		let wake = () => {};
		const sleeper = new SeqReader(
			{
				start: (_m, pos) => (pos === 0 ? 1 : undefined),
				next: () => undefined,
				show: m => new Promise<void>(resolve => (wake = resolve)).then(() => m.puts('late')),
			},
			pages,
		);
		const reading = sleeper.read(100);
		sleeper.release();
		t.same(pages, []);
		wake();
		t.equal(await reading, 'late');
	},
);
