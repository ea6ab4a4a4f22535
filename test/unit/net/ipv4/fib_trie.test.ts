/**
 * fib_trie.test - kernel-sim/net/ipv4/fib_trie.ts and key_vector.ts: against a list that is searched from one end to the other.
 */

import fc from 'fast-check';
import t from 'tap';
import { NetDevices } from '../../../../kernel-sim/net/core/dev.ts';
import type { FibTrie } from '../../../../kernel-sim/net/ipv4/fib_alias.ts';
import { Fib, mask } from '../../../../kernel-sim/net/ipv4/fib_frontend.ts';
import type { FibConfig, FibEvent } from '../../../../kernel-sim/net/ipv4/fib_lookup.ts';
import { isErrno } from '../../../../src/lib/errno.ts';
import { IFF_UP } from '../../../../src/uapi/if.ts';
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from '../../../../src/uapi/netlink.ts';
import { rt_scope, rt_table, rtn } from '../../../../src/uapi/rtnetlink.ts';

const { RT_SCOPE_LINK } = rt_scope;

function fibWithDevices() {
	const devices = new NetDevices();
	for (const name of ['d1', 'd2', 'd3'])
		devices.register({ name, flags: IFF_UP, mtu: 1500, address: new Uint8Array(6) });
	return { fib: new Fib(devices), devices };
}

/** How `operation` is refused; undefined where it is not. */
function codeOf(operation: () => unknown): string | undefined {
	try {
		operation();
		return undefined;
	} catch (error) {
		if (isErrno(error)) return error.code;
		throw error;
	}
}

/** 10.1.2.3 as the tables have it. */
function ip(text: string): number {
	return text.split('.').reduce((address, part) => (address << 8) | Number(part), 0);
}

/** A route to a prefix that leads directly to a device. */
function direct(prefix: string, oif: number, more: Partial<FibConfig> = {}): FibConfig {
	const [address = '', length = '32'] = prefix.split('/');
	return { dst: ip(address), dstLen: Number(length), oif, scope: RT_SCOPE_LINK, ...more };
}

interface Route {
	readonly dst: number;
	readonly dstLen: number;
	readonly oif: number;
}

/** What a table should be. */
class Model {
	readonly routes = new Map<string, Route>();

	key = ({ dst, dstLen }: Pick<Route, 'dst' | 'dstLen'>) => `${dst}/${dstLen}`;

	lookup(address: number): Route | undefined {
		let best: Route | undefined;
		for (const route of this.routes.values()) {
			if (((address ^ route.dst) & mask(route.dstLen)) !== 0) continue;
			if (best === undefined || route.dstLen > best.dstLen) best = route;
		}
		return best;
	}

	list(): Route[] {
		return [...this.routes.values()].sort((a, b) => (a.dst >>> 0) - (b.dst >>> 0) || b.dstLen - a.dstLen);
	}
}

/** Adds to `faults` what is wrong with a node and all below it, and gives its longest suffix. */
function inspect(trie: FibTrie, n: number, parent: number, faults: string[]): number {
	const [pos, bits, slen] = [trie.kv.pos(n), trie.kv.bits(n), trie.kv.slen(n)];
	const must = (holds: boolean, what: string) =>
		holds || faults.push(`${trie.kv.key(n) >>> 0} at ${pos}+${bits}: ${what}`);
	must(trie.kv.parent(n) === parent, 'has another parent');
	if (bits === 0) {
		let last = 0;
		for (let fa = trie.first(n); fa !== 0; fa = trie.next(fa)) last = fa;
		must(last !== 0, 'has no route');
		must(slen === trie.suffix(last), 'has another suffix than its last route');
		return slen;
	}
	const children = Array.from({ length: 1 << bits }, (_, i) => trie.kv.child(n, i));
	const [empty, full] = [trie.kv.empty(n), trie.kv.full(n)];
	must(children.filter(child => child !== 0).length >= 2, 'has fewer than two children');
	must(empty === children.filter(child => child === 0).length, 'miscounts the empty');
	must(full === children.filter(child => trie.kv.isFull(n, child)).length, 'miscounts the full');
	let longest = pos;
	for (const [i, child] of children.entries()) {
		if (child === 0) continue;
		must(trie.kv.index(n, trie.kv.key(child)) === i, `has ${trie.kv.key(child)} in the wrong place`);
		longest = Math.max(longest, inspect(trie, child, n, faults));
	}
	must(slen === longest, `says ${slen} for a longest suffix of ${longest}`);
	return slen;
}

