/**
 * runtime - devices that sleep while nobody needs them (drivers/base/power/runtime.c).
 *
 *     suspended <-> active    by the callbacks of the device's type, its bus or its driver, the first that has one
 *     users                   while there are any the device stays awake; power/control `on` is one of them
 *     children                it stays awake for those below it that are
 *     autosuspend             it falls asleep once nobody has needed it for that long
 *
 * Divergence: callbacks do not sleep, so that nothing is seen between the two states and no request waits for another.
 */

import { Errno, type ErrnoName, isErrno } from '../../../../src/lib/errno.ts';
import type { Device } from '../core.ts';

const NSEC_PER_MSEC = 1_000_000;

/** What is done with a device as it falls asleep and wakes up (struct dev_pm_ops). Each refuses by an Errno. */
export interface DevPmOps<D extends Device = Device> {
	/** Puts it to sleep. EAGAIN and EBUSY: not now; anything else is a mistake that ends all this for the device. */
	runtimeSuspend?(dev: D): void;
	runtimeResume?(dev: D): void;
	/** Called when it is idle: what it throws keeps the device awake. Absent: it falls asleep. */
	runtimeIdle?(dev: D): void;
}

/** How a device is powered (struct dev_pm_info). */
export class DevPmInfo {
	status: 'active' | 'suspended' = 'suspended';
	/** Above 0: its status is nobody's affair; so it is until `enable`. */
	disableDepth = 1;
	usageCount = 0;
	/** How many devices below it are active. */
	childCount = 0;
	/** False while power/control is `on`. */
	auto = true;
	/** What a callback has failed with. */
	error: ErrnoName | undefined = undefined;
	useAutosuspend = false;
	/** Milliseconds; negative: never. */
	autosuspendDelay = 0;
	/** Where it has pm_qos_resume_latency_us: the microseconds that it may take to wake up, 0 as many as it likes, undefined none. */
	qos: { resumeLatency: number | undefined } | undefined = undefined;
	readonly #dev: Device;
	#lastBusy = 0;
	#timer: (() => void) | undefined = undefined;
	#accountedAt = 0;
	#activeTime = 0;
	#suspendedTime = 0;

	constructor(dev: Device) {
		this.#dev = dev;
	}

	/** Has the device fall asleep and wake up from now on; it must have been added (pm_runtime_enable). */
	enable(): void {
		if (this.disableDepth === 0) {
			this.#dev.kernel.pr.warn('%s: Unbalanced pm_runtime_enable!\n', this.#dev.logName);
			return;
		}
		this.disableDepth -= 1;
		if (this.disableDepth === 0) this.#accountedAt = this.#now();
	}

	/** As often as this was called, `enable` must be (pm_runtime_disable). */
	disable(): void {
		this.#account();
		if (this.disableDepth === 0) this.#stopTimer();
		this.disableDepth += 1;
	}

	/** The device goes: it is not awake any more, and nothing more becomes of it (pm_runtime_remove). */
	remove(): void {
		this.disable();
		if (this.status === 'active') this.setStatus('suspended');
	}

	/**
	 * Says what the device is, before `enable` (pm_runtime_set_active, pm_runtime_set_suspended). EAGAIN once it is enabled, EBUSY
	 * for an active one below one that sleeps.
	 */
	setStatus(status: 'active' | 'suspended'): void {
		if (this.disableDepth === 0 && this.error === undefined) throw new Errno('EAGAIN');
		const above = this.#above;
		if (above !== undefined && status !== this.status) {
			if (status === 'active') {
				if (above.disableDepth === 0 && above.status !== 'active') throw new Errno('EBUSY');
				above.childCount += 1;
			} else above.#childSleeps();
		}
		this.#become(status);
		this.error = undefined;
	}

	/** Takes part in the use of the device, which is awake then (pm_runtime_resume_and_get). As `resume`. */
	get(): void {
		this.usageCount += 1;
		try {
			this.resume();
		} catch (error) {
			this.usageCount -= 1;
			throw error;
		}
	}

	/** Gives that up; after the last, the device may fall asleep (pm_runtime_put). */
	put(): void {
		if (this.usageCount === 0) throw new RangeError(`${this.#dev.name}: more users than there were`);
		this.usageCount -= 1;
		if (this.usageCount === 0) this.idle();
	}

	/** Has it stay awake (pm_runtime_forbid). */
	forbid(): void {
		if (!this.auto) return;
		this.auto = false;
		this.#hold();
	}

	/** Lets it fall asleep (pm_runtime_allow). */
	allow(): void {
		if (this.auto) return;
		this.auto = true;
		this.put();
	}

	/** Says that the device was needed just now (pm_runtime_mark_last_busy). */
	markLastBusy(): void {
		this.#lastBusy = this.#now();
	}

	/** Whether the device is to be idle for a while before it falls asleep, and for how long: pm_runtime_set_autosuspend_delay. */
	setAutosuspend(use: boolean, delay: number = this.autosuspendDelay): void {
		const prevented = this.#autosuspendPrevented;
		this.useAutosuspend = use;
		this.autosuspendDelay = delay;
		if (this.#autosuspendPrevented) {
			if (!prevented) this.#hold();
			return;
		}
		if (prevented) this.usageCount -= 1;
		this.idle();
	}

