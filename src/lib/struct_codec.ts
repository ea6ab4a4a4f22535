/**
 * struct_codec - how the table of a struct becomes a decoder and an encoder.
 *
 * Twice: the interpreter walks the members and is the reference; the compiler writes the same walk out as straight-line
 * JavaScript, which is ten times faster. A test holds them equal. Where code may not be generated from strings, the
 * interpreter does the work.
 */

/** What can be written where `T` is read: of structs, any of the members; those left out are zero. */
export type Init<T> = T extends number | bigint | string | Uint8Array
	? T
	: T extends readonly (infer E)[]
		? readonly Init<E>[]
		: { readonly [K in keyof T]?: Init<T[K]> };

/** One member's type: how its value is read (`T`), written (`I`) and printed. */
export interface Field<T, I = T> {
	/** Bytes it takes. */
	readonly size: number;
	/** It starts at a multiple of this. */
	readonly align: number;
	/** The value at `offset`, of which `length` bytes are there; zero unless they are enough. */
	read(view: DataView, offset: number, length: number): T;
	/** Writes all `size` bytes; undefined is written as zero. */
	write(view: DataView, offset: number, value: I | undefined): void;
	/** The value as a trace prints it. */
	format(value: T): string;
	/** Present when reading and writing are a DataView's own: what the compiler writes in place of a call. */
	readonly access?: Access;
	/** Present where 64 bits are a number: the compiler writes what is done for one that fits, in place of a call. */
	readonly wide?: boolean;
	/** Present for a struct: the compiler writes what is done for its members in place of a call. */
	readonly members?: readonly Member[];
}

/** The methods of DataView that read and write a number, in which byte order, and its zero as JavaScript source. */
export interface Access {
	readonly get: string;
	readonly set: string;
	readonly little: boolean;
	readonly zero: '0' | '0n';
}

/** A field in its place. Names that begin with `_` are padding: never decoded, always written as zero. */
export interface Member {
	readonly name: string;
	readonly offset: number;
	readonly field: Field<unknown, unknown>;
}

/** Reads and writes the whole of a struct. */
export interface Codec {
	decode(view: DataView, offset: number): object;
	encode(view: DataView, offset: number, init: object): void;
}

/** True for the name of a member that is padding. */
export function isPadding(name: string): boolean {
	return name.startsWith('_');
}

/** Decodes the first `length` bytes of a struct; members that do not lie within them are zero. */
export function interpretDecode(members: readonly Member[], view: DataView, offset: number, length: number): object {
	const value: Record<string, unknown> = {};
	for (const { name, offset: at, field } of members) {
		if (!isPadding(name)) value[name] = field.read(view, offset + at, length - at);
	}
	return value;
}

/** The reference: walks the table each time. */
export function interpretCodec(members: readonly Member[], size: number): Codec {
	return {
		decode: (view, offset) => interpretDecode(members, view, offset, size),
		encode(view, offset, init) {
			for (let i = 0; i < size; i++) view.setUint8(offset + i, 0);
			const values = init as Record<string, unknown>;
			for (const { name, offset: at, field } of members) {
				if (!isPadding(name)) field.write(view, offset + at, values[name]);
			}
		},
	};
}

/** The same walk as generated code; undefined where the process forbids that (--disallow-code-generation-from-strings). */
export function compileCodec(members: readonly Member[], size: number): Codec | undefined {
	const fields: Field<unknown, unknown>[] = [];
	const reads = readSource(members, 0, fields);
	const writes = writeSource(members, { from: 0, size, value: 'x' }, fields);
	const body = `
		const [${fields.map((_, i) => `f${i}`)}] = fields;
		return { decode(v, o) { return ${reads}; }, encode(v, o, x) { let n; ${writes} } };`;
	try {
		return new Function('fields', body)(fields) as Codec;
	} catch (error) {
		if (error instanceof EvalError) return undefined;
		throw error;
	}
}

function isNamed({ name }: Member): boolean {
	return !isPadding(name);
}

/** An object of the members of a struct that begins `from` bytes after `o`. Fields that are called are added to `fields`. */
function readSource(members: readonly Member[], from: number, fields: Field<unknown, unknown>[]): string {
	const values = members.filter(isNamed).map(({ name, offset, field }) => {
		const at = from + offset;
		const key = JSON.stringify(name);
		if (field.members) return `${key}: ${readSource(field.members, at, fields)}`;
		if (field.access) return `${key}: v.${field.access.get}(o + ${at}, ${field.access.little})`;
		const call = `f${fields.push(field) - 1}.read(v, o + ${at}, ${field.size})`;
		if (!field.wide) return `${key}: ${call}`;
		return `${key}: v.getUint32(o + ${at + 4}, true) === 0 ? v.getUint32(o + ${at}, true) : ${call}`;
	});
	return `{ ${values} }`;
}

/** Where a struct lies after `o`, and the variable that its value is in. */
interface Place {
	readonly from: number;
	readonly size: number;
	readonly value: string;
}

function writeSource(
	members: readonly Member[],
	{ from, size, value }: Place,
	fields: Field<unknown, unknown>[],
): string {
	const named = members.filter(isNamed);
	const writes = named.map(({ name, offset, field }) => {
		const at = from + offset;
		const member = `${value}[${JSON.stringify(name)}]`;
		if (field.members) {
			const inner = `${value}_${offset}`;
			const place = { from: at, size: field.size, value: inner };
			return `const ${inner} = ${member} ?? {}; ${writeSource(field.members, place, fields)}`;
		}
		const { access } = field;
		if (access) return `v.${access.set}(o + ${at}, ${member} ?? ${access.zero}, ${access.little});`;
		const call = `f${fields.push(field) - 1}.write(v, o + ${at}, n);`;
		if (!field.wide) return `n = ${member}; ${call}`;
		const halves = `v.setUint32(o + ${at}, n, true); v.setUint32(o + ${at + 4}, n / 0x1_0000_0000, true);`;
		return `n = ${member} ?? 0; if (n >= 0 && Number.isSafeInteger(n)) { ${halves} } else ${call}`;
	});
	return writes.concat(gaps(named, size).map(gap => zeroSource(gap, from))).join('\n');
}

/** The ranges of bytes that no named member covers. */
function gaps(named: readonly Member[], size: number): { from: number; to: number }[] {
	const found: { from: number; to: number }[] = [];
	let from = 0;
	for (const { offset, field } of named) {
		if (offset > from) found.push({ from, to: offset });
		from = offset + field.size;
	}
	if (size > from) found.push({ from, to: size });
	return found;
}

function zeroSource({ from, to }: { from: number; to: number }, start: number): string {
	let source = '';
	for (let at = from; at < to; ) {
		const width = at + 4 <= to ? 4 : at + 2 <= to ? 2 : 1;
		source += `v.setUint${width * 8}(o + ${start + at}, 0);`;
		at += width;
	}
	return source;
}
