/**
 * bundle - builds what users run: `bundle/`, a few files from hundreds.
 *
 * Node takes a millisecond for each file that it imports; a machine is made of four hundred. The programs lie in the folders of
 * their sources, and so does what others import; what they share lies in src/lib (see src/lib/own_files.ts).
 *
 * The tests do not run these but what tsc writes to `dist/`, which is made a package of the same name here: there, too, a module
 * that imports `ring3/kernel` gets the kernel of its own build.
 */

import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'rolldown';

const dir = 'bundle';

/** Files that Node runs or imports by name; each is also what package.json exports, or what `ownFile` is asked for. */
const programs = [
	'src/cli/ring3',
	'src/cli/start',
	'src/index',
	'src/machine/clear_up',
	'src/machine/loader_hooks',
	'src/machine/main',
	'src/machine/node_fs',
	'src/machine/watchdog_thread',
	'src/testing/machine',
	'kernel-sim/index',
	'mount/run/open_context',
	'mount/run/try_filter',
];

const samples = readdirSync('kernel-sim/samples').map(name => `kernel-sim/samples/${name.replace(/\.ts$/, '')}`);

const { name, type, dependencies, optionalDependencies, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const packages = Object.keys({ ...dependencies, ...optionalDependencies });

const own = new Set([...programs, ...samples].map(path => resolve(`${path}.ts`)));

/** What a program does when it is imported, nobody else is to do: no file with others in it may have one. */
function isProgram(id) {
	return own.has(id);
}

/** What lies in some folders. */
function below(...folders) {
	return id => !isProgram(id) && folders.some(folder => id.startsWith(`${resolve(folder)}/`));
}

/** A file of all that commands import, which are to start fast: nothing that only others need is in it. */
function closure(name, priority, ...commands) {
	const seen = new Set();
	const visit = (id, context) => {
		if (seen.has(id)) return;
		seen.add(id);
		for (const imported of context.getModuleInfo(id)?.importedIds ?? []) visit(imported, context);
	};
	return {
		...{ debugName: name, priority },
		name(id, context) {
			for (const command of commands) visit(resolve(command), context);
			return seen.has(id) && !isProgram(id) ? name : null;
		},
	};
}

rmSync(dir, { recursive: true, force: true });
await build({
	input: Object.fromEntries([...programs, ...samples].map(path => [path, `${path}.ts`])),
	platform: 'node',
	transform: { target: 'node20.19' },
	external: [/^node:/, ...packages.map(name => new RegExp(`^${name}(/|$)`))],
	output: {
		dir,
		format: 'esm',
		entryFileNames: '[name].js',
		chunkFileNames: 'src/lib/[name].js',
		codeSplitting: {
			groups: [
				closure('client', 2, 'src/cli/program.ts', 'src/cli/run.ts', 'src/cli/mount.ts'),
				closure('launch', 1, 'src/cli/run_program.ts'),
				{ name: 'ground', test: below('src/lib', 'src/uapi', 'src/netlink', 'src/boundary') },
				{ name: 'kernel', test: below('kernel-sim') },
				{ name: 'fuse', test: below('mount') },
			],
		},
		// Names stay: they are in the log. Maps tell where in the sources a place of a stack is.
		minify: { compress: false, mangle: false },
		sourcemap: true,
	},
});
chmodSync(`${dir}/src/cli/ring3.js`, 0o755);

const fronts = Object.entries(exports).map(([front, target]) => [front, target.default.replace(`./${dir}/`, './')]);
mkdirSync('dist', { recursive: true });
writeFileSync('dist/package.json', JSON.stringify({ name, type, exports: Object.fromEntries(fronts) }));
copyFileSync('node_modules/commander/LICENSE', `${dir}/LICENSE.commander`);
