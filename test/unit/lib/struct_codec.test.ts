/**
 * struct_codec.test - the compiled codec does what the interpreter does, for every table of src/uapi.
 *
 * The file runs a second time in a process that forbids code generation from strings, where the interpreter must take over.
 */

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { array, be16, bytes, type Infer, type Struct, s64n, str, struct, u8, u64n } from '../../../src/lib/struct.ts';
import { type Codec, compileCodec, interpretCodec, type Member } from '../../../src/lib/struct_codec.ts';
import { structsOf, uapiModules } from '../tables.ts';

const nested = struct('nested', 24, { odd: u8, _gap: u8, port: be16, id: u64n, tail: u8 });
const own = struct('own', 56, { first: s64n, nested, list: array(be16, 3), name: str(7), _x: u8, blob: bytes(5) });

const tables: Struct[] = [nested, own, ...(await uapiModules()).flatMap(structsOf)];

function mayGenerate(): boolean {
	try {
		return new Function('return true')();
	} catch {
		return false;
	}
}

/** Calls `visit` with each named member that is no struct, and its offset from the start of the outermost struct. */
function eachLeaf(members: readonly Member[], base: number, visit: (member: Member, at: number) => void): void {
	for (const member of members) {
		if (member.name.startsWith('_')) continue;
		const at = base + member.offset;
		if ('members' in member.field) eachLeaf((member.field as Struct).members, at, visit);
		else visit(member, at);
	}
}

/** The bytes with the upper bits of safe integers cleared, so that they decode. */
function tamed(table: Struct, random: Uint8Array): Uint8Array {
	const tame = random.slice();
	eachLeaf(table.members, 0, ({ field }, at) => {
		if (field.access !== undefined || field.size !== 8 || field.align !== 8) return;
		tame[at + 6] = 0;
		tame[at + 7] = 0;
	});
	return tame;
}

/** The bytes with padding cleared. */
function unpadded(table: Struct, random: Uint8Array): Uint8Array {
	const kept = new Uint8Array(random.length);
	eachLeaf(table.members, 0, ({ field }, at) => kept.set(random.subarray(at, at + field.size), at));
	return kept;
}

/** What decoding gives, or the code of what it throws. */
function outcome(run: () => unknown): unknown {
	try {
		return run();
	} catch (error) {
		return (error as { code: string }).code;
	}
}

function encode(codec: Codec, size: number, value: object): Uint8Array {
	const out = new Uint8Array(size + 16).fill(0xee);
	codec.encode(new DataView(out.buffer), 8, value);
	return out;
}

function viewOf(data: Uint8Array): DataView {
	return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

t.ok(tables.length > 70, 'src/uapi was found');

/** Checks `holds` on random bytes for one struct. */
function check(t: Test, table: Struct, holds: (random: Uint8Array) => void): void {
	const length = table.size + 3;
	const property = fc.property(fc.uint8Array({ minLength: length, maxLength: length }), holds);
	t.doesNotThrow(() => fc.assert(property, { numRuns: 60 }), table.name);
}

if (mayGenerate()) {
	t.test('compiled and interpreted codec agree on random bytes', async t => {
		for (const table of tables) {
			const compiled = compileCodec(table.members, table.size)!;
			const reference = interpretCodec(table.members, table.size);
			check(t, table, random => {
				for (const data of [random, tamed(table, random)]) {
					const view = viewOf(data);
					const value = outcome(() => reference.decode(view, 3));
					assert.deepEqual(
						outcome(() => compiled.decode(view, 3)),
						value,
					);
					if (typeof value !== 'object' || value === null) continue;
					assert.deepEqual(encode(compiled, table.size, value), encode(reference, table.size, value));
				}
			});
		}
	});

	t.test('compiled and interpreted codec write zeros for a struct of which nothing is given', async t => {
		for (const { members, size, name } of tables) {
			const want = new Uint8Array(size + 16).fill(0xee).fill(0, 8, 8 + size);
			t.same(encode(interpretCodec(members, size), size, {}), want, name);
			t.same(encode(compileCodec(members, size)!, size, {}), want, name);
		}
	});

	t.spawn(
		process.execPath,
		['--disallow-code-generation-from-strings', fileURLToPath(import.meta.url)],
		{},
		'struct_codec where code may not be generated',
	);
} else {
	t.test('without code generation there is no compiled codec', async t => {
		for (const { members, size, name } of tables) t.equal(compileCodec(members, size), undefined, name);
	});
}

t.test('encode gives back what decode was given, with zeros for padding', async t => {
	for (const table of tables) {
		if (table === own) continue; // str drops what follows its NUL
		check(t, table, random => {
			const data = tamed(table, random).subarray(0, table.size);
			const out = new Uint8Array(table.size).fill(0xee);
			table.encode(viewOf(out), 0, table.decode(viewOf(data), 0) as object);
			assert.deepEqual(out, unpadded(table, data));
		});
	}
});

t.test('a struct that ends with one of its members decodes as if zeros followed', async t => {
	for (const table of tables) {
		const data = tamed(table, new Uint8Array(table.size).fill(0x11));
		const decodings: unknown[] = [];
		const wanted: unknown[] = [];
		eachLeaf(table.members, 0, ({ field }, at) => {
			const end = at + field.size;
			decodings.push(table.decode(viewOf(data.subarray(0, end)), 0, end));
			wanted.push(table.decode(viewOf(data.slice().fill(0, end)), 0));
		});
		t.same(decodings, wanted, table.name);
	}
});

t.test('every struct prints as its members, name=value', async t => {
	for (const table of tables) {
		const text = table.format(table.decode(viewOf(new Uint8Array(table.size)), 0));
		const names = table.members.map(({ name }) => name).filter(name => !name.startsWith('_'));
		t.equal(text.startsWith(names.length > 0 ? `{${names[0]}=` : '{}'), true, text);
		for (const name of names) t.ok(text.includes(`${name}=`), `${table.name}.${name}`);
	}
});

t.test('an array of structs', async t => {
	const table = struct('pairs', 48, { list: array(nested, 2) });
	const value: Infer<typeof table> = {
		list: [
			{ odd: 1, port: 80, id: 2 ** 40, tail: 3 },
			{ odd: 4, port: 5, id: 6, tail: 7 },
		],
	};
	const view = new DataView(new ArrayBuffer(table.size));
	table.encode(view, 0, value);
	t.same(table.decode(view, 0), value);
	table.encode(view, 0, { list: [{ tail: 9 }] });
	const none = { odd: 0, port: 0, id: 0, tail: 0 };
	t.same(table.decode(view, 0), { list: [{ ...none, tail: 9 }, none] });
});
