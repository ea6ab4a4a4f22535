/**
 * route_grammar - the words of `ring3 route`, which are those of ip-route(8).
 *
 *     [TYPE] [to] PREFIX [via ADDRESS] [dev NAME] [metric N] [proto NAME] [scope NAME] [src ADDRESS] [onlink]
 *     TYPE    unicast, local, broadcast, multicast, blackhole, unreachable, prohibit, throw
 *     PREFIX  10.1.0.0/16, 10.1/16, 10.1.2.3, default
 */

import { isIPv4 } from 'node:net';
import { rt_scope, rtn, rtprot } from '../uapi/rtnetlink.ts';
import { Failure } from './failure.ts';

/** A route as it is asked for: what is not said is undefined. Addresses are unsigned numbers. */
export interface RouteWords {
	readonly dst: number;
	readonly dstLen: number;
	readonly type?: number;
	readonly via?: number;
	readonly dev?: string;
	readonly metric?: number;
	readonly protocol?: number;
	readonly scope?: number;
	readonly src?: number;
	/** True for a gateway that is said to be next to the device, whatever its address. */
	readonly onlink?: boolean;
}

/** Names without the prefix of their constants: `RTPROT_STATIC` is `static`. */
function names(table: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
	return new Map(
		Object.entries(table).map(([name, value]) => [name.replace(/^.*?_(SCOPE_)?/, '').toLowerCase(), value]),
	);
}

const types = names(rtn);
const protocols = names(rtprot);
const scopes = new Map([['global', rt_scope.RT_SCOPE_UNIVERSE], ...names(rt_scope)]);

/** The name of a value, or its number. */
function nameOf(table: ReadonlyMap<string, number>, value: number): string {
	return [...table].find(([, number]) => number === value)?.[0] ?? `${value}`;
}

export const typeName = (type: number): string => nameOf(types, type);
export const protocolName = (protocol: number): string => nameOf(protocols, protocol);
export const scopeName = (scope: number): string => nameOf(scopes, scope);

/** `what` is the command that is to blame for what cannot be understood. */
export function parseRoute(what: string, words: readonly string[]): RouteWords {
	const rest = [...words];
	const type = types.get(rest[0] ?? '');
	if (type !== undefined) rest.shift();
	if (rest[0] === 'to' && rest.length > 1) rest.shift();
	const prefix = rest.shift();
	if (prefix === undefined) throw new Failure(what, 'which prefix? Say PREFIX, or default', 2);
	return { ...parsePrefix(what, prefix), ...parseRest(what, rest), ...(type === undefined ? {} : { type }) };
}

/** What each word says that has another one behind it. */
const meanings = new Map<string, (what: string, value: string) => Partial<RouteWords>>([
	['via', (what, value) => ({ via: parseAddress(what, value) })],
	['dev', (_what, value) => ({ dev: value })],
	['metric', (what, value) => ({ metric: parseNumber(what, 'metric', value) })],
	['proto', (what, value) => ({ protocol: protocols.get(value) ?? parseNumber(what, 'proto', value, 255) })],
	['scope', (what, value) => ({ scope: scopes.get(value) ?? parseNumber(what, 'scope', value, 255) })],
	['src', (what, value) => ({ src: parseAddress(what, value) })],
]);

/** Other names of words. */
const synonyms = new Map([
	['preference', 'metric'],
	['priority', 'metric'],
	['protocol', 'proto'],
]);

/** True for a word that something else than a prefix begins with. */
export const isKey = (word: string): boolean => word === 'onlink' || meanings.has(synonyms.get(word) ?? word);

/** What stands behind a prefix, in any order. */
export function parseRest(what: string, words: readonly string[]): Partial<RouteWords> {
	const said: Partial<RouteWords>[] = [];
	const rest = [...words];
	for (let key = rest.shift(); key !== undefined; key = rest.shift()) {
		if (key === 'onlink') {
			said.push({ onlink: true });
			continue;
		}
		const meaning = meanings.get(synonyms.get(key) ?? key);
		if (meaning === undefined) {
			throw new Failure(what, `${key}: what is that? Known are ${[...meanings.keys()].join(', ')}, onlink`, 2);
		}
		const value = rest.shift();
		if (value === undefined) throw new Failure(what, `${key}: a word is missing behind it`, 2);
		said.push(meaning(what, value));
	}
	return Object.assign({}, ...said);
}

/** `10.1/16` is 10.1.0.0/16; an address alone is of 32 bits. */
export function parsePrefix(what: string, text: string): { readonly dst: number; readonly dstLen: number } {
	if (text === 'default' || text === 'any' || text === 'all') return { dst: 0, dstLen: 0 };
	const [address = '', length, more] = text.split('/');
	if (length === undefined) return { dst: parseAddress(what, address), dstLen: 32 };
	if (!/^\d+(\.\d+)*$/.test(address)) throw new Failure(what, `${address} is no IPv4 address`, 2);
	const missing = Math.max(0, 4 - address.split('.').length);
	if (more !== undefined || !/^\d{1,3}$/.test(length)) throw new Failure(what, `${text} is no prefix`, 2);
	return { dst: parseAddress(what, `${address}${'.0'.repeat(missing)}`), dstLen: Number(length) };
}

export function parseAddress(what: string, text: string): number {
	if (!isIPv4(text)) throw new Failure(what, `${text} is no IPv4 address`, 2);
	return text.split('.').reduce((address, part) => address * 256 + Number(part), 0);
}

function parseNumber(what: string, key: string, text: string, max = 0xffff_ffff): number {
	const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
	if (!(value <= max)) throw new Failure(what, `${key}: ${text} is no number of 0 to ${max}`, 2);
	return value;
}

/** 0x0a000001 as 10.0.0.1. */
export function addressText(address: number): string {
	return [24, 16, 8, 0].map(shift => (address >>> shift) & 255).join('.');
}
