/**
 * program - the command line: what there is, and where it is done. A command's file is loaded when it is the one that runs.
 */

import { Command } from 'commander';
import { reportError } from './failure.ts';
import { inspectOption, spellOut } from './inspect.ts';

const name = ['--name <name>', 'the machine that is meant; absent: the only one that runs'] as const;
const mountFlags = [
	'-o <flag,...>',
	"how it is mounted: ro, allow_other, uid=N and gid=N (who owns what is root's), fsname=NAME; may be given again",
	again,
] as const;
const module = [
	'--module <file|name[,k=v...]>',
	'load a module, a file or a sample, with parameters; may be given again',
	again,
] as const;

const sysctl = [
	'--sysctl <name=value|file>',
	'set a value under /proc/sys at boot, or all those of a file like /etc/sysctl.conf; may be given again',
	again,
] as const;
const cmdline = [
	'--cmdline <text>',
	"the kernel's command line, as in printk.time=0 or sysctl.vm.swappiness=40; absent: empty",
] as const;
const config = [
	'--config <CONFIG_X=n>',
	'boot a kernel without a part, or with one (=y); may be given again',
	again,
] as const;

/** Collects the values of an option that may be given several times. */
function again(value: string, before: string[] = []): string[] {
	return [...before, value];
}

/** Does what the command line says. Ends the process where something goes wrong. */
export async function main(): Promise<void> {
	const program = new Command('ring3')
		.description('A Linux kernel in user space: its files mounted, its modules in TypeScript')
		.enablePositionalOptions()
		.showSuggestionAfterError(false)
		.configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'ring3: ')) })
		.exitOverride(error => process.exit(error.exitCode === 0 ? 0 : 2));
	machineCommands(program);
	moduleCommands(program);
	routeCommands(program);
	runCommand(program);
	try {
		await program.parseAsync(commandLine(program, process.argv));
	} catch (error) {
		process.exit(reportError(error));
	}
}

/** The command line as commander is to read it. */
function commandLine(program: Command, argv: readonly string[]): string[] {
	const command = program.commands.find(command => command.name() === argv[2]);
	return command === undefined ? [...argv] : [...argv.slice(0, 3), ...spellOut(command, argv.slice(3))];
}

function machineCommands(program: Command): void {
	program
		.command('mount')
		.description(
			'boot a machine and mount its tree, or mount a file system of one that runs; absent DIR: a new directory',
		)
		.argument('[dir]')
		.option(...module)
		.option(...mountFlags)
		.option(...sysctl)
		.option(...cmdline)
		.option(...config)
		.option(
			'--type <type>',
			'mount this one of /proc/filesystems, of the machine that runs; -o takes its options as well',
		)
		.option('--daemon', 'return when the tree can be read, and run on in the background')
		.option(
			'--name <name>',
			'name of the new machine, absent: the first of m0, m1, ... that is free; with --type, of which',
		)
		.option(...inspectOption)
		.option('--backend <name>', 'through what it is mounted: fuse or fuse-native (docs/backends.md); absent: fuse')
		.option('--watchdog <seconds>', 'how long it may be stuck before it is killed; 0: for ever; absent: 10')
		.option('--trace', 'print a line for each request of the host and for its reply')
		.action(async (dir, { type, ...options }) => {
			if (type === undefined) await (await import('./mount.ts')).mount(dir, options);
			else await (await import('./mount_type.ts')).mountType(type, dir, options);
		});
	program
		.command('umount')
		.description('stop a machine, named or by its directory')
		.argument('<dir|name>')
		.action(async which => (await import('./umount.ts')).umount(which));
	program
		.command('doctor')
		.description('look whether this computer has what ring3 needs, and say what helps')
		.action(async () => (await import('./doctor.ts')).doctor());
	program
		.command('ps')
		.description('list the machines that run')
		.action(async () => (await import('./ps.ts')).ps());
}

function moduleCommands(program: Command): void {
	program
		.command('insmod')
		.description('load a module: a file, or a sample by its name')
		.argument('<file|name>')
		.argument('[k=v...]')
		.option('--watch', 'go on, and load it anew whenever it is saved; what it remembers stays')
		.option(...name)
		.action(async (source, params, options) => (await import('./insmod.ts')).insmod(source, params, options));
	program
		.command('rmmod')
		.description('unload a module')
		.argument('<name>')
		.option(...name)
		.action(async (module, options) => (await import('./rmmod.ts')).rmmod(module, options));
	program
		.command('lsmod')
		.description('list the modules that are loaded')
		.option(...name)
		.action(async options => (await import('./lsmod.ts')).lsmod(options));
	program
		.command('dmesg')
		.description('print the kernel log')
		.option('-w, --follow', 'go on, and print what comes')
		.option(...name)
		.action(async options => (await import('./dmesg.ts')).dmesg(options));
}

function routeCommands(program: Command): void {
	program
		.command('route')
		.description('show and change the routes of a machine that has rt_manager; the words are those of ip-route(8)')
		.argument('[words...]', 'add, replace, change, prepend, append, del, get, show, flush, monitor, batch FILE')
		.option('--force', 'with batch, go on behind a line that is refused')
		.option(...name)
		.action(async (words, options) => (await import('./route.ts')).route(words, options));
	program
		.command('greet')
		.description('say something to the kernel of a machine that has rt_manager, and print what it answers')
		.argument('<text>')
		.option(...name)
		.action(async (text, options) => (await import('./greet.ts')).greet(text, options));
}

function runCommand(program: Command): void {
	program
		.command('run')
		.description('run a command that sees the machine at /proc and /sys; starts a machine when none runs')
		.passThroughOptions()
		.argument('<command>')
		.argument('[args...]')
		.option('--name <name>', 'the machine to run in, started when there is none of that name')
		.option(...module)
		.option(...sysctl)
		.option(...cmdline)
		.option(...config)
		.option(...inspectOption)
		.option('--no-mount', "leave the host's files as they are: only system calls reach the machine")
		.option('--trace', 'print the system calls and netlink messages that the machine answers, to the standard error')
		.option('--no-filter', 'leave system calls to the host: only files are of the machine')
		.action(async (command, args, options) => (await import('./run.ts')).run(command, args, options));
}
