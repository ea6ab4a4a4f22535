/**
 * sysctl_answers.test - the parser of numbers against what a real Linux 6.12 has said.
 *
 * answers.json: Linux 6.12.95 with HZ=100, booted as a process; made by test/oracle/sysctl_answers.ts.
 */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import testSysctl from '../../../../kernel-sim/samples/test_sysctl.ts';
import { type Answer, asked, files, type Question, questions } from './answers.ts';
import { SysctlFiles } from './sysctl_files.ts';

const recorded = new URL('../../../../../test/unit/kernel/sysctl/answers.json', import.meta.url);
const answers = JSON.parse(readFileSync(recorded, 'utf8')) as Answer[];
const sysctl = new SysctlFiles();
const dir = 'debug/test_sysctl';

function answer({ file, written }: Question): Answer {
	const path = `${dir}/${file}`;
	sysctl.write(path, files[file]!);
	let said: number | string;
	try {
		said = sysctl.write(path, written);
	} catch (error) {
		said = (error as { code: string }).code;
	}
	return [said, sysctl.read(path)];
}

await sysctl.kernel.modules.load(testSysctl);

t.test('numbers: whatever is written, the answer is that of Linux', async t => {
	const all = questions(asked.seed, asked.count);
	t.equal(answers.length, all.length);
	const wrong = all.flatMap((question, i) => {
		const ours = answer(question);
		return JSON.stringify(ours) === JSON.stringify(answers[i]) ? [] : [{ question, ours, linux: answers[i] }];
	});
	t.same(wrong.slice(0, 5), []);
	t.ok(answers.filter(([said]) => said === 'EINVAL').length > 300, 'many are refused');
	t.ok(answers.filter(([said]) => said !== 'EINVAL').length > 300, 'and many are taken');
});

t.test('numbers: any bytes at all are an answer, never an oops', async t => {
	fc.assert(
		fc.property(fc.constantFrom(...Object.keys(files)), fc.uint8Array({ maxLength: 60 }), (file, bytes) => {
			const [said, shown] = answer({ file, written: Buffer.from(bytes).toString('latin1') });
			if (said === 'EINVAL') return true;
			return typeof said === 'number' && said <= bytes.length && shown.endsWith('\n');
		}),
	);
	t.equal(sysctl.kernel.panic.oopses, 0);
});

t.test('numbers: ints between white space are what is shown with tabs', async () => {
	const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
	const space = fc.constantFrom(' ', '\t', '\n', '  ', ' \t ');
	fc.assert(
		fc.property(fc.array(int, { minLength: 4, maxLength: 4 }), space, (ints, between) => {
			const written = ints.join(between);
			const [said, shown] = answer({ file: 'int_0003', written });
			return said === written.length && shown === `${ints.join('\t')}\n`;
		}),
	);
});
