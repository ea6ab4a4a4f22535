/** processes - programs inside a machine look at processes: themselves, and one another. */

import t from 'tap';
import { Sandbox } from './sandbox.ts';

t.test('run: programs find their own file, directory and root in /proc/self', async t => {
	const box = new Sandbox(t);
	await box.mount();
	const script = [
		'readlink /proc/self/exe /proc/self/cwd /proc/self/root /proc/$$/task/$$/cwd',
		'cmp /proc/self/exe "$(readlink -f "$(command -v cmp)")" && echo same',
		'cp "$(command -v sleep)" gone; ./gone 9 & rm gone; sleep=$!',
		'case $(readlink /proc/$sleep/exe) in *.host*) cmp /proc/$sleep/exe "$(command -v sleep)" && echo same; esac',
		'kill $sleep',
	].join('\n');
	const { stdout, stderr } = await box.ring3(['run', 'sh', '-c', script]);
	t.equal(stderr, '');
	t.match(stdout, /^\/\S*\/readlink\n/);
	t.same(stdout.split('\n').slice(1), [box.dir, '/', box.dir, 'same', 'same', '']);
});
