/**
 * hellofs - a file system of files that greet those they are named after.
 *
 *     mount -t hellofs none DIR                     DIR/world
 *     mount -t hellofs none DIR -o whom=Ada:Linus   DIR/Ada and DIR/Linus
 */

import { defaultLlseek, defineModule, Errno, simpleFillSuper, simpleReadFromBuffer, type TreeDescr } from '../index.ts';

const HELLOFS_MAGIC = 0x68656c6c;

/** Names out of the options of the mount. */
function parseWhom(data: string): readonly string[] {
	const names = data === '' ? ['world'] : /^whom=([^,/]*)$/.exec(data)?.[1]?.split(':');
	if (names === undefined || names.some(name => /^\.{0,2}$/.test(name))) throw new Errno('EINVAL');
	return names;
}

/** A file that greets. */
function greeting(whom: string): TreeDescr {
	const text = new TextEncoder().encode(`Hello, ${whom}\n`);
	const read = (_file: unknown, count: number, pos: number) => simpleReadFromBuffer(text, count, pos);
	return { mode: 0o444, fop: { read, llseek: defaultLlseek } };
}

export default defineModule({
	name: 'hellofs',
	license: 'GPL',
	description: 'A file system that greets',

	init({ registerFilesystem, time }) {
		registerFilesystem({
			name: 'hellofs',
			magic: HELLOFS_MAGIC,
			fillSuper(sb, { data }) {
				const files = parseWhom(data).map(whom => [whom, greeting(whom)] as const);
				simpleFillSuper(sb, time.now(), Object.fromEntries(files));
			},
		});
	},
});
