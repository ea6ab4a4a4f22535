/**
 * module_fib - the routes, as a module gets them.
 */

import type { Module } from '../../kernel/module.ts';
import type { Kernel } from '../../kernel.ts';
import type { NetDevice } from '../core/dev.ts';
import type { FibConfig, FibEvent, FibRoute, Flow } from './fib_lookup.ts';

/** The one table of routes that every protocol shows and changes. */
export interface ModuleFib {
	/** Adds or replaces a route; see `Fib.insert`. */
	insert(cfg: FibConfig, nlflags: number): void;
	/** Removes a route; see `Fib.delete`. */
	delete(cfg: FibConfig): void;
	/** The way to an address; see `Fib.lookup`. */
	lookup(flow: Flow): FibRoute;
	/** The first route of exactly this prefix in the main table. */
	find(dst: number, dstLen: number): FibRoute | undefined;
	/** The routes of a table, the main one where none is named; none where there is no such table. */
	routes(table?: number): Iterable<FibRoute>;
	/** Removes the routes of a table that `matches`, and gives their number. */
	flush(matches: (route: FibRoute) => boolean, table?: number): number;
	/** Calls `listener` after each change for as long as the module is there. It must not throw. */
	subscribe(listener: (event: FibEvent) => void): void;
	/** A device by its name; undefined where there is none. */
	deviceByName(name: string): NetDevice | undefined;
}

/** Makes what one module gets. */
export function moduleFib({ net: { fib, devices } }: Kernel, module: Module): ModuleFib {
	return {
		insert: (cfg, nlflags) => fib.insert(cfg, nlflags),
		delete: cfg => fib.delete(cfg),
		lookup: flow => fib.lookup(flow),
		find: (dst, dstLen) =>
			fib
				.table()
				?.from(dst >>> 0)
				?.find(route => route.dst === dst && route.dstLen === dstLen),
		routes: table => fib.table(table) ?? [],
		flush: (matches, table) => fib.table(table)?.flush(matches) ?? 0,
		subscribe: listener => void module.undo(fib.subscribe(listener)),
		deviceByName: name => devices.byName(name),
	};
}
