/**
 * sysrq - what is done at once when a key is told to /proc/sysrq-trigger (drivers/tty/sysrq.c).
 *
 * A key has an operation, or else the log gets the list of those that have. There is no keyboard, so that kernel.sysrq, which says
 * what may be done from one, says nothing here.
 *
 * Divergence: keys are missing whose operations need what the machine has not, or which would reach for the host: b and o (the
 * power), e, f, i and n (its tasks), j and u (its disks), k and r (a keyboard), d, l, p, z and R.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { CONSOLE_LOGLEVEL_DEFAULT } from '../../kernel/printk.ts';
import { showState } from '../../kernel/sched_show.ts';
import { timerListCpu, timerListHeader } from '../../kernel/timer_list.ts';
import type { Kernel } from '../../kernel.ts';
import { showMem } from '../../mm/show_mem.ts';

/** What a key does (struct sysrq_key_op). */
export interface SysrqKeyOp {
	/** In the list of all: a name with the key in parentheses. */
	readonly helpMsg: string;
	/** Said before it is done. */
	readonly actionMsg: string;
	/** What it throws is an oops. */
	handler(key: string): void;
}

const KEYS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Has all the keys behind it act, where otherwise only the first does. */
const BULK = '_';

/** The keys of one kernel. */
export class Sysrq {
	readonly #kernel: Kernel;
	readonly #ops = new Map<string, SysrqKeyOp>();

	constructor(kernel: Kernel) {
		this.#kernel = kernel;
		const loglevel = this.#loglevel();
		for (let level = 0; level <= 9; level++) this.#ops.set(`${level}`, loglevel);
		for (const [key, op] of Object.entries(this.#ownOps())) this.#ops.set(key, op);
	}

	/** Gives an operation to a key, until the returned function is called (register_sysrq_key). EPERM for no key, or one that has. */
	registerKey(key: string, op: SysrqKeyOp): () => void {
		if (key.length !== 1 || !KEYS.includes(key) || this.#ops.has(key)) throw new Errno('EPERM', `key ${key}`);
		this.#ops.set(key, op);
		return () => void this.#ops.delete(key);
	}

	/** Does what the first of some keys does, or all behind an underscore (write_sysrq_trigger). */
	trigger(keys: string): void {
		let bulk = false;
		for (const key of keys) {
			if (key === BULK) bulk = true;
			else this.handle(key);
			if (!bulk) return;
		}
	}

	/** Does what one key does (__handle_sysrq). What is said of it is on the console, whatever its level. */
	handle(key: string): void {
		const { printk, pr } = this.#kernel;
		const level = printk.consoleLoglevel;
		const op = this.#ops.get(key);
		printk.consoleLoglevel = CONSOLE_LOGLEVEL_DEFAULT;
		if (op === undefined) {
			const known = [...KEYS].flatMap(known => this.#ops.get(known) ?? []);
			pr.info('sysrq: HELP : %s\n', [...new Set(known)].map(({ helpMsg }) => `${helpMsg} `).join(''));
		} else pr.info('sysrq: %s\n', op.actionMsg);
		printk.consoleLoglevel = level;
		op?.handler(key);
	}

	#loglevel(): SysrqKeyOp {
		const { printk, pr } = this.#kernel;
		return {
			helpMsg: 'loglevel(0-9)',
			actionMsg: 'Changing Loglevel',
			handler(key) {
				printk.consoleLoglevel = CONSOLE_LOGLEVEL_DEFAULT;
				pr.info('sysrq: Loglevel set to %d\n', Number(key));
				printk.consoleLoglevel = Number(key);
			},
		};
	}

	#ownOps(): Readonly<Record<string, SysrqKeyOp>> {
		const kernel = this.#kernel;
		const { pr, time } = kernel;
		return {
			c: {
				helpMsg: 'crash(c)',
				actionMsg: 'Trigger a crash',
				handler() {
					throw new Error('sysrq triggered crash');
				},
			},
			m: {
				helpMsg: 'show-memory-usage(m)',
				actionMsg: 'Show Memory',
				handler: () => showMem(kernel.mm, pr),
			},
			q: {
				helpMsg: 'show-all-timers(q)',
				actionMsg: 'Show clockevent devices & pending hrtimers (no others)',
				handler() {
					const now = time.ktimeGet();
					const { cpus } = kernel.host.hardware;
					const texts = Array.from({ length: cpus }, (_, cpu) => timerListCpu(time, cpu, now));
					for (const line of [timerListHeader(now), ...texts].join('').trimEnd().split('\n')) pr.warn('%s\n', line);
				},
			},
			s: {
				helpMsg: 'sync(s)',
				actionMsg: 'Emergency Sync',
				handler: () => pr.warn('Emergency Sync complete\n'),
			},
			t: {
				helpMsg: 'show-task-states(t)',
				actionMsg: 'Show State',
				handler: () => showState(kernel),
			},
			w: {
				helpMsg: 'show-blocked-tasks(w)',
				actionMsg: 'Show Blocked State',
				handler: () => showState(kernel, 'D'),
			},
		};
	}
}
