/**
 * psi - pressure stall information: how long tasks have waited for what they needed (kernel/sched/psi.c).
 *
 * A file that is open for writing may be given one trigger, as `some 150000 1000000`: wake me by POLLPRI when tasks have waited so many
 * microseconds within a window of so many.
 *
 * Divergence: the machine's programs wait for the host's processors, memory and disks, and the host does not tell how long. Nothing is
 * ever waited for here: all averages and totals are 0, and a trigger is taken and never fires.
 */

import { Errno } from '../../src/lib/errno.ts';

/** What may be waited for. */
export type PsiResource = 'io' | 'memory' | 'cpu';

/** The longest window of a trigger, and what windows of those without CAP_SYS_RESOURCE are multiples of, in microseconds. */
const WINDOW_MAX_US = 10_000_000;
const UNPRIVILEGED_STEP_US = 2_000_000;
/** Bytes of a trigger's text, with the NUL behind it. */
const TRIGGER_MAX = 32;

/** What is to be told of (struct psi_trigger). */
export interface PsiTrigger {
	readonly full: boolean;
	/** In microseconds. */
	readonly threshold: number;
	readonly window: number;
}

/** What a file shows (psi_show). */
export function psiText(): string {
	return ['some', 'full'].map(what => `${what} avg10=0.00 avg60=0.00 avg300=0.00 total=0\n`).join('');
}

/**
 * The trigger that is written to a file (psi_trigger_create). EINVAL for what is none, a window of more than ten seconds, or of other
 * than two seconds and their multiples for who is not `privileged`, and a threshold beyond it.
 */
export function parsePsiTrigger(text: string, privileged: boolean): PsiTrigger {
	const given = text.slice(0, TRIGGER_MAX - 1);
	const [, what, threshold, window] = /^(some|full)\s*(\d+)\s*(\d+)/.exec(given) ?? [];
	const trigger = { full: what === 'full', threshold: Number(threshold), window: Number(window) };
	const isWindow = trigger.window > 0 && trigger.window <= WINDOW_MAX_US;
	if (!isWindow || (!privileged && trigger.window % UNPRIVILEGED_STEP_US !== 0)) throw new Errno('EINVAL');
	if (trigger.threshold === 0 || trigger.threshold > trigger.window) throw new Errno('EINVAL');
	return trigger;
}