	/** Puts the device to sleep if it may (pm_request_idle). */
	idle(): void {
		if (this.#whyAwake() !== undefined || this.status !== 'active') return;
		try {
			this.#callback('runtimeIdle')?.(this.#dev);
		} catch (error) {
			this.#codeOf(error);
			return;
		}
		this.suspend(true);
	}

	/** Puts it to sleep; with `auto`, once it was idle for long enough (pm_runtime_suspend, pm_runtime_autosuspend). */
	suspend(auto = false): void {
		if (this.#whyAwake() !== undefined || this.status === 'suspended') return;
		if (auto && this.#sleepLater()) return;
		this.#stopTimer();
		try {
			this.#callback('runtimeSuspend')?.(this.#dev);
		} catch (error) {
			const code = this.#codeOf(error);
			if (code !== 'EAGAIN' && code !== 'EBUSY') this.error = code;
			else if (auto) this.#sleepLater();
			return;
		}
		this.#become('suspended');
		const above = this.#above;
		if (above !== undefined) above.#childSleeps();
	}

	/**
	 * Wakes it up, and what is above it (pm_runtime_resume). EINVAL after a callback has failed, EACCES where it is not enabled,
	 * EBUSY where what is above it stays asleep, and what the callback refuses with.
	 */
	resume(): void {
		if (this.error !== undefined) throw new Errno('EINVAL');
		if (this.disableDepth > 0) throw new Errno('EACCES');
		if (this.status === 'active') return;
		const above = this.#above;
		if (above !== undefined) {
			above.usageCount += 1;
			if (above.disableDepth === 0) above.#resumeQuietly();
		}
		try {
			if (above?.disableDepth === 0 && above.status !== 'active') throw new Errno('EBUSY');
			this.#wake();
			if (above !== undefined) above.childCount += 1;
		} finally {
			above?.put();
		}
		this.idle();
	}

	/** Nanoseconds in which it was enabled, and active or not (pm_runtime_active_time, pm_runtime_suspended_time). */
	times(): { readonly active: number; readonly suspended: number } {
		this.#account();
		return { active: this.#activeTime, suspended: this.#suspendedTime };
	}

	get #above(): DevPmInfo | undefined {
		return this.#dev.parentDevice?.power;
	}

	get #autosuspendPrevented(): boolean {
		return this.useAutosuspend && this.autosuspendDelay < 0;
	}

	#now(): number {
		return this.#dev.kernel.time.ktimeGet();
	}

	/** One user more, whether that wakes it or not. */
	#hold(): void {
		this.usageCount += 1;
		this.#resumeQuietly();
	}

	#resumeQuietly(): void {
		try {
			this.resume();
		} catch (error) {
			if (!isErrno(error)) throw error;
		}
	}

	#wake(): void {
		try {
			this.#callback('runtimeResume')?.(this.#dev);
		} catch (error) {
			this.error = this.#codeOf(error);
			throw new Errno(this.error === 'EACCES' ? 'EIO' : this.error);
		}
		this.#become('active');
		this.markLastBusy();
	}

	#childSleeps(): void {
		this.childCount = Math.max(0, this.childCount - 1);
		this.idle();
	}

	/** rpm_check_suspend_allowed. */
	#whyAwake(): ErrnoName | undefined {
		if (this.error !== undefined) return 'EINVAL';
		if (this.disableDepth > 0) return 'EACCES';
		if (this.usageCount > 0) return 'EAGAIN';
		return this.childCount > 0 ? 'EBUSY' : undefined;
	}

	/** Says whether it is still to be idle for a while, and sets the timer then. */
	#sleepLater(): boolean {
		if (!this.useAutosuspend || this.autosuspendDelay < 0) return false;
		const left = this.#lastBusy + this.autosuspendDelay * NSEC_PER_MSEC - this.#now();
		if (left <= 0) return false;
		this.#stopTimer();
		this.#timer = this.#dev.kernel.time.setTimer(left, () => {
			this.#timer = undefined;
			this.suspend(true);
		});
		return true;
	}

	#stopTimer(): void {
		this.#timer?.();
		this.#timer = undefined;
	}

	#become(status: 'active' | 'suspended'): void {
		this.#account();
		this.status = status;
	}

	/** update_pm_runtime_accounting. */
	#account(): void {
		if (this.disableDepth > 0) return;
		const now = this.#now();
		const elapsed = now - this.#accountedAt;
		this.#accountedAt = now;
		if (this.status === 'active') this.#activeTime += elapsed;
		else this.#suspendedTime += elapsed;
	}

	/** What a callback has refused with; what else it throws is an oops. */
	#codeOf(error: unknown): ErrnoName {
		if (isErrno(error)) return (error as Errno).code;
		this.#dev.kernel.panic.oops(error, `power of ${this.#dev.name}`);
		return 'EIO';
	}

	/** RPM_GET_CALLBACK. */
	#callback(name: keyof DevPmOps): ((dev: Device) => void) | undefined {
		const { type, bus, driver } = this.#dev;
		const ops = type?.pm ?? bus?.type.pm;
		return ops?.[name] ?? driver?.type.pm?.[name];
	}
}
