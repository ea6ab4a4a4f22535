/**
 * sysctl_answers - asks a real Linux what it makes of what test/unit/kernel/sysctl/answers.ts has made up, for the file
 * sysctl_answers.json beside the test there:
 *
 *     modprobe test_sysctl
 *     node dist/test/oracle/sysctl_answers.js > answers.json
 */

import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { type Answer, asked, files, questions } from '../unit/kernel/sysctl/answers.ts';
import { write } from './write.ts';

function ask(file: string, written: string): Answer {
	const path = `/proc/sys/debug/test_sysctl/${file}`;
	writeFileSync(path, files[file]!);
	const fd = openSync(path, 'r+');
	let said: number | string;
	try {
		said = write(fd, written);
	} catch (error) {
		said = (error as { code: string }).code;
	} finally {
		closeSync(fd);
	}
	return [said, readFileSync(path, 'latin1')];
}

const answers = questions(asked.seed, asked.count).map(({ file, written }) => JSON.stringify(ask(file, written)));
process.stdout.write(`[\n${answers.join(',\n')}\n]\n`);
