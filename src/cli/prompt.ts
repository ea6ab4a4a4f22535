/**
 * prompt - how a shell inside a machine shows where it is.
 */

import { basename } from 'node:path';

/**
 * What to set in the environment of a command so that, if it is an interactive shell, its prompt says `ring3`. A bash reads
 * its own start files, which set PS1; PROMPT_COMMAND runs after them, before each prompt, and in interactive shells alone.
 */
export function promptEnvironment(command: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	const shell = basename(command);
	if (shell === 'bash') {
		const mark = 'case "$PS1" in *ring3*) ;; *) PS1="(ring3) $PS1" ;; esac';
		return { PROMPT_COMMAND: env.PROMPT_COMMAND ? `${env.PROMPT_COMMAND}\n${mark}` : mark };
	}
	if (!['sh', 'dash', 'ash', 'ksh', 'zsh'].includes(shell)) return {};
	// Inside, everybody is root.
	return { PS1: '(ring3) # ' };
}
