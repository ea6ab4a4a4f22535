/**
 * bundle - builds what users run: `bundle/`, a few files from hundreds.
 *
 * Node takes a millisecond for each file that it imports; a machine is made of four hundred. The programs lie in the folders of
 * their sources, and so does what others import; what they share lies in src/lib (see src/lib/own_files.ts).
 *
 * The tests do not run these but what tsc writes to `dist/`, which is made a package of the same name here: there, too, a module
 * that imports `ring3/kernel` gets the kernel of its own build.
 */

import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const outdir = 'bundle';

/** Files that Node runs or imports by name; each is also what package.json exports, or what `ownFile` is asked for. */
const programs = [
	'src/cli/ring3.ts',
	'src/cli/start.ts',
	'src/index.ts',
	'src/machine/clear_up.ts',
	'src/machine/loader_hooks.ts',
	'src/machine/main.ts',
	'src/machine/node_fs.ts',
	'src/machine/watchdog_thread.ts',
	'src/testing/machine.ts',
	'kernel-sim/index.ts',
	'mount/run/try_filter.ts',
	'mount/run/zygote.ts',
];

const samples = readdirSync('kernel-sim/samples').map(name => `kernel-sim/samples/${name}`);

rmSync(outdir, { recursive: true, force: true });
await build({
	entryPoints: [...programs, ...samples],
	outdir,
	outbase: '.',
	bundle: true,
	splitting: true,
	chunkNames: 'src/lib/[hash]',
	format: 'esm',
	platform: 'node',
	target: 'node20.19',
	packages: 'external',
	// Names stay: they are in the log. Maps tell where in the sources a place of a stack is.
	minifyWhitespace: true,
	sourcemap: 'linked',
	sourcesContent: false,
	logLevel: 'warning',
});
chmodSync(`${outdir}/src/cli/ring3.js`, 0o755);

const { name, type, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const own = Object.entries(exports).map(([front, target]) => [front, target.default.replace(`./${outdir}/`, './')]);
mkdirSync('dist', { recursive: true });
writeFileSync('dist/package.json', JSON.stringify({ name, type, exports: Object.fromEntries(own) }));
