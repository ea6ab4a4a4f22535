/**
 * sysctl_probes - asks a real Linux about its knobs, for test/unit/kernel/sysctl/probes.json. It writes to all of them: boot one
 * for it.
 *
 *     node dist/test/oracle/sysctl_probes.js > probes.json
 */

import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { probe } from '../unit/kernel/sysctl/probes.ts';
import { write } from './write.ts';

const root = '/proc/sys';
const writable = (path: string) => (statSync(path).mode & 0o600) === 0o600;

const probed = probe({
	list: () =>
		readdirSync(root, { recursive: true, withFileTypes: true })
			.filter(entry => entry.isFile())
			.map(({ parentPath, name }) => join(parentPath, name))
			.filter(writable)
			.map(path => path.slice(root.length + 1)),
	read: path => readFileSync(join(root, path), 'latin1'),
	write(path, text) {
		const fd = openSync(join(root, path), 'r+');
		try {
			return write(fd, text);
		} finally {
			closeSync(fd);
		}
	},
});
const lines = Object.entries(probed).map(([path, answers]) => `${JSON.stringify(path)}: ${JSON.stringify(answers)}`);
process.stdout.write(`{\n${lines.join(',\n')}\n}\n`);
