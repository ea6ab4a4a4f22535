/**
 * bundle - builds what users run: `bundle/`, a few files from hundreds.
 *
 * Node takes a millisecond for each file that it imports; a machine is made of four hundred. The programs lie in the folders of
 * their sources, and so does what others import; what they share lies in src/lib (see src/lib/own_files.ts). All of it is CommonJS,
 * since compiled code of ES modules cannot be kept for the next process (see src/machine/code_cache.ts).
 *
 * The tests do not run these but what tsc writes to `dist/`, which is made a package of the same name here: there, too, a module
 * that imports `ring3/kernel` gets the kernel of its own build.
 */

import { createHash } from 'node:crypto';
import {
	chmodSync,
	copyFileSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'rolldown';

const dir = 'bundle';

/** Files that Node runs or imports by name; each is also what package.json exports, or what `ownFile` is asked for. */
const programs = [
	'src/cli/ring3',
	'src/cli/start',
	'src/index',
	'src/machine/clear_up',
	'src/machine/code_cache',
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

const { name, dependencies, optionalDependencies, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const packages = Object.keys({ ...dependencies, ...optionalDependencies }).filter(name => name !== 'koffi');

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

/** The size, in bytes, from which on it is worth while to keep what V8 makes of a script. */
const worthKeeping = 20_000;

/** How a name is exported, after everything else: by a getter, of which a machine would make seven hundred. */
const exported =
	/^Object\.defineProperty\(exports, "([\w$]+)", \{\s+enumerable: true,\s+get: function\(\) \{\s+return ([\w$]+);\s+\}\s+\}\);$/gm;

/**
 * Makes a script one that src/machine/code_cache.ts runs, and puts a stub in its place.
 *
 * What it takes from others, `require_ground.seq_file`, would be asked for by name each time. It becomes a constant of the same
 * length, `require_ground$seq_file`, so that the map holds.
 */
function leaveToCache(name) {
	const path = `${dir}/src/lib/${name}`;
	const taken = new Map();
	const code = readFileSync(`${path}.js`, 'utf8')
		.replace(/[^\0-\x7f]/g, char => `\\u${hex(char.charCodeAt(0))}`)
		.replace(`=${name}.js.map`, `=${name}.script.js.map`)
		.replace(exported, 'exports.$1 = $2;')
		.replace(/\b(require_\w+)\.([\w$]+)/g, (_, file, member) => {
			taken.set(file, (taken.get(file) ?? new Set()).add(member));
			return `${file}$${member}`;
		});
	if (code.includes('defineProperty(exports, "')) throw new Error(`${name}: something is exported in another way`);
	if (/[^\w#.]import\(/.test(code))
		throw new Error(`${name}: import() does not work here, see src/machine/code_cache.ts`);
	const constants = [...code.matchAll(/\b(require_\w+) = (require\("[^"]+"\))/g)].map(([, file, required]) => {
		const members = [...(taken.get(file) ?? [])].map(member => `${member}: ${file}$${member}`);
		return `const { ${members.join(', ')} } = ${required};`;
	});
	const map = JSON.parse(readFileSync(`${path}.js.map`, 'utf8'));
	rmSync(`${path}.js.map`);
	const head = `(function (exports, require, module, __filename, __dirname) { ${constants.join(' ')}`;
	writeFileSync(`${path}.script.js`, `${head}\n${code}\n})`);
	// The first line is ours.
	writeFileSync(`${path}.script.js.map`, JSON.stringify({ ...map, mappings: `;${map.mappings}` }));
	const digest = createHash('sha256').update(code).digest('hex').slice(0, 16);
	const call = `runScript(\`\${__dirname}/${name}.script.js\`, '${digest}', { module, require });`;
	writeFileSync(`${path}.js`, `require('../machine/code_cache.js').${call}\n`);
}

function hex(code) {
	return code.toString(16).padStart(4, '0');
}

/**
 * The way to koffi. Node's own, by the `exports` of its package, compiles a regular expression for that, which takes longer than to
 * load koffi.
 */
const koffi = {
	name: 'koffi',
	resolveId: id => (id === 'koffi' ? '\0koffi' : undefined),
	load: id => (id === '\0koffi' ? wayToKoffi : undefined),
};
const wayToKoffi = `
	import { existsSync } from 'node:fs';
	const file = module.paths.map(dir => dir + '/koffi/index.cjs').find(file => existsSync(file));
	export default require(file ?? 'koffi');
`;

rmSync(dir, { recursive: true, force: true });
await build({
	input: Object.fromEntries([...programs, ...samples].map(path => [path, `${path}.ts`])),
	platform: 'node',
	transform: { target: 'node20.19' },
	plugins: [koffi],
	external: [/^node:/, ...packages.map(name => new RegExp(`^${name}(/|$)`))],
	output: {
		dir,
		format: 'cjs',
		exports: 'named',
		entryFileNames: '[name].js',
		chunkFileNames: 'src/lib/[name].js',
		codeSplitting: {
			groups: [
				{ name: 'code_cache', priority: 3, test: id => id === resolve('src/machine/code_cache.ts') },
				closure('client', 2, 'src/cli/program.ts', 'src/cli/run.ts', 'src/cli/mount.ts'),
				closure('launch', 1, 'src/cli/run_program.ts'),
				{ name: 'ground', test: below('src/lib', 'src/uapi', 'src/netlink', 'src/boundary') },
				{ name: 'kernel', test: below('kernel-sim') },
				{ name: 'fuse', test: below('mount') },
			],
		},
		// Names and lines stay: they are in the log, and before the stack of an error. Maps tell where in the sources a place is.
		comments: false,
		sourcemap: true,
	},
});
const shared = `${dir}/src/lib`;
for (const file of readdirSync(shared)) {
	if (file.endsWith('.js') && statSync(`${shared}/${file}`).size > worthKeeping)
		leaveToCache(file.replace(/\.js$/, ''));
}
chmodSync(`${dir}/src/cli/ring3.js`, 0o755);

const fronts = Object.entries(exports).map(([front, target]) => [front, target.default.replace(`./${dir}/`, './')]);
for (const [build, type] of [
	[dir, 'commonjs'],
	['dist', 'module'],
]) {
	mkdirSync(build, { recursive: true });
	writeFileSync(`${build}/package.json`, JSON.stringify({ name, type, exports: Object.fromEntries(fronts) }));
}
copyFileSync('node_modules/commander/LICENSE', `${dir}/LICENSE.commander`);
