/**
 * start - `npm start`: a machine in the foreground with two modules, and lines to try.
 */

import { serve } from '../machine/serve.ts';
import type { MachineStatus } from '../machine/status.ts';
import { attempt, reportError } from './failure.ts';
import { goOnUnheard } from './unheard.ts';

const modules = ['procfs', 'seqfile'].map(source => ({ source, params: [] }));

function greeting({ name, dir }: MachineStatus): string {
	return `${name}: a kernel is mounted on ${dir}. In another terminal, try

  cat ${dir}/proc/version
  cat ${dir}/proc/example/first
  echo 42 > ${dir}/proc/example/first
  head -n 5 ${dir}/proc/sequence
  npx ring3 run -- bash

Ctrl-C ends it.
`;
}

async function main(): Promise<void> {
	goOnUnheard();
	try {
		const print = (line: string) => process.stderr.write(`${line}\n`);
		const onReady = (machine: MachineStatus) => process.stdout.write(greeting(machine));
		process.exit(await attempt('start', () => serve({ modules }, { console: print, onReady })));
	} catch (error) {
		process.exitCode = reportError(error);
	}
}

void main();