const address = fc.oneof(
	fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
	fc.integer({ min: 0, max: 255 }).map(low => ip('10.0.0.0') + low),
	fc.integer({ min: 0, max: 0xffff }).map(high => high << 16),
	fc.constantFrom(0, -1, 0x7fff_ffff, -0x8000_0000),
);
const route = fc
	.record({ address, dstLen: fc.integer({ min: 0, max: 32 }), oif: fc.integer({ min: 1, max: 3 }) })
	.map(({ address, dstLen, oif }) => ({ dst: address & mask(dstLen), dstLen, oif }));
const step = fc.oneof(
	{ weight: 3, arbitrary: fc.record({ op: fc.constant('add' as const), route }) },
	{ weight: 1, arbitrary: fc.record({ op: fc.constant('del' as const), route }) },
	{ weight: 2, arbitrary: fc.record({ op: fc.constant('drop' as const), nth: fc.nat() }) },
);

t.test('fib_table: finds, lists and forgets as a list does, and its nodes are in order', async t => {
	const property = fc.property(
		fc.array(step, { maxLength: 300 }),
		fc.array(address, { minLength: 20, maxLength: 20 }),
		(steps, addresses) => {
			const { fib } = fibWithDevices();
			const table = fib.table()!;
			const model = new Model();
			for (const each of steps) {
				if (each.op === 'add') {
					fib.insert({ ...each.route, scope: RT_SCOPE_LINK }, NLM_F_CREATE | NLM_F_REPLACE);
					model.routes.set(model.key(each.route), each.route);
					continue;
				}
				const some = [...model.routes.values()];
				const victim = each.op === 'del' ? each.route : some[each.nth % (some.length || 1)];
				if (victim === undefined) continue;
				const known = model.routes.delete(model.key(victim));
				const code = codeOf(() => fib.delete({ dst: victim.dst, dstLen: victim.dstLen }));
				if (code !== (known ? undefined : 'ESRCH')) throw new Error(`delete: ${code}`);
			}
			const faults: string[] = [];
			if (fib.trie.root !== 0) inspect(fib.trie, fib.trie.root, 0, faults);
			if (faults.length > 0) throw new Error(faults.join('\n'));
			const listed = [...table].map(({ dst, dstLen, info }) => ({ dst, dstLen, oif: info.nh.dev!.ifindex }));
			if (
				JSON.stringify(listed) !== JSON.stringify(model.list().map(({ dst, dstLen, oif }) => ({ dst, dstLen, oif })))
			) {
				throw new Error(`lists ${JSON.stringify(listed)}`);
			}
			for (const daddr of [...addresses, ...model.list().flatMap(({ dst, dstLen }) => [dst, dst | ~mask(dstLen)])]) {
				const found = table.lookup({ daddr });
				const want = model.lookup(daddr);
				const got = found && { dst: found.dst, dstLen: found.dstLen };
				if (got?.dst !== want?.dst || got?.dstLen !== want?.dstLen) throw new Error(`finds ${JSON.stringify(got)}`);
			}
		},
	);
	await t.resolves(async () => fc.assert(property, { numRuns: 300 }));
});

t.test('fib_table: dense and sparse keys in the thousands keep their nodes in order', async t => {
	const { fib } = fibWithDevices();
	let seed = 1;
	const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) | 0);
	const keys = new Set<number>();
	while (keys.size < 20_000) keys.add(keys.size % 3 === 0 ? random() & mask(24) : ip('10.0.0.0') + (keys.size << 8));
	for (const dst of keys) fib.insert({ dst, dstLen: 24, oif: 1, scope: RT_SCOPE_LINK }, NLM_F_CREATE);
	const faults: string[] = [];
	inspect(fib.trie, fib.trie.root, 0, faults);
	t.same(faults, []);
	t.equal([...fib.table()!].length, keys.size);
	for (const dst of keys) fib.delete({ dst, dstLen: 24 });
	t.equal(fib.trie.root, 0, 'and nothing is left');
});

t.test('fib_table_insert: what NLM_F_CREATE, EXCL, APPEND and REPLACE make of a route that is there (RT1)', async t => {
	const { fib } = fibWithDevices();
	const hops = () => [...fib.table()!].map(({ info }) => info.nh.dev!.name);
	t.equal(
		codeOf(() => fib.insert(direct('10.0.0.0/8', 1), 0)),
		'ENOENT',
	);
	t.equal(
		codeOf(() => fib.insert(direct('10.0.0.0/8', 1), NLM_F_REPLACE)),
		'ENOENT',
	);
	fib.insert(direct('10.0.0.0/8', 1), NLM_F_CREATE | NLM_F_EXCL);
	t.equal(
		codeOf(() => fib.insert(direct('10.0.0.0/8', 2), NLM_F_CREATE | NLM_F_EXCL)),
		'EEXIST',
	);
	t.equal(
		codeOf(() => fib.insert(direct('10.0.0.0/8', 1), NLM_F_CREATE)),
		'EEXIST',
	);
	fib.insert(direct('10.0.0.0/8', 2), NLM_F_CREATE);
	t.same(hops(), ['d2', 'd1'], 'another hop goes in front');
	fib.insert(direct('10.0.0.0/8', 3), NLM_F_CREATE | NLM_F_APPEND);
	t.same(hops(), ['d2', 'd1', 'd3'], 'or behind');
	t.equal(
		codeOf(() => fib.insert(direct('10.0.0.0/8', 3), NLM_F_REPLACE)),
		'EEXIST',
		'one further down',
	);
	t.equal(
		codeOf(() => fib.insert(direct('10.0.0.0/8', 2), NLM_F_REPLACE)),
		undefined,
		'the first itself',
	);
	fib.delete(direct('10.0.0.0/8', 3));
	fib.insert(direct('10.0.0.0/8', 3), NLM_F_CREATE | NLM_F_REPLACE);
	t.same(hops(), ['d3', 'd1'], 'only the first is replaced');
	fib.insert(direct('10.0.0.0/8', 2, { priority: 5 }), NLM_F_CREATE | NLM_F_EXCL);
	t.same(hops(), ['d3', 'd1', 'd2'], 'another metric is another route');
});

t.test('fib_table_delete: each thing that is said restricts what is meant (RT3)', async t => {
	const { fib } = fibWithDevices();
	t.equal(
		codeOf(() => fib.delete(direct('10.0.0.0/8', 0))),
		'ESRCH',
	);
	t.equal(
		codeOf(() => fib.delete(direct('10.0.0.0/8', 0, { table: 77 }))),
		'ESRCH',
	);
	fib.insert(direct('10.0.0.0/8', 1, { protocol: 4, priority: 9 }), NLM_F_CREATE);
	const any = { dst: ip('10.0.0.0'), dstLen: 8 };
	const others: Partial<FibConfig>[] = [
		{ protocol: 3 },
		{ priority: 8 },
		{ oif: 2 },
		{ type: 5 },
		{ scope: 0 },
		{ gateway: 1 },
	];
	for (const other of others)
		t.equal(
			codeOf(() => fib.delete({ ...any, ...other })),
			'ESRCH',
			JSON.stringify(other),
		);
	fib.delete({ ...any, protocol: 4, priority: 9, oif: 1, type: 1, scope: RT_SCOPE_LINK });
	t.same([...fib.table()!], []);
});

t.test('fib_create_info: what no route may be (RT2)', async t => {
	const { fib, devices } = fibWithDevices();
	devices.register({ name: 'down', flags: 0, mtu: 1500, address: new Uint8Array(6) });
	fib.addAddress(devices.byName('d1')!, ip('192.168.0.1'), 24);
	const cases: readonly (readonly [what: string, cfg: FibConfig, code: string])[] = [
		['a gateway that is not on a link', { dst: 0, dstLen: 0, gateway: ip('172.16.0.1') }, 'ENETUNREACH'],
		['a gateway that is on another link', { dst: 0, dstLen: 0, gateway: ip('192.168.0.2'), oif: 2 }, 'ENETUNREACH'],
		['a gateway that is a broadcast', { dst: 0, dstLen: 0, gateway: ip('192.168.0.255') }, 'EINVAL'],
		['a device that is down', direct('10.0.0.0/8', 4), 'ENETDOWN'],
		['a device that there is not', direct('10.0.0.0/8', 99), 'ENODEV'],
		['no device and no gateway', direct('10.0.0.0/8', 0), 'ENODEV'],
		['host bits', direct('10.0.0.1/8', 1), 'EINVAL'],
		['a long prefix', { dst: 0, dstLen: 33, oif: 1 }, 'EINVAL'],
		['an address that is not ours', direct('10.0.0.0/8', 1, { prefsrc: ip('192.168.0.9') }), 'EINVAL'],
		['scope nowhere', direct('10.0.0.0/8', 1, { scope: 255 }), 'EINVAL'],
		['type 12', direct('10.0.0.0/8', 1, { type: 12 }), 'EINVAL'],
		['a blackhole with a device', direct('10.0.0.0/8', 1, { type: rtn.RTN_BLACKHOLE }), 'EINVAL'],
		['ECN bits', direct('10.0.0.0/8', 1, { tos: 1 }), 'EINVAL'],
		['a dead one', direct('10.0.0.0/8', 1, { flags: 1 }), 'EINVAL'],
	];
	const before = [...fib.table()!].length;
	for (const [what, cfg, code] of cases)
		t.equal(
			codeOf(() => fib.insert(cfg, NLM_F_CREATE)),
			code,
			what,
		);
	t.equal([...fib.table()!].length, before, 'nothing was added');
	fib.insert({ dst: 0, dstLen: 0, gateway: ip('172.16.0.1'), oif: 2, flags: 4 }, NLM_F_CREATE);
	t.equal(fib.lookup({ daddr: ip('8.8.8.8') }).info.nh.dev?.name, 'd2', 'onlink overrides');
});

t.test('fib_lookup: rejects as the type of the route says (RT5)', async t => {
	const { fib } = fibWithDevices();
	const reject = (text: string, type: number) => fib.insert({ dst: ip(text), dstLen: 32, type }, NLM_F_CREATE);
	t.equal(
		codeOf(() => fib.lookup({ daddr: ip('10.0.0.1') })),
		'ENETUNREACH',
	);
	reject('10.0.0.1', rtn.RTN_BLACKHOLE);
	reject('10.0.0.2', rtn.RTN_UNREACHABLE);
	reject('10.0.0.3', rtn.RTN_PROHIBIT);
	reject('10.0.0.4', rtn.RTN_THROW);
	t.same(
		[1, 2, 3, 4].map(low => codeOf(() => fib.lookup({ daddr: ip(`10.0.0.${low}`) }))),
		['EINVAL', 'EHOSTUNREACH', 'EACCES', 'ENETUNREACH'],
	);
});

t.test('fib_add_ifaddr: the routes of an address, in both tables, each of them announced (RT7)', async t => {
	const { fib, devices } = fibWithDevices();
	const events: FibEvent[] = [];
	const stop = fib.subscribe(event => events.push(event));
	fib.addAddress(devices.byName('d1')!, ip('192.168.0.1'), 24);
	const tables = events.map(({ route: { info, dstLen } }) => [info.tbId, dstLen, info.type, info.scope]);
	t.same(tables, [
		[rt_table.RT_TABLE_LOCAL, 32, rtn.RTN_LOCAL, 254],
		[rt_table.RT_TABLE_MAIN, 24, rtn.RTN_UNICAST, 253],
		[rt_table.RT_TABLE_LOCAL, 32, rtn.RTN_BROADCAST, 253],
	]);
	t.equal(fib.addressType(ip('192.168.0.1')), rtn.RTN_LOCAL);
	t.equal(fib.addressType(ip('192.168.0.255')), rtn.RTN_BROADCAST);
	t.equal(fib.addressType(ip('192.168.0.7')), rtn.RTN_UNICAST);
	stop();
	fib.table()!.flush();
	t.equal(events.length, 3, 'who has left hears nothing');
});

t.test('fib_info: routes that say the same share one, and the last takes it along', async t => {
	const { fib } = fibWithDevices();
	for (let i = 0; i < 100; i++) fib.insert(direct(`10.0.${i}.0/24`, 1), NLM_F_CREATE);
	t.equal(fib.infos.size, 1);
	t.equal(
		codeOf(() => fib.insert(direct('10.0.0.0/24', 1), NLM_F_CREATE)),
		'EEXIST',
	);
	t.equal(fib.table()!.flush(), 100);
	t.equal(fib.infos.size, 0);
});
